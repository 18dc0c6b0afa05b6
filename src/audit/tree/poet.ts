import type { Bytes } from '../../base/bytes';
import type { PoetProof } from '../../protocol/poet';
import { group, list, plain, raw, type Field, type TreeNode } from './node';

/** go-spacemesh v1.7.6 common/types/poet.go; poet v0.10.4 shared/shared.go */
export const poetTree = (proof: PoetProof): TreeNode =>
  group(
    [
      'PoET proof',
      'PoetProofMessage',
      'A service’s proof that it hashed in sequence for the entire round.',
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

const nodes = (field: Field, elements: readonly Bytes[]): TreeNode =>
  list(field, elements, (node, i) => raw([String(i), '', 'A node of the tree.'], node));
