/** Long simulations away from the page: progress out, and a cancel that takes effect between two chunks. */
import {
  advice,
  recommendSetting,
  type Advice,
  type AdviceInput,
  type JudgedSetting,
} from '../../simulate/proving/advice';
import { epochRun, type EpochOptions, type EpochPlan, type EpochRun } from '../../simulate/farm/epoch';
import { farm, type FarmInput, type FarmPlan } from '../../simulate/farm/farm';
import {
  frontier,
  type FleetInput,
  type FleetRules,
  type FrontierPoint,
} from '../../simulate/farm/fleet';
import { sampleProving, type ProvingSample } from '../../simulate/proving/montecarlo';
import { simulateNetwork } from '../../simulate/network/network';
import type { NetworkInput, NetworkRun } from '../../simulate/network/types';
import {
  heatMap,
  largestIdentity,
  type HeatMap,
  type HeatMapAxis,
  type ProvingInput,
} from '../../simulate/proving/throughput';
import { expose } from '../rpc';

/** Told about every chunk: how much of the whole is done, from 0 to 1. Answering is not awaited. */
export type OnFraction = (fraction: number) => void;

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

export interface SizeAndSetting {
  readonly largestUnits: number;
  readonly best: JudgedSetting;
}

const api = {
  /** Draws proving epochs; a million take about a second. */
  proving: (
    id: number,
    input: ProvingInput,
    epochs: number,
    seed: number,
    onFraction?: OnFraction,
  ): Promise<ProvingSample> => run(id, sampleProving(input, epochs, seed), epochs, onFraction),

  heatMap: (
    id: number,
    input: ProvingInput,
    x: HeatMapAxis,
    y: HeatMapAxis,
    onFraction?: OnFraction,
  ): Promise<HeatMap> => run(id, heatMap(input, x, y), y.values.length, onFraction),

  frontier: (
    id: number,
    input: Omit<FleetInput, 'identities' | 'nonces'>,
    identities: readonly number[],
    nonces: readonly number[],
    rules: FleetRules,
    onFraction?: OnFraction,
  ): Promise<FrontierPoint[]> =>
    run(
      id,
      frontier(input, identities, nonces, rules),
      identities.length * nonces.length,
      onFraction,
    ),

  /** Tries a few hundred settings: a second. */
  advice: (id: number, input: AdviceInput): Promise<Advice> =>
    run(
      id,
      once(() => advice(input)),
      1,
    ),

  /** The largest identity for the nonces and threads of the input, and the best setting for its size. */
  sizeAndSetting: (id: number, input: ProvingInput, probability: number): Promise<SizeAndSetting> =>
    run(
      id,
      once(() => ({
        largestUnits: largestIdentity(input, probability),
        best: recommendSetting(input, probability),
      })),
      1,
    ),

  /** Plans a farm: a second or two. */
  farm: (id: number, input: FarmInput): Promise<FarmPlan> =>
    run(
      id,
      once(() => farm(input)),
      1,
    ),

  epoch: (
    id: number,
    plan: EpochPlan,
    options: EpochOptions,
    onFraction?: OnFraction,
  ): Promise<EpochRun> => run(id, epochRun(plan, options), options.epochs ?? 1000, onFraction),

  network: (id: number, input: NetworkInput, onFraction?: OnFraction): Promise<NetworkRun> =>
    run(id, simulateNetwork(input), 1, onFraction),

  /** Ends the run of that number with an AbortError; a run that is over is not touched. */
  cancel: (id: number): void => {
    if (runs.has(id)) runs.set(id, true);
  },
};

export type SimulateApi = typeof api;
expose(api);
