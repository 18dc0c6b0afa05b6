import { WorkbenchError } from '../../protocol/error';
import { RowPacker, type PackedRows } from '../rows';
import { schemaFindings } from '../schema';
import { bindParameters, guardReadOnly, splitStatements, tokens } from '../sql-text';
import type {
  ColumnInfo,
  DatabaseFinding,
  DatabaseInfo,
  PlanStep,
  SqlParams,
  SqlValue,
  TableInfo,
} from '../types';
import { aborted, fileError, notADatabase, sqlError } from './errors';
import { DatabasePages, pageSizeOf } from './pages';
import { rowLimit } from './row-limit';
import { BlockCache, blocksOf, type BlockSource, type SyncSource } from './source';
import { openLazy, rowWithBigInts, type Sql, type SqlDatabase, type SqlStatement } from './sqljs';
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

export interface EngineOptions {
  /** Bound of the cached file bytes; the WAL's cache takes an eighth of it. */
  readonly cacheBytes: number;
  /** True to stop what runs: asked before every page and every row. */
  readonly isCancelled?: () => boolean;
  /** A WAL that was checked before, for the same files: reopening then costs nothing. */
  readonly walIndex?: WalIndex | undefined;
  /** The main file is known to be everything: a missing -wal is not worth a word. */
  readonly complete?: boolean;
  /** The time that "looks live" compares with. */
  readonly nowMs: number;
}

/** SQLite's own page cache: the inner pages of the indexes stay in it, the scans pass through. */
const sqliteCacheKiB = 8 * 1024;
const liveWithinMs = 2 * 60 * 1000;

/** An open database: one connection of SQLite over the lazily read files. Synchronous throughout. */
export class Engine {
  readonly info: DatabaseInfo;
  readonly pages: DatabasePages;
  /** For reopening: see EngineOptions. */
  readonly walIndex: WalIndex | undefined;
  readonly #sql: Sql;
  readonly #files: EngineFiles;
  readonly #database: SqlDatabase;
  readonly #caches: readonly BlockCache[];
  readonly #isCancelled: () => boolean;
  #readError: unknown;

  /**
   * Opens a database. Its files are read at a few places only, whatever their size; the WAL is read whole.
   * @throws WorkbenchError `not-a-database`, `database-encrypted`, `database-truncated`, `database-damaged`,
   *   `database-empty`, `database-empty-with-wal`, `wal-version`, `file-changed`, `file-vanished`, `file-not-readable`
   */
  constructor(SQL: Sql, files: EngineFiles, options: EngineOptions) {
    this.#sql = SQL;
    this.#files = files;
    this.#isCancelled = options.isCancelled ?? (() => false);
    const beforeRead = (): void => {
      if (this.#isCancelled()) throw aborted();
    };
    const { main, wal, shm } = files;
    const mainCache = new BlockCache(main.blocks ?? blocksOf(main.source), {
      capacityBytes: Math.floor(options.cacheBytes * 0.875),
      beforeRead,
    });
    const pageSize = readPageSize(mainCache, files);
    this.walIndex = wal && (options.walIndex ?? readLog(wal, () => beforeRead()));
    const walCache =
      wal &&
      new BlockCache(blocksOf(wal.source), {
        capacityBytes: Math.floor(options.cacheBytes * 0.125),
        maxReadBytes: 1024 * 1024,
        beforeRead,
      });
    this.#caches = walCache ? [mainCache, walCache] : [mainCache];
    const findings: DatabaseFinding[] = [];
    this.pages = inFile(main.name, () => {
      const log = matchingLog(this.walIndex, pageSize, findings, main.name);
      return new DatabasePages(
        mainCache,
        pageSize,
        log && walCache ? { cache: walCache, index: log } : undefined,
      );
    });
    findings.push(
      ...copyFindings(mainCache, this.pages, files, this.walIndex, readShmFile(shm), options),
    );
    this.#database = openLazy(
      SQL,
      {
        sizeBytes: this.pages.sizeBytes,
        view: (start, end) => {
          if (this.#isCancelled()) throw aborted();
          return this.pages.view(start, end);
        },
      },
      (reason) => (this.#readError = reason),
    );
    try {
      this.#internal(`PRAGMA cache_size=-${sqliteCacheKiB}`);
      // One lock for good: nothing else can open what lies in this worker's memory.
      this.#internal('PRAGMA locking_mode=EXCLUSIVE');
      const schemaVersion = Number(this.#internal('PRAGMA user_version')[0]?.[0]);
      const tables = this.#tables();
      const schema = schemaFindings(schemaVersion, tables);
      findings.push(...schema.findings);
      this.info = {
        name: main.name,
        kind: schema.kind,
        sizeBytes: Math.min(this.pages.sizeBytes, this.pages.presentPages * pageSize),
        fileBytes: main.source.sizeBytes,
        pageSize,
        pageCount: this.pages.presentPages,
        schemaVersion,
        walBytes: wal?.source.sizeBytes ?? 0,
        walFrames: this.walIndex?.validFrames ?? 0,
        walCommittedFrames: this.walIndex?.committedFrames ?? 0,
        tables,
        findings,
        warnings: findings.map(({ message }) => message),
      };
    } catch (error) {
      this.close();
      // Damage that the state of the copy explains is told as that.
      const reason = findings.find(({ severity }) => severity === 'error');
      if (reason && error instanceof WorkbenchError && error.code === 'database-damaged')
        throw new WorkbenchError(reason.code, reason.message, error.details, { cause: error });
      throw error;
    }
  }

  /** Reads and bytes asked of the files, and bytes held. */
  get statistics(): { reads: number; readBytes: number; heldBytes: number } {
    const all = this.#caches.map((cache) => cache.statistics);
    return {
      reads: all.reduce((sum, one) => sum + one.reads, 0),
      readBytes: all.reduce((sum, one) => sum + one.readBytes, 0),
      heldBytes: all.reduce((sum, one) => sum + one.heldBytes, 0),
    };
  }

  /**
   * Starts a query; rows come from the cursor.
   * @param unsigned names of columns whose negative integers are unsigned 64-bit ones
   * @throws WorkbenchError of the guard (`sql-…`), `sql-error`, `database-damaged`, of the files; AbortError
   */
  cursor(sql: string, params: SqlParams = [], unsigned: readonly string[] = []): Cursor {
    const bound = bindParameters(sql, params);
    const statement = this.#prepare(bound.sql);
    return this.#guarded(sql, () => {
      statement.bind(bound.params);
      return new Cursor(
        statement,
        rowLimit(this.#sql, statement, bound.sql, statement.getColumnNames()),
        unsigned,
        (run) => this.#guarded(sql, run),
        () => {
          if (this.#isCancelled()) throw aborted();
        },
      );
    });
  }

  /** The first row of a query; undefined without one. As `cursor`. */
  firstRow(sql: string, params: SqlParams): SqlValue[] | undefined {
    const cursor = this.cursor(sql, params);
    try {
      return cursor.nextRow();
    } finally {
      cursor.close();
    }
  }

  /** The query plan; parameters need not be given. */
  plan(sql: string): PlanStep[] {
    guardReadOnly(sql);
    const [statement] = splitStatements(sql);
    const body = (statement?.sql ?? sql).replace(/^\s*EXPLAIN(\s+QUERY\s+PLAN)?\b/i, '');
    return this.#guarded(sql, () =>
      this.#internal(`EXPLAIN QUERY PLAN ${body}`).map(([id, parent, , detail]) => ({
        id: Number(id),
        parent: Number(parent),
        detail: String(detail),
      })),
    );
  }

  /** Root pages of every b-tree: tables with their indexes. */
  trees(): { name: string; table: string; rootPage: number; isIndex: boolean }[] {
    return this.#guarded(undefined, () =>
      this.#internal(
        `SELECT name, tbl_name, rootpage, type FROM sqlite_schema WHERE rootpage > 0
         UNION ALL SELECT 'sqlite_schema', 'sqlite_schema', 1, 'table'`,
      ).map(([name, table, rootPage, type]) => ({
        name: String(name),
        table: String(table),
        rootPage: Number(rootPage),
        isIndex: type === 'index',
      })),
    );
  }

  close(): void {
    this.#database.close();
  }

  #prepare(sql: string): SqlStatement {
    guardReadOnly(sql);
    return this.#guarded(sql, () => {
      const first = tokens(sql).next().value;
      const verb = first ? sql.slice(first.start, first.end).toUpperCase() : '';
      if (verb !== 'PRAGMA' && verb !== 'EXPLAIN') this.#proveReadOnly(sql);
      return this.#database.prepare(sql);
    });
  }

  /** The compiled program says what the words may hide: Transaction with p2 ≠ 0 starts a write. */
  #proveReadOnly(sql: string): void {
    const writes = this.#internal(`EXPLAIN ${sql}`).some(
      ([, opcode, , p2]) => opcode === 'Transaction' && p2 !== 0,
    );
    if (writes)
      throw new WorkbenchError(
        'sql-not-read-only',
        'The workbench only reads: this statement would write.',
        { statement: sql.slice(0, 200) },
      );
  }

  #internal(sql: string): SqlValue[][] {
    return this.#guarded(sql, () => {
      const rows: SqlValue[][] = [];
      const statement = this.#database.prepare(sql);
      try {
        while (statement.step()) rows.push(statement.get());
      } finally {
        statement.free();
      }
      return rows;
    });
  }

  #guarded<R>(sql: string | undefined, run: () => R): R {
    this.#readError = undefined;
    try {
      return run();
    } catch (error) {
      throw sqlError(error, this.#readError, this.#files.main.name, sql);
    }
  }

  #tables(): TableInfo[] {
    const objects = this.#internal(
      `SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE type IN ('table', 'view') ORDER BY name`,
    );
    const columns = new Map<string, ColumnInfo[]>();
    const collect = (sql: string): void => {
      for (const [table, name, type, notNull, primaryKey] of this.#internal(sql)) {
        const list = columns.get(String(table)) ?? [];
        list.push({
          name: String(name),
          type: String(type),
          notNull: notNull === 1,
          primaryKey: Number(primaryKey),
        });
        columns.set(String(table), list);
      }
    };
    collect(
      `SELECT m.name, c.name, c.type, c."notnull", c.pk FROM sqlite_schema m, pragma_table_xinfo(m.name) c
       WHERE m.type = 'table' AND m.rootpage > 0 ORDER BY m.name, c.cid`,
    );
    const indexes = new Map<string, { name: string; columns: string[] }[]>();
    for (const [table, name, column] of this.#internal(
      `SELECT m.tbl_name, m.name, c.name FROM sqlite_schema m, pragma_index_info(m.name) c
       WHERE m.type = 'index' ORDER BY m.tbl_name, m.name, c.seqno`,
    )) {
      const list = indexes.get(String(table)) ?? [];
      if (list.at(-1)?.name !== name) list.push({ name: String(name), columns: [] });
      list.at(-1)?.columns.push(String(column ?? 'expression'));
      indexes.set(String(table), list);
    }
    return objects.map(([type, name, , sql]) => {
      const text = String(sql ?? '');
      const kind = type === 'view' ? 'view' : /^CREATE\s+VIRTUAL/i.test(text) ? 'virtual' : 'table';
      // A view or a foreign virtual table may not even compile here; it is listed all the same.
      if (kind !== 'table')
        try {
          collect(
            `SELECT ${quote(String(name))}, c.name, c.type, c."notnull", c.pk FROM pragma_table_xinfo(${quote(String(name))}) c`,
          );
        } catch (error) {
          if (!(error instanceof WorkbenchError) || error.code !== 'sql-error') throw error;
        }
      return {
        name: String(name),
        kind,
        columns: columns.get(String(name)) ?? [],
        indexes: indexes.get(String(name)) ?? [],
        sql: text,
      };
    });
  }
}

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Rows of a running query. Close it, or run it to its end. */
export class Cursor {
  readonly columns: readonly string[];
  readonly #statement: SqlStatement;
  readonly #checkRow: () => void;
  readonly #unsigned: readonly number[];
  readonly #guarded: <R>(run: () => R) => R;
  readonly #throwIfCancelled: () => void;
  readonly #packer: RowPacker;
  #done = false;
  #closed = false;

  constructor(
    statement: SqlStatement,
    checkRow: () => void,
    unsigned: readonly string[],
    guarded: <R>(run: () => R) => R,
    throwIfCancelled: () => void,
  ) {
    this.#statement = statement;
    this.#checkRow = checkRow;
    this.columns = statement.getColumnNames();
    this.#unsigned = this.columns.flatMap((name, i) => (unsigned.includes(name) ? [i] : []));
    this.#guarded = guarded;
    this.#throwIfCancelled = throwIfCancelled;
    this.#packer = new RowPacker(this.columns.length);
  }

  get done(): boolean {
    return this.#done;
  }

  /**
   * The next rows, packed: at most `maxRows`, fewer when they are big or were slow (`maxMs`). Memory: 32 MiB and one row
   * (see `maxRowBytes`).
   */
  next(maxRows: number, maxMs = Infinity): PackedRows {
    const packer = this.#packer;
    const until = performance.now() + maxMs;
    while (packer.rows < maxRows && packer.heapBytes < 32 * 1024 * 1024) {
      const row = this.nextRow();
      if (!row) break;
      packer.push(row);
      if (packer.rows % 64 === 0 && performance.now() > until) break;
    }
    return packer.take();
  }

  /** One row, or undefined at the end. */
  nextRow(): SqlValue[] | undefined {
    if (this.#done) return undefined;
    return this.#guarded(() => {
      this.#throwIfCancelled();
      if (this.#statement.step()) return this.#read();
      this.#done = true;
      this.close();
      return undefined;
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#statement.free();
  }

  #read(): SqlValue[] {
    this.#checkRow();
    const row: SqlValue[] = this.#statement.get();
    let exact: unknown[] | undefined;
    for (let i = 0; i < row.length; i++) {
      const value = row[i];
      // sql.js reads integers as doubles. Below 2^53 that is exact; above, only the text of the value tells.
      if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) {
        exact ??= rowWithBigInts(this.#statement);
        row[i] = exact[i] as SqlValue;
      }
    }
    for (const i of this.#unsigned) {
      const value = row[i];
      if ((typeof value === 'number' && Number.isInteger(value)) || typeof value === 'bigint')
        if (value < 0) row[i] = BigInt.asUintN(64, BigInt(value));
    }
    return row;
  }
}

function inFile<R>(fileName: string, run: () => R): R {
  try {
    return run();
  } catch (reason) {
    throw fileError(reason, fileName);
  }
}

/** Page size of the main file, after everything that is not a whole database was told apart. */
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

function readShmFile(shm: EngineFile | undefined): ShmHeader | undefined {
  if (!shm) return undefined;
  // The index only says more about the copy: without it everything works.
  try {
    return readShm(shm.source.read(0, Math.min(136, shm.source.sizeBytes)));
  } catch {
    return undefined;
  }
}

/** The log, if it can belong to a database of this page size. */
function matchingLog(
  index: WalIndex | undefined,
  pageSize: number,
  findings: DatabaseFinding[],
  name: string,
): WalIndex | undefined {
  if (!index || index.committedFrames === 0) return undefined;
  if (index.pageSize === pageSize) return index;
  findings.push({
    code: 'wal-foreign',
    severity: 'error',
    message: `The -wal file belongs to another database: its pages have ${index.pageSize} bytes, those of ${name} have ${pageSize}. It was left out, so the newest data is missing. Copy both files together from one folder.`,
  });
  return undefined;
}

/** What the files, taken together, say about how they were copied. */
function copyFindings(
  main: BlockCache,
  pages: DatabasePages,
  { main: mainFile, wal: walFile }: EngineFiles,
  wal: WalIndex | undefined,
  shm: ShmHeader | undefined,
  { nowMs, complete }: Pick<EngineOptions, 'nowMs' | 'complete'>,
): DatabaseFinding[] {
  const findings: DatabaseFinding[] = [];
  const { name } = mainFile;
  const header = inFile(name, () => main.view(0, 100).slice());
  const view = new DataView(header.buffer, header.byteOffset, 100);
  const add = (
    code: DatabaseFinding['code'],
    severity: DatabaseFinding['severity'],
    message: string,
  ): void => void findings.push({ code, severity, message });

  const usesWal = header[18] === 2 || header[19] === 2;
  const unsaved = shm?.initialised && shm.frames > shm.checkpointed;
  if (usesWal && !walFile) {
    if (unsaved)
      add(
        'wal-missing',
        'error',
        `The newest data is missing: it is in ${name}-wal, which was not dropped (the -shm file counts ${shm.frames - shm.checkpointed} pages in it). Drop ${name}, ${name}-wal and ${name}-shm together.`,
      );
    else if (!complete)
      add(
        'wal-missing',
        'warning',
        `The newest data may be missing. A node keeps its latest changes in ${name}-wal, even after it was stopped. If there is such a file beside ${name}, drop both together; if there is none, this is everything.`,
      );
  }
  if (wal && walFile) {
    if (wal.end === 'bad-header' || wal.end === 'empty') {
      if (unsaved)
        add(
          'wal-torn',
          'error',
          `${walFile.name} is ${wal.end === 'empty' ? 'empty' : 'damaged'}, although the -shm file counts ${shm.frames} pages in it: the newest data is missing. Copy all files again.`,
        );
      else if (wal.end === 'bad-header')
        add(
          'wal-torn',
          'warning',
          `${walFile.name} does not begin as a write-ahead log, so nothing of it was used: the newest data may be missing. Copy both files again.`,
        );
      else add('wal-empty', 'info', `${walFile.name} is empty: everything is in ${name}.`);
    } else if (shm?.initialised && sameSalts(shm, wal) && shm.frames > wal.committedFrames) {
      add(
        'wal-torn',
        'error',
        `${walFile.name} is not whole: the node had written ${shm.frames} pages to it, ${wal.committedFrames} are here and right. The newest data is missing. Copy all files again.`,
      );
    } else if (wal.end === 'torn') {
      add(
        'wal-torn',
        'info',
        `${walFile.name} ends with an unfinished write, as after a crash or in a copy of a running node. Everything up to the last commit is here (${wal.committedFrames} pages).`,
      );
    }
    if (shm?.initialised && !sameSalts(shm, wal) && wal.committedFrames > 0 && shm.frames > 0)
      add(
        'copy-torn',
        'warning',
        `The files do not belong to one moment: the node started its -wal anew while they were copied. Rows may be missing or wrong. Copy all files again, best with the node stopped.`,
      );
    const { missingPages } = pages;
    if (missingPages > 0)
      add(
        'copy-torn',
        'error',
        `${name} is shorter than ${walFile.name} states: of ${pages.pageCount} pages ${missingPages} are in neither file. They were copied at different moments, or one of them is damaged. Some queries will fail. Copy both files again.`,
      );
    if (
      nowMs - walFile.modifiedMs < liveWithinMs &&
      walFile.modifiedMs - mainFile.modifiedMs > 10_000
    )
      add(
        'looks-live',
        'warning',
        `These files look like those of a running node: ${walFile.name} was written ${Math.max(0, Math.round((nowMs - walFile.modifiedMs) / 1000))} s ago. Reading does no harm, but stops at the node's next write. Copy state.sql and state.sql-wal together to another folder and drop the copies.`,
      );
  }
  const headerPages = view.getUint32(28);
  const sizeCounts = view.getUint32(24) === view.getUint32(92);
  if (!(wal && wal.committedFrames > 0) && sizeCounts && headerPages > pages.pageCount)
    throw new WorkbenchError(
      'database-truncated',
      `${name} is cut off: its header counts ${headerPages} pages of ${pages.pageSize} bytes, the file has ${pages.pageCount}. The copy was not finished${walFile ? '' : `, or ${name}-wal belongs to it`}. Copy it again.`,
      { expectedBytes: headerPages * pages.pageSize, sizeBytes: main.sizeBytes },
    );
  return findings;
}

const sameSalts = (
  a: { salts: readonly [number, number] },
  b: { salts: readonly [number, number] },
) => a.salts[0] === b.salts[0] && a.salts[1] === b.salts[1];
