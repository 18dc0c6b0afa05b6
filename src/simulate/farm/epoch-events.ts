/** The events of one epoch: searches and scans begin and end, and each change divides processors and disks again. */
import type { Random } from '../probability/random';
import type { Component, EpochDrive, EpochIdentity, EpochJob, Settings } from './epoch-build';
import type { PhaseRecord } from './epoch-plan';
import { shareSpeeds } from './epoch-speeds';

export interface EpochTally {
  hashes: number;
  bytesRead: number;
  cpuS: number;
}

export interface Recorder {
  (job: EpochJob, endS: number, outcome: PhaseRecord['outcome']): void;
}

/** What one epoch of one component reads and fills. */
export interface EpochState {
  readonly component: Component;
  readonly identities: readonly EpochIdentity[];
  readonly settings: Settings;
  /** Begins a stream of its own for each attempt: the same whatever happens elsewhere. */
  readonly random: Random;
  readonly seed: number;
  readonly epoch: number;
  /** For each identity when it is proved. */
  readonly doneS: Float64Array;
  readonly tally: EpochTally;
  readonly record: Recorder;
}

/** One epoch of one component: events until everything is proved or the time is over. */
export function simulateEpoch({
  component,
  identities,
  settings,
  random,
  seed,
  epoch,
  doneS,
  tally,
  record,
}: EpochState): void {
  const { drives, machines } = component;
  random.restart(seed, epoch, drives[0]?.index ?? 0);
  const factor = settings.speedError > 0 ? Math.exp(settings.speedError * random.normal()) : 1;
  // At `factor` times the speeds the same happens `factor` times as early.
  const endS = settings.endS * factor;
  const jobs: EpochJob[] = [];
  let nowS = settings.startS * factor;

  const start = (job: EpochJob): void => {
    jobs.push(job);
    const { machine, controller } = job.identity.drive;
    if (job.kind === 'scan') {
      machine.jobs.push(job);
      controller?.jobs.push(job);
    } else if (machine.service) machine.service.jobs++;
    else machine.jobs.push(job);
  };
  const end = (job: EpochJob): void => {
    remove(jobs, job);
    const { machine, controller } = job.identity.drive;
    if (job.kind === 'scan') {
      remove(machine.jobs, job);
      if (controller) remove(controller.jobs, job);
    } else if (machine.service) machine.service.jobs--;
    else remove(machine.jobs, job);
  };
  const newJob = (
    kind: EpochJob['kind'],
    identity: EpochIdentity,
    remaining: number,
  ): EpochJob => ({
    kind,
    identity,
    remaining,
    ...{ rate: 0, demand: 0, threads: 0 },
    startS: nowS,
  });

  /** Gives a drive something to do. */
  const feed = (drive: EpochDrive): void => {
    if (!drive.scan && drive.ready !== undefined) {
      const identity = identities[drive.ready] as EpochIdentity;
      drive.ready = undefined;
      drive.scan = newJob('scan', identity, Math.min(1, identity.readShare) * identity.dataBytes);
      start(drive.scan);
    }
    const mayHash = !drive.pow && drive.ready === undefined && (!drive.scan || settings.overlap);
    const next = mayHash ? drive.queue.shift() : undefined;
    if (next === undefined) return;
    const identity = identities[next] as EpochIdentity;
    identity.pass++;
    // Both draws of an attempt together: a changed plan meets the same luck, and two plans differ by little noise.
    random.restart(seed, epoch, drive.index, ++drive.attempts);
    identity.readShare = identity.drawPass(identity.nonces, random);
    drive.pow = newJob('k2pow', identity, identity.hashesPerGroup * random.gamma(identity.groups));
    start(drive.pow);
  };
  const complete = (job: EpochJob): void => {
    const { identity } = job;
    const { drive } = identity;
    end(job);
    if (job.kind === 'k2pow') {
      record(job, nowS / factor, 'done');
      drive.pow = undefined;
      drive.ready = identity.index;
      feed(drive);
      return;
    }
    drive.scan = undefined;
    const isFound = identity.readShare <= 1;
    record(job, nowS / factor, isFound ? 'found' : 'failed');
    if (isFound) doneS[identity.index] = nowS / factor;
    else if (identity.pass < identity.maxPasses) {
      if (settings.afterAll) drive.queue.push(identity.index);
      else drive.queue.unshift(identity.index);
    }
    feed(drive);
  };

  for (const drive of drives) {
    drive.attempts = 0;
    for (const index of drive.queue) (identities[index] as EpochIdentity).pass = 0;
    feed(drive);
  }
  while (jobs.length > 0) {
    for (const service of component.services)
      for (const job of jobs)
        if (job.kind === 'k2pow' && job.identity.drive.machine.service === service)
          job.rate = service.hashesPerS / service.jobs;
    shareSpeeds(machines, component.controllers);
    let next: EpochJob | undefined;
    let leastS = Infinity;
    for (const job of jobs) {
      const needsS = job.remaining === 0 ? 0 : job.remaining / job.rate;
      if (needsS < leastS) [leastS, next] = [needsS, job];
    }
    const stepS = Math.min(leastS, Math.max(0, endS - nowS));
    for (const job of jobs) {
      const work = stepS === 0 ? 0 : Math.min(job.remaining, job.rate * stepS);
      job.remaining -= work;
      if (job.kind === 'k2pow') tally.hashes += work;
      else tally.bytesRead += work;
      tally.cpuS += (job.threads * stepS) / factor;
    }
    nowS += stepS;
    if (!next || leastS > stepS) break;
    // What rounding left, or all of it where it took no time.
    if (next.kind === 'k2pow') tally.hashes += next.remaining;
    else tally.bytesRead += next.remaining;
    complete(next);
  }
  for (const job of [...jobs]) {
    record(job, nowS / factor, 'cut-short');
    end(job);
  }
  for (const drive of drives) {
    drive.queue = [];
    [drive.pow, drive.scan, drive.ready] = [undefined, undefined, undefined];
  }
}

function remove(jobs: EpochJob[], job: EpochJob): void {
  const last = jobs.pop();
  if (last && last !== job) jobs[jobs.indexOf(job)] = last;
}
