/** What this engine's WebAssembly can do, asked by offering it the smallest module that needs it. */
import type { Bytes } from '../../base/bytes';

const preamble = [0, 97, 115, 109, 1, 0, 0, 0];
/** One function () → v128. */
const returnsVector = [1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0];
const module = (...code: number[]): Bytes =>
  Uint8Array.from([
    ...preamble,
    ...returnsVector,
    10,
    code.length + 4,
    1,
    code.length + 2,
    0,
    ...code,
    11,
  ]);

/** i8x16.popcnt of a splat. */
const simd = module(65, 0, 253, 15, 253, 98);
/** i8x16.relaxed_swizzle of two splats. */
const relaxedSimd = module(65, 1, 253, 15, 65, 2, 253, 15, 253, 128, 2);

export const hasSimd = (): boolean => WebAssembly.validate(simd);
export const hasRelaxedSimd = (): boolean => WebAssembly.validate(relaxedSimd);
