/** Messages as the database holds them: their bytes, by their ids. */
import { readBytes, type Bytes, type BytesLike } from '../base/bytes';
import { missingFrom } from '../state/schema';
import type { Queryable } from '../state/queries/ask';
import type { JobOptions } from '../base/progress';
import { storedProof } from './malfeasance';
import { readShortId, storedShortId } from './messages';
import { askAll } from '../state/queries/ask';

export type BlobKind = 'atx' | 'ballot' | 'block' | 'malfeasance' | 'poet';

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
    const proof = await storedProof(database, readBytes(id, 32, 'The smesher id'), { signal });
    return proof ? { blob: proof.blob, version: proof.version } : null;
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
  const { rows } = await askAll(database, source, params, { signal });
  const [blob, version] = rows[0] ?? [];
  if (!(blob instanceof Uint8Array) || blob.length === 0) return null;
  return { blob: new Uint8Array(blob), version: Number(version ?? 0) || 1 };
}
