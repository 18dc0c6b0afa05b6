/** Blobs as readable trees: every field with its value, its name in go-spacemesh, and what it is for. */
import { decodeAtx } from '../../protocol/atx';
import { decodeBallot } from '../../protocol/ballot';
import { decodeBlock } from '../../protocol/block';
import { decodeMalfeasance } from '../../protocol/malfeasance';
import { decodeMalfeasanceV2 } from '../../protocol/malfeasance-v2';
import { decodePoet } from '../../protocol/poet';
import type { BlobKind } from '../blobs';
import { atxV1Tree } from './atx-v1';
import { atxV2Tree } from './atx-v2';
import { ballotTree } from './ballot';
import { blockTree } from './block';
import { malfeasanceTree } from './malfeasance';
import { malfeasanceV2Tree } from './malfeasance-v2';
import type { TreeNode } from './node';
import { poetTree } from './poet';

export interface BlobOptions {
  /** Of an ATX or a malfeasance proof: 1 by default. */
  readonly version?: number | undefined;
  /** Prefix of addresses: 'sm' by default. */
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
      return atx.version === 1 ? atxV1Tree(atx, hrp) : atxV2Tree(atx, hrp);
    }
    case 'ballot':
      return ballotTree(decodeBallot(blob));
    case 'block':
      return blockTree(decodeBlock(blob));
    case 'malfeasance':
      return version === 2
        ? malfeasanceV2Tree(decodeMalfeasanceV2(blob), hrp)
        : malfeasanceTree(decodeMalfeasance(blob), hrp);
    case 'poet':
      return poetTree(decodePoet(blob));
  }
}
