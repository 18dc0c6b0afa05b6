// Audits of the sample's database in shards; about 15 s, most of it signatures.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { shardSpan } from '../../../src/audit/run';
import { identityColumns } from '../../../src/cli/audit/rows';
import { runCli } from '../../support/cli';

const sample = 'public/sample/state.sql';
const folder = mkdtempSync(join(tmpdir(), 'cli-audit-'));
afterAll(() => rmSync(folder, { recursive: true }));
const audit = ['audit', sample, '--all', '--labels', 'none'];

type Row = Readonly<Record<string, unknown>>;

const partNames = (path: string): string[] =>
  readdirSync(path).sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));

/** Rows of a Parquet file, without the columns that name its shard. */
async function rowsOf(path: string): Promise<Row[]> {
  const rows = await parquetReadObjects({ file: await asyncBufferFromFile(path) });
  return rows.map(({ shard: _shard, shards: _shards, ...row }) => row);
}

let unsharded: Row[] = [];
beforeAll(async () => {
  const out = join(folder, 'all');
  const { code, stdout } = await runCli([...audit, '--out', out, '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ chosen: 72, passed: 72, failed: 0, outcome: 'pass' });
  unsharded = await rowsOf(join(out, 'audit-1-of-1.parquet'));
}, 120_000);

async function runShards(numbers: readonly number[], total: number): Promise<string> {
  const out = join(folder, `of-${total}`);
  for (const number of numbers) {
    const run = await runCli([...audit, '--shard', `${number}/${total}`, '--out', out]);
    expect(run.code).toBe(0);
  }
  return out;
}

const upTo = (total: number): number[] => Array.from({ length: total }, (_, i) => i + 1);
/** All 64 shards take half a minute; `AUDIT_ALL=1` runs them. */
const totals = process.env['AUDIT_ALL'] === undefined ? [3] : [3, 64];

test.each(totals)('audit: %d shards, together the unsharded rows', async (total) => {
  const out = await runShards(upTo(total), total);
  const rows: Row[] = [];
  for (const name of partNames(out)) rows.push(...(await rowsOf(join(out, name))));
  expect(rows).toEqual(unsharded);
  const joined = join(folder, `joined-${total}.parquet`);
  const run = await runCli(['join', out, '--out', joined]);
  expect(run.stdout).toContain('All 72 ATXs were audited: none fails.');
  expect(run.code).toBe(0);
  expect(await rowsOf(joined)).toEqual(unsharded);
});

test('audit: shards of 64, each its span of the unsharded rows', async () => {
  const numbers = [1, 9, 64];
  const out = await runShards(numbers, 64);
  for (const number of numbers) {
    const { first, end } = shardSpan(72, { number, total: 64 });
    const rows = await rowsOf(join(out, `audit-${number}-of-64.parquet`));
    expect(rows).toEqual(unsharded.slice(first, end));
  }
});

test.each([0, 1, 3, 63, 64, 72, 4_294_967])('shardSpan: %d items, each in one shard', (size) => {
  for (const total of [1, 3, 64]) {
    const spans = upTo(total).map((number) => shardSpan(size, { number, total }));
    expect(spans[0]?.first).toBe(0);
    expect(spans.at(-1).end).toBe(size);
    for (const [i, { first }] of spans.entries()) expect(first).toBe(spans[i - 1]?.end ?? 0);
  }
});

test('audit: a shard that is interrupted, exit code 130 and the same rows after the next run', async () => {
  const out = join(folder, 'interrupted');
  const words = [...audit, '--shard', '1/3', '--out', out];
  const journal = join(out, 'audit-1-of-3.parquet.journal');
  const controller = new AbortController();
  const isUnderWay = () =>
    existsSync(journal) && readFileSync(journal, 'utf8').split('\n').length > 5;
  const timer = setInterval(() => {
    if (isUnderWay()) controller.abort(new DOMException('stopped', 'AbortError'));
  }, 1);
  const first = await runCli(words, { signal: controller.signal });
  clearInterval(timer);
  expect(first).toMatchObject({ code: 130, stdout: '' });
  expect(first.stderr).toContain('Run the same command again to continue.');
  expect((await runCli(words)).stdout).toContain('All 24 ATXs were audited: none fails.');
  expect(await rowsOf(join(out, 'audit-1-of-3.parquet'))).toEqual(unsharded.slice(0, 24));
});

test('audit: a journal that was killed in the middle of a line, the same rows', async () => {
  const out = join(folder, 'killed');
  const words = [...audit, '--shard', '1/12', '--out', out];
  // What a kill leaves: complete lines, and a part of one.
  const path = join(out, 'audit-1-of-12.parquet');
  await runCli(words);
  const rows = await parquetReadObjects({ file: await asyncBufferFromFile(path) });
  const toText = (value: unknown): string =>
    JSON.stringify(value, (_key, part: unknown) =>
      typeof part === 'bigint' ? Number(part) : part,
    );
  const [head = {}] = rows as readonly Row[];
  const identity = Object.fromEntries(
    Object.entries(identityColumns).map(([key, column]) => [key, head[column]]),
  );
  const lines = [identity, ...rows.slice(0, 3)].map((line) => `${toText(line)}\n`).join('');
  const journal = `${path}.journal`;
  rmSync(path);
  writeFileSync(journal, lines);
  truncateSync(journal, Buffer.byteLength(lines) - 40);
  expect((await runCli(words)).code).toBe(0);
  expect(await rowsOf(path)).toEqual(unsharded.slice(0, 6));
  expect(existsSync(journal)).toBe(false);
});

test('audit: a part that is complete, its result again and nothing is audited', async () => {
  const out = join(folder, 'all');
  const before = readFileSync(join(out, 'audit-1-of-1.parquet'));
  const run = await runCli([...audit, '--out', out]);
  expect(run.stdout).toContain('All 72 ATXs were audited: none fails.');
  expect(readFileSync(join(out, 'audit-1-of-1.parquet'))).toEqual(before);
});

test('audit: a folder with the part of another choice, refused', async () => {
  const words = ['audit', sample, '--epoch', '2', '--labels', 'none', '--out', join(folder, 'all')];
  const run = await runCli(words);
  expect(run).toMatchObject({ code: 3, stdout: '' });
  expect(run.stderr).toContain('error[part-differs]');
});

test('audit: one label of each PoST and its k2pow, exit code 0', async () => {
  const words = ['audit', sample, '--all', '--sample', '1', '--labels', 'one', '--json'];
  const run = await runCli(words);
  expect(run.code).toBe(0);
  expect(JSON.parse(run.stdout)).toMatchObject({ chosen: 1, passed: 1, skipped: [] });
});

test('audit: an ATX with a changed byte, exit code 1 and its failed checks', async () => {
  const { openSample } = await import('../../support/audit');
  const path = join(folder, 'changed.sql');
  cpSync(sample, path);
  const database = await openSample();
  const { rows } = await database.query('SELECT id, atx FROM atx_blobs LIMIT 1');
  const blob = rows[0]?.[1] as Uint8Array;
  const bytes = readFileSync(path);
  // The blob's last byte is of its signature.
  const at = bytes.indexOf(blob.subarray(-40));
  if (at < 0) throw new Error('the blob is not in one piece');
  bytes.writeUInt8(bytes.readUInt8(at + 39) ^ 1, at + 39);
  writeFileSync(path, bytes);
  const atx = Buffer.from(rows[0]?.[0] as Uint8Array).toString('hex');
  const run = await runCli(['audit', path, '--all', '--labels', 'none', '--json']);
  expect(run.code).toBe(1);
  expect(JSON.parse(run.stdout)).toMatchObject({
    outcome: 'fail',
    failed: 1,
    notPassed: [{ atx, outcome: 'fail', failed: expect.stringContaining('signature') as string }],
  });
});

test('join: a shard is missing, exit code 3 and its number', async () => {
  const out = join(folder, 'missing');
  mkdirSync(out);
  for (const number of [1, 3])
    cpSync(
      join(folder, 'of-3', `audit-${number}-of-3.parquet`),
      join(out, `audit-${number}-of-3.parquet`),
    );
  const run = await runCli(['join', out]);
  expect(run).toMatchObject({ code: 3, stdout: '' });
  expect(run.stderr).toContain('Of 3 shards these are missing: 2.');
});

test('join: a shard of another database, refused', async () => {
  const out = join(folder, 'mixed');
  cpSync(join(folder, 'missing'), out, { recursive: true });
  const copy = join(folder, 'copy.sql');
  cpSync(sample, copy);
  const bytes = readFileSync(copy);
  // The change counter of the header.
  bytes.writeUInt32BE(bytes.readUInt32BE(24) + 1, 24);
  bytes.writeUInt32BE(bytes.readUInt32BE(92) + 1, 92);
  writeFileSync(copy, bytes);
  await runCli(['audit', copy, '--all', '--labels', 'none', '--shard', '2/3', '--out', out]);
  const run = await runCli(['join', out]);
  expect(run).toMatchObject({ code: 3, stdout: '' });
  expect(run.stderr).toContain('error[part-differs]');
});

test('join: a shard twice, or a file that is not a part, exit code 3', async () => {
  const part = join(folder, 'of-3', 'audit-1-of-3.parquet');
  expect((await runCli(['join', part, part])).stderr).toContain('error[part-twice]');
  expect((await runCli(['join', 'package.json'])).stderr).toContain('error[part-not-readable]');
  expect(await runCli(['join', folder])).toMatchObject({ code: 3, stdout: '' });
});

test.each([
  ['no choice', [], 'option-choice'],
  ['two choices', ['--all', '--epoch', '2'], 'option-choice'],
  ['a shard above its total', ['--all', '--shard', '4/3'], 'option-shard'],
  ['a shard 0', ['--all', '--shard', '0/3'], 'option-shard'],
  ['a smesher that is not there', ['--smesher', 'ffffffff'], 'id-unknown'],
])('audit: %s, exit code 2', async (_what, words, code) => {
  const run = await runCli(['audit', sample, ...words]);
  expect(run).toMatchObject({ code: 2, stdout: '' });
  expect(run.stderr).toContain(`error[${code}]`);
});

test('audit: an epoch without ATXs, exit code 3', async () => {
  const run = await runCli(['audit', sample, '--epoch', '99']);
  expect(run).toMatchObject({ code: 3, stdout: '' });
  expect(run.stderr).toContain('error[atxs-none]');
});
