import { isAbort } from '../../base/abort';
import { WorkbenchError } from '../../base/error';
import { FailedRead } from './connection';
import { resultCode, SqliteError } from './sqljs';

/** The rejection of a query that its caller aborted. */
export const aborted = (): DOMException =>
  new DOMException('The query was cancelled.', 'AbortError');

const copyAdvice =
  'Stop the node or leave it running, copy state.sql and state.sql-wal together to another folder, and drop the copies.';

/** What a platform's failed read means for the user of the file. */
function fileError(reason: unknown, fileName: string): unknown {
  if (!(reason instanceof Error) || reason instanceof WorkbenchError) return reason;
  if (isAbort(reason)) return reason;
  if (reason.name === 'NotReadableError')
    return new WorkbenchError(
      'file-changed',
      `${fileName} was changed while it was open: a node is probably writing to it. ${copyAdvice}`,
      { fileName },
      { cause: reason },
    );
  if (reason.name === 'NotFoundError')
    return new WorkbenchError(
      'file-vanished',
      `${fileName} is not there any more: it was moved, renamed or deleted, or the disk was taken out. Drop it again from where it is now.`,
      { fileName },
      { cause: reason },
    );
  if (reason.name === 'NotAllowedError' || reason.name === 'SecurityError')
    return new WorkbenchError(
      'file-not-allowed',
      `The browser does not let the page read ${fileName} any more. Drop it again, or open it again and allow reading.`,
      { fileName },
      { cause: reason },
    );
  return new WorkbenchError(
    'file-not-readable',
    `${fileName} could not be read: ${reason.message}. Check the disk, or copy the file elsewhere and drop the copy.`,
    { fileName },
    { cause: reason },
  );
}

/** Runs what reads a file; errors of the platform carry the file's name. */
export function inFile<R>(fileName: string, run: () => R): R {
  try {
    return run();
  } catch (reason) {
    throw fileError(reason, fileName);
  }
}

/** SQLite met bytes that cannot be a database's. One such error may also come of a read that went wrong unnoticed. */
export const isDamage = (error: unknown): error is SqliteError =>
  error instanceof SqliteError &&
  (error.resultCode === resultCode.corrupt || error.resultCode === resultCode.notADatabase);

/** SQLite's WebAssembly instance ended in the middle of a call: nothing of it can be used again. */
export const isCrash = (error: unknown): boolean => error instanceof WebAssembly.RuntimeError;

/** Damage that a second connection met again, over bytes that were read again. */
export const damaged = (error: SqliteError, fileName: string, sql: string): WorkbenchError =>
  error.resultCode === resultCode.notADatabase
    ? wrapped(error, sql, {
        code: 'database-damaged',
        message: `SQLite does not accept ${fileName} as a database (read twice): its first page is damaged, or it is encrypted. Copy it again from the node's folder.`,
      })
    : wrapped(error, sql, {
        code: 'database-damaged',
        message: `Parts of ${fileName} are damaged (read twice; SQLite: ${error.message}). If it was copied while the node ran, stop the node and copy state.sql and state.sql-wal together again. If the fresh copy is damaged, too, the node's own file is: restore it from a backup, or let the node sync again.`,
      });

/** Damage that was not there when the same bytes were read again. */
export const readingsDiffer = (error: SqliteError, fileName: string, sql: string): WorkbenchError =>
  wrapped(error, sql, {
    code: 'readings-differ',
    message: `Two readings of ${fileName} differ: the first looked damaged (SQLite: ${error.message}), the second did not. The answer was discarded. Run it again; if this repeats, the disk or its connection returns wrong data: copy the file to another disk.`,
  });

/** What an error of a statement means; `damaged` and `readingsDiffer` are for errors that `isDamage` recognises. */
export function explainError(error: unknown, fileName: string, sql: string): unknown {
  if (error instanceof FailedRead) return fileError(error.reason, fileName);
  if (error instanceof WorkbenchError) return error;
  if (isAbort(error)) return error;
  // Only a cancel interrupts a statement (step-hook.ts).
  if (error instanceof SqliteError && error.resultCode === resultCode.interrupted) return aborted();
  if (error instanceof SqliteError) return wrapped(error, sql, explainCode(error, fileName));
  if (isCrash(error))
    return wrapped(error, sql, {
      code: 'sqlite-crashed',
      message:
        'SQLite ran out of memory or failed while it ran the query; it was restarted. Sort or group fewer rows, or add a WHERE or LIMIT.',
    });
  if (error instanceof RangeError) return wrapped(error, sql, tooLarge);
  return wrapped(error, sql, { code: 'sql-error', message: `SQLite: ${messageOf(error)}` });
}

interface Explanation {
  readonly code: string;
  readonly message: string;
}

const tooLarge: Explanation = {
  code: 'query-too-large',
  message:
    'The query needs more memory than SQLite has in a browser (2 GiB). Sort or group fewer rows, or add a WHERE or LIMIT.',
};

function explainCode({ resultCode: code, message }: SqliteError, fileName: string): Explanation {
  switch (code) {
    case resultCode.readOnly:
      return {
        code: 'sql-not-read-only',
        message: 'The workbench only reads: this statement would write.',
      };
    case resultCode.noMemory:
    case resultCode.tooBig:
      return tooLarge;
    case resultCode.ioError:
    case resultCode.cannotOpen:
      return {
        code: 'file-not-readable',
        message: `SQLite could not read ${fileName} (${message}). Run the query again; if this repeats, copy the file to another disk and open the copy.`,
      };
    default:
      return { code: 'sql-error', message: `SQLite: ${message}` };
  }
}

const wrapped = (error: unknown, sql: string, { code, message }: Explanation): WorkbenchError =>
  new WorkbenchError(
    code,
    message,
    { sqlite: messageOf(error), statement: sql.slice(0, 2000) },
    { cause: error },
  );

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** Why a file that was dropped is not a database that can be opened. Undefined when its first bytes are a database's. */
export function notADatabase(
  firstBytes: Uint8Array,
  sizeBytes: number,
  fileName: string,
): WorkbenchError | undefined {
  const isDatabase = new TextDecoder('latin1').decode(firstBytes.subarray(0, 16)) === magic;
  if (isDatabase && firstBytes.length >= 100) return undefined;
  if (isDatabase)
    return new WorkbenchError(
      'database-truncated',
      `${fileName} ends after ${sizeBytes} bytes, inside the header: the copy was not finished. Copy it again.`,
      { sizeBytes },
    );
  if (looksEncrypted(firstBytes, sizeBytes))
    return new WorkbenchError(
      'database-encrypted',
      `${fileName} looks encrypted (its bytes are random from the first one on). go-spacemesh does not encrypt its databases: decrypt the file or backup with the program that made it, and drop the result.`,
      { sizeBytes },
    );
  return new WorkbenchError(
    'not-a-database',
    `${fileName} is not a SQLite database: it does not begin with "SQLite format 3". Drop state.sql from the node's data folder.`,
    { sizeBytes, firstBytes: firstBytes.slice(0, 16) },
  );
}

const magic = 'SQLite format 3\0';

/** Complete pages in which all byte values are about equally frequent: SQLCipher's salt, and ciphertext after it. */
function looksEncrypted(firstBytes: Uint8Array, sizeBytes: number): boolean {
  if (sizeBytes % 512 !== 0 || firstBytes.length < 512) return false;
  const counts = new Uint32Array(256);
  for (const byte of firstBytes) counts[byte] = (counts[byte] ?? 0) + 1;
  let entropyBits = 0;
  for (const count of counts)
    if (count > 0)
      entropyBits -= (count / firstBytes.length) * Math.log2(count / firstBytes.length);
  // 512 random bytes have about 7.6 bits of empirical entropy, 4096 about 7.95; zlib and images come near the latter only.
  return entropyBits > (firstBytes.length < 2048 ? 7.4 : 7.85);
}
