// The scripts are run, with stand-ins for postcli and parallel that print what they were given.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { manifests, type InitJob } from '../../../../src/simulate/farm/manifests';
import { refusal } from '../../../support/simulate';

const job: InitJob = {
  nodeId: 'ab'.repeat(32),
  commitmentAtxId: 'cd'.repeat(32),
  numUnits: 100,
  dataDir: '/data/post',
  provider: 1,
  ranges: [
    { fromFile: 0, toFile: 799 },
    { fromFile: 800, toFile: 1599 },
  ],
};
const ids = `-id ${'ab'.repeat(32)} -commitmentAtxId ${'cd'.repeat(32)}`;

describe('the commands', () => {
  test('have postcli’s flags, and a directory for each part', () => {
    expect(manifests({ ...job, provider: 0, dataDir: '/data/my post' }).commands).toEqual([
      `postcli -provider 0 -numUnits 100 ${ids} -datadir '/data/my post'/part-0 -fromFile 0 -toFile 799 -yes`,
      `postcli -provider 0 -numUnits 100 ${ids} -datadir '/data/my post'/part-1 -fromFile 800 -toFile 1599 -yes`,
    ]);
  });

  test('take identities as they are written, with or without 0x', () => {
    const nodeId = `0x${'AB'.repeat(32)}`;
    const commitmentAtxId = `0X${'Cd'.repeat(32)}`;
    expect(manifests({ ...job, nodeId, commitmentAtxId })).toEqual(manifests(job));
  });

  test.each<[string, Partial<InitJob>]>([
    [' -maxFileSize 2147483648', { maxFileSizeBytes: 2 ** 31 }],
    [' -labelsPerUnit 1024', { labelsPerUnit: 1024 }],
    [' -scryptN 2', { scryptN: 2 }],
    [
      ' -maxFileSize 16 -labelsPerUnit 1 -scryptN 4',
      { maxFileSizeBytes: 16, labelsPerUnit: 1, scryptN: 4 },
    ],
    // post config/config.go: the defaults of postcli, which need not be said.
    ['', { maxFileSizeBytes: 4 * 2 ** 30, labelsPerUnit: 2 ** 32, scryptN: 8192 }],
  ])('say what is not the default:%s', (flags, change) => {
    expect(manifests({ ...job, ...change }).commands[0]).toBe(
      `postcli -provider 1 -numUnits 100 ${ids}${flags} -datadir /data/post/part-0 -fromFile 0 -toFile 799 -yes`,
    );
  });

  test.each<[string, Partial<InitJob>]>([
    ['nodeId', { nodeId: 'ab'.repeat(31) }],
    ['nodeId', { nodeId: `${'ab'.repeat(32)}a` }],
    ['nodeId', { nodeId: `a${'ab'.repeat(32)}` }],
    ['nodeId', { nodeId: `${'ab'.repeat(31)}xy` }],
    ['nodeId', { nodeId: `${'ab'.repeat(31)}0xab` }],
    ['commitmentAtxId', { commitmentAtxId: '' }],
    ['provider', { provider: -1 }],
    ['provider', { provider: 2 ** 32 }],
    ['numUnits', { numUnits: 0 }],
    ['numUnits', { numUnits: 2 ** 32 }],
    ['maxFileSizeBytes', { maxFileSizeBytes: 15 }],
    ['maxFileSizeBytes', { maxFileSizeBytes: 2 ** 53 }],
    ['labelsPerUnit', { labelsPerUnit: 0 }],
    ['labelsPerUnit', { labelsPerUnit: 2 ** 53 }],
    ['scryptN', { scryptN: 1 }],
    ['scryptN', { scryptN: 2 ** 32 }],
    ['ranges', { ranges: [] }],
    ['fromFile', { ranges: [{ fromFile: -1, toFile: 0 }] }],
    ['fromFile', { ranges: [{ fromFile: 2 ** 31, toFile: 2 ** 31 }] }],
    ['toFile', { ranges: [{ fromFile: 5, toFile: 4 }] }],
    ['toFile', { ranges: [{ fromFile: 5, toFile: 2 ** 31 }] }],
  ])('are not written with a wrong %s: %o', (what, change) => {
    expect(refusal(() => manifests({ ...job, ...change }))).toMatchObject({ what });
  });

  test.each<Partial<InitJob>>([
    { provider: 2 ** 32 - 1, numUnits: 2 ** 32 - 1, scryptN: 2 ** 32 - 1 },
    { maxFileSizeBytes: 2 ** 53 - 1, labelsPerUnit: 2 ** 53 - 1 },
    { ranges: [{ fromFile: 2 ** 31 - 1, toFile: 2 ** 31 - 1 }] },
  ])('are written up to the ends: %o', (change) => {
    expect(refusal(() => manifests({ ...job, ...change }))).toBeUndefined();
  });

  test('end with how to check the data where it is stored', () => {
    expect(manifests({ ...job, dataDir: '/my data' }).afterwards.join('\n')).toContain(
      "-datadir '/my data'",
    );
  });
});

describe('the scripts', () => {
  let home = '';
  /** Puts a program onto the path of the scripts. */
  const stand = (name: string, text: string): void =>
    writeFileSync(join(home, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'post init '));
    stand('postcli', 'echo postcli "$@"');
  });
  afterAll(() => rmSync(home, { recursive: true }));

  /** Runs a script as a file of its own. */
  const run = (script: string, args: readonly string[] = [], env: Record<string, string> = {}) => {
    const file = join(home, 'script.sh');
    writeFileSync(file, script, { mode: 0o755 });
    const { status, stdout } = spawnSync(file, args, {
      encoding: 'utf8',
      env: { ...env, PATH: `${home}:${process.env['PATH'] ?? ''}` },
    });
    return { status, lines: stdout.split('\n').slice(0, -1) };
  };
  /** What a shell makes of the commands. */
  const plain = ({ commands }: { readonly commands: readonly string[] }): string[] =>
    run(`#!/bin/sh\n${commands.join('\n')}\n`).lines;

  const odd = (): InitJob => ({ ...job, dataDir: `${home}/it's "here" $HOME`, scryptN: 2 });

  test('are given paths as they are, whatever is in them', () => {
    expect(plain(manifests(odd()))[1]).toContain(
      `-datadir ${home}/it's "here" $HOME/part-1 -fromFile 800`,
    );
  });

  test('of a shell make one part after the other, to the first that fails', () => {
    const text = manifests(odd());
    expect(run(text.shellLoop)).toEqual({ status: 0, lines: plain(text) });
    stand('postcli', 'echo postcli "$@"; exit 3');
    expect(run(text.shellLoop)).toEqual({ status: 3, lines: plain(text).slice(0, 1) });
    stand('postcli', 'echo postcli "$@"');
  });

  test('of a Slurm array make the part of their task', () => {
    const text = manifests(odd());
    for (const [task, line] of plain(text).entries())
      expect(run(text.slurmArray, [], { SLURM_ARRAY_TASK_ID: String(task) }).lines).toEqual([line]);
    expect(run(text.slurmArray).status).not.toBe(0);
    expect(text.slurmArray.match(/^#SBATCH .*$/gm)).toEqual([
      '#SBATCH --job-name=post-init',
      '#SBATCH --array=0-1',
      '#SBATCH --gres=gpu:1',
      '#SBATCH --cpus-per-task=2',
      '#SBATCH --requeue',
    ]);
  });

  test('manifests: a variable of Kubernetes in the path, not replaced', () => {
    const { kubernetes } = manifests({ ...job, dataDir: '/data/$(JOB_COMPLETION_INDEX)' });
    expect(kubernetes).toContain("-datadir '/data/$$(JOB_COMPLETION_INDEX)'/part-");
  });

  test('manifests: braces in the path, refused for GNU parallel', () => {
    expect(refusal(() => manifests({ ...job, dataDir: '/data/{1}' }))).toMatchObject({
      what: 'dataDir',
    });
  });

  test('of an Indexed Job make the part of their pod', () => {
    const text = manifests(odd());
    const [, block = expect.fail()] = /args:\n +- \|\n((?: {14}.*\n)+)/.exec(text.kubernetes) ?? [];
    const script = `#!/usr/bin/env -S bash -euo pipefail\n${block.replaceAll(/^ {14}/gm, '')}`;
    for (const [pod, line] of plain(text).entries())
      expect(run(script, [], { JOB_COMPLETION_INDEX: String(pod) }).lines).toEqual([line]);
    expect(text.kubernetes).toContain("command: ['bash', '-euo', 'pipefail', '-c']");
    expect(text.kubernetes).toMatch(/\n {2}completions: 2\n {2}parallelism: 2\n/);
    expect(manifests(job).kubernetes).toContain('\n              mountPath: "/data/post"\n');
  });

  test('of GNU parallel are given one command, and the ends of each range', () => {
    stand('parallel', `printf '%s\\n' "$@"`);
    const { lines } = run(manifests(job).gnuParallel);
    expect(lines).toEqual([
      ...['--sshloginfile', 'hosts.txt', '--jobs', '1', '--retries', '3', '--joblog', 'init.log'],
      '--link',
      `postcli -provider 1 -numUnits 100 ${ids} -datadir /data/post/part-{#} -fromFile {1} -toFile {2} -yes`,
      ...[':::', '0', '800', ':::', '799', '1599'],
    ]);
  });
});
