/** The long jobs of the tab "Check data". They outlive it: a check of terabytes goes on while the user looks elsewhere. */
import type { CheckResult } from '../../post/check/check';
import type { NonceInData } from '../../post/check/nonce';
import type { Progress } from '../../base/progress';
import { Job } from '../../ui/job.svelte';

export class CheckStore {
  readonly data = new Job<CheckResult, Progress>();
  readonly nonce = new Job<NonceInData, Progress>();
}
