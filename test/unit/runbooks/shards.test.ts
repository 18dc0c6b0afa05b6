import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { kubernetesJob, parallelLine, slurmArray } from '../../../src/runbooks/shards';

const folder = mkdtempSync(join(tmpdir(), 'shards-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A program that records its arguments and ends with a status. */
const program = join(folder, 'record');
writeFileSync(program, '#!/bin/sh\nprintf "%s\\n" "$@" >> "$RECORD"\nexit "$STATUS"\n');
chmodSync(program, 0o755);

const command = {
  name: 'audit-1',
  program: [program],
  words: ['audit', "/data/my node's/state.sql", '--all', '--out', '/out $HOME'],
  ...{ shards: 64, parallel: 8, threads: 4, memoryMiB: 1024 },
};

test.each([0, 1, 4])('slurmArray: a task, its shard and its exit status %d', (status) => {
  const record = join(folder, `record-${status}`);
  const run = spawnSync('bash', ['-s'], {
    input: slurmArray(command),
    env: { ...process.env, SLURM_ARRAY_TASK_ID: '7', RECORD: record, STATUS: String(status) },
  });
  expect(run.status).toBe(status);
  expect(readFileSync(record, 'utf8').trimEnd().split('\n')).toEqual([
    ...command.words,
    ...['--threads', '4', '--shard', '7/64'],
  ]);
});

test('slurmArray: the directives of an array', () => {
  const directives = slurmArray(command)
    .split('\n')
    .filter((line) => line.startsWith('#SBATCH'));
  expect(directives).toContain('#SBATCH --array=1-64%8');
  expect(directives).toContain('#SBATCH --cpus-per-task=4');
  expect(directives).toContain('#SBATCH --mem=1024M');
});

test('parallelLine: the line that a shell gives to parallel, its command as one word', () => {
  const stub = join(folder, 'parallel');
  writeFileSync(stub, '#!/bin/sh\nfor word; do printf "%s\\0" "$word"; done\n');
  chmodSync(stub, 0o755);
  const printed = execFileSync('sh', ['-c', parallelLine(command)], {
    env: { ...process.env, PATH: `${folder}:${process.env['PATH'] ?? ''}` },
  });
  const words = printed.toString().split('\0').slice(0, -1);
  expect(words.slice(0, 2)).toEqual(['--jobs', '8']);
  const record = join(folder, 'record-parallel');
  execFileSync('sh', ['-c', words.at(-1).replaceAll('{}', '9')], {
    env: { ...process.env, RECORD: record, STATUS: '0' },
  });
  expect(readFileSync(record, 'utf8').trimEnd().split('\n')).toEqual([
    ...command.words,
    ...['--threads', '4', '--shard', '9/64'],
  ]);
});

interface Job {
  readonly spec: {
    readonly completionMode: string;
    readonly completions: number;
    readonly parallelism: number;
    readonly template: {
      readonly spec: {
        readonly containers: readonly {
          readonly command: readonly string[];
          readonly args: readonly string[];
          readonly securityContext: object;
          readonly volumeMounts: readonly object[];
        }[];
      };
    };
  };
}

test('kubernetesJob: an Indexed Job whose container starts its shard', () => {
  const folders = [{ claim: 'data', path: '/data', isReadOnly: true }];
  const job = parse(kubernetesJob(command, { image: 'workbench:1', folders })) as Job;
  expect(job.spec).toMatchObject({ completionMode: 'Indexed', completions: 64, parallelism: 8 });
  const [container] = job.spec.template.spec.containers;
  if (!container) throw new Error('no container');
  expect(container.securityContext).toMatchObject({ readOnlyRootFilesystem: true });
  expect(container.volumeMounts).toEqual([
    { name: 'folder-0', mountPath: '/data', readOnly: true },
  ]);
  const record = join(folder, 'record-kubernetes');
  const [shell = '', ...words] = container.command;
  execFileSync(shell, [...words, ...container.args], {
    env: { ...process.env, JOB_COMPLETION_INDEX: '63', RECORD: record, STATUS: '0' },
  });
  expect(readFileSync(record, 'utf8').trimEnd().split('\n')).toEqual([
    ...command.words,
    ...['--threads', '4', '--shard', '64/64'],
  ]);
});

test.each([
  ['a name with a space', { name: 'a b' }],
  ['a name with a line break', { name: 'a\n#SBATCH --uid=0' }],
  ['no shard', { shards: 0 }],
  ['half a thread', { threads: 0.5 }],
  ['a command with a shard of its own', { words: ['audit', '--shard', '1/2'] }],
])('slurmArray: %s, refused', (_what, change) => {
  expect(() => slurmArray({ ...command, ...change })).toThrow(
    expect.objectContaining({ code: 'manifest-not-valid' }),
  );
});

test('slurmArray: a path with a line break, refused', () => {
  expect(() => slurmArray({ ...command, words: ['audit', 'a\nb'] })).toThrow(
    expect.objectContaining({ code: 'shell-control-character' }),
  );
});
