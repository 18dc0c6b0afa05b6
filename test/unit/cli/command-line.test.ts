// The built command as a user starts it; builds it if it is missing or old.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

function start(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, ['scripts/cli.mjs', ...words], { encoding: 'utf8' });
}

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

test('post-workbench --version: the version, and nothing of the build', () => {
  expect(start('--version')).toMatchObject({ status: 0, stdout: `${version}\n` });
});

test('post-workbench query: rows on stdout, warnings on stderr, exit code 0', () => {
  const run = start(
    'query',
    'public/sample/state.sql',
    'SELECT count(*) AS n FROM rewards',
    '--json',
  );
  expect(run.status).toBe(0);
  expect(JSON.parse(run.stdout)).toEqual([{ n: 604 }]);
  expect(run.stderr).toContain('warning[wal-missing]');
});

test('post-workbench check: labels by two threads, exit code 0', () => {
  const run = start('check', 'test/data/post/posdata/go-n16', '--scrypt-n', '16', '--threads', '2');
  expect(run).toMatchObject({
    status: 0,
    stdout: '2,048 labels computed again (100 %): all are right.\n',
  });
});

test('post-workbench: an unknown command, exit code 2 and no output', () => {
  const run = start('mine');
  expect(run).toMatchObject({ status: 2, stdout: '' });
  expect(run.stderr).toContain("unknown command 'mine'");
});
