/** RandomX in this thread. */
import { WorkbenchError } from '../base/error';
import {
  compileDatasetCode,
  isExactHere,
  RandomX,
  randomxLayout,
  randomxMemory,
} from '../kernels/wasm/randomx';
import { localEngines, type PowEngines } from '../post/k2pow/engines';
import { randomxKey } from '../protocol/k2pow';
import type { CliContext } from './context';

/** Hashes computed in step: they wait for memory together (post/k2pow/engines.ts). */
const lanes = 3;

/**
 * RandomX under the k2pow key, in light mode, in this thread: 1 to 2 s to open. Memory: 262 MiB.
 * @throws WorkbenchError `randomx-not-exact`
 */
export async function openPowEngines(context: Pick<CliContext, 'loadModule'>): Promise<PowEngines> {
  const machine = await context.loadModule('randomx');
  if (!isExactHere(machine, false))
    throw new WorkbenchError(
      'randomx-not-exact',
      'This Node rounds floating-point numbers differently from RandomX, so that it can neither make nor verify a k2pow. Use another build of Node.',
    );
  const layout = randomxLayout(1, lanes, 'light');
  const randomx = new RandomX({
    machine,
    datasetCode: await compileDatasetCode(randomxKey, layout, false),
    memory: randomxMemory(layout, false),
    layout,
    thread: 0,
  });
  randomx.fillCache(randomxKey);
  return localEngines(randomx);
}
