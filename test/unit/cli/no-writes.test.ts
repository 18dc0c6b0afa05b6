// The commands that read write nothing: neither beside their inputs nor in the folder that they run in. About 5 s.
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { runCli } from '../../support/cli';
import { vectorDirectory } from '../../support/post-fixtures';

const folder = mkdtempSync(join(tmpdir(), 'cli-reading-'));
afterAll(() => rmSync(folder, { recursive: true }));
const live = join(folder, 'live');
const post = join(folder, 'post');
cpSync('test/data/node/live_A', live, { recursive: true });
cpSync('public/sample/state.sql', join(folder, 'state.sql'));
cpSync(vectorDirectory('n2-single'), post, { recursive: true });
writeFileSync(join(folder, 'report.json'), '{"bad":[{"file":0,"offset":0}]}');

/** Names, sizes, times and contents of everything in a folder. */
const contents = (path: string): unknown[] =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((name) => {
      const { size, mtimeMs, mode } = statSync(name);
      const isFile = statSync(name).isFile();
      return [name, size, mtimeMs, mode, isFile ? readFileSync(name).toString('base64') : ''];
    });

const state = join(folder, 'state.sql');
const all32 = '11'.repeat(32);
test.each([
  [['query', join(live, 'state.sql'), 'SELECT count(*) FROM atxs']],
  [['rewards', state, '--coinbase', '00'.repeat(24), '--by', 'epoch']],
  [['audit', state, '--epoch', '2', '--labels', 'none']],
  [['inspect', post]],
  [['check', post, '--scrypt-n', '2', '--fraction', '1']],
  [['repair', post, '--from-check', join(folder, 'report.json'), '--scrypt-n', '2']],
  [['nonce', post, '--scrypt-n', '2']],
  [['prove', post, '--challenge', all32, '--nonces', '17']],
  [['manifest', 'slurm', '--shards', '3', '--', 'audit', state, '--all']],
])('%j: leaves every file as it was, and adds none', async (words) => {
  const before = contents(folder);
  const here = readdirSync('.').sort();
  const { code } = await runCli(words);
  expect([0, 2]).toContain(code);
  expect(contents(folder)).toEqual(before);
  expect(readdirSync('.').sort()).toEqual(here);
});
