import type { Ballot, Vote } from '../../protocol/ballot';
import { computedId, group, link, list, optional, plain, raw, signer, type TreeNode } from './node';

/** go-spacemesh v1.7.6 common/types/ballot.go */
export const ballotTree = (ballot: Ballot): TreeNode =>
  group(
    [
      'ballot',
      'Ballot',
      'A smesher’s votes on all layers before, cast in a layer in which it was eligible.',
    ],
    `of layer ${ballot.layer}`,
    [
      computedId(ballot.id),
      plain(['layer', 'InnerBallot.Layer', 'The layer in which it was cast.'], ballot.layer),
      link(
        ['ATX', 'InnerBallot.AtxID', 'The ATX that makes the smesher eligible.'],
        ballot.atx,
        'atx',
      ),
      raw(
        [
          'opinion',
          'InnerBallot.OpinionHash',
          'The hash of all its votes, as the tortoise counts them.',
        ],
        ballot.opinionHash,
      ),
      link(
        [
          'first ballot',
          'InnerBallot.RefBallot',
          'The smesher’s first ballot of the epoch, which has the epoch’s data; none in that one itself.',
        ],
        ballot.refBallot,
        'ballot',
      ),
      optional(
        ['epoch data', 'InnerBallot.EpochData', 'What the smesher states for the epoch.'],
        'Only in the first ballot of the epoch.',
        ballot.epochData,
        (field, data) => group(field, '', epochDataParts(data)),
      ),
      ...signer('Ballot', ballot.smesher, ballot.signature),
      votesNode(ballot.votes),
      list(
        [
          'eligibilities',
          'Ballot.EligibilityProofs',
          'Proofs that the smesher may propose in this layer; each is a slot that is paid.',
        ],
        ballot.eligibilities,
        eligibility,
      ),
      list(['active set', 'Ballot.ActiveSet', 'Of no use since v1.3.'], ballot.activeSet, (id, i) =>
        raw([`ATX ${i}`, '', 'An ATX that it counts.'], id, 'atx'),
      ),
    ],
  );

const epochDataParts = (data: NonNullable<Ballot['epochData']>): readonly TreeNode[] => [
  raw(
    ['active set', 'EpochData.ActiveSetHash', 'The hash of the list of ATXs that it counts.'],
    data.activeSetHash,
  ),
  raw(
    [
      'beacon',
      'EpochData.Beacon',
      'The random value of the epoch, from which eligibility is drawn.',
    ],
    data.beacon,
  ),
  plain(
    ['slots', 'EpochData.EligibilityCount', 'How often the smesher may propose in the epoch.'],
    data.eligibilityCount,
  ),
];

const votesNode = ({ base, support, against, abstain }: Ballot['votes']): TreeNode =>
  group(['votes', 'Ballot.Votes', 'Exceptions from the votes of another ballot.'], '', [
    link(['base', 'Votes.Base', 'The ballot from whose votes these differ.'], base, 'ballot'),
    list(['support', 'Votes.Support', 'Blocks that it is for.'], support, voteNode),
    list(
      ['against', 'Votes.Against', 'Blocks that it is against, though the base was for them.'],
      against,
      voteNode,
    ),
    list(
      ['abstain', 'Votes.Abstain', 'Layers that it does not vote on, because Hare had not ended.'],
      abstain,
      (layer) => plain(['layer', '', 'No vote on this layer.'], layer),
    ),
  ]);

const voteNode = ({ block, layer, tickHeight }: Vote, i: number): TreeNode =>
  group([`vote ${i}`, 'BlockHeader', 'A block that the ballot votes on.'], `layer ${layer}`, [
    link(['block', 'BlockHeader.ID', 'The block.'], block, 'block'),
    plain(['layer', 'BlockHeader.LayerID', 'Its layer.'], layer),
    plain(
      [
        'tick height',
        'BlockHeader.Height',
        'Its height, of which a smesher of less height does not judge.',
      ],
      tickHeight,
    ),
  ]);

const eligibility = ({ slot, vrfSignature }: Ballot['eligibilities'][number]): TreeNode =>
  group([`slot ${slot}`, 'VotingEligibility', 'One of the smesher’s slots in the epoch.'], '', [
    plain(['slot', 'VotingEligibility.J', 'The number of the slot.'], slot),
    raw(
      [
        'VRF signature',
        'VotingEligibility.Sig',
        'Its head gives the layer of the slot. Only the smesher’s private key can make it.',
      ],
      vrfSignature,
    ),
  ]);
