import { untrack } from 'svelte';
import type { Job } from '../../ui/job.svelte';

/** Reads something for a view, anew whenever what it depends on changes. Call it from an `$effect`, return what it returns. */
export function load<Value>(
  job: Job<Value, never>,
  read: (signal: AbortSignal) => Promise<Value>,
): () => void {
  // The job's own state must not become something that the effect depends on.
  untrack(() => void job.start(({ signal }) => read(signal)));
  return () => untrack(() => job.cancel());
}
