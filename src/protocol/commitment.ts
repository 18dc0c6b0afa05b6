/** What binds PoST data to an identity. */
import { blake3 } from '@noble/hashes/blake3.js';
import type { Bytes } from '../base/bytes';
import { concatBytes } from '../base/bytes';

/**
 * blake3(node id ‖ commitment ATX id): every label is computed from it (post-rs src/initialize.rs,
 * calc_commitment).
 * @param nodeId 32 bytes
 * @param commitmentAtxId 32 bytes
 * @returns 32 bytes
 */
export const commitment = (nodeId: Uint8Array, commitmentAtxId: Uint8Array): Bytes =>
  new Uint8Array(blake3(concatBytes(nodeId, commitmentAtxId)));
