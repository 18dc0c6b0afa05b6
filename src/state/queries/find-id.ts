/**
 * What a typed id is in this database: a smesher, an ATX, a coinbase, a block, a transaction. Logs shorten ids to their first six or ten hex
 * digits (go-spacemesh common/types, ShortString), so the first digits of one are enough. Every statement is a
 * look-up in an index: its cost does not grow with the tables.
 */
import { addressBytes, reservedBytes } from '../../protocol/address';
import { readBytes, toHex, type Bytes, type BytesLike } from '../../base/bytes';
import { counted } from '../../base/counted';
import { WorkbenchError } from '../../base/error';
import { shortIdBytes } from '../../protocol/ballot';
import { readTypedId, readTypedIds, type TypedId } from '../../protocol/ids';
import type { TableInfo } from '../types';
import type { AskOptions, Queryable } from './ask';
import type { RewardFilter } from './rewards';

export type IdKind = 'smesher' | 'atx' | 'coinbase' | 'block' | 'transaction';

export interface IdMatch {
  readonly kind: IdKind;
  readonly hex: string;
}

export interface FoundId {
  /** In order of kind and id; at most one for a complete id. */
  readonly matches: readonly IdMatch[];
  /** There are more of a kind than were asked for. */
  readonly truncated: boolean;
  /** Set where only the beginning of an id was given: its hex digits. */
  readonly beginning?: string;
}

/** The id is ambiguous or of another kind: what it can be. */
export class IdCandidatesError extends WorkbenchError {
  readonly candidates: readonly IdMatch[];
  /** There are more. */
  readonly truncated: boolean;

  constructor(
    code: 'id-ambiguous' | 'id-other-kind',
    message: string,
    { matches, truncated }: Pick<FoundId, 'matches' | 'truncated'>,
  ) {
    super(code, message, { candidates: matches, truncated });
    this.candidates = matches;
    this.truncated = truncated;
  }
}

export interface FindOptions extends AskOptions {
  /** Of a kind; 20 by default. */
  readonly maxMatches?: number;
}

/** An id of the kind that was asked for. */
export interface ResolvedId {
  readonly kind: IdKind;
  readonly bytes: Bytes;
  /** The ATX that was given in the place of its smesher. */
  readonly ofAtx?: Bytes;
}

export const idKindNames: Readonly<Record<IdKind, string>> = {
  smesher: 'smesher',
  atx: 'ATX',
  coinbase: 'coinbase',
  block: 'block',
  transaction: 'transaction',
};

/** Where ids are stored. */
const places = [
  { kind: 'smesher', table: 'atxs', column: 'pubkey', bytes: 32 },
  { kind: 'smesher', table: 'posts', column: 'pubkey', bytes: 32 },
  { kind: 'smesher', table: 'rewards', column: 'pubkey', bytes: 32 },
  { kind: 'atx', table: 'atxs', column: 'id', bytes: 32 },
  { kind: 'coinbase', table: 'atxs', column: 'coinbase', bytes: addressBytes },
  { kind: 'coinbase', table: 'rewards', column: 'coinbase', bytes: addressBytes },
  { kind: 'block', table: 'blocks', column: 'id', bytes: 32 },
  { kind: 'transaction', table: 'transactions', column: 'id', bytes: 32 },
] as const;

/** Older schemas have no index of the coinbases of ATXs, or no such column. */
function isIndexed(tables: readonly TableInfo[], table: string, column: string): boolean {
  const info = tables.find(({ name }) => name === table);
  return (
    info !== undefined &&
    (info.columns.some(({ name, primaryKey }) => name === column && primaryKey === 1) ||
      info.indexes.some(({ columns: [first] }) => first === column))
  );
}

/**
 * @param text a complete id or address in any form, or its first four hex digits or more
 * @throws WorkbenchError those of `readTypedId`
 */
export async function findId(
  database: Queryable,
  text: string,
  options: FindOptions = {},
): Promise<FoundId> {
  return findTyped(database, readTypedId(text), options);
}

async function findTyped(
  database: Queryable,
  typed: TypedId,
  options: FindOptions,
): Promise<FoundId> {
  if (typed.kind === 'id')
    return { ...(await findStart(database, toHex(typed.bytes), options)), truncated: false };
  // A coinbase that has earned nothing yet is a coinbase too.
  const complete = typed.kind === 'address' ? typed.bytes : typed.coinbase;
  const asCoinbase = complete && ({ kind: 'coinbase', hex: toHex(complete) } as const);
  if (typed.kind === 'address')
    return { matches: asCoinbase ? [asCoinbase] : [], truncated: false };
  const found = await findStart(database, typed.digits, options);
  const rest = found.matches.filter(({ hex }) => hex !== asCoinbase?.hex);
  if (asCoinbase && rest.length === 0) return { matches: [asCoinbase], truncated: false };
  return { ...found, beginning: typed.digits };
}

/** Everything that begins with these hex digits; coinbases with and without their four zero bytes. */
async function findStart(
  database: Queryable,
  digits: string,
  { maxMatches = 20, ...options }: FindOptions,
): Promise<Omit<FoundId, 'beginning'>> {
  const matches = new Map<IdKind, Set<string>>();
  let truncated = false;
  for (const { kind, table, column, bytes } of places) {
    if (!isIndexed(database.info.tables, table, column)) continue;
    const starts = kind === 'coinbase' ? [digits, '00'.repeat(reservedBytes) + digits] : [digits];
    for (const start of starts.filter(({ length }) => length <= 2 * bytes)) {
      // Each step seeks the next different value: DISTINCT would read all rows of each value.
      const found = await database.query(
        `WITH RECURSIVE ids(id) AS (
           SELECT min(${column}) FROM ${table} WHERE ${column} BETWEEN :first AND :last
           UNION ALL
           SELECT (SELECT min(${column}) FROM ${table} WHERE ${column} > ids.id AND ${column} <= :last)
           FROM ids WHERE ids.id IS NOT NULL LIMIT ${maxMatches + 2})
         SELECT id FROM ids WHERE id IS NOT NULL`,
        {
          first: readBytes(`0x${start.padEnd(2 * bytes, '0')}`, bytes, 'The first id'),
          last: readBytes(`0x${start.padEnd(2 * bytes, 'f')}`, bytes, 'The last id'),
        },
        options,
      );
      const ids = matches.get(kind) ?? new Set();
      matches.set(kind, ids);
      for (const [id] of found.rows)
        if (id instanceof Uint8Array && id.length === bytes) ids.add(hexOf(kind, id));
    }
  }
  return {
    matches: [...matches].flatMap(([kind, ids]) => {
      truncated ||= ids.size > maxMatches;
      return [...ids]
        .sort()
        .slice(0, maxMatches)
        .map((hex) => ({ kind, hex }));
    }),
    truncated,
  };
}

/** Block ids are stored with zeros up to 32 bytes. */
const hexOf = (kind: IdKind, id: Uint8Array): string =>
  toHex(kind === 'block' ? id.subarray(0, shortIdBytes) : id);

/**
 * The id that a field asks for. An ATX id in the place of a smesher gives the smesher that published the ATX. A
 * complete id that the database does not have is returned as it is, as the first kind that it can be.
 * @param wanted what the field takes: smeshers, ATXs, coinbases, or smeshers and coinbases
 * @throws WorkbenchError `id-unknown`, and those of `readTypedId`; IdCandidatesError `id-ambiguous`, `id-other-kind`
 */
export async function resolveId(
  database: Queryable,
  text: string,
  wanted: readonly IdKind[],
  options: AskOptions = {},
): Promise<ResolvedId> {
  return resolveTyped(database, readTypedId(text), wanted, options);
}

/**
 * The ids of a list, each once.
 * @throws WorkbenchError those of `resolveId` and `readTypedIds`
 */
export async function resolveIds(
  database: Queryable,
  text: string,
  wanted: readonly IdKind[],
  options: AskOptions = {},
): Promise<ResolvedId[]> {
  const list = readTypedIds(text);
  const publishers = wanted.includes('smesher')
    ? await publishersOf(database, list, options)
    : undefined;
  const ids = new Map<string, ResolvedId>();
  for (const typed of list) {
    const id =
      publishers && typed.kind === 'id'
        ? smesherOf(typed.bytes, publishers)
        : await resolveTyped(database, typed, wanted, options);
    ids.set(`${id.kind} ${toHex(id.bytes)}`, id);
  }
  return [...ids.values()];
}

function smesherOf(bytes: Bytes, publishers: ReadonlyMap<string, Bytes>): ResolvedId {
  const publisher = publishers.get(toHex(bytes));
  return publisher
    ? { kind: 'smesher', bytes: publisher, ofAtx: bytes }
    : { kind: 'smesher', bytes };
}

/** Ids in one statement: SQLite takes 32,766 parameters. */
const batchIds = 1000;

/** Of those complete ids that are ATXs: their publishers, by the ATX id in hex. */
export async function publishersOf(
  database: Queryable,
  list: readonly TypedId[],
  options: AskOptions,
): Promise<Map<string, Bytes>> {
  const ids = list.flatMap((typed) => (typed.kind === 'id' ? [typed.bytes] : []));
  const publishers = new Map<string, Bytes>();
  if (!isIndexed(database.info.tables, 'atxs', 'id')) return publishers;
  for (let start = 0; start < ids.length; start += batchIds) {
    const batch = ids.slice(start, start + batchIds);
    const { rows } = await database.query(
      `SELECT id, pubkey FROM atxs WHERE id IN (${batch.map((_, i) => `:id${i}`).join()})`,
      Object.fromEntries(batch.map((id, i) => [`id${i}`, id])),
      options,
    );
    for (const [id, pubkey] of rows)
      if (id instanceof Uint8Array && pubkey instanceof Uint8Array)
        publishers.set(toHex(id), new Uint8Array(pubkey));
  }
  return publishers;
}

/** An id as text or bytes; bytes are taken as they are. @throws WorkbenchError those of `resolveId` */
export async function resolveBytes(
  database: Queryable,
  value: BytesLike,
  wanted: IdKind,
  options: AskOptions = {},
): Promise<BytesLike> {
  if (typeof value !== 'string') return value;
  return (await resolveId(database, value, [wanted], options)).bytes;
}

/**
 * Ids as bytes or texts, and lists of them; a text may hold a list. Bytes are taken as they are.
 * @throws WorkbenchError those of `resolveIds`
 */
export async function resolveList(
  database: Queryable,
  ids: BytesLike | readonly BytesLike[],
  wanted: IdKind,
  options: AskOptions = {},
): Promise<BytesLike[]> {
  const list = Array.isArray(ids) ? (ids as readonly BytesLike[]) : [ids as BytesLike];
  const texts = list.filter((id) => typeof id === 'string');
  const bytes = list.filter((id) => typeof id !== 'string');
  if (texts.length === 0) return bytes;
  const resolved = await resolveIds(database, texts.join(' '), [wanted], options);
  return [...bytes, ...resolved.map((id) => id.bytes)];
}

/**
 * The ids of a filter of rewards, which may be texts with lists in them.
 * @throws WorkbenchError those of `resolveIds`
 */
export async function resolveFilter(
  database: Queryable,
  { smesher, coinbase, ...layers }: RewardFilter,
  options: AskOptions = {},
): Promise<RewardFilter> {
  return {
    ...layers,
    smesher:
      smesher === undefined ? undefined : await resolveList(database, smesher, 'smesher', options),
    coinbase:
      coinbase === undefined
        ? undefined
        : await resolveList(database, coinbase, 'coinbase', options),
  };
}

async function resolveTyped(
  database: Queryable,
  typed: TypedId,
  wanted: readonly IdKind[],
  options: AskOptions,
): Promise<ResolvedId> {
  const { matches, truncated } = await findTyped(database, typed, options);
  const ids = new Map<string, ResolvedId>();
  for (const { kind, hex } of matches) {
    const id = await asWanted(database, { kind, bytes: bytesOf(hex) }, wanted, options);
    if (!id) continue;
    const key = `${id.kind} ${toHex(id.bytes)}`;
    // A smesher that is found by itself needs no mention of its ATX.
    if (!ids.has(key)) ids.set(key, id);
  }
  const [id, second] = ids.values();
  const name = wanted.map((kind) => idKindNames[kind]).join(' or ');
  if (id && !second && !truncated) return id;
  if (id)
    throw new IdCandidatesError(
      'id-ambiguous',
      `Several ids of this database begin with ${typed.kind === 'prefix' ? typed.digits : toHex(typed.bytes)}. Enter more digits, or choose one.`,
      {
        matches: [...ids.values()].map(({ kind, bytes }) => ({ kind, hex: toHex(bytes) })),
        truncated,
      },
    );
  const [other] = matches;
  if (other)
    throw new IdCandidatesError(
      'id-other-kind',
      `This is ${other.kind === 'atx' ? 'an' : 'a'} ${idKindNames[other.kind]}. Enter the id of a ${name}.`,
      { matches, truncated },
    );
  if (typed.kind === 'id')
    for (const kind of wanted) if (kind !== 'coinbase') return { kind, bytes: typed.bytes };
  throw new WorkbenchError(
    'id-unknown',
    typed.kind === 'prefix'
      ? `No ${name} of this database begins with ${typed.digits}. Check the digits, and that the database is of the same network.`
      : 'This is a 32-byte id, not a coinbase. Enter an address such as sm1…, or 48 hex digits (40 without its four zero bytes).',
  );
}

/** An id as one of the kinds that are asked for; undefined where it is of another kind. */
async function asWanted(
  database: Queryable,
  { kind, bytes }: Pick<ResolvedId, 'kind' | 'bytes'>,
  wanted: readonly IdKind[],
  options: AskOptions,
): Promise<ResolvedId | undefined> {
  if (wanted.includes(kind)) return { kind, bytes };
  if (kind !== 'atx' || !wanted.includes('smesher')) return undefined;
  return smesherOf(bytes, await publishersOf(database, [{ kind: 'id', bytes }], options));
}

/**
 * The filter for the rewards of a list.
 * @throws WorkbenchError `id-mixed`
 */
export function rewardFilterOf(
  ids: readonly ResolvedId[],
): Pick<RewardFilter, 'smesher' | 'coinbase'> {
  const bytesOfKind = (wanted: IdKind): Bytes[] =>
    ids.flatMap(({ kind, bytes }) => (kind === wanted ? [bytes] : []));
  const [smesher, coinbase] = [bytesOfKind('smesher'), bytesOfKind('coinbase')];
  if (smesher.length > 0 && coinbase.length > 0)
    throw new WorkbenchError(
      'id-mixed',
      `This list has ${counted(smesher.length, 'smesher')} and ${counted(coinbase.length, 'coinbase')}: a reward that names one of each would count twice. Ask for smeshers and for coinbases one after the other.`,
      { smeshers: smesher.length, coinbases: coinbase.length },
    );
  return smesher.length > 0 ? { smesher } : { coinbase };
}

const bytesOf = (hex: string): Bytes => readBytes(`0x${hex}`, hex.length / 2, 'The id');
