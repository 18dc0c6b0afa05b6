/** Longer than anything takes on a busy machine: what is awaited is whether it comes, never how fast. */
export const patienceMs = 300_000;
