/** Blobs as readable trees: every field with its value, its name in go-spacemesh, and what it is for. */
import { formatAddress } from '../protocol/address';
import { decodeAtx, type AtxV1, type AtxV2 } from '../protocol/atx';
import { decodeBallot, type Vote } from '../protocol/ballot';
import { decodeBlock } from '../protocol/block';
import { readBytes, toHex, type Bytes, type BytesLike } from '../protocol/bytes';
import { decodeMalfeasance, type MalfeasanceProof } from '../protocol/malfeasance';
import { decodePoet } from '../protocol/poet';
import type { Proof } from '../protocol/proof';
import { missingFrom } from '../state/schema';
import type { Queryable } from '../state/queries/typed';
import type { JobOptions } from '../workers/job';
import { malfeasanceBlob } from './malfeasance';
import { readShortId, storedShortId } from './messages';

export interface TreeNode {
  readonly name: string;
  /** Empty where the children say it all. */
  readonly value: string;
  /** As it lies in the blob, where the value is bytes. */
  readonly bytes?: Bytes | undefined;
  /** One plain sentence. */
  readonly explanation: string;
  /** The field in go-spacemesh: "NIPostChallengeV1.PrevATXID"; empty for what is computed here. */
  readonly goName: string;
  /** What the value is the id of, so that a page can link it. */
  readonly refersTo?: 'atx' | 'smesher' | 'ballot' | 'block' | 'poet' | 'coinbase' | undefined;
  readonly children: readonly TreeNode[];
}

export type BlobKind = 'atx' | 'ballot' | 'block' | 'malfeasance' | 'poet';

export interface BlobOptions {
  /** Of an ATX: 1 unless said. */
  readonly version?: number | undefined;
  /** Prefix of addresses: 'sm' unless said. */
  readonly hrp?: string | undefined;
}

/**
 * @throws WorkbenchError `scale-invalid`, `atx-version-unknown`, `malfeasance-unknown`: the blob is damaged or newer
 */
export function blobTree(
  kind: BlobKind,
  blob: Uint8Array,
  { version = 1, hrp = 'sm' }: BlobOptions = {},
): TreeNode {
  switch (kind) {
    case 'atx': {
      const atx = decodeAtx(blob, version);
      return atx.version === 1 ? atxV1(atx, hrp) : atxV2(atx, hrp);
    }
    case 'ballot':
      return ballotTree(blob);
    case 'block':
      return blockTree(blob);
    case 'malfeasance':
      return malfeasanceTree(blob, hrp);
    case 'poet':
      return poetTree(blob);
  }
}

/**
 * The blob of an ATX, ballot, block or PoET proof by its id, of a malfeasance proof by the smesher's.
 * @returns null where the database has none: pruned, checkpointed, unknown
 */
export async function loadBlob(
  database: Queryable,
  kind: BlobKind,
  id: BytesLike,
  { signal }: Pick<JobOptions, 'signal'> = {},
): Promise<{ readonly blob: Bytes; readonly version: number } | null> {
  const has = (...needs: string[]): boolean =>
    missingFrom(database.info.tables, needs).length === 0;
  if (kind === 'malfeasance') {
    const blob = await malfeasanceBlob(database, readBytes(id, 32, 'The smesher id'), { signal });
    return blob ? { blob, version: 1 } : null;
  }
  const source = {
    atx: has('atx_blobs')
      ? `SELECT atx, ${has('atx_blobs.version') ? 'version' : '1'} FROM atx_blobs WHERE id = :id`
      : 'SELECT atx, 1 FROM atxs WHERE id = :id',
    ballot: 'SELECT ballot, 1 FROM ballots WHERE id IN (:id, :short)',
    block: 'SELECT block, 1 FROM blocks WHERE id IN (:id, :short)',
    poet: 'SELECT poet, 1 FROM poets WHERE ref = :id',
  }[kind];
  const table = { atx: 'atxs', ballot: 'ballots', block: 'blocks', poet: 'poets' }[kind];
  if (!has(table)) return null;
  const isShort = kind === 'ballot' || kind === 'block';
  const short = isShort ? readShortId(id, `The ${kind} id`) : undefined;
  const params = short
    ? { id: storedShortId(short), short }
    : { id: readBytes(id, 32, kind === 'atx' ? 'The ATX id' : 'The PoET reference') };
  const { rows } = await database.query(source, params, { signal });
  const [blob, version] = rows[0] ?? [];
  if (!(blob instanceof Uint8Array) || blob.length === 0) return null;
  return { blob: new Uint8Array(blob), version: Number(version ?? 0) || 1 };
}

/** What a field is: its name for people, its Go name, its sentence. */
type Field = readonly [name: string, goName: string, explanation: string];

const group = (field: Field, value: string, children: readonly TreeNode[]): TreeNode => ({
  name: field[0],
  value,
  goName: field[1],
  explanation: field[2],
  children,
});

const plain = (field: Field, value: number | bigint | string): TreeNode =>
  group(field, String(value), []);

const raw = (field: Field, bytes: Bytes, refersTo?: TreeNode['refersTo']): TreeNode => ({
  ...plain(field, bytes.length === 0 ? 'empty' : toHex(bytes)),
  bytes,
  refersTo,
});

/** An id of which zeros mean that there is none. */
const link = (field: Field, id: Bytes, refersTo: TreeNode['refersTo']): TreeNode =>
  id.every((byte) => byte === 0)
    ? { ...plain(field, 'none'), bytes: id }
    : raw(field, id, refersTo);

const optional = <T>(value: T | undefined, field: Field, node: (value: T) => TreeNode): TreeNode =>
  value === undefined ? plain(field, 'absent') : node(value);

function list<T>(
  field: Field,
  elements: readonly T[],
  node: (element: T, i: number) => TreeNode,
): TreeNode {
  const value = elements.length === 0 ? 'none' : String(elements.length);
  return group(field, value, elements.map(node));
}

const computedId = (id: Bytes): TreeNode =>
  raw(
    ['id', '', 'Recomputed from the content; it is the key under which the database has it.'],
    id,
  );

const post = (field: Field, { nonce, indices, pow }: Proof): TreeNode =>
  group(field, '', [
    plain(
      [
        'nonce',
        'PostV1.Nonce',
        'The nonce for which enough labels were good; 16 of them share a k2pow.',
      ],
      nonce,
    ),
    raw(
      [
        'indices',
        'PostV1.Indices',
        'The indices of the good labels, packed into as few bits as they need.',
      ],
      indices,
    ),
    plain(
      ['k2pow', 'PostV1.Pow', 'The counter that solved the RandomX puzzle of the nonce’s group.'],
      pow,
    ),
  ]);

const membershipNodes = (goName: string, nodes: readonly Bytes[]): TreeNode =>
  list(
    [
      'Merkle nodes',
      goName,
      'The siblings on the way from the members’ leaves to the root of the PoET’s members.',
    ],
    nodes,
    (node, i) => raw([`node ${i}`, '', 'A sibling on the way up.'], node),
  );

const coinbase = (goName: string, address: Bytes, hrp: string): TreeNode => ({
  ...raw(
    ['coinbase', goName, 'The account that the rewards of this ATX go to.'],
    address,
    'coinbase',
  ),
  value: formatAddress(address, hrp),
});

const epoch = (goName: string, publishEpoch: number): TreeNode =>
  plain(
    [
      'publish epoch',
      goName,
      `The epoch in which it was published; it counts in the next, ${publishEpoch + 1}.`,
    ],
    publishEpoch,
  );

const signer = (owner: string, smesher: Bytes, signature: Bytes): readonly TreeNode[] => [
  raw(['smesher', `${owner}.SmesherID`, 'The public key of who published it.'], smesher, 'smesher'),
  raw(
    [
      'signature',
      `${owner}.Signature`,
      'Ed25519, over the genesis id of the network, a byte for the purpose, and the message.',
    ],
    signature,
  ),
];

function atxV1(atx: AtxV1, hrp: string): TreeNode {
  const field = (name: string, goName: string, explanation: string): Field => [
    name,
    goName,
    explanation,
  ];
  return group(
    field(
      'ATX',
      'ActivationTxV1',
      'An activation, version 1: one identity’s proof that it kept its space for an epoch.',
    ),
    `of publish epoch ${atx.publishEpoch}`,
    [
      computedId(atx.id),
      group(
        field(
          'challenge',
          'NIPostChallengeV1',
          'What the identity registered at the PoET before the epoch.',
        ),
        '',
        [
          epoch('NIPostChallengeV1.PublishEpoch', atx.publishEpoch),
          plain(
            field(
              'sequence',
              'NIPostChallengeV1.Sequence',
              'How many ATXs of the identity came before.',
            ),
            atx.sequence,
          ),
          link(
            field(
              'previous ATX',
              'NIPostChallengeV1.PrevATXID',
              'The identity’s ATX before; none in its first.',
            ),
            atx.previousAtx,
            'atx',
          ),
          link(
            field(
              'positioning ATX',
              'NIPostChallengeV1.PositioningATXID',
              'The ATX on whose tick height this one stands.',
            ),
            atx.positioningAtx,
            'atx',
          ),
          optional(
            atx.commitmentAtx,
            field(
              'commitment ATX',
              'NIPostChallengeV1.CommitmentATXID',
              'Only in the first ATX: what the labels are bound to, with the identity.',
            ),
            (id) =>
              link(
                field(
                  'commitment ATX',
                  'NIPostChallengeV1.CommitmentATXID',
                  'What the labels are bound to, with the identity.',
                ),
                id,
                'atx',
              ),
          ),
          optional(
            atx.initialPost,
            field(
              'initial PoST',
              'NIPostChallengeV1.InitialPost',
              'Only in the first ATX: the proof that the data was there before the PoET began.',
            ),
            (proof) =>
              post(
                field(
                  'initial PoST',
                  'NIPostChallengeV1.InitialPost',
                  'The proof that the data was there before the PoET began, under a challenge of zeros.',
                ),
                proof,
              ),
          ),
        ],
      ),
      raw(
        field(
          'PoET challenge',
          '',
          'The hash of the challenge, computed here: the leaf that the PoET has for it.',
        ),
        atx.poetChallenge,
      ),
      coinbase('InnerActivationTxV1.Coinbase', atx.coinbase, hrp),
      plain(
        field('units', 'InnerActivationTxV1.NumUnits', 'Storage units that the PoST proves.'),
        atx.numUnits,
      ),
      optional(
        atx.nipost,
        field(
          'NiPoST',
          'InnerActivationTxV1.NIPost',
          'The proof of space-time; without it the ATX is invalid.',
        ),
        (nipost) =>
          group(
            field(
              'NiPoST',
              'InnerActivationTxV1.NIPost',
              'The proof that the space was kept while the PoET ran.',
            ),
            '',
            [
              membershipNodes('MerkleProofV1.Nodes', nipost.membership.nodes),
              plain(
                field(
                  'leaf',
                  'MerkleProofV1.LeafIndex',
                  'The place of the challenge among the PoET’s members.',
                ),
                nipost.membership.leafIndex,
              ),
              optional(
                nipost.post,
                field('PoST', 'NIPostV1.Post', 'Missing: the ATX is invalid.'),
                (proof) =>
                  post(
                    field(
                      'PoST',
                      'NIPostV1.Post',
                      'The proof of space, under the PoET’s proof as its challenge.',
                    ),
                    proof,
                  ),
              ),
              optional(
                nipost.postMetadata,
                field('metadata', 'NIPostV1.PostMetadata', 'Missing: the ATX is invalid.'),
                (metadata) =>
                  group(
                    field('metadata', 'NIPostV1.PostMetadata', 'What the PoST was made for.'),
                    '',
                    [
                      raw(
                        field(
                          'challenge',
                          'PostMetadataV1.Challenge',
                          'The reference of the PoET proof: nobody could know it before the PoET ended.',
                        ),
                        metadata.challenge,
                        'poet',
                      ),
                      plain(
                        field(
                          'labels per unit',
                          'PostMetadataV1.LabelsPerUnit',
                          'Labels of 16 bytes in a storage unit.',
                        ),
                        metadata.labelsPerUnit,
                      ),
                    ],
                  ),
              ),
            ],
          ),
      ),
      optional(
        atx.nodeId,
        field(
          'node id',
          'InnerActivationTxV1.NodeID',
          'Only in the first ATX, so that its hash is unique.',
        ),
        (id) =>
          raw(
            field(
              'node id',
              'InnerActivationTxV1.NodeID',
              'In the first ATX, so that its hash is unique.',
            ),
            id,
            'smesher',
          ),
      ),
      optional(
        atx.vrfNonce,
        field('VRF nonce', 'InnerActivationTxV1.VRFNonce', 'Unchanged since the ATX before.'),
        (nonce) =>
          plain(
            field(
              'VRF nonce',
              'InnerActivationTxV1.VRFNonce',
              'The index of a label below a difficulty; eligibility is drawn with it.',
            ),
            nonce,
          ),
      ),
      ...signer('ActivationTxV1', atx.smesher, atx.signature),
    ],
  );
}

function atxV2(atx: AtxV2, hrp: string): TreeNode {
  const title = atx.marriageAtx
    ? 'merged'
    : atx.marriages.length > 0
      ? 'marrying'
      : 'of one identity';
  return group(
    [
      'ATX',
      'ActivationTxV2',
      'An activation, version 2: one or several identities’ proof that they kept their space.',
    ],
    `of publish epoch ${atx.publishEpoch}, ${title}`,
    [
      computedId(atx.id),
      epoch('ActivationTxV2.PublishEpoch', atx.publishEpoch),
      link(
        [
          'positioning ATX',
          'ActivationTxV2.PositioningATX',
          'The ATX on whose tick height this one stands.',
        ],
        atx.positioningAtx,
        'atx',
      ),
      coinbase('ActivationTxV2.Coinbase', atx.coinbase, hrp),
      optional(
        atx.initial,
        ['initial parts', 'ActivationTxV2.Initial', 'Only in an identity’s first ATX.'],
        (initial) =>
          group(
            [
              'initial parts',
              'ActivationTxV2.Initial',
              'What an identity shows once, in its first ATX.',
            ],
            '',
            [
              link(
                [
                  'commitment ATX',
                  'InitialAtxPartsV2.CommitmentATX',
                  'What the labels are bound to, with the identity.',
                ],
                initial.commitmentAtx,
                'atx',
              ),
              post(
                [
                  'initial PoST',
                  'InitialAtxPartsV2.Post',
                  'The proof that the data was there before the PoET began, under a challenge of zeros.',
                ],
                initial.post,
              ),
            ],
          ),
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
        (nipost, i) =>
          group(
            [`NiPoST ${i}`, 'NiPostsV2', 'PoSTs of identities that registered at one PoET.'],
            '',
            [
              membershipNodes('MerkleProofV2.Nodes', nipost.membershipNodes),
              raw(
                [
                  'challenge',
                  'NiPostsV2.Challenge',
                  'The reference of the PoET proof: nobody could know it before the PoET ended.',
                ],
                nipost.challenge,
                'poet',
              ),
              list(['PoSTs', 'NiPostsV2.Posts', 'One for each identity.'], nipost.posts, (sub, j) =>
                group(
                  [`PoST ${j}`, 'SubPostV2', 'One identity’s proof of space.'],
                  `${sub.numUnits} units`,
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
                    post(
                      [
                        'PoST',
                        'SubPostV2.Post',
                        'The proof of space, under the PoET’s proof as its challenge.',
                      ],
                      sub.post,
                    ),
                    plain(
                      ['units', 'SubPostV2.NumUnits', 'Storage units that the PoST proves.'],
                      sub.numUnits,
                    ),
                  ],
                ),
              ),
            ],
          ),
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
        (marriage, i) =>
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
                marriage.referenceAtx,
                'atx',
              ),
              raw(
                [
                  'signature',
                  'MarriageCertificate.Signature',
                  'The identity’s signature over the publisher’s id.',
                ],
                marriage.signature,
              ),
            ],
          ),
      ),
      optional(
        atx.marriageAtx,
        [
          'marriage ATX',
          'ActivationTxV2.MarriageATX',
          'Only in merged ATXs: where their identities were married.',
        ],
        (id) =>
          link(
            [
              'marriage ATX',
              'ActivationTxV2.MarriageATX',
              'Where the identities of this merged ATX were married.',
            ],
            id,
            'atx',
          ),
      ),
      ...signer('ActivationTxV2', atx.smesher, atx.signature),
    ],
  );
}

function ballotTree(blob: Uint8Array): TreeNode {
  const ballot = decodeBallot(blob);
  const vote = ({ block, layer, tickHeight }: Vote, i: number): TreeNode =>
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
  const { votes, epochData } = ballot;
  return group(
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
        epochData,
        ['epoch data', 'InnerBallot.EpochData', 'Only in the first ballot of the epoch.'],
        (data) =>
          group(
            [
              'epoch data',
              'InnerBallot.EpochData',
              'What the smesher holds true for the whole epoch.',
            ],
            '',
            [
              raw(
                [
                  'active set',
                  'EpochData.ActiveSetHash',
                  'The hash of the list of ATXs that it counts.',
                ],
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
                [
                  'slots',
                  'EpochData.EligibilityCount',
                  'How often the smesher may propose in the epoch.',
                ],
                data.eligibilityCount,
              ),
            ],
          ),
      ),
      ...signer('Ballot', ballot.smesher, ballot.signature),
      group(['votes', 'Ballot.Votes', 'Exceptions from the votes of another ballot.'], '', [
        link(
          ['base', 'Votes.Base', 'The ballot from whose votes these differ.'],
          votes.base,
          'ballot',
        ),
        list(['support', 'Votes.Support', 'Blocks that it is for.'], votes.support, vote),
        list(
          ['against', 'Votes.Against', 'Blocks that it is against, though the base was for them.'],
          votes.against,
          vote,
        ),
        list(
          [
            'abstain',
            'Votes.Abstain',
            'Layers that it does not vote on, because Hare had not ended.',
          ],
          votes.abstain,
          (layer) => plain(['layer', '', 'No vote on this layer.'], layer),
        ),
      ]),
      list(
        [
          'eligibilities',
          'Ballot.EligibilityProofs',
          'Proofs that the smesher may propose in this layer; each is a slot that is paid.',
        ],
        ballot.eligibilities,
        ({ slot, vrfSignature }) =>
          group(
            [`slot ${slot}`, 'VotingEligibility', 'One of the smesher’s slots in the epoch.'],
            '',
            [
              plain(['slot', 'VotingEligibility.J', 'The number of the slot.'], slot),
              raw(
                [
                  'VRF signature',
                  'VotingEligibility.Sig',
                  'Its value decides the layer of the slot, and nobody but the smesher can make it.',
                ],
                vrfSignature,
              ),
            ],
          ),
      ),
      list(['active set', 'Ballot.ActiveSet', 'Of no use since v1.3.'], ballot.activeSet, (id, i) =>
        raw([`ATX ${i}`, '', 'An ATX that it counts.'], id, 'atx'),
      ),
    ],
  );
}

function blockTree(blob: Uint8Array): TreeNode {
  const block = decodeBlock(blob);
  return group(
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
        ({ atx, numerator, denominator }, i) =>
          group([`reward ${i}`, 'AnyReward', 'One ATX’s share.'], `${numerator}/${denominator}`, [
            raw(['ATX', 'AnyReward.AtxID', 'Whose coinbase is paid.'], atx, 'atx'),
            plain(
              ['weight', 'AnyReward.Weight', 'The share is this, divided by the sum of all.'],
              `${numerator}/${denominator}`,
            ),
          ]),
      ),
      list(
        ['transactions', 'InnerBlock.TxIDs', 'Transactions that it applies, in this order.'],
        block.transactions,
        (id, i) => raw([`transaction ${i}`, '', 'The id of a transaction.'], id),
      ),
    ],
  );
}

function poetTree(blob: Uint8Array): TreeNode {
  const proof = decodePoet(blob);
  const nodes = (field: Field, elements: readonly Bytes[]): TreeNode =>
    list(field, elements, (node, i) => raw([`${i}`, '', 'A node of the tree.'], node));
  return group(
    [
      'PoET proof',
      'PoetProofMessage',
      'A service’s proof that it hashed in sequence for the whole round.',
    ],
    `of round ${proof.roundId}`,
    [
      raw(
        [
          'reference',
          '',
          'The hash of the proof, computed here: the challenge of all PoSTs that rest on it.',
        ],
        proof.ref,
        'poet',
      ),
      raw(
        [
          'root',
          'MerkleProof.Root',
          'The root of the tree that the work built; it chooses which leaves are opened.',
        ],
        proof.root,
      ),
      nodes(
        [
          'opened leaves',
          'MerkleProof.ProvenLeaves',
          'Each must be what its left siblings make it.',
        ],
        proof.provenLeaves,
      ),
      nodes(
        [
          'Merkle nodes',
          'MerkleProof.ProofNodes',
          'The siblings on the ways from the opened leaves to the root.',
        ],
        proof.proofNodes,
      ),
      plain(
        ['leaves', 'PoetProof.LeafCount', 'How much work it was: ticks are counted from it.'],
        proof.leafCount,
      ),
      raw(
        ['service', 'PoetProofMessage.PoetServiceID', 'The public key of the service.'],
        proof.serviceId,
      ),
      plain(
        ['round', 'PoetProofMessage.RoundID', 'The number of the round, by the service’s count.'],
        proof.roundId,
      ),
      raw(
        [
          'statement',
          'PoetProofMessage.Statement',
          'The root of the tree of the members’ challenges.',
        ],
        proof.statement,
      ),
      raw(
        ['signature', 'PoetProofMessage.Signature', 'The service’s; the node does not check it.'],
        proof.signature,
      ),
    ],
  );
}

/** Why each kind of proof proves anything. */
const malfeasanceKinds: Readonly<Record<MalfeasanceProof['kind'], Field>> = {
  'multiple-atxs': ['two ATXs', 'AtxProof', 'Two ATXs signed for one epoch, where one is allowed.'],
  'multiple-ballots': [
    'two ballots',
    'BallotProof',
    'Two ballots signed in one layer, where one is allowed.',
  ],
  'hare-equivocation': [
    'two Hare messages',
    'HareProof',
    'Two messages signed in one round of Hare, where one is allowed.',
  ],
  'invalid-post-index': [
    'bad PoST',
    'InvalidPostIndexProof',
    'An ATX whose PoST names a label that is not good.',
  ],
  'invalid-previous-atx': [
    'two successors',
    'InvalidPrevATXProof',
    'Two ATXs that name the same one before them.',
  ],
};

function malfeasanceTree(blob: Uint8Array, hrp: string): TreeNode {
  const proof = decodeMalfeasance(blob);
  const kind = malfeasanceKinds[proof.kind];
  const unit = proof.kind === 'multiple-atxs' ? 'epoch' : 'layer';
  const parts =
    'messages' in proof
      ? proof.messages.map((message, i) =>
          group(
            [`message ${i + 1}`, `${kind[1]}Msg`, 'Of each message only what was signed is kept.'],
            '',
            [
              plain([unit, 'InnerMsg', `The ${unit} that it is for.`], message.time),
              ...(message.round === undefined
                ? []
                : [
                    plain(
                      ['round', 'HareMetadata.Round', 'The round of Hare that it is for.'],
                      message.round,
                    ),
                  ]),
              raw(['hash', 'InnerMsg.MsgHash', 'The hash of the message.'], message.messageHash),
              ...signer(`${kind[1]}Msg`, message.smesher, message.signature),
            ],
          ),
        )
      : 'atxs' in proof
        ? proof.atxs.map((atx) => atxV1(atx, hrp))
        : [
            atxV1(proof.atx, hrp),
            plain(
              [
                'position',
                'InvalidPostIndexProof.InvalidIdx',
                'The position in the PoST whose label is not good.',
              ],
              proof.index,
            ),
          ];
  return group(
    [
      'malfeasance proof',
      'MalfeasanceProof',
      'Proof that an identity broke the rules; it earns nothing any more.',
    ],
    kind[0],
    [
      plain(
        ['generated in layer', 'MalfeasanceProof.Layer', 'The layer in which the proof was made.'],
        proof.generatedLayer,
      ),
      group(['proof', kind[1], kind[2]], kind[0], parts),
    ],
  );
}
