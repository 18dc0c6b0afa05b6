/** Whom an applied block pays what (go-spacemesh genvm/rewards.go). */
import type { Block } from '../../protocol/block';
import { equalBytes, toHex } from '../../base/bytes';
import type { EligibilityRules } from '../../protocol/eligibility';
import { WorkbenchError } from '../../base/error';
import { issuance } from '../../protocol/issuance';
import { layerShares } from '../../protocol/layer-rewards';
import type { LayerData } from '../layer-data';

/** What a smesher must have been paid. */
export interface Due {
  readonly atx: Uint8Array;
  readonly smesher: Uint8Array;
  readonly coinbase: Uint8Array;
  readonly totalSmidge: bigint;
  readonly issuanceSmidge: bigint;
}

/** The effective genesis: the last layer of the two genesis epochs, from which the issuance is counted. */
export const genesisLayer = ({ layersPerEpoch }: EligibilityRules): number =>
  2 * layersPerEpoch - 1;

/** Whom a block pays what. Shares of ATXs that the database does not know count in the sum only. */
export function duesOf(
  block: Block,
  issuedSmidge: bigint,
  feesSmidge: bigint,
  { atxs }: LayerData,
): { due: Due[]; expectedSmidge: bigint } {
  const shares = layerShares(block.rewards, issuedSmidge, feesSmidge);
  return {
    due: block.rewards.flatMap(({ atx }, i): Due[] => {
      const facts = atxs.get(toHex(atx));
      const share = shares[i];
      if (!facts || !share) return [];
      const { smesher, coinbase } = facts;
      const { totalSmidge, subsidySmidge } = share;
      return [{ atx, smesher, coinbase, totalSmidge, issuanceSmidge: subsidySmidge }];
    }),
    expectedSmidge: shares.reduce((sum, { totalSmidge }) => sum + totalSmidge, 0n),
  };
}

/** What an ATX must be paid in a layer; undefined where the block does not name it or cannot be read. */
export function dueOf(
  network: EligibilityRules,
  layer: number,
  atx: Uint8Array,
  data: LayerData,
): Due | undefined {
  const block = data.blocks.get(layer);
  if (!block || block instanceof WorkbenchError || layer <= genesisLayer(network)) return undefined;
  const fees = data.fees.get(layer);
  const { due } = duesOf(
    block,
    issuance(layer - genesisLayer(network)).subsidy,
    typeof fees === 'bigint' ? fees : 0n,
    data,
  );
  return due.find((one) => equalBytes(one.atx, atx));
}
