/** One layer: its state, its block, and the rewards that the table has for it. */
import type { Block } from '../../protocol/block';
import { equalBytes, isZero, toHex } from '../../base/bytes';
import type { EligibilityRules } from '../../protocol/eligibility';
import { WorkbenchError } from '../../base/error';
import { issuance } from '../../protocol/issuance';
import { blockId, type LayerData } from '../layer-data';
import type { LayerState, LayerRow, DifferenceCode, RewardDifference, Differ } from './types';
import { genesisLayer, duesOf } from './dues';
import { checkWeights } from './weights';
import { compareBySmesher, compareByCoinbase } from './compare';

export interface AuditedLayer {
  readonly row: LayerRow;
  readonly differences: readonly RewardDifference[];
  /** Rewards compared by their coinbases only. */
  readonly unnamedRewards: number;
}

export function auditLayer(
  network: EligibilityRules,
  layer: number,
  data: LayerData,
): AuditedLayer {
  const differences: RewardDifference[] = [];
  const differ = (
    code: DifferenceCode,
    explanation: string,
    about: Partial<Omit<RewardDifference, 'code' | 'layer' | 'explanation'>> = {},
  ): void => {
    differences.push({
      code,
      layer,
      smesher: about.smesher,
      coinbase: about.coinbase,
      expectedSmidge: about.expectedSmidge,
      storedSmidge: about.storedSmidge,
      explanation,
    });
  };

  const genesis = genesisLayer(network);
  const known = data.layers.get(layer);
  const applied = known?.applied && blockId(known.applied);
  const empty = applied !== undefined && isZero(applied);
  const state: LayerState =
    layer <= genesis ? 'genesis' : !applied ? 'not-applied' : empty ? 'empty' : 'applied';
  const stored = data.rewards.get(layer) ?? [];
  const issued =
    layer > genesis && state !== 'not-applied' ? issuance(layer - genesis).subsidy : 0n;
  const row: LayerRow = {
    layer,
    epoch: Math.floor(layer / network.layersPerEpoch),
    state,
    block: state === 'applied' ? applied : undefined,
    shares: 0,
    rewards: stored.length,
    issuanceSmidge: issued,
    feesSmidge: 0n,
    expectedSmidge: 0n,
    storedSmidge: stored.reduce((sum, { totalSmidge }) => sum + totalSmidge, 0n),
    burntSmidge: issued,
    differences: 0,
    weightsNotChecked: 0,
  };
  const isUnnamed = stored.some(({ smesher }) => smesher === undefined);
  const found = (more: Partial<LayerRow> = {}): AuditedLayer => ({
    row: { ...row, ...more, differences: differences.length },
    differences,
    unnamedRewards: state === 'applied' && isUnnamed ? stored.length : 0,
  });

  if (state !== 'applied' || !applied) {
    for (const { smesher, coinbase, totalSmidge } of stored)
      differ(
        'reward-without-block',
        `Layer ${layer} ${withoutBlock[state]}, so no smesher can have earned in it.`,
        { smesher, coinbase, expectedSmidge: 0n, storedSmidge: totalSmidge },
      );
    return found();
  }
  const block = data.blocks.get(layer);
  if (!block || block instanceof WorkbenchError) {
    if (block) differ('block-damaged', block.message);
    else
      differ(
        'block-missing',
        'The block that this layer applied is not in the database, so its rewards are not known.',
      );
    return found({ burntSmidge: 0n });
  }
  checkBlock(layer, block, applied, differ);
  const fees = data.fees.get(layer) ?? 0n;
  const feesSmidge = typeof fees === 'bigint' ? fees : 0n;
  if (typeof fees !== 'bigint') differ('fees-damaged', fees.message);
  const weightsNotChecked = checkWeights({ network, layer, block }, data, differ);

  const { due, expectedSmidge } = duesOf(block, issued, feesSmidge, data);
  // Where rows name no smesher, only what a coinbase got in the layer can be compared.
  if (isUnnamed) compareByCoinbase(due, stored, differ);
  else compareBySmesher(due, stored, differ);
  return found({
    shares: block.rewards.length,
    weightsNotChecked,
    feesSmidge,
    expectedSmidge,
    burntSmidge: issued + feesSmidge - expectedSmidge,
  });
}

const withoutBlock: Readonly<Record<LayerState, string>> = {
  applied: 'applied a block',
  genesis: 'is of the two epochs before rewards begin',
  empty: 'was applied without a block',
  'not-applied': 'was not applied by this node',
};

function checkBlock(layer: number, block: Block, applied: Uint8Array, differ: Differ): void {
  if (!equalBytes(block.id, applied))
    differ(
      'block-id',
      `The layer applied block ${toHex(applied)}, but the block's bytes hash to ${toHex(block.id)}: they were changed.`,
    );
  if (block.layer !== layer)
    differ('block-layer', `The block that layer ${layer} applied names layer ${block.layer}.`);
}
