/** The stream of random bytes from which RandomX makes its superscalar programs (RandomX blake2_generator.cpp). */
import { blake2b } from '@noble/hashes/blake2.js';

const maxKeyBytes = 60;

/** specs.md 3.5. */
export class BlakeGenerator {
  readonly #seed = new Uint8Array(64);
  #state: Uint8Array;
  #used = 64;

  constructor(key: Uint8Array) {
    this.#seed.set(key.subarray(0, maxKeyBytes));
    this.#state = this.#seed;
  }

  byte(): number {
    this.#need(1);
    return this.#state[this.#used++] ?? 0;
  }

  uint32(): number {
    this.#need(4);
    const view = new DataView(this.#state.buffer, this.#state.byteOffset);
    const value = view.getUint32(this.#used, true);
    this.#used += 4;
    return value;
  }

  #need(bytes: number): void {
    if (this.#used + bytes <= 64) return;
    this.#state = blake2b(this.#state);
    this.#used = 0;
  }
}
