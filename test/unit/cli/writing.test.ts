// The commands that write: init, prove and repair, on the vectors; about 5 s.
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { runCli } from '../../support/cli';
import { folderContents, postVectors, vectorDirectory } from '../../support/post-fixtures';

interface Dir {
  readonly name: string;
  readonly node_id: string;
  readonly commitment_atx_id: string;
  readonly labels_per_unit: string;
  readonly num_units: number;
  readonly max_file_size: string;
  readonly scrypt: { readonly n: number };
  readonly challenge: string;
  readonly k1: number;
  readonly k2: number;
  readonly pow_difficulty: string;
  readonly nonces_per_pass: number;
  readonly proof_json_as_serialised_by_post_rs: string;
}
const { dirs } = postVectors('proof.json') as { dirs: readonly Dir[] };
const vector = (name: string): Dir => {
  const found = dirs.find((dir) => dir.name === name);
  if (!found) throw new Error(`no vector ${name}`);
  return found;
};

const folder = mkdtempSync(join(tmpdir(), 'cli-writing-'));
afterAll(() => rmSync(folder, { recursive: true }));

const go = vector('go-n16');
const initWords = (path: string): string[] => [
  ...['init', path, '--node-id', go.node_id, '--commitment', go.commitment_atx_id],
  ...['--units', String(go.num_units), '--labels-per-unit', go.labels_per_unit],
  ...['--max-file-size', go.max_file_size, '--scrypt-n', String(go.scrypt.n)],
];
const goFiles = folderContents(vectorDirectory('go-n16'));

test('init: an empty folder, the files of postcli byte by byte and nothing else', async () => {
  const path = join(folder, 'new', 'post');
  const { code, stdout } = await runCli([...initWords(path), '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ files: 4, metadata: { nonce: '1386' } });
  expect(folderContents(path)).toEqual(goFiles);
});

test('init: a run that was killed, continued to the same bytes', async () => {
  const path = join(folder, 'killed');
  await runCli(initWords(path));
  // What a kill leaves: a file cut within a label, later files missing, the lock of a process that is gone.
  truncateSync(join(path, 'postdata_1.bin'), 1003);
  for (const name of ['postdata_2.bin', 'postdata_3.bin']) rmSync(join(path, name));
  writeFileSync(join(path, 'post-workbench.lock'), '999999999');
  expect((await runCli(initWords(path))).code).toBe(0);
  expect(folderContents(path)).toEqual(goFiles);
});

test('init: an abort, exit code 130 and the command that continues', async () => {
  const run = await runCli(initWords(join(folder, 'aborted')), { signal: AbortSignal.abort() });
  expect(run).toMatchObject({ code: 130, stdout: '' });
  expect(run.stderr).toContain('Run the same command again to continue.');
});

test('init: two parts by file numbers, together the files of postcli', async () => {
  const path = join(folder, 'parts');
  await runCli([...initWords(path), '--from-file', '0', '--to-file', '1']);
  expect(readdirSync(path)).not.toContain('postdata_2.bin');
  await runCli([...initWords(path), '--from-file', '2', '--to-file', '3']);
  for (const [name, bytes] of Object.entries(goFiles))
    if (name.endsWith('.bin')) expect(readFileSync(join(path, name))).toEqual(bytes);
});

test('init: a folder that another process writes to, exit code 3 and nothing changed', async () => {
  const path = join(folder, 'locked');
  await runCli(initWords(path));
  writeFileSync(join(path, 'post-workbench.lock'), String(process.ppid));
  const before = folderContents(path);
  const run = await runCli(initWords(path));
  expect(run).toMatchObject({ code: 3, stdout: '' });
  expect(run.stderr).toContain('error[folder-in-use]');
  expect(folderContents(path)).toEqual(before);
});

test('init: a folder with data of another identity, refused', async () => {
  const path = join(folder, 'other');
  await runCli(initWords(path));
  const run = await runCli(initWords(path).with(3, '11'.repeat(32)));
  expect(run).toMatchObject({ code: 3, stdout: '' });
  expect(run.stderr).toContain('error[folder-other-data]');
});

test('init: a file size that is not a power of two, exit code 2 and no folder', async () => {
  const path = join(folder, 'refused');
  const run = await runCli([...initWords(path), '--max-file-size', '1000']);
  expect(run).toMatchObject({ code: 2, stdout: '' });
  expect(existsSync(path)).toBe(false);
});

const proveWords = ({
  name,
  challenge,
  k1,
  k2,
  pow_difficulty,
  nonces_per_pass,
}: Dir): string[] => [
  ...['prove', vectorDirectory(name), '--challenge', challenge],
  ...['--nonces', String(nonces_per_pass), '--pow-difficulty', pow_difficulty],
  ...['--k1', String(k1), '--k2', String(k2), '--threads', '1'],
];

test.each(['n2-single', 'n2-second-pass'])(
  'prove: %s, the proof of the reference',
  async (name) => {
    const dir = vector(name);
    const { code, stdout } = await runCli(proveWords(dir));
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual(JSON.parse(dir.proof_json_as_serialised_by_post_rs));
  },
);

test('prove: an abort with --out, continued to the proof of the reference', async () => {
  const dir = vector('n2-second-pass');
  const out = join(folder, 'proof.json');
  const words = [...proveWords(dir), '--out', out];
  const controller = new AbortController();
  const first = runCli(words, { signal: controller.signal });
  setTimeout(() => controller.abort(), 20);
  expect((await first).code).toBe(130);
  expect(existsSync(`${out}.position`)).toBe(true);
  expect((await runCli(words)).code).toBe(0);
  expect(JSON.parse(readFileSync(out, 'utf8'))).toEqual(
    JSON.parse(dir.proof_json_as_serialised_by_post_rs),
  );
  expect(existsSync(`${out}.position`)).toBe(false);
});

test('prove: a position of another proof, refused', async () => {
  const out = join(folder, 'refused.json');
  writeFileSync(`${out}.position`, '{"request":"other"}');
  const run = await runCli([...proveWords(vector('n2-single')), '--out', out]);
  expect(run).toMatchObject({ code: 3, stdout: '' });
  expect(run.stderr).toContain('error[checkpoint-mismatch]');
});

test('prove: nonces that are not a multiple of 16, exit code 2', async () => {
  const run = await runCli([...proveWords(vector('n2-single')), '--nonces', '10']);
  expect(run).toMatchObject({ code: 2, stdout: '' });
  expect(run.stderr).toContain('error[nonces-invalid]');
});

test('check: shards by files, together the labels of all', async () => {
  const path = vectorDirectory('n2-multi');
  let checked = 0;
  for (const number of [1, 2, 3, 4, 5, 6]) {
    const words = ['check', path, '--all', '--scrypt-n', '2', '--json'];
    const { code, stdout } = await runCli([...words, '--shard', `${number}/6`]);
    expect(code).toBe(0);
    checked += (JSON.parse(stdout) as { readonly checked: number }).checked;
  }
  expect(checked).toBe(31_000);
});

/** A copy with 300 damaged bytes across two labels' sectors, and the report of its check. */
async function damaged(name: string): Promise<{ path: string; report: string; words: string[] }> {
  const path = join(folder, name);
  cpSync(vectorDirectory('n2-multi'), path, { recursive: true });
  const file = join(path, 'postdata_1.bin');
  const bytes = readFileSync(file);
  bytes.fill(0, 4000, 4300);
  writeFileSync(file, bytes);
  const check = await runCli(['check', path, '--all', '--scrypt-n', '2', '--json']);
  expect(check.code).toBe(1);
  const report = join(folder, `${name}.json`);
  writeFileSync(report, check.stdout);
  const words = ['repair', path, '--from-check', report, '--scrypt-n', '2'];
  return { path, report, words };
}
const multiFiles = folderContents(vectorDirectory('n2-multi'));

test('repair: without --write, exit code 4, the ranges and nothing written', async () => {
  const { path, words } = await damaged('listed');
  const before = folderContents(path);
  const { code, stdout } = await runCli(words);
  expect(code).toBe(4);
  expect(stdout).toContain('To repair: 19 wrong labels in 1 range.');
  expect(stdout).toContain('postdata_1.bin at byte 4000');
  expect(folderContents(path)).toEqual(before);
  expect(existsSync(`${path}.originals`)).toBe(false);
});

test('repair: --write, the bytes of the vectors and the original bytes aside', async () => {
  const { path, words } = await damaged('repaired');
  const { code, stdout } = await runCli([...words, '--write', '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ written: true, badLabels: 19 });
  expect(folderContents(path)).toEqual(multiFiles);
  const [original] = Object.values(folderContents(`${path}.originals`));
  expect(original?.subarray(0, 300)).toEqual(Buffer.alloc(300));
  expect((await runCli([...words, '--write'])).stdout).toContain('there is nothing to repair');
});

test('repair: data of another identity, refused and nothing written', async () => {
  const { path, words } = await damaged('foreign');
  cpSync(join(vectorDirectory('n2-multi'), 'postdata_2.bin'), join(path, 'postdata_1.bin'));
  const before = folderContents(path);
  const run = await runCli([...words, '--write']);
  expect(run).toMatchObject({ code: 3, stdout: '' });
  expect(run.stderr).toContain('error[repair-no-evidence]');
  expect(folderContents(path)).toEqual(before);
});

test('repair: a report that is not one of check, exit code 3', async () => {
  const run = await runCli(['repair', vectorDirectory('n2-multi'), '--from-check', 'package.json']);
  expect(run).toMatchObject({ code: 3, stdout: '' });
  expect(run.stderr).toContain('error[report-not-readable]');
});
