/** What the simulation worker offers. A run has a number of the caller's choice, by which it is cancelled. */
import type { Advice, AdviceInput, JudgedSetting } from '../../simulate/proving/advice';
import type { EpochOptions, EpochPlan, EpochRun } from '../../simulate/farm/epoch-plan';
import type { FarmInput, FarmPlan } from '../../simulate/farm/farm-plan';
import type { FleetInput } from '../../simulate/farm/fleet';
import type { FleetRules, FrontierPoint } from '../../simulate/farm/frontier';
import type { ProvingSample } from '../../simulate/proving/montecarlo';
import type { NetworkInput, NetworkRun } from '../../simulate/network/types';
import type { HeatMap, HeatMapAxis, ProvingInput } from '../../simulate/proving/throughput';

/** Called after each chunk with the share of the run that is done, from 0 to 1. Its answer is not awaited. */
export type OnFraction = (fraction: number) => void;

export interface SizeAndSetting {
  readonly largestUnits: number;
  readonly best: JudgedSetting;
}

/** What a frontier tries. */
export interface FrontierChoice {
  readonly identities: readonly number[];
  readonly nonces: readonly number[];
  readonly rules: FleetRules;
}

export interface SimulateWorkerApi {
  /** Draws proving epochs; a million take about a second. */
  proving(
    id: number,
    draw: { readonly input: ProvingInput; readonly epochs: number; readonly seed: number },
    onFraction?: OnFraction,
  ): Promise<ProvingSample>;
  heatMap(
    id: number,
    map: { readonly input: ProvingInput; readonly x: HeatMapAxis; readonly y: HeatMapAxis },
    onFraction?: OnFraction,
  ): Promise<HeatMap>;
  frontier(
    id: number,
    input: Omit<FleetInput, 'identities' | 'nonces'>,
    choice: FrontierChoice,
    onFraction?: OnFraction,
  ): Promise<FrontierPoint[]>;
  /** Tries a few hundred settings: a second. */
  advice(id: number, input: AdviceInput): Promise<Advice>;
  /** The largest identity for the nonces and threads of the input, and the best setting for its size. */
  sizeAndSetting(id: number, input: ProvingInput, probability: number): Promise<SizeAndSetting>;
  /** Plans a farm: a second or two, more for machines that all differ. */
  farm(id: number, input: FarmInput, onFraction?: OnFraction): Promise<FarmPlan>;
  epoch(
    id: number,
    plan: EpochPlan,
    options: EpochOptions,
    onFraction?: OnFraction,
  ): Promise<EpochRun>;
  network(id: number, input: NetworkInput, onFraction?: OnFraction): Promise<NetworkRun>;
  /** Ends the run of that number with an AbortError; a run that is over is not touched. */
  cancel(id: number): void;
}
