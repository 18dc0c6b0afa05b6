/** What there is to choose from, when nothing was named. */
import type { Queryable } from '../../state/queries/ask';
import type { QueryOptions, QueryResult } from '../../state/types';

/** By the index on epochs: quick however many there are. */
export const newestAtxs = (
  database: Queryable,
  options: Pick<QueryOptions, 'signal'> = {},
): Promise<QueryResult> =>
  database.query(
    `SELECT id AS atx, pubkey AS smesher, epoch AS publish_epoch,
       effective_num_units AS effective_units
     FROM atxs WHERE epoch IN (SELECT DISTINCT epoch FROM atxs ORDER BY epoch DESC LIMIT 3)
     ORDER BY epoch DESC, pubkey LIMIT 200`,
    [],
    options,
  );

/** Publish epochs with their ATXs, the newest first. */
export async function publishEpochs(
  database: Queryable,
  options: Pick<QueryOptions, 'signal'> = {},
): Promise<readonly { readonly epoch: number; readonly atxs: number }[]> {
  const { rows } = await database.query(
    'SELECT epoch, count(*) FROM atxs GROUP BY epoch ORDER BY epoch DESC',
    [],
    options,
  );
  return rows.map(([epoch, atxs]) => ({ epoch: Number(epoch), atxs: Number(atxs) }));
}
