/** The engines of the proving scan that run in Node, for suites that go over each of them. */
import { readFileSync } from 'node:fs';
import type { ProvingKernel } from '../../../src/kernels/proving';
import { wasmProvingKernel } from '../../../src/kernels/wasm/proving';

const built = (name: string): WebAssembly.Module =>
  new WebAssembly.Module(
    readFileSync(new URL(`../../../src/kernels/wasm/build/${name}.wasm`, import.meta.url)),
  );

export const wasmKernel = (): ProvingKernel => wasmProvingKernel(built('proving'));

export interface ProvingEngine {
  readonly name: string;
  readonly kernel: () => ProvingKernel | Promise<ProvingKernel>;
}

export const provingEngines: readonly ProvingEngine[] = [
  { name: 'simd', kernel: wasmKernel },
  { name: 'scalar', kernel: () => wasmProvingKernel(built('proving-scalar')) },
];
