import { WorkbenchError } from '../../protocol/error';

/** The rejection of a query that its caller aborted. */
export const aborted = (): DOMException =>
  new DOMException('The query was cancelled.', 'AbortError');

const copyAdvice =
  'Stop the node or leave it running, copy state.sql and state.sql-wal together to another folder, and drop the copies.';

/** What a platform's failed read means for the person whose file it is. */
export function fileError(reason: unknown, fileName: string): unknown {
  if (!(reason instanceof Error) || reason instanceof WorkbenchError) return reason;
  if (reason.name === 'AbortError') return reason;
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

/** What an error of SQLite means. `reason` is the read that failed below it, if one did. */
export function sqlError(error: unknown, reason: unknown, fileName: string, sql?: string): unknown {
  if (reason !== undefined) return fileError(reason, fileName);
  if (error instanceof WorkbenchError) return error;
  if (error instanceof Error && error.name === 'AbortError') return error;
  const message = error instanceof Error ? error.message : String(error);
  const wrap = (code: string, text: string): WorkbenchError =>
    new WorkbenchError(
      code,
      text,
      { sqlite: message, ...(sql === undefined ? {} : { statement: sql.slice(0, 2000) }) },
      { cause: error },
    );
  if (/malformed|corrupt|disk I\/O error/i.test(message))
    return wrap(
      'database-damaged',
      `Parts of ${fileName} are damaged (SQLite: ${message}). If it was copied while the node ran, copy state.sql and state.sql-wal together again. If the node's own file is damaged, the node has to sync anew or start from a backup.`,
    );
  if (/not a database/i.test(message))
    return wrap(
      'database-damaged',
      `SQLite does not accept ${fileName} as a database: its first page is damaged, or it is encrypted. Copy it again from the node's folder.`,
    );
  if (/readonly|query_only/i.test(message))
    return wrap('sql-not-read-only', 'The workbench only reads: this statement would write.');
  if (/out of memory|Cannot enlarge memory|memory access out of bounds|too big/i.test(message))
    return wrap(
      'query-too-large',
      'The query needs more memory than SQLite has in a browser (2 GiB). Sort or group fewer rows, or add a WHERE or LIMIT.',
    );
  return wrap('sql-error', `SQLite says: ${message}`);
}

/** Why a file that was dropped is no database that can be opened. Undefined when its first bytes are a database's. */
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

/** Whole pages of bytes that are all about equally frequent: SQLCipher's salt, and ciphertext after it. */
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
