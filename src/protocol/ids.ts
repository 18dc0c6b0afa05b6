/**
 * Ids as people paste them. Smesher and ATX ids are 32 bytes, coinbases 24: hex in logs and the database
 * (with or without 0x, any case), base64 in the JSON API and metadata, bech32 for coinbases, `x'…'` from SQL.
 */
import { addressBytes, looksLikeAddress, parseAddress, type AddressPrefix } from './address';
import { readBytes, type Bytes } from './bytes';
import { counted } from './counted';
import { WorkbenchError } from './error';
import { withoutTrailing } from './text';

/** 32 bytes: a smesher id or an ATX id, which only the database can tell apart. */
export interface PastedId {
  readonly kind: 'id';
  readonly bytes: Bytes;
}

export interface PastedAddress {
  readonly kind: 'address';
  readonly bytes: Bytes;
  /** The network it was written for; undefined when it came as plain bytes. */
  readonly prefix: AddressPrefix | undefined;
}

const idBytes = 32;

/** Length of the bytes that a text can stand for, in hex or base64; undefined when it is neither. */
function bytesNamed(text: string): number | undefined {
  const digits = text.replace(/^0x/i, '');
  if (/^[0-9a-f]+$/i.test(digits) && digits.length % 2 === 0) {
    const bytes = digits.length / 2;
    // 32 hex digits could be base64 of 24 bytes, and 48 of 36: only lengths that exist count.
    if (bytes === idBytes || bytes === addressBytes || digits.length !== text.length) return bytes;
  }
  if (/^[0-9a-z+/_-]+=*$/i.test(text))
    return Math.floor((withoutTrailing(text, '=').length * 3) / 4);
  return undefined;
}

/**
 * Recognises a pasted smesher id, ATX id or coinbase. White space, quotes and SQL's `x'…'` around it do not matter.
 * @throws WorkbenchError `id-empty`, `id-not-readable`, `id-wrong-length`, and those of `parseAddress`
 */
export function parsePastedId(text: string): PastedId | PastedAddress {
  const bare = text
    .trim()
    .replace(/^x?'(.*)'$/i, '$1')
    .replace(/^"(.*)"$/, '$1')
    .replace(/\s+/g, '');
  if (bare === '')
    throw new WorkbenchError(
      'id-empty',
      'Enter a smesher id or a coinbase: hex, base64, or an address such as sm1….',
    );
  if (looksLikeAddress(bare)) {
    const { prefix, bytes } = parseAddress(bare);
    return { kind: 'address', bytes, prefix };
  }
  const length = bytesNamed(bare);
  if (length === idBytes) return { kind: 'id', bytes: readBytes(bare, idBytes, 'The id') };
  if (length === addressBytes)
    return {
      kind: 'address',
      bytes: readBytes(bare, addressBytes, 'The coinbase'),
      prefix: undefined,
    };
  if (length === undefined)
    throw new WorkbenchError(
      'id-not-readable',
      'This is neither hex, base64 nor an address. A smesher or ATX id has 64 hex digits or 44 base64 characters; a coinbase begins with sm1 or stest1, or has 48 hex digits.',
      { length: bare.length },
    );
  const digits = bare.replace(/^0x/i, '');
  // Logs and tables show the first digits of an id: base64 of so few characters is not meant.
  if (/^[0-9a-f]+$/i.test(digits) && digits.length < 2 * idBytes)
    throw new WorkbenchError(
      'id-wrong-length',
      `This has ${counted(digits.length, 'hex digit')}: only the beginning of an id. A smesher or ATX id has ${2 * idBytes}, a coinbase ${2 * addressBytes}. Enter all of it; "Find" on the State page looks an id up by its beginning.`,
      { bytes: length },
    );
  throw new WorkbenchError(
    'id-wrong-length',
    `This has ${counted(length, 'byte')}. A smesher or ATX id has ${idBytes} (64 hex digits or 44 base64 characters), a coinbase ${addressBytes} (48 hex digits, or an address such as sm1…). Copy all of it.`,
    { bytes: length },
  );
}
