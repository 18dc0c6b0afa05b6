import type { MalfeasanceProof, SignedMessage } from '../../protocol/malfeasance';
import { atxV1Tree } from './atx-v1';
import { group, plain, raw, signer, type Field, type TreeNode } from './node';

/** Why each kind of proof proves anything. */
const kinds: Readonly<Record<MalfeasanceProof['kind'], Field>> = {
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

/** go-spacemesh v1.7.6 malfeasance/wire */
export function malfeasanceTree(proof: MalfeasanceProof, hrp: string): TreeNode {
  const [title, goName, explanation] = kinds[proof.kind];
  return group(
    [
      'malfeasance proof',
      'MalfeasanceProof',
      'Proof that an identity broke the rules; it earns nothing any more.',
    ],
    title,
    [
      plain(
        ['generated in layer', 'MalfeasanceProof.Layer', 'The layer in which the proof was made.'],
        proof.generatedLayer,
      ),
      group(['proof', goName, explanation], title, evidence(proof, hrp)),
    ],
  );
}

function evidence(proof: MalfeasanceProof, hrp: string): readonly TreeNode[] {
  switch (proof.kind) {
    case 'multiple-atxs':
    case 'multiple-ballots':
    case 'hare-equivocation': {
      const owner = `${kinds[proof.kind][1]}Msg`;
      const unit = proof.kind === 'multiple-atxs' ? 'epoch' : 'layer';
      return proof.messages.map((message, i) => signedMessage(message, i, owner, unit));
    }
    case 'invalid-post-index':
      return [
        atxV1Tree(proof.atx, hrp),
        plain(
          [
            'position',
            'InvalidPostIndexProof.InvalidIdx',
            'The position in the PoST whose label is not good.',
          ],
          proof.index,
        ),
      ];
    case 'invalid-previous-atx':
      return proof.atxs.map((atx) => atxV1Tree(atx, hrp));
  }
}

const signedMessage = (
  { time, round, messageHash, smesher, signature }: SignedMessage,
  i: number,
  owner: string,
  unit: 'epoch' | 'layer',
): TreeNode =>
  group([`message ${i + 1}`, owner, 'Of each message only what was signed is kept.'], '', [
    plain([unit, 'InnerMsg', `The ${unit} that it is for.`], time),
    ...(round === undefined
      ? []
      : [plain(['round', 'HareMetadata.Round', 'The round of Hare that it is for.'], round)]),
    raw(['hash', 'InnerMsg.MsgHash', 'The hash of the message.'], messageHash),
    ...signer(owner, smesher, signature),
  ]);
