/** The smeshers of a farm file, or of a list of ids. */
import { WorkbenchError } from '../base/error';
import { limits, readTextFile } from '../base/read-file';
import { readFarmIdentities, readFarmLines } from '../protocol/farm-identities';
import { diskFile } from './files/disk-file';

/**
 * Ids in any form: the `id` of each identity of a FARM.json, or those of a list.
 * @throws WorkbenchError `fleet-without-ids`, `farm-not-readable`, `id-too-many`, and of the file
 */
export async function readFleetIds(path: string): Promise<string[]> {
  const text = await readTextFile(diskFile(path), { ...limits.farm, name: path });
  const identities = text.trimStart().startsWith('{')
    ? readFarmIdentities(text)
    : readFarmLines(text);
  if (identities.length > 0) return identities.map(({ id }) => id);
  throw new WorkbenchError(
    'fleet-without-ids',
    `${path} names no smesher. List the ids, one per line.`,
    { path },
  );
}
