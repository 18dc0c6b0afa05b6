/** Merkle roots as go-spacemesh's ATXs have them (spacemeshos/merkle-tree merkle.go; atxTreeHash). */
import { blake3 } from '@noble/hashes/blake3.js';
import { concatBytes, equalBytes } from '../base/bytes';

type HashNode = (left: Uint8Array, right: Uint8Array) => Uint8Array;

const padding = new Uint8Array(32);
const nodePrefix = Uint8Array.of(1);

/** Parents are blake3(1 ‖ left ‖ right). Leaves go in as they are, whatever their length. */
const parent: HashNode = (left, right) => blake3(concatBytes(nodePrefix, left, right));

/**
 * The root over leaves in order; an incomplete tree is padded with zeros from below.
 * An empty leaf waits for no sibling, as in the reference: as a left one it vanishes.
 * @returns 32 bytes (for one leaf, the leaf itself)
 */
export function merkleRoot(leaves: Iterable<Uint8Array>): Uint8Array {
  /** On every layer, the node that waits for its right sibling; empty if none does. */
  const waiting: Uint8Array[] = [];
  const none = new Uint8Array();
  for (const leaf of leaves) {
    let node = leaf;
    let layer = 0;
    for (let left = waiting[0] ?? none; left.length > 0; left = waiting[layer] ?? none) {
      node = parent(left, node);
      waiting[layer++] = none;
    }
    waiting[layer] = node;
  }
  let root: Uint8Array = none;
  for (const [layer, left] of waiting.entries()) {
    if (layer === waiting.length - 1 && root.length === 0) return left;
    if (left.length > 0) root = parent(left, root.length > 0 ? root : padding);
    else if (root.length > 0) root = parent(root, padding);
  }
  return root;
}

/** Roots of trees of zeros, by height. */
const zeroRoots: Uint8Array[] = [padding];

function zeroRoot(height: number): Uint8Array {
  const known = zeroRoots[height];
  if (known) return known;
  const below = zeroRoot(height - 1);
  return (zeroRoots[height] = parent(below, below));
}

/**
 * The root over leaves that zeros fill up to 2^height: as merkleRoot, but with the trees of zeros remembered. An ATX
 * of version 2 has some hundreds of such leaves, nearly all of them zeros.
 */
export function paddedMerkleRoot(leaves: readonly Uint8Array[], height: number): Uint8Array {
  if (leaves.some((leaf) => leaf.length === 0))
    return merkleRoot([...leaves, ...Array<Uint8Array>(2 ** height - leaves.length).fill(padding)]);
  const rootOf = (first: number, level: number): Uint8Array => {
    if (first >= leaves.length) return zeroRoot(level);
    if (level === 0) return leaves[first] ?? padding;
    return parent(rootOf(first, level - 1), rootOf(first + 2 ** (level - 1), level - 1));
  };
  return rootOf(0, height);
}

export interface ProvenLeaf {
  /** u64; its place in the tree. */
  readonly index: bigint;
  readonly node: Uint8Array;
}

interface Branch {
  readonly node: Uint8Array;
  /** Of every proven leaf below, the left siblings on its way up, from below. */
  readonly leftSiblings: readonly (readonly Uint8Array[])[];
}

/**
 * The root that some leaves and the nodes beside their ways up lead to, and each leaf's left siblings. A sibling is
 * computed if a later proven leaf is below it; otherwise it is the next of the nodes. The path ends where the nodes end
 * (spacemeshos/merkle-tree validation.go).
 * @returns undefined for no leaf at all, or leaves that are not in ascending order: the reference refuses them
 */
export function partialTree(
  leaves: readonly ProvenLeaf[],
  nodes: readonly Uint8Array[],
  hash: HashNode = parent,
): { readonly root: Uint8Array; readonly leftSiblings: Branch['leftSiblings'] } | undefined {
  const isAscending = leaves.every(
    (leaf, i) => i === 0 || (leaves[i - 1]?.index ?? 0n) < leaf.index,
  );
  if (leaves.length === 0 || !isAscending) return undefined;
  let nextLeaf = 0;
  let nextNode = 0;
  const climb = (stopAtHeight: number): Branch => {
    const { index, node: leaf } = leaves[nextLeaf++] ?? { index: 0n, node: new Uint8Array() };
    let position = index;
    let branch: Branch = { node: leaf, leftSiblings: [[]] };
    for (let height = 0; height !== stopAtHeight; height++, position >>= 1n) {
      const following = leaves[nextLeaf];
      const holdsFollowing = following && following.index >> BigInt(height) === (position ^ 1n);
      const given = holdsFollowing ? undefined : nodes[nextNode++];
      if (!holdsFollowing && !given) break;
      const sibling = given ? { node: given, leftSiblings: [] } : climb(height);
      const [left, right] = (position & 1n) === 1n ? [sibling, branch] : [branch, sibling];
      branch = {
        node: hash(left.node, right.node),
        leftSiblings: [
          ...left.leftSiblings,
          ...right.leftSiblings.map((siblings) => [...siblings, left.node]),
        ],
      };
    }
    return branch;
  };
  const { node, leftSiblings } = climb(Infinity);
  return { root: node, leftSiblings };
}

/** Whether leaves are in the tree of a root, as PoET's members prove it (poet shared.HashMembershipTreeNode). */
export function isMember(
  leaves: readonly ProvenLeaf[],
  nodes: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  const tree = partialTree(leaves, nodes);
  return tree !== undefined && equalBytes(tree.root, root);
}
