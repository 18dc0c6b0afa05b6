/**
 * The one place where pages start workers: a name, the script, and what the worker offers. A bundler follows each literal
 * address below into a build of its own, so a worker never imports this table: what a worker starts itself has its entry
 * beside its script (`state/spawn.ts`, `file-reader/spawn.ts`).
 */
import { spawnState } from './state/spawn';

export const spawn = {
  audit: () =>
    new Worker(new URL('./audit/worker.ts', import.meta.url), { type: 'module', name: 'audit' }),
  labels: () =>
    new Worker(new URL('./labels/worker.ts', import.meta.url), { type: 'module', name: 'labels' }),
  logs: () =>
    new Worker(new URL('./logs/worker.ts', import.meta.url), { type: 'module', name: 'logs' }),
  nodeText: () =>
    new Worker(new URL('./node-text/worker.ts', import.meta.url), {
      type: 'module',
      name: 'node-text',
    }),
  proving: () =>
    new Worker(new URL('./proving/worker.ts', import.meta.url), {
      type: 'module',
      name: 'proving',
    }),
  randomx: () =>
    new Worker(new URL('./randomx/worker.ts', import.meta.url), {
      type: 'module',
      name: 'randomx',
    }),
  rewardAudit: () =>
    new Worker(new URL('./reward-audit/worker.ts', import.meta.url), {
      type: 'module',
      name: 'reward-audit',
    }),
  simulate: () =>
    new Worker(new URL('./simulate/worker.ts', import.meta.url), {
      type: 'module',
      name: 'simulate',
    }),
  state: spawnState,
} as const satisfies Readonly<Record<string, () => Worker>>;
