/**
 * The bytes of one database: the main file with the pages of its WAL in their place, read through bounded caches, and
 * what the files, taken together, show about how they were copied.
 */
import { WorkbenchError } from '../../base/error';
import type { DatabaseFinding } from '../types';
import { copyFindings } from './copy-findings';
import { inFile, notADatabase } from './errors';
import { DatabasePages, pageSizeOf } from './pages';
import { BlockCache, blocksOf } from './block-cache';
import type { BlockSource, SyncSource } from './source';
import {
  isWalHeader,
  readShm,
  readWal,
  WalVersionError,
  type ShmHeader,
  type WalIndex,
} from './wal';

/** The files of one database, as a worker or a test reads them. */
export interface EngineFiles {
  readonly main: EngineFile;
  readonly wal?: EngineFile | undefined;
  readonly shm?: EngineFile | undefined;
}

export interface EngineFile {
  readonly name: string;
  readonly source: SyncSource;
  /** The same bytes for the cache, where another thread helps to read them. */
  readonly blocks?: BlockSource | undefined;
  /** When it was last written, Unix ms. */
  readonly modifiedMs: number;
}

export interface BytesOptions {
  /** Bound of the cached file bytes; the WAL's cache takes an eighth of it. */
  readonly cacheBytes: number;
  /** Asked before every read of a file; throws to stop. */
  readonly beforeRead: () => void;
  /** The WAL's index from before, for the same files: opening them again then costs nothing. */
  readonly walIndex?: WalIndex | undefined;
  /** The main file is known to be everything: no warning about a missing -wal. */
  readonly complete?: boolean | undefined;
  /** The time that "looks live" compares with. */
  readonly nowMs: number;
}

interface OpenedBytes {
  readonly pages: DatabasePages;
  readonly walIndex: WalIndex | undefined;
  readonly findings: readonly DatabaseFinding[];
  /** Equal for two readings of the same, unchanged files. */
  readonly identity: string;
}

/** Memory: `cacheBytes`, and 16 bytes for each committed frame of the WAL. */
export class DatabaseBytes {
  readonly #files: EngineFiles;
  readonly #options: BytesOptions;
  readonly #main: BlockCache;
  readonly #wal: BlockCache | undefined;
  #opened: OpenedBytes;

  /**
   * Reads the files at a few places only, whatever their size; the WAL is read completely.
   * @throws WorkbenchError `not-a-database`, `database-encrypted`, `database-truncated`, `database-damaged`,
   *   `database-empty`, `database-empty-with-wal`, `wal-without-database`, `wal-version`, `file-changed`,
   *   `file-vanished`, `file-not-allowed`, `file-not-readable`
   */
  constructor(files: EngineFiles, options: BytesOptions) {
    const { main, wal } = files;
    const { cacheBytes, beforeRead } = options;
    this.#files = files;
    this.#options = options;
    this.#main = new BlockCache(namedBlocks(main), {
      capacityBytes: Math.floor(cacheBytes * 0.875),
      beforeRead,
    });
    this.#wal =
      wal &&
      new BlockCache(namedBlocks(wal), {
        capacityBytes: Math.floor(cacheBytes * 0.125),
        maxReadBytes: 1024 * 1024,
        beforeRead,
      });
    this.#opened = this.#open(options.walIndex);
  }

  get pages(): DatabasePages {
    return this.#opened.pages;
  }

  get walIndex(): WalIndex | undefined {
    return this.#opened.walIndex;
  }

  get findings(): readonly DatabaseFinding[] {
    return this.#opened.findings;
  }

  /** Reads and bytes asked of the files, and bytes held. */
  get statistics(): { reads: number; readBytes: number; heldBytes: number } {
    const all = [this.#main, ...(this.#wal ? [this.#wal] : [])].map((cache) => cache.statistics);
    return {
      reads: all.reduce((sum, { reads }) => sum + reads, 0),
      readBytes: all.reduce((sum, { readBytes }) => sum + readBytes, 0),
      heldBytes: all.reduce((sum, { heldBytes }) => sum + heldBytes, 0),
    };
  }

  /**
   * Forgets what was read and opens the files again, as after a read that failed.
   * @throws WorkbenchError as the constructor; `file-changed` when they are not the files that were opened
   */
  readAgain(): void {
    this.#main.clear();
    this.#wal?.clear();
    const again = this.#open(undefined);
    if (again.identity !== this.#opened.identity)
      throw new WorkbenchError(
        'file-changed',
        `${this.#files.main.name} or its -wal is not the file that was opened: it has been written to or replaced. Open the files again.`,
        { fileName: this.#files.main.name },
      );
    this.#opened = again;
  }

  #open(known: WalIndex | undefined): OpenedBytes {
    const { main, wal, shm } = this.#files;
    const { beforeRead, complete, nowMs } = this.#options;
    const pageSize = readPageSize(this.#main, this.#files);
    const walIndex = wal && (known ?? readLog(wal, beforeRead));
    const log = matchingLog(walIndex, pageSize);
    const pages = new DatabasePages(
      this.#main,
      pageSize,
      log && this.#wal ? { cache: this.#wal, index: log } : undefined,
    );
    const findings: DatabaseFinding[] = [];
    if (walIndex && !log && walIndex.committedFrames > 0)
      findings.push(foreignLog(walIndex, pageSize, main.name));
    const shmHeader = readShmFile(shm, findings);
    const header = this.#main.view(0, 100).slice();
    findings.push(
      ...copyFindings({
        header,
        pages,
        main: { name: main.name, modifiedMs: main.modifiedMs, sizeBytes: this.#main.sizeBytes },
        wal: wal && walIndex && { name: wal.name, modifiedMs: wal.modifiedMs, index: walIndex },
        shm: shmHeader,
        complete: complete ?? false,
        nowMs,
      }),
    );
    const identity = [
      this.#main.sizeBytes,
      header.join(),
      wal?.source.sizeBytes,
      walIndex?.salts.join(),
      walIndex?.committedFrames,
    ].join(';');
    return { pages, walIndex, findings, identity };
  }
}

/** Errors of a file's reads, with the file's name in them. */
function namedBlocks({ name, source, blocks = blocksOf(source) }: EngineFile): BlockSource {
  return {
    ...blocks,
    fill: (offset, length, slots) => inFile(name, () => blocks.fill(offset, length, slots)),
  };
}

/** Page size of the main file, after everything that is not a complete database was refused. */
function readPageSize(main: BlockCache, { main: { name }, wal }: EngineFiles): number {
  if (main.sizeBytes === 0)
    throw wal && wal.source.sizeBytes > 0
      ? new WorkbenchError(
          'database-empty-with-wal',
          `${name} is empty (0 bytes), although ${wal.name} is not. SQLite does not read such a pair: the copy of ${name} failed. Copy both files again.`,
        )
      : new WorkbenchError(
          'database-empty',
          `${name} is empty (0 bytes): the copy failed, or the node never wrote to it. Copy it again.`,
        );
  const firstBytes = inFile(name, () => main.view(0, Math.min(main.sizeBytes, 4096)).slice());
  if (isWalHeader(firstBytes))
    throw new WorkbenchError(
      'wal-without-database',
      `${name} is a write-ahead log (-wal), not a database. Drop it together with the database it belongs to: state.sql.`,
    );
  const problem = notADatabase(firstBytes, main.sizeBytes, name);
  if (problem) throw problem;
  const pageSize = pageSizeOf(firstBytes);
  if (pageSize === undefined)
    throw new WorkbenchError(
      'database-damaged',
      `The header of ${name} is damaged: it names no possible page size. Copy it again from the node's folder.`,
    );
  return pageSize;
}

function readLog({ name, source }: EngineFile, beforeRead: () => void): WalIndex {
  return inFile(name, () => {
    try {
      return readWal(source, beforeRead);
    } catch (error) {
      if (error instanceof WalVersionError)
        throw new WorkbenchError(
          'wal-version',
          `${name} has a format that no known version of SQLite writes. Copy it again.`,
        );
      throw error;
    }
  });
}

/** The -shm only shows more about the copy: without it everything works, but a check is missing. */
function readShmFile(
  shm: EngineFile | undefined,
  findings: DatabaseFinding[],
): ShmHeader | undefined {
  if (!shm) return undefined;
  const { name, source } = shm;
  try {
    return readShm(source.read(0, Math.min(136, source.sizeBytes)));
  } catch {
    findings.push({
      code: 'shm-not-read',
      severity: 'warning',
      message: `${name} could not be read, so it was not checked whether the -wal file is complete. Copy all three files again, or open the database without ${name}.`,
    });
    return undefined;
  }
}

/** The log, if it can belong to a database of this page size. */
const matchingLog = (index: WalIndex | undefined, pageSize: number): WalIndex | undefined =>
  index && index.committedFrames > 0 && index.pageSize === pageSize ? index : undefined;

const foreignLog = (index: WalIndex, pageSize: number, name: string): DatabaseFinding => ({
  code: 'wal-foreign',
  severity: 'error',
  message: `The -wal file belongs to another database: its pages have ${index.pageSize} bytes, those of ${name} have ${pageSize}. It was left out, so the newest data is missing. Copy both files together from one folder.`,
});
