import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from '../../support/cli';

test('serve: its address, the SSH line and a unit; ends when it is interrupted', async () => {
  const appFolder = mkdtempSync(join(tmpdir(), 'cli-serve-'));
  writeFileSync(join(appFolder, 'index.html'), '<title>app</title>');
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 100);
  const words = ['serve', '--port', '0', '--node', 'a=127.0.0.1:9092'];
  const run = await runCli(words, { appFolder, signal: controller.signal });
  rmSync(appFolder, { recursive: true });
  expect(run.code).toBe(0);
  const port = /^http:\/\/127\.0\.0\.1:(\d+)\/\n$/.exec(run.stdout)?.[1] ?? '';
  expect(run.stderr).toContain(`ssh -N -L ${port}:127.0.0.1:${port} `);
  expect(run.stderr).toMatch(
    new RegExp(`ExecStart=.* serve --port ${port} --node a=127.0.0.1:9092`),
  );
});

test.each([
  [['--node', 'a b'], 2, 'bridge-argument'],
  [['--port', '1x'], 2, 'option-number'],
  [[], 3, 'app-missing'],
])('serve: %j, exit code %d and %s', async (words, code, error) => {
  const run = await runCli(['serve', ...words], { appFolder: 'test/data' });
  expect(run).toMatchObject({ code, stdout: '' });
  expect(run.stderr).toContain(`error[${error}]`);
});
