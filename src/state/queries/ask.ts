/** Questions whose answer is used as a complete one: an answer that was cut off is an error, never a smaller answer. */
import { WorkbenchError } from '../../base/error';
import type { QueryOptions, QueryResult, SqlParams } from '../types';

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
