/** Which identities the open database knows as malicious. */
import { toHex } from '../../base/bytes';
import { session } from './session.svelte';

/** @param ids hex. @returns undefined if no database is open. */
export async function lookUpMalfeasance(
  ids: readonly string[],
): Promise<{ readonly id: string; readonly why: string }[] | undefined> {
  const { database } = session;
  if (!database) return undefined;
  const { askCatalogue } = await import('../../state/queries/ask');
  const wanted = new Set(ids);
  const rows = await askCatalogue(database, 'malfeasance', {}, { priority: 'background' });
  return rows.flatMap(({ smesher, source }) => {
    const id = smesher instanceof Uint8Array ? toHex(smesher) : '';
    return wanted.has(id) ? [{ id, why: `in ${database.info.name}, table ${String(source)}` }] : [];
  });
}
