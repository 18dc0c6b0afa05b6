/** A PoST proof, in the forms in which it is exchanged. */
import { base64, hex } from '@scure/base';
import type { Bytes } from '../base/bytes';
import { WorkbenchError } from '../base/error';
import type { JsonNode } from '../base/json';
import { jsonError, parseJson, unsignedInteger } from '../base/json';
import { ScaleReader } from './scale';

export interface Proof {
  /** u32; its nonce group is nonce / 16. */
  readonly nonce: number;
  /** K2 label indices, packed (indices.ts). */
  readonly indices: Bytes;
  /** Counter of the nonce group's k2pow; u64. */
  readonly pow: bigint;
}

/** A proof as a user or a script enters it: numbers in any form, indices as bytes, base64 or hex. */
export interface ProofFields {
  readonly nonce: number | bigint | string;
  readonly indices: Uint8Array | string;
  readonly pow: number | bigint | string;
}

/** Most bytes of packed indices in an ATX (go-spacemesh activation/wire/wire_v1.go, PostV1: K2 up to 100). */
const maxIndicesBytes = 800;

/**
 * Reads a proof: its JSON (as post-rs serialises it; Go's capitals and numbers in quotes are fine),
 * the hex or base64 of its SCALE encoding (as in an ATX), or its fields.
 * @param indicesBytes how many bytes the indices should have: decides where text could be hex or base64
 * @throws WorkbenchError `json-invalid`, `proof-invalid` or `scale-invalid`
 */
export function readProof(source: string | ProofFields, indicesBytes?: number): Proof {
  if (typeof source !== 'string')
    return {
      nonce: Number(unsigned(source.nonce, 32, 'nonce')),
      indices: readIndices(source.indices, indicesBytes),
      pow: unsigned(source.pow, 64, 'pow'),
    };
  const text = source.trim();
  return text.startsWith('{')
    ? readJson(text, indicesBytes)
    : readScale(decodeBytes(text, 'The proof'));
}

/** The proof as post-rs serialises it (serde_json, compact). */
export const writeProof = ({ nonce, indices, pow }: Proof): string =>
  `{"nonce":${nonce},"indices":"${base64.encode(indices)}","pow":${pow}}`;

/** PostV1 of go-spacemesh activation/wire/wire_v1.go. */
export function readPostScale(reader: ScaleReader): Proof {
  return {
    nonce: reader.compact32(),
    indices: reader.byteSlice(maxIndicesBytes),
    pow: reader.compact(64),
  };
}

function readScale(bytes: Bytes): Proof {
  const reader = new ScaleReader(bytes, 'proof');
  const proof = readPostScale(reader);
  reader.end();
  return proof;
}

function readJson(text: string, indicesBytes: number | undefined): Proof {
  const root = parseJson(text, 'The proof');
  const members = root.type === 'object' ? root.members : [];
  const failure = (problem: string, node: JsonNode) =>
    jsonError({ code: 'proof-invalid', what: 'The proof', problem }, text, node.at);
  const field = (key: string): JsonNode => {
    const found = members.findLast((member) => member.key.toLowerCase() === key)?.value;
    if (!found) throw failure(`has no “${key}”`, root);
    return found;
  };
  const integer = (key: string, bits: 32 | 64): bigint => {
    const node = field(key);
    // Go's JSON gateway puts 64-bit numbers in quotes.
    const { at } = node;
    const number: JsonNode =
      node.type === 'string' ? { type: 'number', at, digits: node.value } : node;
    const value = unsignedInteger(number, bits);
    if (value === undefined)
      throw failure(`needs a whole number of at most ${bits} bits as “${key}”`, node);
    return value;
  };
  const indices = field('indices');
  if (indices.type !== 'string') throw failure('needs base64 in quotes as “indices”', indices);
  return {
    nonce: Number(integer('nonce', 32)),
    indices: readIndices(indices.value, indicesBytes),
    pow: integer('pow', 64),
  };
}

function unsigned(value: number | bigint | string, bits: 32 | 64, what: string): bigint {
  const digits = typeof value === 'string' ? value.trim() : value.toString();
  const read = unsignedInteger({ type: 'number', at: 0, digits }, bits);
  if (read === undefined)
    throw new WorkbenchError(
      'proof-invalid',
      `${what} must be a whole number of at most ${bits} bits, but it is ${digits}.`,
      { what, value },
    );
  return read;
}

const readIndices = (value: Uint8Array | string, length: number | undefined): Bytes =>
  typeof value === 'string' ? decodeBytes(value.trim(), 'indices', length) : new Uint8Array(value);

/**
 * Hex wherever it can be hex, for that much base64 without a letter past f hardly occurs by chance; but
 * of few bytes it does, so a length that is known decides.
 */
function decodeBytes(text: string, what: string, length?: number): Bytes {
  const digits = text.replace(/^0x/i, '');
  const canBeHex = /^(?:[0-9a-f]{2})*$/i.test(digits);
  const prefixed = digits !== text;
  // What can be hex has no padding that would not count.
  const base64Bytes = (text.length * 3) >> 2;
  const isHex = canBeHex && (prefixed || base64Bytes !== length);
  try {
    return new Uint8Array(isHex ? hex.decode(digits) : base64.decode(text));
  } catch (cause) {
    throw new WorkbenchError(
      'proof-invalid',
      `${what} must be padded base64 or hex: a character or the length is wrong.`,
      { what },
      { cause },
    );
  }
}
