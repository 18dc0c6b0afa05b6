/** A log cut into blocks of complete lines, and the lines of a block without what wraps them. */
import { WorkbenchError } from '../../base/error';
import { closeByteStream, openByteStream } from '../../base/byte-stream';

const blockBytes = 1 << 20;

/** What is kept of one line; the rest of a longer one is skipped. */
const longestLine = 1 << 16;

export interface LogBlock {
  readonly start: number;
  readonly end: number;
  readonly firstLine: number;
  /** The block begins inside a line that is longer than a block. */
  readonly inside: boolean;
  readonly minMs: number;
  readonly maxMs: number;
  /** Bit i: logLevels[i] occurs. */
  readonly levels: number;
  /** Indices into the table of services; -1 for one beyond its bound. */
  readonly services: ReadonlySet<number>;
}

// "Nov 21 08:45:29 host go-spacemesh[242]: " of journalctl and syslog, "2026-…Z " of docker logs --timestamps,
// and colours.
const wrapping =
  /^(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S{1,80} [^\s:]{1,80}: |\d{4}-\d\d-\d\dT[\d:.]+Z (?=[{[\d]))/;

const colours = /\u001b\[[\d;]*m/g;

function unwrap(raw: string): string {
  const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
  const plain = line.includes('\u001b') ? line.replace(colours, '') : line;
  const first = plain.charCodeAt(0);
  if (first === 0x7b || first === 0x5b) return plain;
  const match = wrapping.exec(plain);
  return match ? plain.slice(match[0].length) : plain;
}

/** Calls `visit` for every line of a block; a block of one endless line has none but its head. */
export function eachLine(
  text: string,
  inside: boolean,
  visit: (line: string, index: number) => void,
): number {
  let at = inside ? text.indexOf('\n') + 1 : 0;
  if (inside && at === 0) return 0;
  let index = 0;
  while (at < text.length) {
    const newline = text.indexOf('\n', at);
    const end = newline < 0 ? text.length : newline;
    visit(unwrap(text.slice(at, Math.min(end, at + longestLine))), index++);
    at = end + 1;
  }
  return index;
}

/**
 * The blob's bytes in blocks that end with a line, as long as lines are shorter than a block. All blocks are in one
 * buffer: a block is gone when the next is asked for.
 */
export async function* blocksOf(blob: Blob): AsyncGenerator<Uint8Array> {
  const reader = openByteStream(blob);
  let buffer = new Uint8Array(blockBytes);
  let filled = 0;
  let start = 0;
  /** Reads on behind what is there; false at the end. */
  const read = async (): Promise<boolean> => {
    if (!reader) {
      const rest = await blob.slice(start + filled, start + blockBytes).arrayBuffer();
      buffer.set(new Uint8Array(rest), filled);
      filled += rest.byteLength;
      return rest.byteLength > 0;
    }
    // The buffer is lent to the browser and comes back as another, with the same contents.
    const { value } = await reader.read(buffer.subarray(filled));
    if (!value) return false;
    buffer = new Uint8Array(value.buffer);
    filled += value.byteLength;
    return value.byteLength > 0;
  };
  try {
    for (let goesOn = true; goesOn;) {
      goesOn = await read();
      if (goesOn && filled < buffer.length) continue;
      const used = goesOn ? lastLineEnd(buffer) : filled;
      if (used > 0) yield buffer.subarray(0, used);
      buffer.copyWithin(0, used, filled);
      start += used;
      filled -= used;
    }
  } finally {
    if (reader) await closeByteStream(reader);
  }
}

/** Cuts a chunk after its last newline; a chunk without one is a piece of a longer line and is not cut. */
function lastLineEnd(bytes: Uint8Array): number {
  const newline = bytes.lastIndexOf(0x0a);
  return newline < 0 ? bytes.length : newline + 1;
}

/** A file that was dropped is the file as it was then: once it grows, the browser refuses to read on. */
export async function readable<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (cause) {
    if (!(cause instanceof DOMException && /^Not(Readable|Found)Error$/.test(cause.name)))
      throw cause;
    throw new WorkbenchError(
      'log-changed',
      'The log changed since it was opened, or is gone: a running node goes on writing. Open it again, or copy it first and open the copy.',
      {},
      { cause },
    );
  }
}
