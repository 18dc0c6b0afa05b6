/** The kernels in this thread: one core. */
import { setImmediate } from 'node:timers/promises';
import type { Bytes } from '../base/bytes';
import { WorkbenchError } from '../base/error';
import type { LabelKernel } from '../kernels/labels';
import { wasmLabelKernel } from '../kernels/wasm/labels';
import {
  compileDatasetCode,
  isExactHere,
  RandomX,
  randomxLayout,
  randomxMemory,
} from '../kernels/wasm/randomx';
import { kernelEngines, type LabelEngines } from '../post/labels';
import { randomxKey } from '../protocol/k2pow';
import type { CliContext } from './context';

/** Memory: 0.4 MiB + 512 bytes × scrypt's N. */
export async function openLabels(context: Pick<CliContext, 'loadModule'>): Promise<LabelEngines> {
  const kernel = wasmLabelKernel(await context.loadModule('labels'));
  return kernelEngines(yielding(kernel));
}

/** Between two batches signals and the output have their turn. */
const yielding = (kernel: LabelKernel): LabelKernel => ({
  ...kernel,
  compute: async (request) => {
    const batch = await kernel.compute(request);
    await setImmediate();
    return batch;
  },
});

/**
 * RandomX under the k2pow key, in light mode. Memory: 258 MiB.
 * @throws WorkbenchError `randomx-not-exact`
 */
export async function openPowHash(
  context: Pick<CliContext, 'loadModule'>,
): Promise<(input: Bytes) => Promise<Bytes>> {
  const machine = await context.loadModule('randomx');
  if (!isExactHere(machine, false))
    throw new WorkbenchError(
      'randomx-not-exact',
      'This Node rounds floating-point numbers differently from RandomX, so that no k2pow can be verified. Use another build of Node.',
    );
  const layout = randomxLayout(1, 1, 'light');
  const randomx = new RandomX({
    machine,
    datasetCode: await compileDatasetCode(randomxKey, layout, false),
    memory: randomxMemory(layout, false),
    layout,
    thread: 0,
  });
  randomx.fillCache(randomxKey);
  return (input) => {
    const [hash] = randomx.hash([input]);
    if (!hash) throw new Error('RandomX returned no hash');
    return Promise.resolve(hash);
  };
}
