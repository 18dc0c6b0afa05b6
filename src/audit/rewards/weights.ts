/** The weights in a block, compared with the ballots that they come from. */
import type { Block } from '../../protocol/block';
import { toHex } from '../../base/bytes';
import { counted } from '../../base/counted';
import type { EligibilityRules } from '../../protocol/eligibility';
import { ballotWeight, type Ratio } from '../../protocol/layer-rewards';
import { ballotKey, type AtxFacts, type LayerData } from '../layer-data';
import type { Differ } from './types';

/** A block with the layer that applied it. */
export interface AppliedBlock {
  readonly network: EligibilityRules;
  readonly layer: number;
  readonly block: Block;
}

/**
 * The weights in the block against the ATXs and the ballots (blocks/utils.go).
 * @returns the number of weights that no ballot could confirm
 */
export function checkWeights(
  { network, layer, block }: AppliedBlock,
  { atxs, ballots }: LayerData,
  differ: Differ,
): number {
  const epoch = Math.floor(layer / network.layersPerEpoch);
  let notChecked = 0;
  for (const reward of block.rewards) {
    const { atx } = reward;
    const facts = atxs.get(toHex(atx));
    if (!facts) {
      differ(
        'atx-unknown',
        `The block rewards ATX ${toHex(atx)}, which is not in the database: so the recipient is not known.`,
      );
      continue;
    }
    const { smesher, publishEpoch } = facts;
    if (publishEpoch + 1 !== epoch)
      differ(
        'atx-epoch',
        `The block rewards an ATX published in epoch ${publishEpoch}, which earns in epoch ${publishEpoch + 1}, not in ${epoch}.`,
        { smesher },
      );
    if (ballots && !checkWeight(facts, reward, ballots.get(ballotKey(layer, atx)) ?? [], differ))
      notChecked++;
  }
  return notChecked;
}

/** @returns false where the ballots do not determine the weight: the number of slots of one of them is unknown */
function checkWeight(
  { smesher, weight }: AtxFacts,
  inBlock: Ratio,
  ballots: NonNullable<ReturnType<NonNullable<LayerData['ballots']>['get']>>,
  differ: Differ,
): boolean {
  if (ballots.length === 0) {
    differ(
      'ballot-missing',
      'The block rewards this smesher, but there is no ballot of its ATX in the layer.',
      { smesher },
    );
    return true;
  }
  const damaged = ballots.find((ballot) => ballot.damaged !== undefined);
  if (damaged?.damaged !== undefined) {
    differ('ballot-damaged', damaged.damaged, { smesher });
    return true;
  }
  // A ballot that states 0 slots has no weight, as one whose first ballot is missing has none that is known.
  const known = ballots.flatMap(({ slots, eligibilities }) =>
    slots === undefined || slots === 0 ? [] : [{ slots, eligibilities }],
  );
  const fits = known.some(({ slots, eligibilities }) => {
    const { numerator, denominator } = ballotWeight(weight, slots, eligibilities);
    return numerator * inBlock.denominator === inBlock.numerator * denominator;
  });
  if (fits) return true;
  const [first] = known;
  if (!first || known.length < ballots.length) return false;
  differ(
    'block-weight',
    `The block gives this smesher a weight of ${ratioText(inBlock)}; its ATX and ballot make it ${ratioText(
      ballotWeight(weight, first.slots, first.eligibilities),
    )} (${weight} ÷ ${counted(first.slots, 'slot')} × ${counted(first.eligibilities, 'eligibility', 'eligibilities')}).`,
    { smesher },
  );
  return true;
}

const ratioText = ({ numerator, denominator }: Ratio): string =>
  denominator === 1n ? String(numerator) : `${numerator}/${denominator}`;
