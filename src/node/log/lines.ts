/**
 * One line of a node's log. The node logs with zap, as console text (fields apart by tabs, the last one JSON) or as
 * JSON (keys L, T, N, M), by its setting log-encoder; post-service logs with Rust's env_logger, into its own file or,
 * supervised, through the node, which wraps its lines.
 */

export const logLevels = ['DEBUG', 'INFO', 'WARN', 'ERROR', 'DPANIC', 'PANIC', 'FATAL'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LogHead {
  /** Unix milliseconds. */
  readonly timeMs: number;
  readonly level: LogLevel;
  /** "node.atxBuilder"; "post-service" for post-service's own lines, wrapped or not; "" for none. */
  readonly service: string;
  readonly message: string;
  /** Where the fields' JSON begins in the line, or -1. For JSON logs that is the entire line. */
  readonly fieldsAt: number;
}

const jsonHead =
  /^\{"L":"([A-Z]{4,6})","T":"([^"]{20,35})",(?:"N":"([^"]{0,200})",)?(?:"C":"[^"]*",)?"M":"((?:[^"\\]|\\.)*)"/;
const consoleHead = /^(\d{4}-\d\d-\d\dT[0-9:.]{8,18}(?:Z|[+-]\d\d:?\d\d))\t([A-Z]{4,6})\t/;
const rustHead =
  /^\[(\d{4}-\d\d-\d\dT[0-9:.]{8,18}Z) (TRACE|DEBUG|INFO|WARN|ERROR) +([\w:]+)\] (.*)$/s;
const loggerName = /^[\w./:-]{1,120}$/;

export const postService = 'post-service';

/** The head of a line; undefined for anything that does not begin an entry (a stack trace's lines, garbage). */
export function readHead(line: string): LogHead | undefined {
  const first = line.charCodeAt(0);
  if (first === 0x7b) return readJsonHead(line);
  if (first === 0x5b) return readRustHead(line);
  return readConsoleHead(line);
}

function readJsonHead(line: string): LogHead | undefined {
  const match = jsonHead.exec(line);
  if (!match) return undefined;
  const [, level = '', time = '', service = '', quoted = ''] = match;
  const message = quoted.includes('\\') ? unquote(quoted) : quoted;
  return head(time, level, service, message, 0);
}

function readConsoleHead(line: string): LogHead | undefined {
  const match = consoleHead.exec(line);
  if (!match) return undefined;
  const [whole, time = '', level = ''] = match;
  const rest = line.slice(whole.length);
  const columns = rest.split('\t');
  // A logger without a name leaves its column out; a message differs from a name by its spaces.
  const bareFields = columns.length === 2 && columns[1]?.startsWith('{') === true;
  const named = columns.length > 1 && !bareFields && loggerName.test(columns[0] ?? '');
  const service = named ? (columns.shift() ?? '') : '';
  const fields = columns.length > 1 && columns.at(-1)?.startsWith('{') ? columns.pop() : undefined;
  const fieldsAt = fields === undefined ? -1 : line.length - fields.length;
  return head(time, level, service, columns.join('\t'), fieldsAt);
}

function readRustHead(line: string): LogHead | undefined {
  const match = rustHead.exec(line);
  if (!match) return undefined;
  const [, time = '', level = '', , message = ''] = match;
  return head(time, level === 'TRACE' ? 'DEBUG' : level, postService, message, -1);
}

function head(
  time: string,
  level: string,
  service: string,
  message: string,
  fieldsAt: number,
): LogHead | undefined {
  const timeMs = readTime(time);
  if (Number.isNaN(timeMs) || !isLevel(level)) return undefined;
  const wrapped = message.charCodeAt(0) === 0x5b ? rustHead.exec(message) : null;
  if (wrapped) return { timeMs, level, service: postService, message: wrapped[4] ?? '', fieldsAt };
  return { timeMs, level, service, message, fieldsAt };
}

const isLevel = (text: string): text is LogLevel => (logLevels as readonly string[]).includes(text);

/** zap writes the zone as +0200, which Date.parse need not understand. */
const readTime = (text: string): number => Date.parse(text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));

function unquote(quoted: string): string {
  try {
    return JSON.parse(`"${quoted}"`) as string;
  } catch {
    return quoted; // an escape that JSON does not know: shown as it is
  }
}

export type LogFields = Readonly<Record<string, unknown>>;
const noFields: LogFields = {};

/** The fields of an entry, without the head's own keys; empty where there are none or they are damaged. */
export function readFields(line: string, { fieldsAt }: LogHead): LogFields {
  if (fieldsAt < 0) return noFields;
  try {
    // It begins with a brace, so it is an object or cannot be read.
    const parsed = JSON.parse(line.slice(fieldsAt)) as LogFields;
    if (fieldsAt > 0) return parsed;
    const own = new Set(['L', 'T', 'N', 'C', 'M']);
    return Object.fromEntries(Object.entries(parsed).filter(([key]) => !own.has(key)));
  } catch {
    return noFields; // cut off or damaged; the raw line is there to be looked at
  }
}

const smesherField = /"(?:smesherID|signer|smesher|node_id|nodeID)":\s*"([0-9a-f]{6})[0-9a-f]*"/;

/** The smesher that an entry is about, its first six digits as the log itself shortens them. */
export const smesherOf = (line: string, { fieldsAt }: LogHead): string | undefined =>
  fieldsAt < 0 ? undefined : smesherField.exec(line)?.[1];
