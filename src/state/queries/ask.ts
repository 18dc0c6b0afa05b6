/** Questions whose answer is used completely one: an answer that was cut off is an error, never a smaller answer. */
import { WorkbenchError } from '../../base/error';
import { describeSchema } from '../schema';
import type { DatabaseInfo, QueryOptions, QueryResult, SqlParams, SqlValue } from '../types';
import { catalogueQuery, resolveQuery } from './catalogue';
import type { Row } from './row';

/** What a question needs of a database. */
export interface Askable {
  query(sql: string, params?: SqlParams, options?: QueryOptions): Promise<QueryResult>;
}

/** More rows than any smesher, coinbase, epoch or list of sets has; a bound all the same. */
const maxRows = 5_000_000;

/**
 * All rows of a query. Memory: what the rows take, at most 512 MiB (`Database.query`).
 * @throws WorkbenchError `result-truncated`, and as `Database.query`
 */
export async function askAll(
  database: Askable,
  sql: string,
  params: SqlParams = [],
  options: QueryOptions = {},
): Promise<Pick<QueryResult, 'columns' | 'rows'>> {
  const { columns, rows, truncated } = await database.query(sql, params, { maxRows, ...options });
  if (truncated)
    throw new WorkbenchError(
      'result-truncated',
      `The answer has more than ${rows.length} rows, too many to be held in the page, so what follows from them would be wrong. Ask in the SQL console, with a WHERE or a GROUP BY.`,
      { rows: rows.length },
    );
  return { columns, rows };
}

/** What the questions are put to: a Database. */
export interface Queryable {
  readonly info: DatabaseInfo;
  query(sql: string, params?: SqlParams, options?: QueryOptions): Promise<QueryResult>;
}

export type AskOptions = Pick<QueryOptions, 'signal' | 'priority'>;

export async function askRows(
  database: Queryable,
  sql: string,
  params: SqlParams,
  options: QueryOptions = {},
): Promise<Row[]> {
  const { columns, rows } = await askAll(database, sql, params, options);
  return rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i] ?? null])));
}

/**
 * Runs a query of the catalogue in the form that fits the database.
 * @throws WorkbenchError `schema-lacks`
 */
export async function askCatalogue(
  database: Queryable,
  id: string,
  params: Readonly<Record<string, SqlValue>> = {},
  options: AskOptions = {},
): Promise<Row[]> {
  const query = catalogueQuery(id);
  const resolved = resolveQuery(query, database.info.tables);
  if ('missing' in resolved) throw lacks(database.info, query.title, resolved.missing);
  return askRows(database, resolved.sql, params, { ...options, unsigned: query.unsigned });
}

export const askIfAble: typeof askCatalogue = async (database, id, params, options) => {
  if ('missing' in resolveQuery(catalogueQuery(id), database.info.tables)) return [];
  return askCatalogue(database, id, params, options);
};

/** The error for a view that the database cannot fill: names what is not there. */
export const lacks = (
  info: DatabaseInfo,
  what: string,
  missing: readonly string[],
): WorkbenchError =>
  new WorkbenchError(
    'schema-lacks',
    `"${what}" needs ${missing.join(', ')}, which this database does not have. Its schema is version ${describeSchema(info)}. The SQL console works with what there is.`,
    { missing, schemaVersion: info.schemaVersion },
  );
