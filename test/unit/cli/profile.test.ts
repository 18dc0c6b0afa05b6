// Short measurements; about 5 s.
import { expect, test } from 'vitest';
import { runCli } from '../../support/cli';

const easy = ['--pow-difficulty', 'ff'.repeat(32)];

test('profile: proving, k2pow and labels, with the keys of the profiler', async () => {
  const words = ['profile', '--duration', '1', '--iterations', '1', '--scrypt-n', '16', ...easy];
  const { code, stdout } = await runCli([...words, '--nonces', '32', '--threads', '1', '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    threads: 1,
    proving: { nonces: 32, speed_gib_s: expect.any(Number) as number },
    k2pow: { iterations: 1, mode: 'light', hashes: expect.any(Number) as number },
    labels: { scrypt_n: 16, labels_per_s: expect.any(Number) as number },
  });
});

test('profile: --only k2pow, nothing else', async () => {
  const words = ['profile', '--only', 'k2pow', '--iterations', '1', ...easy];
  const { stdout } = await runCli(words);
  expect(stdout).toMatch(/^k2pow: .* hashes\/s \(RandomX light mode\)/m);
  expect(stdout).not.toMatch(/Proving|Labels/);
});

test('profile: nonces that are not a multiple of 16, exit code 2', async () => {
  const run = await runCli(['profile', '--only', 'proving', '--nonces', '10']);
  expect(run).toMatchObject({ code: 2, stdout: '' });
  expect(run.stderr).toContain('error[nonces-invalid]');
});
