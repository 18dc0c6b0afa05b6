/** Coinbases: the accounts that smeshers name in their ATXs. */
import type { BytesLike } from '../../base/bytes';
import { type Queryable, type AskOptions, askCatalogue } from './ask';
import { readId } from './ids';
import { bytes, number } from './row';

export interface CoinbaseRow {
  readonly coinbase: Uint8Array;
  readonly firstPublishEpoch: number;
  readonly lastPublishEpoch: number;
  readonly atxs: number;
}

/** Every coinbase that a smesher put into its own ATXs, in order of first use. */
export async function coinbases(
  database: Queryable,
  smesher: BytesLike,
  options: AskOptions = {},
): Promise<CoinbaseRow[]> {
  const rows = await askCatalogue(
    database,
    'coinbases_of_smesher',
    { smesher: readId(smesher, 'The smesher id') },
    options,
  );
  return rows.map((row) => ({
    coinbase: bytes(row, 'coinbase'),
    firstPublishEpoch: number(row, 'first_publish_epoch'),
    lastPublishEpoch: number(row, 'last_publish_epoch'),
    atxs: number(row, 'atxs'),
  }));
}
