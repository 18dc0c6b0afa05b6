/**
 * Reads of files that must not change while they are open. Size and time of the last change are compared with those at the
 * opening around each read, so that bytes of two states of a file never go into one answer.
 */
import { closeSync, fstatSync, openSync, readSync, statSync, type BigIntStats } from 'node:fs';
import { WorkbenchError } from '../../base/error';

/** What identifies the state of a file. */
export interface FileState {
  readonly device: bigint;
  readonly inode: bigint;
  readonly sizeBytes: number;
  readonly modifiedNs: bigint;
}

export interface OpenFile extends FileState {
  readonly descriptor: number;
  readonly modifiedMs: number;
}

const stateOf = ({ dev, ino, size, mtimeNs }: BigIntStats): FileState => ({
  device: dev,
  inode: ino,
  sizeBytes: Number(size),
  modifiedNs: mtimeNs,
});

const isSameState = (a: FileState, b: FileState): boolean =>
  a.device === b.device &&
  a.inode === b.inode &&
  a.sizeBytes === b.sizeBytes &&
  a.modifiedNs === b.modifiedNs;

/** What a failed call of the file system means. Any other value is returned as it is. */
export function explainFileError(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !('code' in error) || error instanceof WorkbenchError)
    return error;
  const details = { path, code: error.code };
  const wrap = (code: string, message: string): WorkbenchError =>
    new WorkbenchError(code, message, details, { cause: error });
  switch (error.code) {
    case 'ENOENT':
      return wrap('file-not-found', `${path} does not exist. Check the path.`);
    case 'ENOTDIR':
      return wrap(
        'folder-expected',
        `${path} is not a folder, or a part of its path is not. Check the path.`,
      );
    case 'EACCES':
    case 'EPERM':
      return wrap(
        'file-not-allowed',
        `This user may not read ${path}. Change its permissions, or run the command as its owner.`,
      );
    default:
      return wrap(
        'file-not-readable',
        `${path} could not be read: ${error.message}. Check the disk, or copy the file elsewhere.`,
      );
  }
}

/**
 * Opens a regular file for reading.
 * @throws WorkbenchError `file-not-found`, `file-not-allowed`, `file-not-regular`, `file-not-readable`
 */
export function openForReading(path: string): OpenFile {
  try {
    const descriptor = openSync(path, 'r');
    const stats = fstatSync(descriptor, { bigint: true });
    if (stats.isFile())
      return { ...stateOf(stats), descriptor, modifiedMs: Number(stats.mtimeNs / 1_000_000n) };
    closeSync(descriptor);
  } catch (error) {
    throw explainFileError(error, path);
  }
  throw notRegular(path);
}

/**
 * The state of a regular file, which need not be readable.
 * @throws WorkbenchError as `openForReading`
 */
export function fileStateOf(path: string): FileState {
  let stats: BigIntStats;
  try {
    stats = statSync(path, { bigint: true });
  } catch (error) {
    throw explainFileError(error, path);
  }
  if (!stats.isFile()) throw notRegular(path);
  return stateOf(stats);
}

const notRegular = (path: string): WorkbenchError =>
  new WorkbenchError(
    'file-not-regular',
    `${path} is not a file. Name the file itself, not a folder or a device.`,
    { path },
  );

/** @throws DOMException NotReadableError, as a browser's file does */
function requireSameState(descriptor: number, expected: FileState): void {
  if (!isSameState(stateOf(fstatSync(descriptor, { bigint: true })), expected))
    throw new DOMException('The file was changed while it was open.', 'NotReadableError');
}

/**
 * Fills `target` from an offset of an open file.
 * @throws DOMException NotReadableError if the file was changed since `expected`, or ends before; errors of the system
 */
export function readUnchanged(
  descriptor: number,
  expected: FileState,
  target: Uint8Array,
  offset: number,
): void {
  requireSameState(descriptor, expected);
  for (let filled = 0; filled < target.length;) {
    const length = target.length - filled;
    const read = readSync(descriptor, target, filled, length, offset + filled);
    if (read === 0) throw new DOMException('The file is shorter than it was.', 'NotReadableError');
    filled += read;
  }
  requireSameState(descriptor, expected);
}
