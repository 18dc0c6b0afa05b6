/**
 * What the node's own pruning would remove next (go-spacemesh prune/prune.go: at its start and every `db-prune-interval`). It
 * goes by the clock; a copy tells only how far it had come, so that these are the figures of that moment.
 */
import { missingFrom } from '../schema';
import type { SpaceReport } from '../types';
import { tip } from './layers';
import type { AskOptions, Queryable } from './ask';
import { askAll } from './ask';

export interface PruningRules {
  readonly layersPerEpoch: number;
  /** `tortoise-hdist`: layers that keep their certificates and the transactions of their proposals. */
  readonly hdist: number;
  /** `prune-activesets-from`: active sets are pruned once the epoch is beyond this one. */
  readonly activeSetsFrom: number;
}

/** go-spacemesh config/mainnet.go. */
export const mainnetPruning = { hdist: 10, activeSetsFrom: 12 } as const;

export interface Prunable {
  readonly table: string;
  /** What is removed: "certificates of layers before 120". */
  readonly what: string;
  readonly rows: number;
  /** Bytes of its content; of rows that go completely, with their share of the indexes. */
  readonly bytes: number;
}

export interface Pruning {
  /** Last layer that the node had processed; null: none. */
  readonly layer: number | null;
  readonly prunable: readonly Prunable[];
}

/** @param space for the bytes of rows that go with their indexes */
export async function pruning(
  database: Queryable,
  { layersPerEpoch, hdist, activeSetsFrom }: PruningRules,
  { tables }: Pick<SpaceReport, 'tables'>,
  options: AskOptions = {},
): Promise<Pruning> {
  const { lastProcessedLayer: layer } = await tip(database, options);
  if (layer === null) return { layer, prunable: [] };
  const has = (...needs: string[]): boolean =>
    missingFrom(database.info.tables, needs).length === 0;
  const count = async (sql: string, before: number): Promise<[number, number]> => {
    const { rows } = await askAll(database, sql, { before }, options);
    return [Number(rows[0]?.[0] ?? 0), Number(rows[0]?.[1] ?? 0)];
  };
  const prunable: Prunable[] = [];
  const oldest = layer - hdist;
  if (has('certificates.cert')) {
    // The row stays, only the certificate in it goes.
    const [rows, bytes] = await count(
      'SELECT count(*), sum(length(cert)) FROM certificates WHERE layer < :before AND cert IS NOT NULL',
      oldest,
    );
    const what = `certificates of layers before ${oldest}`;
    prunable.push({ table: 'certificates', what, rows, bytes });
  }
  if (has('proposal_transactions.layer')) {
    const [rows] = await count(
      'SELECT count(*), 0 FROM proposal_transactions WHERE layer < :before',
      oldest,
    );
    const all = tables.find(({ name }) => name === 'proposal_transactions');
    const rowBytes = all && all.rows > 0 ? (all.tableBytes + all.indexBytes) / all.rows : 0;
    const what = `transactions of proposals in layers before ${oldest}`;
    const bytes = Math.round(rows * rowBytes);
    prunable.push({ table: 'proposal_transactions', what, rows, bytes });
  }
  const epoch = Math.floor(layer / layersPerEpoch);
  if (has('activesets.epoch') && epoch > activeSetsFrom) {
    const before = Math.max(0, epoch - 1);
    const [rows, bytes] = await count(
      'SELECT count(*), sum(length(active_set)) FROM activesets WHERE epoch < :before',
      before,
    );
    const what = `active sets of epochs before ${before}`;
    prunable.push({ table: 'activesets', what, rows, bytes });
  }
  return { layer, prunable };
}
