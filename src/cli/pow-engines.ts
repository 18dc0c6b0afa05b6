/** RandomX in this thread, or in several that share its memory. */
import { WorkbenchError } from '../base/error';
import {
  compileDatasetCode,
  isExactHere,
  RandomX,
  randomxLayout,
  randomxMemory,
} from '../kernels/wasm/randomx';
import { localEngines, openRandomX, type PowEngines } from '../post/k2pow/engines';
import { randomxKey } from '../protocol/k2pow';
import type { CliContext, ModuleName } from './context';
import { startThread } from './threads/node-worker';

type Modules = Pick<CliContext, 'loadModule'>;

/** Hashes computed in step: they wait for memory together (post/k2pow/engines.ts). */
const lanes = 3;

/** The build with fused multiply-add where Node has it and the processor means it, else the plain one. */
async function compileMachine(
  { loadModule }: Modules,
  isShared: boolean,
): Promise<WebAssembly.Module> {
  const names: readonly ModuleName[] = isShared
    ? ['randomx-shared-fma', 'randomx-shared']
    : ['randomx-fma', 'randomx'];
  for (const name of names) {
    let module: WebAssembly.Module;
    try {
      module = await loadModule(name);
    } catch (error) {
      // This Node lacks the instruction.
      if (error instanceof WebAssembly.CompileError) continue;
      throw error;
    }
    if (isExactHere(module, isShared)) return module;
  }
  throw new WorkbenchError(
    'randomx-not-exact',
    'This Node rounds floating-point numbers differently from RandomX, so that it can neither make nor verify a k2pow. Use another build of Node.',
  );
}

/**
 * One thread, this one. Memory: 262 MiB.
 * @throws WorkbenchError `randomx-not-exact`
 */
export async function powInThisThread(modules: Modules): Promise<PowEngines> {
  const machine = await compileMachine(modules, false);
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

/**
 * Memory: 256 MiB, and 6 MiB and an empty Node (about 10 MiB) for each thread.
 * @throws WorkbenchError `randomx-not-exact`, `randomx-memory`
 */
export const powInThreads = (
  modules: Modules,
  threads: number,
  signal: AbortSignal,
): Promise<PowEngines> =>
  openRandomX(
    { threads, mode: 'light' },
    { signal },
    {
      isShared: true,
      compile: (isShared) => compileMachine(modules, isShared),
      spawn: () => startThread('randomx-thread'),
    },
  );
