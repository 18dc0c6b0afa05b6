/** The CPU's kernels as Node loads them, for tests that need real labels and real k2pow. */
import { readFileSync } from 'node:fs';
import type { LabelKernel } from '../../src/kernels/labels';
import { wasmLabelKernel } from '../../src/kernels/wasm/labels';
import {
  RandomX,
  compileDatasetCode,
  randomxLayout,
  randomxMemory,
} from '../../src/kernels/wasm/randomx';
import { type Bytes, toHex } from '../../src/base/bytes';

const built = (name: string) =>
  WebAssembly.compile(
    readFileSync(new URL(`../../src/kernels/wasm/build/${name}.wasm`, import.meta.url)),
  );

export const openLabelKernel = async (): Promise<LabelKernel> =>
  wasmLabelKernel(await built('labels'));

/** RandomX under the k2pow key, light (256 MiB, about 1.5 s to open); it remembers what it hashed. */
export async function openRandomx(): Promise<(input: Uint8Array) => Promise<Bytes>> {
  const key = new TextEncoder().encode('spacemesh-randomx-cache-key');
  const layout = randomxLayout(1, 1, 'light');
  const randomx = new RandomX({
    machine: await built('randomx'),
    datasetCode: await compileDatasetCode(key, layout, false),
    memory: randomxMemory(layout, false),
    layout,
    thread: 0,
  });
  randomx.fillCache(key);
  const hashes = new Map<string, Bytes>();
  return (input) => {
    const known = hashes.get(toHex(input)) ?? randomx.hash([input])[0] ?? new Uint8Array();
    hashes.set(toHex(input), known);
    return Promise.resolve(known);
  };
}
