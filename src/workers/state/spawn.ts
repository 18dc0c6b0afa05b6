/** Apart from the table of all workers: the reward audit's worker opens databases, too. */
export const spawnState = (): Worker =>
  new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'state' });
