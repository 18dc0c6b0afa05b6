import { untrack } from 'svelte';
import type { Job, JobControls } from '../../ui/job.svelte';

/** Reads something for a view, again whenever what it depends on changes. Call it from an `$effect`, return what it returns. */
export function load<Value, P>(
  job: Job<Value, P>,
  read: (controls: JobControls<P>) => Promise<Value>,
): () => void {
  // The job's own state must not become something that the effect depends on.
  untrack(() => void job.start(read));
  return () => untrack(() => job.cancel());
}
