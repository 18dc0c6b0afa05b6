/**
 * RandomX (tevador/RandomX doc/specs.md, v1) on a memory that the caller lays out: the 256 MiB cache,
 * and one region for each virtual machine. See layout.ts for a machine's region.
 */
import { fillAesTables, fillProgram, fillScratchpad, hashScratchpad } from './aes';
import { hashRegisters } from './blake2b';
import { HASH, ROUNDING, SEED } from './layout';
import { prepare } from './program';

export { fillArgon2d } from './argon2d';
export { execute, fillDataset } from './machine';
export { isExact } from './rounding';

/** Once an instance, before anything else. */
export function setUp(): void {
  fillAesTables();
}

/** Steps 2 to 6 of specs.md 2: the machine's seed is blake2b-512 of the input. */
export function begin(vm: usize): void {
  fillScratchpad(vm);
  store<u32>(vm, 0, ROUNDING);
}

/** Step 7: generates the next program from the generator's state and prepares the machine for it. */
export function program(vm: usize): void {
  fillProgram(vm);
  prepare(vm);
}

/** Steps 9 and 10: the generator goes on from the hash of the registers. */
export function reseed(vm: usize): void {
  hashRegisters(vm, 64);
  memory.copy(vm + SEED, vm + HASH, 64);
}

/** Steps 12 to 14: leaves the 32 bytes of the result at the machine's HASH. */
export function finish(vm: usize): void {
  hashScratchpad(vm);
  hashRegisters(vm, 32);
}
