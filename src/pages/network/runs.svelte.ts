/** The comparison last run: it stays while the user looks at another part of the page. */
import type { Progress } from '../../base/progress';
import { Job } from '../../ui/job.svelte';
import type { ScenarioRun } from './comparison';

export interface Comparison {
  readonly runs: readonly ScenarioRun[];
  /** The inputs it was made from, as text, to tell when they have changed. */
  readonly inputs: string;
}

export const comparison = new Job<Comparison, Progress>();
