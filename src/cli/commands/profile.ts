/** `profile`: what this machine proves, hashes and computes per second, with the keys of post-rs's profiler. */
import { availableParallelism } from 'node:os';
import { formatBytes, formatCount, formatDuration, formatNumber } from '../../base/format';
import { profileLabels, type LabelProfile } from '../../post/profile/labels';
import { measurePow, type PowProfile } from '../../post/profile/pow';
import { profileProving, type ProvingProfile } from '../../post/profile/proving';
import type { CliContext } from '../context';
import { exitCode, type ExitCode } from '../exit-code';
import { toJson } from '../output';
import { progressOutput } from '../progress';

export interface ProfileCommandOptions {
  readonly nonces: number;
  readonly duration: number;
  readonly iterations: number;
  readonly units: number;
  readonly powDifficulty?: string | undefined;
  readonly only?: 'proving' | 'k2pow' | 'labels' | undefined;
  readonly scryptN?: number | undefined;
  readonly threads?: number | undefined;
  readonly json: boolean;
}

interface Profile {
  readonly threads: number;
  readonly proving?: ProvingProfile;
  readonly k2pow?: PowProfile;
  readonly labels?: LabelProfile;
}

/** @throws WorkbenchError as `profileProving`, `measurePow`, `profileLabels`; AbortError */
export async function profile(
  context: CliContext,
  options: ProfileCommandOptions,
): Promise<ExitCode> {
  const { threads = availableParallelism(), only, json } = options;
  const wants = (part: ProfileCommandOptions['only']): boolean =>
    only === undefined || only === part;
  const result: Profile = {
    threads,
    ...(wants('proving') && { proving: await measureProving(context, threads, options) }),
    ...(wants('k2pow') && { k2pow: await measureK2pow(context, threads, options) }),
    ...(wants('labels') && { labels: await measureLabels(context, threads, options) }),
  };
  await context.out.write(json ? toJson(result) : describe(result, options));
  return exitCode.good;
}

async function measureProving(
  context: CliContext,
  threads: number,
  { nonces, duration }: ProfileCommandOptions,
): Promise<ProvingProfile> {
  const progress = progressOutput(context, 'proving');
  try {
    return await profileProving(
      { nonces, threads, durationS: duration, backend: 'cpu' },
      { signal: context.signal, onProgress: progress.onProgress },
      await context.openProvingEngine(threads),
    );
  } finally {
    progress.finish();
  }
}

async function measureK2pow(
  context: CliContext,
  threads: number,
  { iterations, nonces, units, powDifficulty }: ProfileCommandOptions,
): Promise<PowProfile> {
  const { signal } = context;
  const progress = progressOutput(context, 'k2pow');
  const startedMs = performance.now();
  const engines = await context.openPow(threads, signal);
  try {
    return await measurePow(
      engines,
      (performance.now() - startedMs) / 1000,
      { iterations, nonces, numUnits: units, difficulty: powDifficulty },
      { signal, onProgress: progress.onProgress },
    );
  } finally {
    progress.finish();
    engines.close();
  }
}

async function measureLabels(
  context: CliContext,
  threads: number,
  { duration, scryptN }: ProfileCommandOptions,
): Promise<LabelProfile> {
  const progress = progressOutput(context, 'labels');
  const engines = await context.openLabels(threads);
  try {
    return await profileLabels(
      { durationS: duration, scryptN },
      { signal: context.signal, onProgress: progress.onProgress },
      engines,
    );
  } finally {
    progress.finish();
    engines.close();
  }
}

function describe(
  { threads, proving, k2pow, labels }: Profile,
  { nonces, units }: ProfileCommandOptions,
): string {
  const lines = [`Threads: ${threads}`];
  if (proving)
    lines.push(
      `Proving: ${formatBytes(proving.speed_gib_s * 2 ** 30)}/s of data at ${nonces} nonces per pass, from memory`,
    );
  if (k2pow)
    lines.push(
      `k2pow: ${formatNumber(k2pow.hashes_per_s)} hashes/s (RandomX ${k2pow.mode} mode); those of a pass over ${units} units take ${formatDuration(k2pow.pass.mean_s)} on average`,
    );
  if (labels)
    lines.push(
      `Labels: ${formatCount(Math.round(labels.labels_per_s))} labels/s, ${formatNumber(labels.mib_per_s)} MiB/s of PoST data`,
    );
  return `${lines.join('\n')}\n`;
}
