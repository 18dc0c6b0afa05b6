/** What grpcurl prints, pasted or dropped: JSON objects one after another, and an error at the end. */
import { WorkbenchError } from '../../base/error';

export type Answer = Readonly<Record<string, unknown>>;

export type AnswerKind =
  | 'event'
  | 'node-status'
  | 'node-status-v1'
  | 'network-info'
  | 'post-states'
  | 'post-setup'
  | 'smesher-ids'
  | 'version'
  | 'reward'
  | 'rewards'
  | 'peer'
  | 'other';

export interface GrpcurlOutput {
  readonly answers: readonly { readonly kind: AnswerKind; readonly answer: Answer }[];
  /** What grpcurl prints when a call fails or a stream breaks, with what to do about it. */
  readonly error: string | undefined;
  /** The last object is cut off, as when a running stream was copied. */
  readonly cutOff: boolean;
}

const mostAnswers = 200_000;

/**
 * Reads output of grpcurl.
 * @throws WorkbenchError `grpcurl-none` if there is neither an object nor an error in it
 */
export function readGrpcurl(text: string): GrpcurlOutput {
  const { objects, cutOff } = splitObjects(text);
  const answers = objects.map((answer) => ({ kind: kindOf(answer), answer }));
  const error = readError(text);
  if (answers.length === 0 && error === undefined)
    throw new WorkbenchError(
      'grpcurl-none',
      'There is no grpcurl output here: expected are JSON objects, one after another. Copy the entire output, from { to }.',
      { characters: text.length },
    );
  return { answers, error, cutOff };
}

/** Every {…} at the outermost level, in one pass; what is between them is left out. */
function splitObjects(text: string): { objects: Answer[]; cutOff: boolean } {
  const objects: Answer[] = [];
  let depth = 0;
  let start = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === 0x5c) at++;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = depth > 0;
    else if (code === 0x7b) {
      if (depth++ === 0) start = at;
    } else if (code === 0x7d && depth > 0 && --depth === 0) {
      const parsed = parse(text.slice(start, at + 1));
      if (parsed) objects.push(parsed);
      if (objects.length > mostAnswers)
        throw new WorkbenchError(
          'grpcurl-too-many',
          `This holds over ${mostAnswers} answers. Paste the part that matters.`,
        );
    }
  }
  return { objects, cutOff: depth > 0 };
}

function parse(text: string): Answer | undefined {
  try {
    return JSON.parse(text) as Answer;
  } catch {
    return undefined;
  }
}

function kindOf(answer: Answer): AnswerKind {
  const has = (...names: string[]) => names.every((name) => Object.hasOwn(answer, name));
  if (has('timestamp') && (has('help') || Object.keys(answer).length > 1)) return 'event';
  if (has('states')) return 'post-states';
  if (has('publicKeys')) return 'smesher-ids';
  if (has('versionString')) return 'version';
  if (has('genesisTime')) return 'network-info';
  if (has('rewards')) return 'rewards';
  if (has('layerReward')) return 'reward';
  if (has('id', 'connections')) return 'peer';
  const { status } = answer;
  if (typeof status === 'object' && status !== null)
    return 'state' in status ? 'post-setup' : 'node-status-v1';
  if (has('connectedPeers') || typeof status === 'string') return 'node-status';
  return 'other';
}

function readError(text: string): string | undefined {
  const failed = /Failed to dial target host "([^"\s]{1,200})": ([^\n]{0,300})/.exec(text);
  if (failed)
    return `grpcurl did not reach the node at ${failed[1] ?? ''}: ${failed[2] ?? ''}. Is the node running, and is that the port of api.grpc-public-listener or grpc-private-listener?`;
  // Bounded, so that white space without end costs no more than any other text.
  const error =
    /ERROR:[ \t\r]{0,9}\n\s{0,9}Code:[ \t]{0,9}(\w{1,40})[ \t\r]{0,9}\n\s{0,9}Message:[ \t]{0,9}([^\n]{0,300})/.exec(
      text,
    );
  if (!error) return undefined;
  const [, code = '', message = ''] = error;
  const advice: Readonly<Record<string, string>> = {
    Unimplemented:
      ' This port does not offer that service: admin, smesher and events are on grpc-private-listener (9093), the rest on grpc-public-listener (9092).',
    Unavailable: ' The node stopped or closed the connection.',
    FailedPrecondition: ' The node is not set up for that; with 1:N ask SmesherIDs and PostStates.',
  };
  return `The node answered ${code}: ${message}.${Object.hasOwn(advice, code) ? advice[code] : ''}`;
}
