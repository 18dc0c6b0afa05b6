/** What a ballot earned: the block of its layer compared with the table. */
import { equalBytes, isZero } from '../../base/bytes';
import { WorkbenchError } from '../../base/error';
import { readLayers, type StoredReward } from '../layer-data';
import { dueOf } from '../rewards/dues';
import type { Report } from '../types';
import type { BallotOutcome, BallotRow } from './types';
import type { EpochAtx, SlotReading } from './reading';

type BallotReward = Pick<
  BallotRow,
  'outcome' | 'expectedSmidge' | 'storedSmidge' | 'coinbase' | 'explanation'
>;

export const unreadableBallot = ({ checks }: Report): BallotReward => ({
  outcome: 'ballot-damaged',
  expectedSmidge: undefined,
  storedSmidge: undefined,
  coinbase: undefined,
  explanation: checks.map(({ explanation }) => explanation).join(' '),
});

export async function auditBallotReward(
  { database, network, signal, malicious }: SlotReading,
  smesher: Uint8Array,
  atx: EpochAtx,
  layer: number,
): Promise<BallotReward> {
  const data = await readLayers(database, layer, layer, { signal, weights: false });
  const reward = (data.rewards.get(layer) ?? []).find(
    (row) => row.smesher && equalBytes(row.smesher, smesher),
  );
  const due = dueOf(network, layer, atx.id, data);
  const [outcome, explanation] = rewardOutcome({
    applied: data.layers.get(layer)?.applied,
    block: data.blocks.get(layer),
    due,
    reward,
    malicious,
  });
  return {
    outcome,
    explanation,
    expectedSmidge: due?.totalSmidge,
    storedSmidge: reward?.totalSmidge,
    coinbase: reward?.coinbase,
  };
}

interface RewardFacts {
  /** The block that the layer applied; zeros where it applied none. */
  readonly applied: Uint8Array | undefined;
  /** What it contains, or why it cannot be read. */
  readonly block: object | undefined;
  readonly due: ReturnType<typeof dueOf>;
  readonly reward: StoredReward | undefined;
  readonly malicious: boolean;
}

function rewardOutcome({
  applied,
  block,
  due,
  reward,
  malicious,
}: RewardFacts): readonly [BallotOutcome, string] {
  if (!applied)
    return ['not-applied', 'The node has not applied this layer, so it paid no reward.'];
  if (isZero(applied)) return ['empty-layer', 'The layer was applied without a block: no rewards.'];
  if (!block) return ['block-unknown', 'The block of this layer is not in the database.'];
  if (block instanceof WorkbenchError) return ['block-unknown', block.message];
  if (!due)
    return [
      'not-in-block',
      malicious
        ? 'The block does not name its ATX: the identity is proved malicious, and nodes no longer accept its proposals.'
        : 'The ballot is known, but the block does not name its ATX: the proposal came too late for Hare, or Hare left it out.',
    ];
  if (!reward)
    return ['reward-missing', 'The block pays this ATX, but the table has no such reward.'];
  if (reward.totalSmidge !== due.totalSmidge)
    return ['amount-differs', 'The reward is not the share that the block gives.'];
  if (!equalBytes(reward.coinbase, due.coinbase))
    return ['coinbase-elsewhere', 'The reward went to another coinbase than the ATX names.'];
  return ['rewarded', 'Paid as the block states.'];
}
