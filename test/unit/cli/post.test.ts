// The commands over PoST directories, on the vectors; about 4 s.
import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { runCli } from '../../support/cli';
import { postVectors, vectorDirectory } from '../../support/post-fixtures';

interface Verification {
  readonly name: string;
  readonly proof: { readonly nonce: number; readonly indices: string; readonly pow: string };
  readonly metadata: {
    readonly node_id: string;
    readonly commitment_atx_id: string;
    readonly challenge: string;
    readonly num_units: number;
  };
  readonly config: { readonly k1: number; readonly k2: number; readonly pow_difficulty: string };
}
interface Dir {
  readonly name: string;
  readonly vrf_nonce: string;
  readonly vrf_nonce_label32: string;
  readonly labels_per_unit: string;
  readonly proof_json_as_serialised_by_post_rs: string;
  readonly verify: readonly Verification[];
}
const { dirs } = postVectors('proof.json') as { dirs: readonly Dir[] };
const vector = (name: string): Dir => {
  const found = dirs.find((dir) => dir.name === name);
  if (!found) throw new Error(`no vector ${name}`);
  return found;
};

const folder = mkdtempSync(join(tmpdir(), 'cli-post-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A copy of a directory of the vectors that may be changed. */
function copyOf(name: string, copy: string): string {
  const path = join(folder, copy);
  cpSync(vectorDirectory(name), path, { recursive: true });
  return path;
}

function flipByte(path: string, offset: number): void {
  const bytes = readFileSync(path);
  bytes[offset] = (bytes[offset] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

test('inspect: a complete directory, exit code 0 and its identity', async () => {
  const path = vectorDirectory('go-n16');
  const { code, stdout } = await runCli(['inspect', path, '--json']);
  expect(code).toBe(0);
  const [document] = JSON.parse(stdout) as { directory: string; files: number }[];
  expect(document).toMatchObject({ directory: path, files: 4, metadata: { numUnits: 4 } });
  expect((await runCli(['inspect', path])).stdout).toContain('4 units, 4 data files, ');
});

test('inspect: a truncated file, exit code 1 and a finding', async () => {
  const path = copyOf('go-n16', 'truncated');
  truncateSync(join(path, 'postdata_2.bin'), 100);
  const { code, stdout } = await runCli(['inspect', path]);
  expect(code).toBe(1);
  expect(stdout).toMatch(/error\[[a-z-]+\]: .*postdata_2\.bin/);
});

test.each([
  [['inspect', 'test/data/none'], 'file-not-found'],
  [['inspect', 'package.json'], 'folder-expected'],
  [['check', 'docs'], 'no-post-directory'],
  [['nonce', 'docs'], 'no-post-directory'],
  [
    ['verify', 'package.json', '--challenge', '00'.repeat(32), '--dir', 'docs'],
    'no-post-directory',
  ],
])('%j: exit code 3', async (words, code) => {
  const run = await runCli(words);
  expect(run).toMatchObject({ code: 3, stdout: '' });
  expect(run.stderr).toContain(`error[${code}]`);
});

test('check: good data, exit code 0 after all labels', async () => {
  const path = vectorDirectory('n2-multi');
  const { code, stdout } = await runCli(['check', path, '--all', '--scrypt-n', '2', '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ checked: 31_000, bad: [], stoppedEarly: false });
});

test('check: one wrong byte, exit code 1 and its place', async () => {
  const path = copyOf('n2-multi', 'flipped');
  flipByte(join(path, 'postdata_1.bin'), 165);
  const { code, stdout } = await runCli(['check', path, '--all', '--scrypt-n', '2']);
  expect(code).toBe(1);
  expect(stdout).toContain('31,000 labels computed again (100 %): 1 are wrong.');
  expect(stdout).toContain('postdata_1.bin at byte 160: label ');
});

test('check: the wrong N, every label wrong and no advice to delete', async () => {
  const path = vectorDirectory('n2-single');
  const { code, stdout } = await runCli(['check', path, '--scrypt-n', '4', '--fraction', '1']);
  expect(code).toBe(1);
  expect(stdout).toContain('Nothing that was checked is right');
});

test.each([
  ['more than 100 %', ['--fraction', '101'], 'option-number'],
  ['a fraction of no label', ['--fraction', '0.000001'], 'fraction-too-small'],
  ['a fraction and all', ['--fraction', '1', '--all'], 'option-fraction'],
  ['an N that is not a power of two', ['--scrypt-n', '3'], 'scrypt-n-invalid'],
])('check: %s, exit code 2', async (_what, words, code) => {
  const run = await runCli(['check', vectorDirectory('n2-single'), ...words]);
  expect(run).toMatchObject({ code: 2, stdout: '' });
  expect(run.stderr).toContain(`error[${code}]`);
});

test('check: an abort, exit code 130', async () => {
  const words = ['check', vectorDirectory('n2-single'), '--scrypt-n', '2'];
  expect(await runCli(words, { signal: AbortSignal.abort() })).toMatchObject({
    code: 130,
    stdout: '',
  });
});

test('nonce: the nonce of the reference', async () => {
  const { vrf_nonce, vrf_nonce_label32 } = vector('go-n16');
  const words = ['nonce', vectorDirectory('go-n16'), '--scrypt-n', '16'];
  const { code, stdout } = await runCli([...words, '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    nonce: vrf_nonce,
    label: vrf_nonce_label32,
    searchedLabels: '2048',
  });
  expect((await runCli(words)).stdout).toBe(
    `"Nonce": ${vrf_nonce},\n"NonceValue": "${vrf_nonce_label32.slice(0, 32)}"\n`,
  );
});

test('verify: the proof of the reference by its directory, valid; with a flipped bit, invalid', async () => {
  const { verify, proof_json_as_serialised_by_post_rs: json } = vector('n2-single');
  const [valid] = verify;
  if (!valid) throw new Error('no verification');
  const path = join(folder, 'proof.json');
  const words = [
    ...['verify', path, '--dir', vectorDirectory('n2-single')],
    ...['--challenge', valid.metadata.challenge, '--scrypt-n', '2'],
    ...['--pow-difficulty', valid.config.pow_difficulty],
  ];
  writeFileSync(path, json);
  const good = await runCli(words);
  expect(good.stdout).toContain('Valid: the k2pow and 37 indices hold.');
  expect(good.code).toBe(0);
  writeFileSync(path, json.replace('"indices":"jYH', '"indices":"jIH'));
  const bad = await runCli([...words, '--json']);
  expect(bad.code).toBe(1);
  expect(JSON.parse(bad.stdout)).toMatchObject({ valid: false });
});

test('verify: without a challenge or an identity, exit code 2', async () => {
  const path = join(folder, 'proof2.json');
  writeFileSync(path, vector('n2-single').proof_json_as_serialised_by_post_rs);
  expect(await runCli(['verify', path])).toMatchObject({ code: 2, stdout: '' });
  const run = await runCli(['verify', path, '--challenge', '00'.repeat(32)]);
  expect(run).toMatchObject({ code: 2, stdout: '' });
  expect(run.stderr).toContain('error[field-missing]');
});
