/**
 * Many shards of one command on engines that exist: a Slurm array, a Kubernetes Indexed Job, GNU parallel. Each shard is the
 * same command with `--shard I/N`; a shard that was stopped continues where it was, so each text lets the engine repeat it.
 * Texts only; nothing is executed here. Sources: sbatch(1), kubernetes.io "Indexed Job", parallel(1).
 */
import { WorkbenchError } from '../base/error';
import { shellWord } from '../base/shell';

export interface ShardedCommand {
  /** Name of the job: lower-case letters, digits and hyphens. */
  readonly name: string;
  /** "post-workbench", or how it is started. */
  readonly program: readonly string[];
  /** The command and its arguments, without --shard. */
  readonly words: readonly string[];
  readonly shards: number;
  /** Shards at one time. */
  readonly parallel: number;
  /** Threads of a shard. */
  readonly threads: number;
  readonly memoryMiB: number;
}

export interface SharedFolder {
  /** Claim of the volume that all pods see. */
  readonly claim: string;
  /** Where it is mounted. */
  readonly path: string;
  readonly isReadOnly: boolean;
}

const maxShards = 100_000;

/** @throws WorkbenchError `manifest-not-valid` */
function check({ name, words, shards, parallel, threads, memoryMiB }: ShardedCommand): void {
  const problem = !/^[a-z0-9]([a-z0-9-]{0,50}[a-z0-9])?$/.test(name)
    ? `The name “${name}” needs up to 52 lower-case letters, digits and hyphens.`
    : words.includes('--shard')
      ? 'The command already has --shard. Leave it out.'
      : !(Number.isInteger(shards) && shards >= 1 && shards <= maxShards)
        ? `The number of shards is 1 to ${maxShards}, not ${shards}.`
        : ![parallel, threads, memoryMiB].every((value) => Number.isInteger(value) && value >= 1)
          ? 'Shards at one time, threads and memory are whole numbers from 1 on.'
          : undefined;
  if (problem !== undefined) throw new WorkbenchError('manifest-not-valid', problem);
}

const shellLine = ({ program, words, threads }: ShardedCommand, shard: string): string =>
  [...[...program, ...words, '--threads', String(threads)].map(shellWord), '--shard', shard].join(
    ' ',
  );

/** A job script for sbatch. @throws WorkbenchError `manifest-not-valid` */
export function slurmArray(command: ShardedCommand): string {
  check(command);
  const { name, shards, parallel, threads, memoryMiB } = command;
  return `#!/bin/bash
#SBATCH --job-name=${name}
#SBATCH --array=1-${shards}%${parallel}
#SBATCH --cpus-per-task=${threads}
#SBATCH --mem=${memoryMiB}M
#SBATCH --output=${name}-%A_%a.log
#SBATCH --requeue
# Send a signal 60 s before a time limit: the shard keeps its position, and the next run continues it.
#SBATCH --signal=B:INT@60
set -u

${shellLine(command, `"$SLURM_ARRAY_TASK_ID/${shards}"`)} &
child=$!
trap 'kill -INT "$child"' INT
wait "$child"
status=$?
# A signal ends the first wait; the second one has the exit status of the shard.
if [ "$status" -gt 128 ]; then wait "$child"; status=$?; fi
# 1: done, but a check failed. Slurm must not repeat it.
exit "$status"
`;
}

/** One line for a shell, whose job log lets it be repeated. @throws WorkbenchError `manifest-not-valid` */
export function parallelLine(command: ShardedCommand): string {
  check(command);
  const { name, shards, parallel } = command;
  const options = [
    ...['--jobs', String(parallel), '--joblog', `${name}.joblog`, '--resume-failed'],
    ...['--line-buffer', '--tagstring', `${name}-{}`],
  ];
  return `seq ${shards} | parallel ${options.map(shellWord).join(' ')} ${shellWord(shellLine(command, `{}/${shards}`))}\n`;
}

/**
 * A Job for kubectl apply, as YAML: JSON is YAML, and quotes everything.
 * @throws WorkbenchError `manifest-not-valid`
 */
export function kubernetesJob(
  command: ShardedCommand,
  { image, folders }: { readonly image: string; readonly folders: readonly SharedFolder[] },
): string {
  check(command);
  const { name, program, words, shards, parallel, threads, memoryMiB } = command;
  const script = `exec "$@" --shard "$((JOB_COMPLETION_INDEX + 1))/${shards}"`;
  const job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name },
    spec: {
      completionMode: 'Indexed',
      completions: shards,
      parallelism: Math.min(parallel, shards),
      backoffLimitPerIndex: 3,
      maxFailedIndexes: shards,
      // Exit code 1 is a result, "a check failed", and 2 is wrong usage: neither is better the second time.
      podFailurePolicy: {
        rules: [
          {
            action: 'FailIndex',
            onExitCodes: { containerName: 'shard', operator: 'In', values: [1, 2] },
          },
          { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] },
        ],
      },
      template: {
        spec: {
          restartPolicy: 'Never',
          automountServiceAccountToken: false,
          securityContext: {
            runAsNonRoot: true,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          containers: [
            {
              name: 'shard',
              image,
              command: ['/bin/sh', '-c', script, 'shard'],
              args: [...program, ...words, '--threads', String(threads)],
              resources: {
                requests: { cpu: String(threads), memory: `${memoryMiB}Mi` },
                limits: { memory: `${memoryMiB}Mi` },
              },
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ['ALL'] },
              },
              volumeMounts: folders.map(({ path, isReadOnly }, i) => ({
                name: `folder-${i}`,
                mountPath: path,
                readOnly: isReadOnly,
              })),
            },
          ],
          volumes: folders.map(({ claim, isReadOnly }, i) => ({
            name: `folder-${i}`,
            persistentVolumeClaim: { claimName: claim, readOnly: isReadOnly },
          })),
        },
      },
    },
  };
  return `${JSON.stringify(job, null, 2)}\n`;
}
