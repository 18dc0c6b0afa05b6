import type { AtxV1, NipostV1 } from '../../protocol/atx';
import * as common from './atx-common';
import { computedId, group, link, optional, plain, raw, signer, type TreeNode } from './node';

/** go-spacemesh v1.7.6 activation/wire/wire_v1.go */
export const atxV1Tree = (atx: AtxV1, hrp: string): TreeNode =>
  group(
    [
      'ATX',
      'ActivationTxV1',
      'An activation, version 1: one identity’s proof that it kept its space for an epoch.',
    ],
    `of publish epoch ${atx.publishEpoch}`,
    [
      computedId(atx.id),
      challenge(atx),
      raw(
        [
          'PoET challenge',
          '',
          'The hash of the challenge, computed here: the leaf that the PoET has for it.',
        ],
        atx.poetChallenge,
      ),
      common.coinbase('InnerActivationTxV1.Coinbase', atx.coinbase, hrp),
      common.units('InnerActivationTxV1.NumUnits', atx.numUnits),
      optional(
        [
          'NiPoST',
          'InnerActivationTxV1.NIPost',
          'The proof that the space was kept while the PoET ran.',
        ],
        'The proof of space-time; without it the ATX is invalid.',
        atx.nipost,
        (field, nipost) => group(field, '', nipostParts(nipost)),
      ),
      optional(
        ['node id', 'InnerActivationTxV1.NodeID', 'In the first ATX, so that its hash is unique.'],
        'Only in the first ATX, so that its hash is unique.',
        atx.nodeId,
        (field, id) => raw(field, id, 'smesher'),
      ),
      optional(
        [
          'VRF nonce',
          'InnerActivationTxV1.VRFNonce',
          'The index of a label below a difficulty; eligibility is drawn with it.',
        ],
        'Unchanged since the ATX before.',
        atx.vrfNonce,
        plain,
      ),
      ...signer('ActivationTxV1', atx.smesher, atx.signature),
    ],
  );

const challenge = (atx: AtxV1): TreeNode =>
  group(
    [
      'challenge',
      'NIPostChallengeV1',
      'What the identity registered at the PoET before the epoch.',
    ],
    '',
    [
      common.publishEpoch('NIPostChallengeV1.PublishEpoch', atx.publishEpoch),
      plain(
        ['sequence', 'NIPostChallengeV1.Sequence', 'How many ATXs of the identity came before.'],
        atx.sequence,
      ),
      link(
        [
          'previous ATX',
          'NIPostChallengeV1.PrevATXID',
          'The identity’s ATX before; none in its first.',
        ],
        atx.previousAtx,
        'atx',
      ),
      common.positioningAtx('NIPostChallengeV1.PositioningATXID', atx.positioningAtx),
      optional(
        common.commitmentField('NIPostChallengeV1.CommitmentATXID'),
        'Only in the first ATX: what the labels are bound to, with the identity.',
        atx.commitmentAtx,
        (field, id) => link(field, id, 'atx'),
      ),
      optional(
        common.initialPostField('NIPostChallengeV1.InitialPost'),
        'Only in the first ATX: the proof that the data was there before the PoET began.',
        atx.initialPost,
        common.post,
      ),
    ],
  );

const nipostParts = (nipost: NipostV1): readonly TreeNode[] => [
  common.membershipNodes('MerkleProofV1.Nodes', nipost.membership.nodes),
  plain(
    ['leaf', 'MerkleProofV1.LeafIndex', 'The place of the challenge among the PoET’s members.'],
    nipost.membership.leafIndex,
  ),
  optional(
    common.postField('NIPostV1.Post'),
    'Missing: the ATX is invalid.',
    nipost.post,
    common.post,
  ),
  optional(
    ['metadata', 'NIPostV1.PostMetadata', 'What the PoST was made for.'],
    'Missing: the ATX is invalid.',
    nipost.postMetadata,
    (field, metadata) =>
      group(field, '', [
        common.poetReference('PostMetadataV1.Challenge', metadata.challenge),
        plain(
          [
            'labels per unit',
            'PostMetadataV1.LabelsPerUnit',
            'Labels of 16 bytes in a storage unit.',
          ],
          metadata.labelsPerUnit,
        ),
      ]),
  ),
];
