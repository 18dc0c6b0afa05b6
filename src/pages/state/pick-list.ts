/** The list of smeshers, for a user without an id: filtered, sorted and cut into pages by SQL. */
import { toHex } from '../../base/bytes';
import { readCoinbase } from '../../state/queries/ids';
import { missingFrom } from '../../state/schema';
import { lacks, type AskOptions, type Queryable } from '../../state/queries/ask';
import type { QueryResult, SqlValue } from '../../state/types';

export const publisherOrders = ['weight', 'units', 'ticks', 'smesher'] as const;
export type PublisherOrder = (typeof publisherOrders)[number];

export interface PublisherQuestion extends AskOptions {
  /** The newest, if none is named. */
  readonly epoch: number | undefined;
  /** Rows of a page. */
  readonly limit: number;
  /** From 0. */
  readonly page?: number;
  readonly order?: PublisherOrder;
  /** As an address or hex; undefined: of all coinbases. */
  readonly coinbase?: string | undefined;
  readonly minUnits?: number;
}

export interface Publishers extends QueryResult {
  /** Rows of all pages. */
  readonly total: number;
  /** To be run in the console: with its values written out. */
  readonly sql: string;
}

/** Publishers of one publish epoch. @throws WorkbenchError `schema-lacks`, those of `readCoinbase` */
export async function publishers(
  database: Queryable,
  question: PublisherQuestion,
): Promise<Publishers> {
  const { epoch, limit, page = 0, order = 'weight', coinbase, minUnits = 0, ...options } = question;
  const { tables } = database.info;
  const missing = missingFrom(tables, ['atxs']);
  if (missing.length > 0) throw lacks(database.info, 'Smeshers', missing);
  const weight =
    missingFrom(tables, ['atxs.weight']).length === 0
      ? 'weight'
      : 'effective_num_units * tick_count';
  const params: Record<string, SqlValue> = {};
  const conditions = [`epoch = ${epoch ?? '(SELECT max(epoch) FROM atxs)'}`];
  if (coinbase !== undefined) {
    params['coinbase'] = readCoinbase(coinbase);
    conditions.push('coinbase = :coinbase');
  }
  if (minUnits > 0) conditions.push(`effective_num_units >= ${Math.ceil(minUnits)}`);
  const orders: Readonly<Record<PublisherOrder, string>> = {
    weight: `${weight} DESC, pubkey`,
    units: 'effective_num_units DESC, pubkey',
    ticks: 'tick_count DESC, pubkey',
    smesher: 'pubkey',
  };
  const where = conditions.join(' AND ');
  const sql = `SELECT epoch AS publish_epoch, pubkey AS smesher, effective_num_units AS units,
  tick_count AS ticks, ${weight} AS weight, coinbase, id AS atx_id
FROM atxs
WHERE ${where}
ORDER BY ${orders[order]}`;
  const counted = await database.query(`SELECT count(*) FROM atxs WHERE ${where}`, params, options);
  const rows = await database.query(`${sql}\nLIMIT ${limit} OFFSET ${page * limit}`, params, {
    ...options,
    maxRows: limit,
  });
  const written = params['coinbase'];
  return {
    ...rows,
    total: Number(counted.rows[0]?.[0] ?? 0),
    sql: written instanceof Uint8Array ? sql.replace(':coinbase', `x'${toHex(written)}'`) : sql,
  };
}
