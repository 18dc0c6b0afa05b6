/** The smeshers of a farm file, or of a list of ids. */
import { WorkbenchError } from '../base/error';
import { limits, readTextFile } from '../base/read-file';
import { isRecord } from '../base/record';
import { diskFile } from './files/disk-file';

/** "farm-12: 31b356…": a comment starts with #. */
const commentOf = /#.*$/gm;

/**
 * Ids in any form: the `id` of each identity of a FARM.json, or the words of a text file.
 * @throws WorkbenchError `fleet-without-ids`, `fleet-not-readable`, and of the file
 */
export async function readFleetIds(path: string): Promise<string[]> {
  const text = await readTextFile(diskFile(path), { ...limits.farm, name: path });
  const ids = text.trimStart().startsWith('{')
    ? idsOfFarm(path, text)
    : text
        .replaceAll(commentOf, '')
        .split(/[\s,;]+/)
        .filter((word) => word !== '');
  if (ids.length > 0) return ids;
  throw new WorkbenchError(
    'fleet-without-ids',
    `${path} names no smesher. Give each of its identities an "id", or list the ids one per line.`,
    { path },
  );
}

function idsOfFarm(path: string, text: string): string[] {
  let farm: unknown;
  try {
    farm = JSON.parse(text);
  } catch (cause) {
    throw new WorkbenchError(
      'fleet-not-readable',
      `${path} is not valid JSON. Correct it, or list the ids one per line.`,
      { path },
      { cause },
    );
  }
  const identities = isRecord(farm) ? farm['identities'] : undefined;
  const list: readonly unknown[] = Array.isArray(identities) ? identities : [];
  const missing: string[] = [];
  const ids = list.flatMap((identity, i) => {
    const { id, name } = isRecord(identity) ? identity : {};
    if (typeof id === 'string' && id !== '') return [id];
    missing.push(typeof name === 'string' && name !== '' ? name : `number ${i + 1}`);
    return [];
  });
  // Without them the sum would be that of a part, and look like that of all.
  if (ids.length > 0 && missing.length > 0)
    throw new WorkbenchError(
      'fleet-without-ids',
      `Identities of ${path} have no "id": ${missing.join(', ')}. Add them, or the sum would lack their rewards.`,
      { path, missing },
    );
  return ids;
}
