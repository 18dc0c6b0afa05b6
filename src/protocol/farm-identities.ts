/**
 * Identities of a farm as a file and as a pasted list: their ids, names and groups. The file is the farm file of the Plan
 * page (`post-workbench-farm`), of which this reads and writes `identities` only.
 */
import { someNames } from '../base/counted';
import { WorkbenchError } from '../base/error';
import { parseJson, plainJson } from '../base/json';
import { isRecord } from '../base/record';
import { maxTypedIds } from './ids';

export interface FleetIdentity {
  /** As typed: hex, base64, the first hex digits, an ATX of it, or a coinbase for all its smeshers. */
  readonly id: string;
  readonly name?: string | undefined;
  readonly group?: string | undefined;
}

const farmFormat = 'post-workbench-farm';

/**
 * A file that `farmIdentitiesJson` or the Plan page wrote. It is refused where an identity has no id: sums over the rest would
 * look like those of all.
 * @throws WorkbenchError `farm-not-readable`
 */
export function readFarmIdentities(text: string): FleetIdentity[] {
  const read = (): unknown => {
    try {
      return plainJson(parseJson(text));
    } catch (error) {
      throw unreadable('it is not JSON', error);
    }
  };
  const file = read();
  if (!isRecord(file) || file['format'] !== farmFormat)
    throw unreadable(`it has no "format": "${farmFormat}"`);
  const { identities } = file;
  if (!Array.isArray(identities)) throw unreadable('it has no list "identities"');
  const missing: string[] = [];
  const found = identities.flatMap((identity: unknown, i): FleetIdentity[] => {
    if (!isRecord(identity)) throw unreadable(`identity ${i + 1} is not an object`);
    const [id, name, group] = ['id', 'name', 'group'].map((key) => {
      const value = identity[key];
      if (value === undefined || typeof value === 'string') return value;
      throw unreadable(`"${key}" of identity ${i + 1} is not a text`);
    });
    if (id) return [{ id, name, group }];
    missing.push(name ?? `number ${i + 1}`);
    return [];
  });
  if (found.length === 0) throw unreadable('none of its identities has an "id"');
  if (missing.length > 0) throw unreadable(`these identities have no "id": ${someNames(missing)}`);
  return found;
}

const unreadable = (reason: string, cause?: unknown): WorkbenchError =>
  new WorkbenchError(
    'farm-not-readable',
    `This farm file cannot be used for a fleet: ${reason}. Save one with “Save as FARM.json” on the Fleet view, or add an "id" to each identity.`,
    { reason },
    { cause },
  );

export const isFarmFile = (text: string): boolean =>
  text.trimStart().startsWith('{') && text.slice(0, 4096).includes(`"${farmFormat}"`);

export const farmIdentitiesJson = (identities: readonly FleetIdentity[]): string =>
  `${JSON.stringify({ format: farmFormat, version: 2, identities }, null, 2)}\n`;

/**
 * A pasted list: a line per identity, `id, name, group` with the name and the group left out or not; or ids alone, separated
 * by white space, commas or semicolons. A # at the start of a line or after white space begins a comment.
 * @throws WorkbenchError `id-too-many`
 */
export function readFarmLines(text: string): FleetIdentity[] {
  const identities = text.split(/\r?\n/).flatMap((line): FleetIdentity[] => {
    const typed = line.replace(/(?:^|\s)#.*$/, '').trim();
    if (typed === '') return [];
    const words = typed.split(/[\s,;]+/).filter((word) => word !== '');
    if (isListOfIds(words, typed)) return words.map((id) => ({ id }));
    const [id = '', name, group] = typed.split(/[,;\t]/).map((part) => part.trim());
    const [first = '', ...rest] = id.split(/\s+/);
    return [
      {
        id: first,
        name: rest.join(' ') || name || undefined,
        group: (rest.length > 0 ? name : group) || undefined,
      },
    ];
  });
  if (identities.length > maxTypedIds)
    throw new WorkbenchError(
      'id-too-many',
      `This list has ${identities.length} ids, the limit is ${maxTypedIds}. Split it.`,
      { ids: identities.length, maxIds: maxTypedIds },
    );
  return identities;
}

const isComplete = (word: string): boolean =>
  /^(0x)?[0-9a-f]{64}$/i.test(word) ||
  /^[0-9a-z+/_-]{32,43}={0,2}$/i.test(word) ||
  /^[a-z]+1[0-9a-z]{38,}$/.test(word);
const isBeginning = (word: string): boolean => /^(0x)?[0-9a-f]{4,63}…?$/i.test(word);

/** After a complete id and a comma, a word such as "cafe" is a name, not the beginning of an id. */
const isListOfIds = (words: readonly string[], line: string): boolean =>
  words.every(isComplete) ||
  (words.every((word) => isComplete(word) || isBeginning(word)) &&
    (!line.includes(',') || !words.some(isComplete)));

/** Back as lines, as `readFarmLines` reads them. */
export const farmLines = (identities: readonly FleetIdentity[]): string =>
  identities
    .map(({ id, name, group }) => [id, name ?? '', group ?? ''].join(', ').replace(/(, )+$/, ''))
    .join('\n');
