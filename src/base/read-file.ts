/**
 * Files and answers that a parser needs in one piece: read up to a limit, which belongs to what is expected, and refused
 * beyond it. Memory: the limit, twice while text is decoded.
 */
import { isAbort } from './abort';
import { WorkbenchError } from './error';

export interface ReadLimit {
  /** The file's name or the address, for the error. */
  readonly name: string;
  /** What is expected: "a node config". */
  readonly what: string;
  readonly mostBytes: number;
  /** What to do with one that is larger: "Choose the config.json that the node is started with." */
  readonly advice: string;
}

/**
 * Limits of each kind of file: far above what the programs write, and so low that what is parsed on the page's thread
 * takes less than 50 ms. Metrics and grpcurl output are parsed in a worker.
 */
export const limits = {
  config: {
    what: 'a node config',
    mostBytes: 128 << 10,
    advice: 'Choose the config.json that the node is started with.',
  },
  key: {
    what: 'a key',
    mostBytes: 4096,
    advice: 'A key file has 128 bytes. Choose the *.key file of the folder identities.',
  },
  metadata: {
    what: 'postdata_metadata.json',
    mostBytes: 64 << 10,
    advice: 'Choose the file that the node or postcli wrote.',
  },
  proof: {
    what: 'a PoST proof',
    mostBytes: 64 << 10,
    advice: 'Choose the file that holds one proof, as JSON, hex or base64.',
  },
  profile: {
    what: 'the output of a profiler',
    mostBytes: 256 << 10,
    advice: 'Import the results in parts.',
  },
  profileRuns: {
    what: 'a file of profile runs',
    mostBytes: 1 << 20,
    advice: 'Export fewer runs: tick some of them before you export.',
  },
  farm: {
    what: 'a farm',
    mostBytes: 256 << 10,
    advice: 'Choose a file that Export of the page “Plan” wrote.',
  },
  serviceStatus: {
    what: 'the status of a post-service',
    mostBytes: 64 << 10,
    advice: 'Paste what curl printed, from { to }.',
  },
  queries: {
    what: 'a file of saved queries',
    mostBytes: 1 << 20,
    advice: 'Choose a file that Export of the console wrote.',
  },
  answer: {
    what: 'an answer of a node or a service',
    mostBytes: 8 << 20,
    advice: 'Check the address.',
  },
  metrics: {
    what: 'a metrics page',
    mostBytes: 32 << 20,
    advice: 'Drop the page of one node: it has about 1 MB.',
  },
  printed: {
    what: 'grpcurl output',
    mostBytes: 32 << 20,
    advice: 'Drop the part that matters, such as the events of the last epochs.',
  },
} as const satisfies Readonly<Record<string, Omit<ReadLimit, 'name'>>>;

function sizeOf(bytes: number): string {
  const [value, unit] = bytes < 2 ** 20 ? [bytes / 2 ** 10, 'KiB'] : [bytes / 2 ** 20, 'MiB'];
  return `${value < 10 ? Math.ceil(value * 10) / 10 : Math.ceil(value)} ${unit}`;
}

/** @throws WorkbenchError `file-too-large` */
function requireSize(sizeBytes: number, { name, what, mostBytes, advice }: ReadLimit): void {
  if (sizeBytes > mostBytes)
    throw new WorkbenchError(
      'file-too-large',
      `${name} has ${sizeOf(sizeBytes)}; at most ${sizeOf(mostBytes)} are read as ${what}. ${advice}`,
      { name, sizeBytes, mostBytes },
    );
}

/**
 * The text of a file, decoded as UTF-8 without its byte order mark.
 * @throws WorkbenchError `file-too-large`, `file-not-readable`
 */
export async function readTextFile(file: Blob, limit: ReadLimit): Promise<string> {
  requireSize(file.size, limit);
  try {
    return await file.text();
  } catch (cause) {
    throw new WorkbenchError(
      'file-not-readable',
      `${limit.name} cannot be read: it changed since it was chosen, or is gone. Choose it again.`,
      { name: limit.name },
      { cause },
    );
  }
}

/**
 * A pasted text within the limit of its kind.
 * @param name what the error calls it
 * @throws WorkbenchError `file-too-large`
 */
export function requireTextSize(
  text: string,
  limit: Omit<ReadLimit, 'name'>,
  name = 'The pasted text',
): void {
  requireSize(text.length, { ...limit, name });
}

/**
 * The body of an answer as text, read only as far as the limit: a server may send without end.
 * @throws WorkbenchError `answer-too-large`; what reading throws, an AbortError among it
 */
export async function readTextResponse(response: Response, limit: ReadLimit): Promise<string> {
  const reader = response.body?.getReader();
  if (!reader) return '';
  const decoder = new TextDecoder();
  const parts: string[] = [];
  let sizeBytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    sizeBytes += value.length;
    if (sizeBytes > limit.mostBytes) {
      await reader.cancel();
      throw new WorkbenchError(
        'answer-too-large',
        `${limit.name} sends more than ${sizeOf(limit.mostBytes)}, which is not ${limit.what}. ${limit.advice}`,
        { name: limit.name, mostBytes: limit.mostBytes },
      );
    }
    parts.push(decoder.decode(value, { stream: true }));
  }
  parts.push(decoder.decode());
  return parts.join('');
}

/**
 * The body of an answer as JSON; undefined where it is not JSON, or was cut off.
 * @throws WorkbenchError `answer-too-large`; AbortError
 */
export async function readJsonResponse(response: Response, limit: ReadLimit): Promise<unknown> {
  try {
    return JSON.parse(await readTextResponse(response, limit)) as unknown;
  } catch (error) {
    if (isAbort(error) || error instanceof WorkbenchError) throw error;
    return undefined;
  }
}
