/** Active sets as the table activesets has them (go-spacemesh v1.7.6 common/types EpochActiveSet, atxid_list.go). */
import { blake3 } from '@noble/hashes/blake3.js';
import { compareBytes, type Bytes } from '../base/bytes';
import { ScaleReader } from './scale';

const idBytes = 32;
/** The node allows 8,000,000, which is 256 MB of ids; mainnet has fewer than this. */
const maxActiveSet = 500_000;

export interface ActiveSet {
  /** The epoch in which its ATXs count. */
  readonly epoch: number;
  readonly size: number;
  /** The ids, one after another, 32 bytes each. */
  readonly ids: Bytes;
  /** By which ballots name the set: blake3 of the ids. */
  readonly hash: Bytes;
  /** Whether the ids rise, as the node demands. */
  readonly isSorted: boolean;
}

/** Decodes a set; every byte must be used. Memory: twice the blob. @throws WorkbenchError `scale-invalid` */
export function decodeActiveSet(blob: Uint8Array): ActiveSet {
  const reader = new ScaleReader(blob, 'active set');
  const epoch = reader.compact32();
  const size = reader.length(maxActiveSet);
  const ids = reader.bytes(size * idBytes);
  reader.end();
  return { epoch, size, ids, hash: new Uint8Array(blake3(ids)), isSorted: isSorted(ids) };
}

function isSorted(ids: Uint8Array): boolean {
  for (let at = idBytes; at < ids.length; at += idBytes)
    if (compareBytes(ids.subarray(at - idBytes, at), ids.subarray(at, at + idBytes)) > 0)
      return false;
  return true;
}
