/**
 * Recognises a file by its first bytes; the name only counts where bytes cannot decide (PoST data is
 * noise by design).
 */
import { clearLastMatch } from '../base/text';

export type FileKind =
  | 'database'
  | 'database-wal'
  | 'database-shm'
  | 'post-metadata'
  | 'post-data'
  | 'key'
  | 'node-config'
  | 'profiler-results'
  | 'proof'
  | 'metrics'
  | 'log'
  | 'event-stream'
  | 'empty'
  | 'unknown';

export interface FileHead {
  /** Name or path, as dropped. */
  readonly name: string;
  readonly sizeBytes: number;
  /** The first bytes; recognitionBytes of them suffice. */
  readonly head: Uint8Array;
}

export const recognitionBytes = 4096;

function startsWith(bytes: Uint8Array, text: string): boolean {
  if (bytes.length < text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[i] !== text.charCodeAt(i)) return false;
  return true;
}

const u32 = (bytes: Uint8Array, offset: number, littleEndian: boolean): number =>
  bytes.length < offset + 4
    ? -1
    : new DataView(bytes.buffer, bytes.byteOffset).getUint32(offset, littleEndian);

export function recogniseFile({ name, sizeBytes, head }: FileHead): FileKind {
  const base = name.slice(name.lastIndexOf('/') + 1).toLowerCase();
  // SQLite file format, sections 1.3 and 4.1; the shm index starts with its version, twice.
  if (startsWith(head, 'SQLite format 3\0')) return 'database';
  if ((u32(head, 0, false) & ~1) === 0x377f0682) return 'database-wal';
  if (isWalIndex(head)) return 'database-shm';
  if (/^postdata_\d+\.bin$/.test(base)) return 'post-data';
  // An empty or damaged piece of a set is still that piece: its reader reports what is wrong with it.
  if (base.endsWith('.sql-wal')) return 'database-wal';
  if (base.endsWith('.sql-shm')) return 'database-shm';
  if (/^(state|local|node_state)\b.*\.sql$/.test(base)) return 'database';
  if (sizeBytes === 0) return 'empty';
  // A rotated log, packed (RFC 1952, section 2.3.1): node.log.gz, node.log.1.gz.
  if (head[0] === 0x1f && head[1] === 0x8b && /\.log(\.[\w-]+)?\.gz$/.test(base)) return 'log';
  const text = asText(head);
  if (text === undefined) return 'unknown';
  const kind = recogniseText(base, text, sizeBytes);
  // The text may be a private key.
  clearLastMatch();
  return kind;
}

function isWalIndex(head: Uint8Array): boolean {
  const version = 3_007_000;
  const littleEndian = u32(head, 0, true) === version;
  if (!littleEndian && u32(head, 0, false) !== version) return false;
  return u32(head, 48, littleEndian) === version;
}

/** The head as text, or undefined if it holds bytes that no text file has. */
function asText(head: Uint8Array): string | undefined {
  let text = '';
  for (const byte of head) {
    if (byte < 9 || (byte > 13 && byte < 32 && byte !== 27)) return undefined;
    // Only ASCII marks matter below; other characters may come out wrong.
    text += String.fromCharCode(byte);
  }
  return text.replace(/^\u00ef\u00bb\u00bf/, '');
}

function recogniseText(base: string, text: string, sizeBytes: number): FileKind {
  const trimmed = text.trimStart();
  if (base === 'postdata_metadata.json') return 'post-metadata';
  if (/^[0-9a-f]{128}\s*$/i.test(trimmed) && sizeBytes <= 256) return 'key';
  if (base.endsWith('.key') && sizeBytes <= 4096) return 'key';
  // post-service logs with Rust's env_logger: [2026-11-21T08:45:29Z INFO  post_service::client] …
  if (/^\[\d{4}-\d\d-\d\dT\S+Z (TRACE|DEBUG|INFO|WARN|ERROR) /.test(trimmed)) return 'log';
  if (trimmed.startsWith('{') || trimmed.startsWith('[')) return recogniseJson(trimmed);
  if (/^# (HELP|TYPE) \S+/m.test(trimmed) && /^[a-zA-Z_:][\w:]*(\{.*\})? \S+/m.test(trimmed))
    return 'metrics';
  // zap's console form: time, level, module, message, separated by tabs.
  if (/^\S*\d{2}:\d{2}:\d{2}\S*\s+(\S*(DEBUG|INFO|WARN|ERROR|FATAL|PANIC)\S*)\s/m.test(trimmed))
    return 'log';
  if (base.endsWith('.log') || /^logfile.*\.txt$/.test(base)) return 'log';
  return 'unknown';
}

const hasKey = (text: string, pattern: string): boolean =>
  new RegExp(`"(${pattern})"\\s*:`, 'i').test(text);

function recogniseJson(text: string): FileKind {
  if (hasKey(text, 'NodeId|node_id') && hasKey(text, 'NumUnits|num_units')) return 'post-metadata';
  // What the page Profile exports.
  if (/^\{\s*"format"\s*:\s*"post-workbench-profile"/.test(text)) return 'profiler-results';
  if (hasKey(text, 'speed_gib_s|iteration_time_s|randomx_vm_init_time') || hasKey(text, 'time_s'))
    return 'profiler-results';
  if (hasKey(text, 'L') && hasKey(text, 'T') && hasKey(text, 'M')) return 'log';
  if (hasKey(text, 'level') && hasKey(text, 'msg')) return 'log';
  if (hasKey(text, 'indices') && hasKey(text, 'pow')) return 'proof';
  if (
    hasKey(text, 'timestamp') &&
    hasKey(text, 'failure|help|initStart|postStart|eligibilities|atxPublished|poetWaitRound')
  )
    return 'event-stream';
  if (
    hasKey(text, 'smeshing|api|p2p|main|genesis|logging|post') &&
    /"(smeshing-[a-z-]+|grpc-[a-z-]+|preset|genesis-time|layer-duration|atxBuilder|data-folder|metrics|network-hrp|post-labels-per-unit|min-peers)"/.test(
      text,
    )
  )
    return 'node-config';
  return 'unknown';
}
