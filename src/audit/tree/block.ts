import type { Block, BlockReward } from '../../protocol/block';
import { computedId, group, list, plain, raw, type TreeNode } from './node';

/** go-spacemesh v1.7.6 common/types/block.go */
export const blockTree = (block: Block): TreeNode =>
  group(
    ['block', 'InnerBlock', 'What a layer was agreed to apply: transactions, and who is rewarded.'],
    `of layer ${block.layer}`,
    [
      computedId(block.id),
      plain(['layer', 'InnerBlock.LayerIndex', 'The layer that it is of.'], block.layer),
      plain(
        [
          'tick height',
          'InnerBlock.TickHeight',
          'The greatest height of the ATXs that proposed it.',
        ],
        block.tickHeight,
      ),
      list(
        [
          'rewards',
          'InnerBlock.Rewards',
          'ATXs among which the layer’s reward is shared, by weight.',
        ],
        block.rewards,
        rewardNode,
      ),
      list(
        ['transactions', 'InnerBlock.TxIDs', 'Transactions that it applies, in this order.'],
        block.transactions,
        (id, i) => raw([`transaction ${i}`, '', 'The id of a transaction.'], id),
      ),
    ],
  );

function rewardNode({ atx, numerator, denominator }: BlockReward, i: number): TreeNode {
  const weight = `${numerator}/${denominator}`;
  return group([`reward ${i}`, 'AnyReward', 'One ATX’s share.'], weight, [
    raw(['ATX', 'AnyReward.AtxID', 'Whose coinbase is paid.'], atx, 'atx'),
    plain(['weight', 'AnyReward.Weight', 'The share is this, divided by the sum of all.'], weight),
  ]);
}
