/** Long simulations away from the page: progress out, and a cancel that takes effect between two chunks. */
import { advice, recommendSetting } from '../../simulate/proving/advice';
import { epochRun } from '../../simulate/farm/epoch';
import { farmRun } from '../../simulate/farm/farm';
import { frontier } from '../../simulate/farm/frontier';
import { sampleProving } from '../../simulate/proving/montecarlo';
import { simulateNetwork } from '../../simulate/network/network';
import { heatMap, largestIdentity } from '../../simulate/proving/throughput';
import { expose } from '../rpc';
import type { OnFraction, SimulateWorkerApi } from './api';

/** Milliseconds of work between two looks at the message queue, where a cancel waits. */
const sliceMs = 30;

/** Runs under way by their number, so that the page can cancel the one it means; true once it has. */
const runs = new Map<number, boolean>();

const nextTask = (): Promise<void> =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });

async function run<R>(
  id: number,
  steps: Generator<number, R>,
  total: number,
  onFraction?: OnFraction,
): Promise<R> {
  runs.set(id, false);
  try {
    for (let sliceEnd = performance.now() + sliceMs; ;) {
      const step = steps.next();
      if (step.done) return step.value;
      if (performance.now() < sliceEnd) continue;
      onFraction?.(step.value / total);
      await nextTask();
      if (runs.get(id)) throw new DOMException('The run was cancelled.', 'AbortError');
      sliceEnd = performance.now() + sliceMs;
    }
  } finally {
    runs.delete(id);
  }
}

/** What is done in one step. */
function* once<R>(compute: () => R): Generator<number, R> {
  yield 0;
  return compute();
}

const api: SimulateWorkerApi = {
  proving: (id, { input, epochs, seed }, onFraction) =>
    run(id, sampleProving(input, epochs, seed), epochs, onFraction),

  heatMap: (id, { input, x, y }, onFraction) =>
    run(id, heatMap(input, x, y), y.values.length, onFraction),

  frontier: (id, input, choice, onFraction) => {
    const { identities, nonces, rules } = choice;
    const settings = identities.length * nonces.length;
    return run(id, frontier(input, identities, nonces, rules), settings, onFraction);
  },

  advice: (id, input) =>
    run(
      id,
      once(() => advice(input)),
      1,
    ),

  sizeAndSetting: (id, input, probability) =>
    run(
      id,
      once(() => ({
        largestUnits: largestIdentity(input, probability),
        best: recommendSetting(input, probability),
      })),
      1,
    ),

  farm: (id, input, onFraction) => run(id, farmRun(input), 1, onFraction),

  epoch: (id, plan, options, onFraction) =>
    run(id, epochRun(plan, options), options.epochs ?? 1000, onFraction),

  network: (id, input, onFraction) => run(id, simulateNetwork(input), 1, onFraction),

  cancel: (id) => {
    if (runs.has(id)) runs.set(id, true);
  },
};
expose(api);
