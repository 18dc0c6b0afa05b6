import type { AtxV2, Marriage, NipostV2, SubPost } from '../../protocol/atx';
import { counted } from '../../base/counted';
import {
  coinbase,
  commitmentField,
  initialPostField,
  membershipNodes,
  poetReference,
  positioningAtx,
  post,
  postField,
  publishEpoch,
  units,
} from './atx-common';
import { computedId, group, link, list, optional, plain, raw, signer, type TreeNode } from './node';

/** go-spacemesh v1.7.6 activation/wire/wire_v2.go */
export const atxV2Tree = (atx: AtxV2, hrp: string): TreeNode =>
  group(
    [
      'ATX',
      'ActivationTxV2',
      'An activation, version 2: one or several identities’ proof that they kept their space.',
    ],
    `of publish epoch ${atx.publishEpoch}, ${sort(atx)}`,
    [
      computedId(atx.id),
      publishEpoch('ActivationTxV2.PublishEpoch', atx.publishEpoch),
      positioningAtx('ActivationTxV2.PositioningATX', atx.positioningAtx),
      coinbase('ActivationTxV2.Coinbase', atx.coinbase, hrp),
      optional(
        [
          'initial parts',
          'ActivationTxV2.Initial',
          'What an identity shows once, in its first ATX.',
        ],
        'Only in an identity’s first ATX.',
        atx.initial,
        (field, initial) =>
          group(field, '', [
            link(commitmentField('InitialAtxPartsV2.CommitmentATX'), initial.commitmentAtx, 'atx'),
            post(initialPostField('InitialAtxPartsV2.Post'), initial.post),
          ]),
      ),
      list(
        [
          'previous ATXs',
          'ActivationTxV2.PreviousATXs',
          'The ATXs before, of all identities in it.',
        ],
        atx.previousAtxs,
        (id, i) => link([`previous ATX ${i}`, '', 'PoSTs name it by this number.'], id, 'atx'),
      ),
      list(
        [
          'NiPoSTs',
          'ActivationTxV2.NiPosts',
          'Proofs of space-time, one for each PoET proof that they rest on.',
        ],
        atx.niposts,
        nipostNode,
      ),
      plain(
        [
          'VRF nonce',
          'ActivationTxV2.VRFNonce',
          'The index of a label below a difficulty for all units together; eligibility is drawn with it.',
        ],
        atx.vrfNonce,
      ),
      list(
        [
          'marriages',
          'ActivationTxV2.Marriages',
          'Certificates of identities that from now on stand and fall together.',
        ],
        atx.marriages,
        certificate,
      ),
      optional(
        [
          'marriage ATX',
          'ActivationTxV2.MarriageATX',
          'Where the identities of this merged ATX were married.',
        ],
        'Only in merged ATXs: where their identities were married.',
        atx.marriageAtx,
        (field, id) => link(field, id, 'atx'),
      ),
      ...signer('ActivationTxV2', atx.smesher, atx.signature),
    ],
  );

const sort = ({ marriageAtx, marriages }: AtxV2): string =>
  marriageAtx ? 'merged' : marriages.length > 0 ? 'marrying' : 'of one identity';

const nipostNode = (nipost: NipostV2, i: number): TreeNode =>
  group([`NiPoST ${i}`, 'NiPostsV2', 'PoSTs of identities that registered at one PoET.'], '', [
    membershipNodes('MerkleProofV2.Nodes', nipost.membershipNodes),
    poetReference('NiPostsV2.Challenge', nipost.challenge),
    list(['PoSTs', 'NiPostsV2.Posts', 'One for each identity.'], nipost.posts, subPost),
  ]);

const subPost = (sub: SubPost, i: number): TreeNode =>
  group(
    [`PoST ${i}`, 'SubPostV2', 'One identity’s proof of space.'],
    counted(sub.numUnits, 'unit'),
    [
      plain(
        [
          'marriage index',
          'SubPostV2.MarriageIndex',
          'Which of the married identities it is of; 0 if there is but one.',
        ],
        sub.marriageIndex,
      ),
      plain(
        [
          'previous ATX',
          'SubPostV2.PrevATXIndex',
          'Which of the previous ATXs was the identity’s last.',
        ],
        sub.previousAtxIndex,
      ),
      plain(
        [
          'leaf',
          'SubPostV2.MembershipLeafIndex',
          'The place of the identity’s challenge among the PoET’s members.',
        ],
        sub.membershipLeafIndex,
      ),
      post(postField('SubPostV2.Post'), sub.post),
      units('SubPostV2.NumUnits', sub.numUnits),
    ],
  );

const certificate = ({ referenceAtx, signature }: Marriage, i: number): TreeNode =>
  group(
    [
      `certificate ${i}`,
      'MarriageCertificate',
      'One identity’s consent; merged ATXs name it by this number.',
    ],
    '',
    [
      link(
        [
          'reference ATX',
          'MarriageCertificate.ReferenceAtx',
          'Any ATX of the identity, which shows that it exists; none for the publisher itself.',
        ],
        referenceAtx,
        'atx',
      ),
      raw(
        [
          'signature',
          'MarriageCertificate.Signature',
          'The identity’s signature over the publisher’s id.',
        ],
        signature,
      ),
    ],
  );
