/** Merkle roots as go-spacemesh's ATXs have them (spacemeshos/merkle-tree merkle.go; atxTreeHash). */
import { blake3 } from '@noble/hashes/blake3.js';
import { concatBytes } from './bytes';

const PADDING = new Uint8Array(32);
const NODE_PREFIX = Uint8Array.of(1);

/** Parents are blake3(1 ‖ left ‖ right). Leaves go in as they are, whatever their length. */
const parent = (left: Uint8Array, right: Uint8Array): Uint8Array =>
  blake3(concatBytes(NODE_PREFIX, left, right));

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
    if (left.length > 0) root = parent(left, root.length > 0 ? root : PADDING);
    else if (root.length > 0) root = parent(root, PADDING);
  }
  return root;
}
