/** Ids as the typed queries accept them. */
import { readBytes, type BytesLike } from '../../base/bytes';
import { WorkbenchError } from '../../base/error';
import { parsePastedId } from '../../protocol/ids';

/** A smesher or ATX id as bytes, hex or base64. */
export const readId = (value: BytesLike, what: string): Uint8Array => readBytes(value, 32, what);

/** A coinbase as bytes, hex, base64 or address. */
export function readCoinbase(value: BytesLike): Uint8Array {
  if (typeof value !== 'string') return readBytes(value, 24, 'The coinbase');
  const pasted = parsePastedId(value);
  if (pasted.kind === 'address') return pasted.bytes;
  throw new WorkbenchError(
    'id-wrong-length',
    'This is a 32-byte id, not a coinbase. Enter an address such as sm1…, or 48 hex digits (40 without its four zero bytes).',
  );
}

/** One id or a list of at most 10,000. */
export type OneOrMore<Value> = Value | readonly Value[];

export const isList = <Value>(value: OneOrMore<Value>): value is readonly Value[] =>
  Array.isArray(value);
