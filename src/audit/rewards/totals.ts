/** The layers of a range added up, and what the audit of them left open. */
import { counted } from '../../base/counted';
import { missingFrom } from '../../state/schema';
import type { Queryable } from '../../state/queries/ask';
import type { DifferenceCode, RewardTotals } from './types';
import type { AuditedLayer } from './layer';

/** What a range of layers was not checked for, in words. */
export function gapsOf(
  database: Queryable,
  { byState, weightsNotChecked, layersWithoutWeights, unnamedRewards }: Sum,
  weights: boolean,
): Pick<RewardTotals, 'notChecked' | 'skipped'> {
  const has = (need: string): boolean => missingFrom(database.info.tables, [need]).length === 0;
  const skipped = weights ? [] : ['weights in the blocks'];
  const notApplied = byState['not-applied'];
  return {
    notChecked: [
      ...skipped,
      ...(weights && !has('ballots.ballot') ? ['weights in the blocks (no table ballots)'] : []),
      ...(weightsNotChecked > 0
        ? [
            `${counted(weightsNotChecked, 'weight')} in the blocks (number of slots unknown, in ${firstOf(layersWithoutWeights)})`,
          ]
        : []),
      ...(has('transactions.result') ? [] : ['fees (no table transactions)']),
      ...(unnamedRewards > 0
        ? [`smeshers of ${counted(unnamedRewards, 'reward')} (compared by coinbase only)`]
        : []),
      ...(notApplied > 0 ? [`${counted(notApplied, 'layer')} that the node has not applied`] : []),
    ],
    skipped,
  };
}

/** Layers that a text names. */
const namedLayers = 3;

/** "layer 50", "layers 50, 51, 52 and more". */
const firstOf = (layers: readonly number[]): string =>
  `${layers.length === 1 ? 'layer' : 'layers'} ${layers.slice(0, namedLayers).join(', ')}${
    layers.length > namedLayers ? ' and more' : ''
  }`;

type Sum = Omit<RewardTotals, 'outcome' | 'notChecked' | 'skipped'>;

export class TotalsOf {
  readonly #byCode = new Map<DifferenceCode, number>();
  sum: Sum = {
    layers: 0,
    byState: { applied: 0, empty: 0, 'not-applied': 0, genesis: 0 },
    rewards: 0,
    unnamedRewards: 0,
    issuanceSmidge: 0n,
    feesSmidge: 0n,
    expectedSmidge: 0n,
    storedSmidge: 0n,
    burntSmidge: 0n,
    differences: 0,
    weightsNotChecked: 0,
    layersWithoutWeights: [],
    byCode: this.#byCode,
  };

  add({ row, differences, unnamedRewards }: AuditedLayer): void {
    const { sum } = this;
    const { layersWithoutWeights: layers } = sum;
    for (const { code } of differences) this.#byCode.set(code, (this.#byCode.get(code) ?? 0) + 1);
    this.sum = {
      layers: sum.layers + 1,
      byState: { ...sum.byState, [row.state]: sum.byState[row.state] + 1 },
      rewards: sum.rewards + row.rewards,
      unnamedRewards: sum.unnamedRewards + unnamedRewards,
      issuanceSmidge: sum.issuanceSmidge + row.issuanceSmidge,
      feesSmidge: sum.feesSmidge + row.feesSmidge,
      expectedSmidge: sum.expectedSmidge + row.expectedSmidge,
      storedSmidge: sum.storedSmidge + row.storedSmidge,
      burntSmidge: sum.burntSmidge + row.burntSmidge,
      differences: sum.differences + differences.length,
      weightsNotChecked: sum.weightsNotChecked + row.weightsNotChecked,
      layersWithoutWeights:
        row.weightsNotChecked > 0 && layers.length <= namedLayers ? [...layers, row.layer] : layers,
      byCode: this.#byCode,
    };
  }
}
