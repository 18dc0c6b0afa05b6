// Searches of the reference; about 6 s.
import { expect, test } from 'vitest';
import { runCli } from '../../support/cli';
import { postVectors } from '../../support/post-fixtures';

interface Search {
  readonly nonce_group: number;
  readonly challenge8: string;
  readonly miner_id: string;
  readonly difficulty: string;
  readonly pow_nonce: string;
}
const { search } = postVectors('pow.json') as { search: { cases: readonly Search[] } };
const searched = search.cases.find(({ pow_nonce }) => pow_nonce === '25');

const words = [
  ...['k2pow', '--challenge', searched?.challenge8 ?? '', '--node-id', searched?.miner_id ?? ''],
  ...['--group', String(searched?.nonce_group), '--units', '1'],
  ...['--pow-difficulty', searched?.difficulty ?? ''],
];

test('k2pow: a search that stops and is continued, the counter of the reference', async () => {
  const first = await runCli([...words, '--max-hashes', '6']);
  expect(first).toMatchObject({ code: 4, stdout: '' });
  expect(first.stderr).toContain('Continue with --start 6\n');
  const second = await runCli([...words, '--start', '6', '--json']);
  expect(second.code).toBe(0);
  expect(JSON.parse(second.stdout)).toMatchObject({ pow: '25' });
});

test.each([
  ['a group beyond 255', ['--group', '256'], 'nonce-group-out-of-bounds'],
  ['a start that is not a number', ['--start', '-1'], 'option-number'],
  ['an id that is too short', ['--node-id', '00'], 'bytes-wrong-length'],
])('k2pow: %s, exit code 2', async (_what, extra, code) => {
  const run = await runCli([...words, ...extra]);
  expect(run).toMatchObject({ code: 2, stdout: '' });
  expect(run.stderr).toContain(`error[${code}]`);
});
