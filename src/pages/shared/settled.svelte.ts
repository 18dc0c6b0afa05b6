/** Work that follows inputs once they keep still: not for every key that is pressed. */
import { untrack } from 'svelte';

const quietMs = 300;

/** Does the work now, and again once what is watched has changed and kept still. What the work itself reads is not watched. */
export function whenSettled(watched: () => string, work: () => void): void {
  let settled = $state<string>();
  $effect(() => {
    const now = watched();
    const delayMs = untrack(() => settled) === undefined ? 0 : quietMs;
    const timer = setTimeout(() => (settled = now), delayMs);
    return () => clearTimeout(timer);
  });
  $effect(() => {
    if (settled !== undefined) untrack(work);
  });
}
