/**
 * Ids as operators type or paste them. Smesher and ATX ids are 32 bytes, coinbases 24: hex in logs and the database
 * (with or without 0x, any case, often only the first digits), base64 in the JSON API and metadata, bech32 for
 * coinbases, `x'…'` from SQL. Only hex digits are always read as hex, never as base64.
 */
import { addressBytes, decodeAddress, looksLikeAddress, reservedBytes } from './address';
import { readBytes, type Bytes } from '../base/bytes';
import { counted } from '../base/counted';
import { WorkbenchError } from '../base/error';
import { withoutTrailing } from '../base/text';

/** 32 bytes: a smesher id or an ATX id, which only the database can distinguish. */
export interface PastedId {
  readonly kind: 'id';
  readonly bytes: Bytes;
}

export interface PastedAddress {
  readonly kind: 'address';
  readonly bytes: Bytes;
  /** The network that it was written for; undefined when it came as plain bytes. */
  readonly prefix: string | undefined;
}

/** The first hex digits of an id or a coinbase. */
export interface IdPrefix {
  readonly kind: 'prefix';
  /** 4 to 63 of them, in lower case. */
  readonly digits: string;
  /** The coinbase that these are if they are complete: 24 bytes, or the 20 after its four zero bytes. */
  readonly coinbase: Bytes | undefined;
}

export type TypedId = PastedId | PastedAddress | IdPrefix;

const idBytes = 32;
/** With fewer, a table of a million ids has hundreds of matches. */
const minDigits = 4;
export const maxTypedIds = 10_000;
/** Characters of a list's entry in an error. */
const shownCharacters = 24;

const lengths = `A smesher or ATX id has ${2 * idBytes} hex digits or 44 base64 characters, a coinbase ${2 * addressBytes} hex digits (${2 * (addressBytes - reservedBytes)} without its four zero bytes), or an address such as sm1….`;

/**
 * Reads one id, complete or its first hex digits. White space, quotes, SQL's `x'…'` around it, and the dots of a
 * shortened id do not matter.
 * @throws WorkbenchError `id-empty`, `id-not-readable`, `id-wrong-length`, `id-several`, and those of `decodeAddress`
 */
export function readTypedId(text: string): TypedId {
  const parts = withoutQuotes(text.trim()).split(/\s+/);
  // Terminals wrap an id into several lines: the parts are one id if they are a complete one together.
  const id = readBare(parts.join(''));
  if (parts.length === 1 || id.kind !== 'prefix') return id;
  throw new WorkbenchError(
    'id-several',
    `This field takes one id, but the text has ${parts.length} words. Enter one id.`,
    { ids: parts.length },
  );
}

/**
 * Reads a list of ids, separated by white space, commas or semicolons, each as `readTypedId` takes it.
 * @throws WorkbenchError `id-too-many` (over 10,000), and those of `readTypedId`
 */
export function readTypedIds(text: string): TypedId[] {
  const entries = text.split(/[\s,;]+/).filter((entry) => entry !== '');
  if (entries.length > maxTypedIds)
    throw new WorkbenchError(
      'id-too-many',
      `This list has ${counted(entries.length, 'id')}, the limit is ${counted(maxTypedIds, 'id')}. Split it.`,
      { ids: entries.length, maxIds: maxTypedIds },
    );
  if (entries.length < 2) return [readTypedId(entries[0] ?? '')];
  return entries.map((entry, i) => {
    try {
      return readTypedId(entry);
    } catch (error) {
      if (!(error instanceof WorkbenchError)) throw error;
      const shown = entry.length > shownCharacters ? `${entry.slice(0, shownCharacters)}…` : entry;
      throw new WorkbenchError(
        error.code,
        `Entry ${i + 1} of the list, "${shown}": ${error.message}`,
        { ...error.details, entry: i + 1 },
        { cause: error },
      );
    }
  });
}

/**
 * Recognises a complete smesher id, ATX id or coinbase.
 * @throws WorkbenchError those of `readTypedId`; `id-wrong-length` for the first digits of an id
 */
export function parsePastedId(text: string): PastedId | PastedAddress {
  const typed = readTypedId(text);
  if (typed.kind !== 'prefix') return typed;
  const { digits, coinbase } = typed;
  if (coinbase) return { kind: 'address', bytes: coinbase, prefix: undefined };
  throw new WorkbenchError(
    'id-wrong-length',
    `This has ${counted(digits.length, 'hex digit')}: only the beginning of an id. ${lengths} Enter all of it; "Find" on the State page looks an id up by its beginning.`,
    { digits: digits.length },
  );
}

const withoutQuotes = (text: string): string =>
  text.replace(/^x?'(.*)'$/is, '$1').replace(/^"(.*)"$/s, '$1');

function readBare(bare: string): TypedId {
  if (bare === '')
    throw new WorkbenchError(
      'id-empty',
      'Enter a smesher id, an ATX id or a coinbase: hex, base64, or an address such as sm1….',
    );
  const digits = bare.replace(/^0x/i, '').replace(/…$|\.{3}$/, '');
  if (/^[0-9a-f]+$/i.test(digits)) return readDigits(digits.toLowerCase());
  if (looksLikeAddress(bare)) return { kind: 'address', ...decodeAddress(bare) };
  if (!/^[0-9a-z+/_-]+=*$/i.test(bare))
    throw new WorkbenchError(
      'id-not-readable',
      `This is not hex, base64 or an address. ${lengths}`,
      { length: bare.length },
    );
  const bytes = Math.floor((withoutTrailing(bare, '=').length * 3) / 4);
  if (bytes === idBytes) return { kind: 'id', bytes: readBytes(bare, idBytes, 'The id') };
  if (bytes === addressBytes)
    return {
      kind: 'address',
      bytes: readBytes(bare, addressBytes, 'The coinbase'),
      prefix: undefined,
    };
  throw new WorkbenchError(
    'id-wrong-length',
    `This has ${counted(bytes, 'byte')} if it is base64. ${lengths} Copy all of it.`,
    { bytes },
  );
}

function readDigits(digits: string): PastedId | IdPrefix {
  const { length } = digits;
  if (length === 2 * idBytes) return { kind: 'id', bytes: readBytes(digits, idBytes, 'The id') };
  if (length > 2 * idBytes || length < minDigits)
    throw new WorkbenchError(
      'id-wrong-length',
      `This has ${counted(length, 'hex digit')}. ${lengths} To look an id up by its beginning, enter at least ${minDigits} digits.`,
      { digits: length },
    );
  const padded = digits.padStart(2 * addressBytes, '0');
  const isCoinbase = length === 2 * addressBytes || length === 2 * (addressBytes - reservedBytes);
  return {
    kind: 'prefix',
    digits,
    coinbase: isCoinbase ? readBytes(padded, addressBytes, 'The coinbase') : undefined,
  };
}
