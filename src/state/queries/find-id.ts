/**
 * What a pasted id is in this database: a smesher, an ATX, a coinbase. Logs shorten ids to their first six or ten hex
 * digits (go-spacemesh common/types, ShortString), so the beginning of one is enough.
 */
import { addressBytes } from '../../protocol/address';
import { toHex, type Bytes } from '../../protocol/bytes';
import { WorkbenchError } from '../../protocol/error';
import { parsePastedId } from '../../protocol/ids';
import { missingFrom } from '../schema';
import type { SqlParams } from '../types';
import type { AskOptions, Queryable } from './typed';

export interface IdMatch {
  readonly kind: 'smesher' | 'atx' | 'coinbase';
  readonly hex: string;
}

export interface FoundId {
  /** In order of kind and id; of a whole id one at most. */
  readonly matches: readonly IdMatch[];
  /** There are more of a kind than were asked for. */
  readonly truncated: boolean;
  /** Set where only the beginning of an id was given: its hex digits. */
  readonly beginning?: string;
}

export interface FindOptions extends AskOptions {
  /** Of a kind; 20 unless said. */
  readonly maxMatches?: number;
}

/** Fewer digits say nothing: a table of a million ids has fifteen for every four. */
const minDigits = 4;

/** Where ids stand, all of them under an index. */
const places = [
  { kind: 'smesher', table: 'atxs', column: 'pubkey', bytes: 32 },
  { kind: 'smesher', table: 'posts', column: 'pubkey', bytes: 32 },
  { kind: 'atx', table: 'atxs', column: 'id', bytes: 32 },
  { kind: 'coinbase', table: 'atxs', column: 'coinbase', bytes: addressBytes },
] as const;

/**
 * @param text a whole id or address in any form, or four hex digits or more that an id begins with
 * @throws WorkbenchError those of `parsePastedId`
 */
export async function findId(
  database: Queryable,
  text: string,
  options: FindOptions = {},
): Promise<FoundId> {
  const beginning = beginningOf(text);
  if (beginning !== undefined) {
    const found = await matching(
      database,
      places,
      (column) => `${column} BETWEEN :first AND :last`,
      (bytes) => ({
        first: hexBytes(beginning.padEnd(bytes * 2, '0')),
        last: hexBytes(beginning.padEnd(bytes * 2, 'f')),
      }),
      options,
    );
    return { ...found, beginning };
  }
  const { kind, bytes } = parsePastedId(text);
  // A coinbase that has earned nothing yet is one all the same.
  if (kind === 'address')
    return { matches: [{ kind: 'coinbase', hex: toHex(bytes) }], truncated: false };
  const ids = places.filter(({ kind }) => kind !== 'coinbase');
  return matching(
    database,
    ids,
    (column) => `${column} = :id`,
    () => ({ id: bytes }),
    options,
  );
}

/** The hex digits, where a text is some and no whole id. */
function beginningOf(text: string): string | undefined {
  const digits = text
    .trim()
    .replace(/^0x/i, '')
    .replace(/…$|\.{3}$/, '');
  if (digits.length < minDigits || !/^[0-9a-f]+$/i.test(digits)) return undefined;
  try {
    parsePastedId(digits);
    return undefined;
  } catch (error) {
    const tooShort =
      error instanceof WorkbenchError && error.code === 'id-wrong-length' && digits.length < 64;
    return tooShort ? digits.toLowerCase() : undefined;
  }
}

const hexBytes = (hex: string): Bytes =>
  Uint8Array.from({ length: hex.length / 2 }, (_, i) => parseInt(hex.slice(2 * i, 2 * i + 2), 16));

async function matching(
  database: Queryable,
  where: readonly (typeof places)[number][],
  condition: (column: string) => string,
  params: (bytes: number) => SqlParams,
  { maxMatches = 20, ...options }: FindOptions,
): Promise<FoundId> {
  const matches = new Map<string, IdMatch>();
  let truncated = false;
  for (const { kind, table, column, bytes } of where) {
    if (missingFrom(database.info.tables, [`${table}.${column}`]).length > 0) continue;
    const found = await database.query(
      `SELECT DISTINCT ${column} FROM ${table} WHERE ${condition(column)} ORDER BY ${column} LIMIT ${maxMatches + 1}`,
      params(bytes),
      options,
    );
    truncated ||= found.rows.length > maxMatches;
    for (const [id] of found.rows.slice(0, maxMatches))
      if (id instanceof Uint8Array && id.length === bytes) {
        const hex = toHex(id);
        matches.set(`${kind} ${hex}`, { kind, hex });
      }
  }
  return { matches: [...matches.values()], truncated };
}
