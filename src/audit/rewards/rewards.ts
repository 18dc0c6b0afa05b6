/**
 * The audit of rewards: what every layer should have paid, from its applied block, the issuance and the fees, against
 * the table `rewards`. It repeats go-spacemesh genvm/rewards.go and mesh/executor.go (v1.7.6) layer by layer.
 */
import type { EligibilityRules } from '../../protocol/eligibility';
import { missingFrom } from '../../state/schema';
import { type Queryable, lacks } from '../../state/queries/ask';
import { readLayers } from '../layer-data';
import { ProgressMeter, type JobOptions } from '../../base/progress';
import type { LayerRange, LayerRow, RewardDifference, RewardTotals } from './types';
import { gapsOf, TotalsOf } from './totals';
import { auditLayer } from './layer';

export interface RewardAuditOptions extends JobOptions {
  /** The layers of each step, in order, with the differences found in them; the next step waits for it. */
  readonly onLayers?:
    | ((
        rows: readonly LayerRow[],
        differences: readonly RewardDifference[],
      ) => void | Promise<void>)
    | undefined;
  /** Whether the weights in the blocks are checked against the ballots, which is most of the reading. True by default. */
  readonly weights?: boolean | undefined;
}

/** Layers read together: a block of mainnet rewards at most 2,350 ATXs, so some 100 MB at worst, mostly far less. */
const layersAtOnce = 16;

const needs = [
  'layers.applied_block',
  'blocks.block',
  'rewards.total_reward',
  'rewards.layer_reward',
  'rewards.coinbase',
  'atxs.coinbase',
] as const;

/**
 * Audits a range of layers. Progress counts layers. Memory: what sixteen layers hold.
 * @throws WorkbenchError `schema-lacks`, of the database; AbortError
 */
export async function auditRewards(
  database: Queryable,
  network: EligibilityRules,
  range: LayerRange,
  options: RewardAuditOptions = {},
): Promise<RewardTotals> {
  const missing = missingFrom(database.info.tables, needs);
  if (missing.length > 0) throw lacks(database.info, 'The audit of rewards', missing);
  const { fromLayer, toLayer } = range;
  const meter = new ProgressMeter(Math.max(0, toLayer - fromLayer + 1), 'layers');
  const totals = new TotalsOf();
  for (let first = fromLayer; first <= toLayer; first += layersAtOnce) {
    options.signal?.throwIfAborted();
    const last = Math.min(toLayer, first + layersAtOnce - 1);
    const step = await readLayers(database, first, last, {
      signal: options.signal,
      weights: options.weights ?? true,
    });
    const rows: LayerRow[] = [];
    const differences: RewardDifference[] = [];
    for (let layer = first; layer <= last; layer++) {
      const found = auditLayer(network, layer, step);
      rows.push(found.row);
      differences.push(...found.differences);
      totals.add(found);
    }
    await options.onLayers?.(rows, differences);
    options.onProgress?.(meter.advance(last - first + 1));
  }
  const { sum } = totals;
  return {
    ...sum,
    outcome: sum.differences > 0 ? 'fail' : sum.byState.applied > 0 ? 'pass' : 'inconclusive',
    ...gapsOf(database, sum, options.weights ?? true),
  };
}
