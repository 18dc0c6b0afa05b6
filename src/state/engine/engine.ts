/** An open database: SQLite over the lazily read files of one copy. Synchronous throughout. */
import { isAbort } from '../../base/abort';
import { WorkbenchError } from '../../base/error';
import { schemaFindings } from '../schema';
import { bindParameters, guardReadOnly, splitStatements, tokens, type BoundSql } from '../sql-text';
import type {
  ColumnInfo,
  DatabaseFinding,
  DatabaseInfo,
  PlanStep,
  SqlParams,
  SqlValue,
  TableInfo,
} from '../types';
import { Connection, FailedRead } from './connection';
import { Cursor } from './cursor';
import { DatabaseBytes, type EngineFiles } from './database-bytes';
import { aborted, damaged, explainError, isCrash, isDamage, readingsDiffer } from './errors';
import type { DatabasePages } from './pages';
import { rowLimit } from './row-limit';
import type { Sql, SqliteError } from './sqljs';
import type { WalIndex } from './wal';

export interface EngineOptions {
  /** Bound of the cached file bytes; the WAL's cache takes an eighth of it. */
  readonly cacheBytes: number;
  /**
   * Bound of SQLite's own page cache, 8 MiB by default: the inner pages of the indexes stay in it, scans pass through.
   */
  readonly pageCacheBytes?: number;
  /** True to stop what runs: asked before every page and every row, and between them while SQLite computes. */
  readonly isCancelled?: () => boolean;
  /** The WAL's index from before, for the same files: opening them again then costs nothing. */
  readonly walIndex?: WalIndex | undefined;
  /** The main file is known to be everything: no warning about a missing -wal. */
  readonly complete?: boolean;
  /** The time that "looks live" compares with, Unix ms. */
  readonly nowMs: number;
}

const defaultPageCacheBytes = 8 * 1024 * 1024;

/** A statement with its parameters, as it can be run a second time. */
interface Query {
  readonly sql: string;
  readonly params: BoundSql['params'];
}

/**
 * A failed read fails the answer: the connection that saw it is replaced before the next statement, and unless the read was
 * only cancelled, by one over bytes that are read again. "Damaged" is an answer only after such a connection
 * has met the damage, too.
 */
export class Engine {
  readonly info: DatabaseInfo;
  readonly #SQL: Sql;
  readonly #mainName: string;
  readonly #bytes: DatabaseBytes;
  readonly #isCancelled: () => boolean;
  readonly #pageCacheBytes: number;
  #connection: Connection | undefined;
  /** The bytes that were read may not be those of the files. */
  #isDoubtful = false;
  #crash: WorkbenchError | undefined;

  /**
   * Opens a database. Its files are read at a few places only, whatever their size; the WAL is read completely.
   * @throws WorkbenchError as `DatabaseBytes`; `database-damaged`, `readings-differ`; AbortError
   */
  constructor(SQL: Sql, files: EngineFiles, options: EngineOptions) {
    const { isCancelled = () => false, pageCacheBytes = defaultPageCacheBytes, ...rest } = options;
    this.#SQL = SQL;
    this.#mainName = files.main.name;
    this.#isCancelled = isCancelled;
    this.#pageCacheBytes = pageCacheBytes;
    this.#bytes = new DatabaseBytes(files, {
      ...rest,
      beforeRead: () => this.#throwIfCancelled(),
    });
    try {
      this.info = this.#describe(files);
    } catch (error) {
      this.close();
      // Damage that the state of the copy explains is reported as that.
      const reason = this.#bytes.findings.find(({ severity }) => severity === 'error');
      if (reason && error instanceof WorkbenchError && error.code === 'database-damaged')
        throw new WorkbenchError(reason.code, reason.message, error.details, { cause: error });
      throw error;
    }
  }

  get pages(): DatabasePages {
    return this.#bytes.pages;
  }

  /** For reopening: see EngineOptions. */
  get walIndex(): WalIndex | undefined {
    return this.#bytes.walIndex;
  }

  /** Reads and bytes asked of the files, and bytes held. */
  get statistics(): DatabaseBytes['statistics'] {
    return this.#bytes.statistics;
  }

  /**
   * Starts a query; rows come from the cursor. A later failed read ends it.
   * @param unsigned names of columns whose negative integers are unsigned 64-bit ones
   * @throws WorkbenchError of the guard (`sql-…`), `sql-error`, `database-damaged`, `readings-differ`,
   *   `query-too-large`, `sqlite-crashed`, of the files; AbortError
   */
  cursor(sql: string, params: SqlParams = [], unsigned: readonly string[] = []): Cursor {
    const query = bindParameters(sql, params);
    guardReadOnly(query.sql);
    const first = tokens(query.sql).next().value;
    const verb = first ? query.sql.slice(first.start, first.end).toUpperCase() : '';
    if (verb !== 'PRAGMA' && verb !== 'EXPLAIN') this.#proveReadOnly(query.sql);
    return this.#open(query, unsigned);
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
    return this.#rows(`EXPLAIN QUERY PLAN ${body}`).map(([id, parent, , detail]) => ({
      id: Number(id),
      parent: Number(parent),
      detail: String(detail),
    }));
  }

  /** Root pages of every b-tree: tables with their indexes. */
  trees(): { name: string; table: string; rootPage: number; isIndex: boolean }[] {
    return this.#rows(
      `SELECT name, tbl_name, rootpage, type FROM sqlite_schema WHERE rootpage > 0
       UNION ALL SELECT 'sqlite_schema', 'sqlite_schema', 1, 'table'`,
    ).map(([name, table, rootPage, type]) => ({
      name: String(name),
      table: String(table),
      rootPage: Number(rootPage),
      isIndex: type === 'index',
    }));
  }

  close(): void {
    if (!this.#crash) this.#connection?.retire();
    this.#connection = undefined;
  }

  #describe({ main, wal }: EngineFiles): DatabaseInfo {
    const { pages, walIndex } = this.#bytes;
    const schemaVersion = Number(this.#rows('PRAGMA user_version')[0]?.[0]);
    const tables = this.#tables();
    const schema = schemaFindings(schemaVersion, tables);
    const findings: DatabaseFinding[] = [...this.#bytes.findings, ...schema.findings];
    return {
      name: main.name,
      kind: schema.kind,
      sizeBytes: Math.min(pages.sizeBytes, pages.presentPages * pages.pageSize),
      fileBytes: main.source.sizeBytes,
      pageSize: pages.pageSize,
      pageCount: pages.presentPages,
      schemaVersion,
      walBytes: wal?.source.sizeBytes ?? 0,
      walFrames: walIndex?.validFrames ?? 0,
      walCommittedFrames: walIndex?.committedFrames ?? 0,
      tables,
      findings,
      warnings: findings.map(({ message }) => message),
    };
  }

  #open(query: Query, unsigned: readonly string[] = []): Cursor {
    return this.#attempt(query, 0, () => {
      const connection = this.#usableConnection();
      return connection.run((database) => {
        const statement = database.prepare(query.sql);
        statement.bind(query.params);
        return new Cursor(statement, {
          unsigned,
          checkRow: rowLimit(this.#SQL, statement, query.sql, statement.getColumnNames()),
          throwIfCancelled: () => this.#throwIfCancelled(),
          attempt: (rowsRead, step) => this.#attempt(query, rowsRead, () => connection.run(step)),
          isOpen: () => connection.isUsable,
        });
      });
    });
  }

  #rows(sql: string): SqlValue[][] {
    const cursor = this.#open({ sql, params: {} });
    try {
      const rows: SqlValue[][] = [];
      for (let row = cursor.nextRow(); row; row = cursor.nextRow()) rows.push(row);
      return rows;
    } finally {
      cursor.close();
    }
  }

  /** The compiled program shows what the words may hide: Transaction with p2 ≠ 0 starts a write. */
  #proveReadOnly(sql: string): void {
    const writes = this.#rows(`EXPLAIN ${sql}`).some(
      ([, opcode, , p2]) => opcode === 'Transaction' && p2 !== 0,
    );
    if (writes)
      throw new WorkbenchError(
        'sql-not-read-only',
        'The workbench only reads: this statement would write.',
        { statement: sql.slice(0, 200) },
      );
  }

  /** The connection, or a new one in the place of one that saw a failed read. */
  #usableConnection(): Connection {
    if (this.#crash) throw this.#crash;
    if (this.#connection?.isUsable) return this.#connection;
    this.#connection?.retire();
    this.#connection = undefined;
    if (this.#isDoubtful) {
      this.#bytes.readAgain();
      this.#isDoubtful = false;
    }
    const { pages } = this.#bytes;
    const file = {
      sizeBytes: pages.sizeBytes,
      view: (start: number, end: number): Uint8Array => {
        this.#throwIfCancelled();
        return pages.view(start, end);
      },
    };
    return (this.#connection = new Connection(
      this.#SQL,
      file,
      this.#pageCacheBytes,
      this.#isCancelled,
    ));
  }

  /** `rowsRead` rows of the query were read before. */
  #attempt<R>(query: Query, rowsRead: number, run: () => R): R {
    try {
      return run();
    } catch (error) {
      throw isDamage(error) ? this.#confirm(error, query, rowsRead) : this.#explain(error, query);
    }
  }

  /** Runs the query up to the same row on a new connection over bytes that are read again. */
  #confirm(damage: SqliteError, query: Query, rowsRead: number): unknown {
    this.#doubt();
    try {
      this.#usableConnection().run((database) => {
        const statement = database.prepare(query.sql);
        statement.bind(query.params);
        for (let row = 0; row <= rowsRead && statement.step(); row++) this.#throwIfCancelled();
        statement.free();
      });
    } catch (error) {
      if (!isDamage(error)) return this.#explain(error, query);
      this.#doubt();
      return damaged(error, this.#mainName, query.sql);
    }
    this.#doubt();
    return readingsDiffer(damage, this.#mainName, query.sql);
  }

  #explain(error: unknown, { sql }: Query): unknown {
    if (error instanceof FailedRead && !isAbort(error.reason)) this.#isDoubtful = true;
    const explained = explainError(error, this.#mainName, sql);
    if (isCrash(error) && explained instanceof WorkbenchError) this.#crash = explained;
    return explained;
  }

  /** What was read so far is not used again. */
  #doubt(): void {
    this.#connection?.retire();
    this.#isDoubtful = true;
  }

  #throwIfCancelled(): void {
    if (this.#isCancelled()) throw aborted();
  }

  #tables(): TableInfo[] {
    const objects = this.#rows(
      `SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE type IN ('table', 'view') ORDER BY name`,
    );
    const columns = new Map<string, ColumnInfo[]>();
    const collect = (sql: string): void => {
      for (const [table, name, type, notNull, primaryKey] of this.#rows(sql)) {
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
    for (const [table, name, column] of this.#rows(
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
