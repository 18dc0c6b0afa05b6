/** Scenarios side by side: which runs a choice of measures makes, and one after the other with one progress. */
import type { Measures, NetworkInput, NetworkRun } from '../../simulate/network/types';
import { ProgressMeter, type JobOptions } from '../../base/progress';
import { runNetwork } from '../shared/simulation-runs';

export interface Scenario {
  readonly title: string;
  readonly measures: Measures;
}

export interface ScenarioRun extends Scenario {
  readonly run: NetworkRun;
}

const measureTitles = {
  merge: 'ATX Merge',
  newPost: 'New PoST',
  everyOtherEpoch: 'Every other epoch',
  minimum: 'Higher minimum',
  noGuarantee: 'No guaranteed slot',
} as const satisfies Record<keyof Measures, string>;

const measureKeys = Object.keys(measureTitles) as (keyof Measures)[];

/**
 * "Do nothing", each measure alone if asked for and if there are several, and all of them together. The
 * combination is the last.
 */
export function scenariosOf(measures: Measures, alone: boolean): Scenario[] {
  const chosen = measureKeys.filter((key) => measures[key] !== undefined);
  const nothing = { title: 'Do nothing', measures: {} };
  if (chosen.length === 0) return [nothing];
  const together = {
    title: chosen.map((key) => measureTitles[key]).join(' + '),
    measures,
  };
  const each =
    alone && chosen.length > 1
      ? chosen.map((key) => ({ title: measureTitles[key], measures: { [key]: measures[key] } }))
      : [];
  return [nothing, ...each, together];
}

export async function runScenarios(
  input: Omit<NetworkInput, 'measures'>,
  scenarios: readonly Scenario[],
  { signal, onProgress }: JobOptions,
): Promise<ScenarioRun[]> {
  const meter = new ProgressMeter(scenarios.length * input.epochs, 'epochs');
  const runs: ScenarioRun[] = [];
  for (const [i, scenario] of scenarios.entries()) {
    signal?.throwIfAborted();
    const before = i * input.epochs;
    const run = await runNetwork(
      { ...input, measures: scenario.measures },
      {
        signal,
        onProgress: ({ done }) => onProgress?.(meter.advance(before + done - meter.progress.done)),
      },
    );
    runs.push({ ...scenario, run });
  }
  return runs;
}
