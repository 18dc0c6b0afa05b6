/**
 * Bytes as text and back. Spacemesh shows ids as hex in logs and the database, as base64 in its JSON
 * API and metadata, so pasted text may be either.
 */
import { base64, hex } from '@scure/base';
import { WorkbenchError } from './error';
import { withoutTrailing } from './text';

export type Bytes = Uint8Array<ArrayBuffer>;

const own = (bytes: Uint8Array): Bytes => new Uint8Array(bytes);

/** Lower-case hex without a prefix. */
export const toHex = (bytes: Uint8Array): string => hex.encode(bytes);

/** Standard base64 with padding, as the JSON API and postdata_metadata.json have it. */
export const toBase64 = (bytes: Uint8Array): string => base64.encode(bytes);

export const concatBytes = (...parts: readonly Uint8Array[]): Bytes => {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
};

export const equalBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i]);

/** Whether all bytes are 0: as Spacemesh writes an id that is not there. */
export const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);

/** Lexicographic order, as Go's bytes.Compare: negative, zero or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** A value that names `length` bytes: the bytes, `0x…` hex, bare hex, or base64. */
export type BytesLike = Uint8Array | string;

/**
 * Reads bytes of a known length.
 * @param what the name of the value, for the error: "NodeId", "coinbase"
 * @throws WorkbenchError `bytes-wrong-length` or `bytes-not-readable`
 */
export function readBytes(value: BytesLike, length: number, what: string): Bytes {
  const bytes = typeof value === 'string' ? decodeText(value.trim(), length, what) : own(value);
  if (bytes.length !== length)
    throw new WorkbenchError(
      'bytes-wrong-length',
      `${what} must be ${length} bytes (${length * 2} hex digits), but it has ${bytes.length}.`,
      { what, expectedBytes: length, actualBytes: bytes.length },
    );
  return bytes;
}

function decodeText(text: string, length: number, what: string): Bytes {
  const prefixed = /^0x/i.test(text);
  const digits = prefixed ? text.slice(2) : text;
  // 64 hex digits are also base64 of 48 bytes: the length that is wanted decides.
  if (/^[0-9a-f]*$/i.test(digits) && (prefixed || digits.length === length * 2))
    return decodeWith(() => hex.decode(digits.toLowerCase()), what);
  const padded = withoutTrailing(text, '=').replace(/-/g, '+').replace(/_/g, '/');
  if (/^[0-9a-z+/]*$/i.test(padded) && base64Bytes(padded) === length)
    return decodeWith(
      () => base64.decode(padded.padEnd(Math.ceil(padded.length / 4) * 4, '=')),
      what,
    );
  if (/^[0-9a-f]+$/i.test(digits) && digits.length % 2 === 0)
    return decodeWith(() => hex.decode(digits.toLowerCase()), what);
  throw new WorkbenchError(
    'bytes-not-readable',
    `${what} is not ${length} bytes of hex or base64. Paste ${length * 2} hex digits (with or without 0x) or ${Math.ceil(length / 3) * 4} base64 characters.`,
    { what, expectedBytes: length, characters: text.length },
  );
}

const base64Bytes = (unpadded: string): number => Math.floor((unpadded.length * 3) / 4);

function decodeWith(decode: () => Uint8Array, what: string): Bytes {
  try {
    return own(decode());
  } catch (cause) {
    throw new WorkbenchError(
      'bytes-not-readable',
      `${what} is neither hex nor base64: a character or the padding is wrong.`,
      { what },
      { cause },
    );
  }
}
