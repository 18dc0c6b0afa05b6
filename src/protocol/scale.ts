/**
 * SCALE as Spacemesh encodes its messages (go-scale v1.2.1): compact integers in the shortest of four
 * widths, everything else in order, lists with a limit from their field's tag.
 */
import type { Bytes } from '../base/bytes';
import { counted } from '../base/counted';
import { WorkbenchError } from '../base/error';

const compact6 = (1n << 6n) - 1n;
const compact14 = (1n << 14n) - 1n;
const compact30 = (1n << 30n) - 1n;

/** Reads one message front to back. Every failure is a WorkbenchError `scale-invalid` with the offset. */
export class ScaleReader {
  readonly #data: Uint8Array;
  readonly #what: string;
  #at = 0;

  /** @param what what the bytes are, for the error: "ATX", "proof" */
  constructor(data: Uint8Array, what: string) {
    this.#data = data;
    this.#what = what;
  }

  get offset(): number {
    return this.#at;
  }

  /** A copy of what was read since an offset. */
  since(offset: number): Bytes {
    return new Uint8Array(this.#data.subarray(offset, this.#at));
  }

  /** A copy of the next `length` bytes. */
  bytes(length: number): Bytes {
    const end = this.#at + length;
    if (end > this.#data.length)
      throw this.#failure(`lacks ${counted(end - this.#data.length, 'byte')}`);
    const taken = new Uint8Array(this.#data.subarray(this.#at, end));
    this.#at = end;
    return taken;
  }

  /** An unsigned compact integer; a longer form than the value needs is refused, as in Go. */
  compact(bits: 8 | 16 | 32 | 64): bigint {
    const start = this.#at;
    const [first = 0] = this.bytes(1);
    const mode = first & 3;
    const extra = mode === 3 ? (first >> 2) + 4 : (1 << mode) - 1;
    if (mode === 3 && extra > bits / 8)
      throw this.#failure(`has a number of more than ${bits} bits`, start);
    let value = mode === 3 ? 0n : BigInt(first >> 2);
    const firstShift = mode === 3 ? 0 : 6;
    this.bytes(extra).forEach((byte, i) => {
      value |= BigInt(byte) << BigInt(firstShift + 8 * i);
    });
    const shorterHolds = [-1n, compact6, compact14, compact30][mode] ?? -1n;
    if (value <= shorterHolds || value >> BigInt(bits) !== 0n)
      throw this.#failure(`encodes the number ${value} with a wrong length`, start);
    return value;
  }

  compact32(): number {
    return Number(this.compact(32));
  }

  /** A list's length, at most `limit`. */
  length(limit: number): number {
    const start = this.#at;
    const length = this.compact32();
    if (length > limit)
      throw this.#failure(`has a list of ${length} elements where ${limit} are allowed`, start);
    return length;
  }

  byteSlice(limit: number): Bytes {
    return this.bytes(this.length(limit));
  }

  list<T>(limit: number, element: () => T): T[] {
    return Array.from({ length: this.length(limit) }, element);
  }

  /** Go reads any byte but 1 as false; no encoder writes one, and the message's hash could not be redone. */
  bool(): boolean {
    const start = this.#at;
    const [byte = 0] = this.bytes(1);
    if (byte > 1) throw this.#failure(`has ${byte} instead of 0 or 1`, start);
    return byte === 1;
  }

  option<T>(value: () => T): T | undefined {
    return this.bool() ? value() : undefined;
  }

  /** The message must end here. */
  end(): void {
    const left = this.#data.length - this.#at;
    if (left > 0) throw this.#failure(`has ${counted(left, 'byte')} more than it should`);
  }

  #failure(problem: string, at = this.#at): WorkbenchError {
    return new WorkbenchError(
      'scale-invalid',
      `This ${this.#what} cannot be read: it ${problem} (at byte ${at} of ${this.#data.length}). It is cut off, damaged, or of another kind.`,
      { what: this.#what, offset: at, length: this.#data.length },
    );
  }
}

/** An unsigned integer in its shortest compact form. */
export function encodeCompact(value: bigint): Bytes {
  const mode = value <= compact6 ? 0 : value <= compact14 ? 1 : value <= compact30 ? 2 : 3;
  const digits = littleEndian(mode === 3 ? value : (value << 2n) | BigInt(mode));
  if (mode === 3) return Uint8Array.of(((digits.length - 4) << 2) | 3, ...digits);
  return Uint8Array.from({ length: 1 << mode }, (_, i) => digits[i] ?? 0);
}

function littleEndian(value: bigint): number[] {
  const bytes: number[] = [];
  for (let rest = value; rest > 0n; rest >>= 8n) bytes.push(Number(rest & 0xffn));
  return bytes;
}
