/** How fast each search and scan at work runs beside the rest. */
import type { Controller, EpochJob, Machine } from './epoch-build';

/**
 * Shares processors and controllers max-min fairly: the rates of all searches and scans. A controller is shared
 * among what its scans could use with their processors; what they then leave of these goes to the searches.
 */
export function shareSpeeds(
  machines: readonly Machine[],
  controllers: readonly Controller[],
): void {
  for (const machine of machines) {
    for (const job of machine.jobs)
      if (job.kind === 'scan') job.rate = job.identity.drive.bytesPerS;
    shareProcessor(machine);
  }
  if (controllers.length === 0) return;
  for (const { jobs, bytesPerS } of controllers) {
    for (const job of jobs) job.demand = job.rate;
    const level = fairLevel(jobs, bytesPerS);
    for (const job of jobs) job.rate = Math.min(job.rate, level);
  }
  for (const machine of machines) shareProcessor(machine);
}

function shareProcessor({ jobs, threads, hashesPerSPerThread }: Machine): void {
  for (const job of jobs) job.demand = threadsWanted(job);
  const level = fairLevel(jobs, threads);
  for (const job of jobs) {
    const { scanBytesPerSPerThread } = job.identity;
    job.threads = Math.min(job.demand, level);
    if (job.kind === 'k2pow') job.rate = job.threads * hashesPerSPerThread;
    else if (scanBytesPerSPerThread < Infinity)
      job.rate = Math.min(job.rate, job.threads * scanBytesPerSPerThread);
  }
}

/** Threads that keep a search, or a scan at its rate, busy. */
function threadsWanted({ kind, identity, rate }: EpochJob): number {
  if (kind === 'k2pow' || identity.scanBytesPerSPerThread === 0) return identity.threads;
  if (identity.scanBytesPerSPerThread === Infinity) return 0;
  return Math.min(identity.threads, rate / identity.scanBytesPerSPerThread);
}

/** The level up to which demands are met when they share a capacity; Infinity when all are. */
function fairLevel(jobs: readonly EpochJob[], capacity: number): number {
  let total = 0;
  for (const { demand } of jobs) total += demand;
  if (total <= capacity) return Infinity;
  let level = capacity / jobs.length;
  for (;;) {
    let left = capacity;
    let above = 0;
    for (const { demand } of jobs)
      if (demand <= level) left -= demand;
      else above++;
    const next = left / above;
    if (above === 0 || next <= level * (1 + 1e-12)) return level;
    level = next;
  }
}
