/** The list of smeshers, for a user without an id. */
import { missingFrom } from '../../state/schema';
import { lacks, type AskOptions, type Queryable } from '../../state/queries/ask';
import type { QueryResult } from '../../state/types';

/** Publishers of one publish epoch (the newest, if none is named), the heaviest first. */
export async function publishers(
  database: Queryable,
  { epoch, limit, ...options }: AskOptions & { epoch: number | undefined; limit: number },
): Promise<QueryResult & { readonly sql: string }> {
  const { tables } = database.info;
  const missing = missingFrom(tables, ['atxs']);
  if (missing.length > 0) throw lacks(database.info, 'Smeshers', missing);
  const weight =
    missingFrom(tables, ['atxs.weight']).length === 0
      ? 'weight'
      : 'effective_num_units * tick_count';
  const sql = `SELECT epoch AS publish_epoch, pubkey AS smesher, effective_num_units AS units,
  tick_count AS ticks, ${weight} AS weight, coinbase, id AS atx_id
FROM atxs
WHERE epoch = ${epoch ?? '(SELECT max(epoch) FROM atxs)'}
ORDER BY ${weight} DESC, pubkey`;
  return { ...(await database.query(sql, [], { ...options, maxRows: limit })), sql };
}
