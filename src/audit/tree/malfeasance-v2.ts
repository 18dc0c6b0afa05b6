import type {
  InvalidPostProof,
  MalfeasanceProofV2,
  MarriageProof,
  MarryProof,
  MerklePath,
  PreviousAtxProof,
  SignedAtx,
  SubPostProof,
} from '../../protocol/malfeasance-v2';
import { atxV1Tree } from './atx-v1';
import { group, list, optional, plain, raw, type Field, type TreeNode } from './node';

/** Why each kind of proof proves anything. */
const kinds: Readonly<Record<MalfeasanceProofV2['kind'], Field>> = {
  'double-marry': [
    'two marriages',
    'ProofDoubleMarry',
    'Two ATXs have a certificate of one identity, where one marriage is allowed.',
  ],
  'double-merge': [
    'two merged ATXs',
    'ProofDoubleMerge',
    'Two merged ATXs of one marriage for one epoch, where one is allowed.',
  ],
  'invalid-post': [
    'bad PoST',
    'ProofInvalidPost',
    'An ATX whose PoST names a label that is not good.',
  ],
  'invalid-previous-v1': [
    'two successors',
    'ProofInvalidPrevAtxV1',
    'An ATX of version 1 and one of version 2 that name the same one before them.',
  ],
  'invalid-previous-v2': [
    'two successors',
    'ProofInvalidPrevAtxV2',
    'Two ATXs that name the same one before them, for one identity.',
  ],
};

/** go-spacemesh activation/wire after v1.7.6 (protocol/malfeasance-v2.ts) */
export function malfeasanceV2Tree(proof: MalfeasanceProofV2, hrp: string): TreeNode {
  const [title, goName, explanation] = kinds[proof.kind];
  return group(
    [
      'malfeasance proof',
      'ATXProof',
      'Proof of version 2 that an identity broke the rules; it does not earn after it.',
    ],
    title,
    [group(['proof', goName, explanation], title, evidence(proof, goName, hrp))],
  );
}

function evidence(proof: MalfeasanceProofV2, owner: string, hrp: string): readonly TreeNode[] {
  switch (proof.kind) {
    case 'double-marry':
      return [
        nodeId(proof.nodeId, owner),
        ...proof.atxs.flatMap((atx, i) => [
          atxNode(atx, `${i + 1}`, owner),
          marryNode(proof.certificates[i as 0 | 1], `certificate ${i + 1}`),
        ]),
      ];
    case 'double-merge':
      return [
        plain(
          ['publish epoch', `${owner}.PublishEpoch`, 'The epoch of both ATXs.'],
          proof.publishEpoch,
        ),
        raw(
          ['marriage ATX', `${owner}.MarriageATX`, 'The ATX that married both publishers.'],
          proof.marriageAtx,
          'atx',
        ),
        raw(
          [
            'publisher of the marriage ATX',
            `${owner}.MarriageATXSmesherID`,
            'The identity that the certificates were signed for.',
          ],
          proof.publisher,
          'smesher',
        ),
        ...proof.merged.flatMap(({ atx, publishEpochPath, marriageAtxPath, certificate }, i) => [
          atxNode(atx, `${i + 1}`, owner),
          path('publish epoch', publishEpochPath),
          path('marriage ATX', marriageAtxPath),
          marryNode(certificate, `certificate ${i + 1}`),
        ]),
      ];
    case 'invalid-post':
      return [
        nodeId(proof.nodeId, owner),
        atxNode(proof.atx, '', owner),
        marriageNode(proof.marriage),
        ...postNodes(proof.post),
      ];
    case 'invalid-previous-v1':
    case 'invalid-previous-v2':
      return [
        nodeId(proof.nodeId, owner),
        raw(
          ['previous ATX', `${owner}.PrevATX`, 'The ATX that both name as the one before.'],
          proof.previousAtx,
          'atx',
        ),
        ...proof.proofs.map((one, i) => previousNode(one, i, owner)),
        ...(proof.kind === 'invalid-previous-v1' ? [atxV1Tree(proof.atx, hrp)] : []),
      ];
  }
}

const nodeId = (id: Uint8Array<ArrayBuffer>, owner: string): TreeNode =>
  raw(['identity', `${owner}.NodeID`, 'The identity that broke the rules.'], id, 'smesher');

const atxNode = ({ id, smesher, signature }: SignedAtx, number: string, owner: string): TreeNode =>
  group([`ATX ${number}`.trim(), owner, 'An ATX by its id, which is what was signed.'], '', [
    raw(['id', 'ATXID', 'The root of the Merkle tree over its fields.'], id, 'atx'),
    raw(['smesher', 'SmesherID', 'The public key of its publisher.'], smesher, 'smesher'),
    raw(['signature', 'Signature', 'Ed25519, by the publisher over the id.'], signature),
  ]);

const path = (what: string, nodes: MerklePath): TreeNode =>
  list(
    [
      `path of the ${what}`,
      'Merkle proof',
      'The hashes beside the way from the field to its root.',
    ],
    nodes,
    (node, i) => raw([String(i), '', 'A node of the tree.'], node),
  );

const marryNode = (proof: MarryProof, name: string): TreeNode =>
  group([name, 'MarryProof', 'A certificate, and its way to the id of its ATX.'], '', [
    raw(
      ['reference ATX', 'MarriageCertificate.ReferenceAtx', 'An ATX of the identity that marries.'],
      proof.referenceAtx,
      'atx',
    ),
    raw(
      ['signature', 'MarriageCertificate.Signature', 'By the identity, over the publisher’s id.'],
      proof.signature,
    ),
    plain(
      ['index', 'MarryProof.CertificateIndex', 'Its place among the certificates.'],
      proof.certificateIndex,
    ),
    path('certificate', proof.certificatePath),
    raw(
      ['certificates', 'MarryProof.MarriageCertificatesRoot', 'The root over all certificates.'],
      proof.certificatesRoot,
    ),
    path('certificates', proof.certificatesPath),
  ]);

const marriageNode = (marriage: MarriageProof | undefined): TreeNode =>
  optional(
    ['marriage', 'MarriageProof', 'Shows that the identity is married to the publisher.'],
    'Absent, because the identity published the ATX itself.',
    marriage,
    (field, { marriageAtx, marriageAtxPath, publisher, nodeId: own, smesher }) =>
      group(field, '', [
        raw(
          ['marriage ATX', 'MarriageProof.MarriageATX', 'The ATX that married both.'],
          marriageAtx,
          'atx',
        ),
        path('marriage ATX', marriageAtxPath),
        raw(
          [
            'publisher',
            'MarriageProof.MarriageATXSmesherID',
            'The identity that the certificates were signed for.',
          ],
          publisher,
          'smesher',
        ),
        marryNode(own, 'certificate of the identity'),
        marryNode(smesher, 'certificate of the publisher'),
      ]),
  );

const wayNodes = (way: SubPostProof): readonly TreeNode[] => [
  raw(['NiPoSTs', 'NIPostsRoot', 'The root over all NiPoSTs of the ATX.'], way.nipostsRoot),
  path('NiPoSTs', way.nipostsPath),
  raw(['NiPoST', 'NIPostRoot', 'The root of one NiPoST.'], way.nipostRoot),
  path('NiPoST', way.nipostPath),
  plain(['NiPoST index', 'NIPostIndex', 'Its place among the NiPoSTs.'], way.nipostIndex),
  raw(['PoSTs', 'SubPostsRoot', 'The root over all PoSTs of the NiPoST.'], way.postsRoot),
  path('PoSTs', way.postsPath),
  raw(['PoST', 'SubPostRoot', 'The root of one PoST.'], way.postRoot),
  path('PoST', way.postPath),
  plain(['PoST index', 'SubPostRootIndex', 'Its place among the PoSTs.'], way.postIndex),
  path('marriage index', way.marriageIndexPath),
];

const previousNode = (proof: PreviousAtxProof, i: number, owner: string): TreeNode =>
  group([`reference ${i + 1}`, 'InvalidPrevAtxProof', 'One of the ATXs, and its field.'], '', [
    atxNode(proof.atx, '', owner),
    ...wayNodes(proof),
    marriageNode(proof.marriage),
    path('previous ATX', proof.previousAtxPath),
  ]);

const postNodes = (post: InvalidPostProof): readonly TreeNode[] => [
  ...wayNodes(post),
  raw(
    ['challenge', 'InvalidPostProof.Challenge', 'The PoET root that the PoST is for.'],
    post.challenge,
  ),
  path('challenge', post.challengePath),
  plain(['nonce', 'PostV1.Nonce', 'The nonce of the PoST.'], post.proof.nonce),
  raw(['indices', 'PostV1.Indices', 'The packed indices of its labels.'], post.proof.indices),
  plain(['k2pow', 'PostV1.Pow', 'The nonce of the RandomX proof of work.'], post.proof.pow),
  path('indices', post.proofPath),
  plain(['units', 'InvalidPostProof.NumUnits', 'Storage units of the PoST.'], post.numUnits),
  path('units', post.numUnitsPath),
  raw(
    ['commitment ATX', 'InvalidPostProof.CommitmentATX', 'The ATX that the labels are bound to.'],
    post.commitmentAtx,
    'atx',
  ),
  plain(
    ['bad position', 'InvalidPostProof.InvalidPostIndex', 'The position whose label is not good.'],
    post.invalidPosition,
  ),
  plain(
    [
      'good position',
      'InvalidPostProof.ValidPostIndex',
      'A position whose label is good, which shows that the commitment is right.',
    ],
    post.validPosition,
  ),
];
