/** Long simulations, each run in the one worker that Plan and Network share; a run ends within its signal. */
import type { Advice, AdviceInput } from '../../simulate/proving/advice';
import type { FarmInput, FarmPlan } from '../../simulate/farm/farm-plan';
import type { FleetInput } from '../../simulate/farm/fleet';
import type { FrontierPoint } from '../../simulate/farm/frontier';
import type { HeatMap, HeatMapAxis, ProvingInput } from '../../simulate/proving/throughput';
import type { ProvingSample } from '../../simulate/proving/montecarlo';
import type { NetworkInput, NetworkRun } from '../../simulate/network/types';
import type { JobOptions } from '../../base/progress';
import { ProgressMeter } from '../../base/progress';
import { proxy, WorkerHandle, type Remote } from '../../workers/rpc';
import { spawn } from '../../workers/spawn';
import type {
  FrontierChoice,
  OnFraction,
  SimulateWorkerApi,
  SizeAndSetting,
} from '../../workers/simulate/api';

let worker: WorkerHandle<SimulateWorkerApi> | undefined;
let lastRun = 0;

async function run<R>(
  start: (api: Remote<SimulateWorkerApi>, id: number, onFraction: OnFraction) => Promise<R>,
  total: number,
  unit: string,
  { signal, onProgress }: JobOptions,
): Promise<R> {
  signal?.throwIfAborted();
  if (!worker?.alive) worker = new WorkerHandle<SimulateWorkerApi>(spawn.simulate);
  const handle = worker;
  const id = ++lastRun;
  const cancel = (): void => void handle.call((api) => api.cancel(id));
  signal?.addEventListener('abort', cancel, { once: true });
  const meter = new ProgressMeter(total, unit);
  const report = (fraction: number): void =>
    onProgress?.(meter.advance(fraction * total - meter.progress.done));
  try {
    return await handle.call((api) => start(api, id, proxy(report)));
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}

/** Draws proving epochs; a million take about a second. */
export const runProving = (
  input: ProvingInput,
  epochs: number,
  seed: number,
  options: JobOptions = {},
): Promise<ProvingSample> =>
  run((api, id, on) => api.proving(id, { input, epochs, seed }, on), epochs, 'epochs', options);

export const runHeatMap = (
  input: ProvingInput,
  x: HeatMapAxis,
  y: HeatMapAxis,
  options: JobOptions = {},
): Promise<HeatMap> =>
  run((api, id, on) => api.heatMap(id, { input, x, y }, on), y.values.length, 'rows', options);

export const runAdvice = (input: AdviceInput, options: JobOptions = {}): Promise<Advice> =>
  run((api, id) => api.advice(id, input), 1, 'advice', options);

/** Plans a farm: a second or two, more for machines that all differ. */
export const runFarm = (input: FarmInput, options: JobOptions = {}): Promise<FarmPlan> =>
  run((api, id, on) => api.farm(id, input, on), 1, 'plan', options);

/** The largest identity for the nonces and threads of the input, and the best setting for its size. */
export const runSizeAndSetting = (
  input: ProvingInput,
  probability: number,
  options: JobOptions = {},
): Promise<SizeAndSetting> =>
  run((api, id) => api.sizeAndSetting(id, input, probability), 1, 'settings', options);

export const runNetwork = (input: NetworkInput, options: JobOptions = {}): Promise<NetworkRun> =>
  run((api, id, on) => api.network(id, input, on), input.epochs, 'epochs', options);

/** Every number of identities with every number of nonces, under each of the rules. */
export const runFrontier = (
  input: Omit<FleetInput, 'identities' | 'nonces'>,
  choice: FrontierChoice,
  options: JobOptions = {},
): Promise<FrontierPoint[]> =>
  run(
    (api, id, on) => api.frontier(id, input, choice, on),
    choice.identities.length * choice.nonces.length,
    'settings',
    options,
  );
