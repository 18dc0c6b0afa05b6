/** `manifest`: texts that run a command in shards, or k2pow services behind one address, on engines that exist. */
import { WorkbenchError } from '../../base/error';
import { haproxyConfig, type PowBackend } from '../../runbooks/k2pow-haproxy';
import {
  kubernetesJob,
  parallelLine,
  slurmArray,
  type ShardedCommand,
  type SharedFolder,
} from '../../runbooks/shards';
import type { CliContext } from '../context';
import { exitCode, type ExitCode } from '../exit-code';

export interface ManifestCommandOptions {
  readonly name: string;
  readonly shards: number;
  readonly parallel: number;
  readonly threads: number;
  readonly memory: number;
  readonly program: string;
  readonly image?: string | undefined;
  readonly volume: readonly string[];
}

/** Commands that take --shard. */
const sharded: readonly (string | undefined)[] = ['audit', 'check'];

/** @throws WorkbenchError `option-command`, `option-image`, `option-volume`, `manifest-not-valid` */
export async function manifest(
  context: CliContext,
  engine: 'slurm' | 'parallel' | 'kubernetes',
  words: readonly string[],
  options: ManifestCommandOptions,
): Promise<ExitCode> {
  if (!sharded.includes(words[0]))
    throw new WorkbenchError(
      'option-command',
      'Write the command after --, such as: -- audit /data/state.sql --all --out /out. Those with shards are audit and check.',
    );
  const { name, shards, parallel, threads, memory } = options;
  const command: ShardedCommand = {
    ...{ name, words, shards, parallel, threads, memoryMiB: memory },
    program: options.program.split(' ').filter((word) => word !== ''),
  };
  await context.out.write(textOf(engine, command, options));
  return exitCode.good;
}

function textOf(
  engine: 'slurm' | 'parallel' | 'kubernetes',
  command: ShardedCommand,
  { image, volume }: ManifestCommandOptions,
): string {
  if (engine === 'slurm') return slurmArray(command);
  if (engine === 'parallel') return parallelLine(command);
  if (image === undefined)
    throw new WorkbenchError(
      'option-image',
      'A Kubernetes job needs --image, the container image of the workbench (Dockerfile).',
    );
  return kubernetesJob(command, { image, folders: volume.map(readVolume) });
}

function readVolume(text: string): SharedFolder {
  const [, claim, path, mode] = /^([a-z0-9.-]+):(\/[^:]*)(:ro)?$/.exec(text) ?? [];
  if (claim === undefined || path === undefined)
    throw new WorkbenchError(
      'option-volume',
      `--volume takes CLAIM:/PATH or CLAIM:/PATH:ro, but it is "${text}".`,
      { text },
    );
  return { claim, path, isReadOnly: mode !== undefined };
}

export interface HaproxyCommandOptions {
  readonly listen: string;
  readonly service: readonly string[];
  readonly hashes: number;
}

/** @throws WorkbenchError `option-service`, `haproxy-not-valid`, `haproxy-too-slow` */
export async function haproxy(
  context: CliContext,
  { listen, service, hashes }: HaproxyCommandOptions,
): Promise<ExitCode> {
  const services = service.map(readService);
  await context.out.write(haproxyConfig({ listen, services, wantedHashesPerS: hashes }));
  return exitCode.good;
}

function readService(text: string): PowBackend {
  const [, name, address, rate] = /^([^=]+)=([^@]+)@(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  if (name === undefined || address === undefined)
    throw new WorkbenchError(
      'option-service',
      `--service takes NAME=HOST:PORT@HASHES_PER_S, but it is "${text}".`,
      { text },
    );
  return { name, address, hashesPerS: Number(rate) };
}
