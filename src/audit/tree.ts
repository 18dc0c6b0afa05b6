/** Blobs as readable trees: every field with its value, its name in go-spacemesh, and what it is for. */
import type { Bytes, BytesLike } from '../protocol/bytes';
import type { Queryable } from '../state/queries/typed';
import type { JobOptions } from '../workers/job';

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
export function blobTree(kind: BlobKind, blob: Uint8Array, options: BlobOptions = {}): TreeNode {
  void [kind, blob, options];
  return { name: kind, value: '', explanation: '', goName: '', children: [] };
}

/**
 * The blob of an ATX, ballot, block or PoET proof by its id, of a malfeasance proof by the smesher's.
 * @returns null where the database has none: pruned, checkpointed, unknown
 */
export function loadBlob(
  database: Queryable,
  kind: BlobKind,
  id: BytesLike,
  options: Pick<JobOptions, 'signal'> = {},
): Promise<{ readonly blob: Bytes; readonly version: number } | null> {
  void [database, kind, id, options];
  return Promise.resolve(null);
}
