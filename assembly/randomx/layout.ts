/**
 * Where things are in the memory that all threads may share. The first page holds the AES tables, which every
 * instance computes alike; nothing else is at a fixed address, so instances never disturb each other.
 *
 * A virtual machine is a region of VM_BYTES, 64-byte aligned:
 */
export const AES_TABLES: usize = 4096; // 8 KiB

// The register file as RandomX hashes it (specs.md 1.1).
export const R: usize = 0;
export const F: usize = 64;
export const E: usize = 128;
export const A: usize = 192;
/**
 * The dataset item: its number goes in at ITEM_NUMBER, its 64 bytes come out at ITEM. The four bytes
 * between and the eight behind the number are scratch of the code that computes it (dataset.ts).
 */
export const ITEM: usize = 256;
export const ITEM_NUMBER: usize = 324;
export const ITEM_TOUCH: usize = 328;
export const MA: usize = 336;
export const MX: usize = 340;
export const SP_ADDR_0: usize = 344;
export const SP_ADDR_1: usize = 348;
/** Addresses of the four registers that steer scratchpad and dataset (specs.md 4.5.4). */
export const READ_REG: usize = 352;
/** Number of the dataset's first item that this program sees. */
export const FIRST_ITEM: usize = 368;
export const ROUNDING: usize = 372;
export const E_MASK: usize = 384;
/** Eight zero bytes: the address register of memory operands that have none. */
export const ZERO_REGISTER: usize = 400;
/** AES generator's state, and the seed it starts from. */
export const SEED: usize = 448;
export const HASH: usize = 512;
export const HASH_WORK: usize = 640;
/** The decoded program: 257 records of 32 bytes. */
export const CODE: usize = 1024;
/** The program as generated: 128 bytes of configuration, 256 instructions of 8 bytes. */
export const PROGRAM: usize = 10240;
export const SCRATCHPAD: usize = 16384;

export const SCRATCHPAD_BYTES: usize = 2097152;
