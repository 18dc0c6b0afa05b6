/**
 * Computes (light mode) or fetches (fast mode) `count` dataset items, for blocks `stride` bytes apart:
 * the item's number is read at byte 68 of each block, its 64 bytes are written from byte 0.
 * Imported: the code depends on the key and is made by src/kernels/wasm/randomx-superscalar.ts.
 */
export declare function computeItems(first: usize, stride: usize, count: u32): void;
