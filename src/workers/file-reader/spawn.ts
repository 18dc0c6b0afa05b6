/** Apart from the table of all workers: the state worker starts it. */
export const spawnFileReader = (): Worker =>
  new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'file-reader' });
