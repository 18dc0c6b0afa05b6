import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { farmIdentitiesJson } from '../../../src/protocol/farm-identities';
import { runCli } from '../../support/cli';

const sample = 'public/sample/state.sql';
const smesher = '31b356d7425a660120b9aafadba779a513c1726d9221c84614dcd320005e2c55';

interface Row {
  readonly layer: number;
  readonly epoch: number;
  readonly total_reward: number | string;
  readonly total_smidge: number | string;
}
interface Expected {
  readonly queries: Record<string, { readonly runs: readonly { readonly rows: readonly Row[] }[] }>;
}
const expected = JSON.parse(readFileSync('test/data/node/expected.json', 'utf8')) as Expected;
const rowsOf = (name: string): readonly Row[] => expected.queries[name]?.runs[0]?.rows ?? [];

interface Document {
  readonly count: number;
  readonly totalSmidge: string;
  readonly layersPerEpochSource: string;
  readonly rewards: readonly { readonly layer: number; readonly totalSmidge: string }[];
  readonly epochs: readonly { readonly epoch: number; readonly totalSmidge: string }[];
}

const folder = mkdtempSync(join(tmpdir(), 'cli-rewards-'));
afterAll(() => rmSync(folder, { recursive: true }));

const smesherForms = [
  smesher,
  smesher.toUpperCase(),
  `0x${smesher}`,
  Buffer.from(smesher, 'hex').toString('base64'),
  smesher.slice(0, 10),
];
test.each(smesherForms)('rewards: the smesher as %s, the rows of sqlite3', async (form) => {
  const { code, stdout } = await runCli(['rewards', sample, '--smesher', form, '--json']);
  expect(code).toBe(0);
  const { rewards, count } = JSON.parse(stdout) as Document;
  const rows = rowsOf('rewards_by_smesher');
  expect(count).toBe(rows.length);
  expect(rewards.map(({ layer, totalSmidge }) => [layer, totalSmidge])).toEqual(
    rows.map(({ layer, total_reward }) => [layer, String(total_reward)]),
  );
});

test('rewards: --by epoch, the sums of sqlite3 by the epochs that the ballots show', async () => {
  const words = ['rewards', sample, '--smesher', smesher, '--by', 'epoch', '--json'];
  const { stdout } = await runCli(words);
  const { epochs, layersPerEpochSource } = JSON.parse(stdout) as Document;
  expect(layersPerEpochSource).toBe('inferred');
  expect(epochs.map(({ epoch, totalSmidge }) => [epoch, totalSmidge])).toEqual(
    rowsOf('rewards_by_smesher_per_epoch').map(({ epoch, total_smidge }) => [
      epoch,
      String(total_smidge),
    ]),
  );
});

test('rewards: a coinbase by its address and a range of layers, only these', async () => {
  const address = 'stest1qqqqqqz2ak2pgy0erzzlfyapgj4mntxj3sq44tgjlxzqh';
  const [first, second] = rowsOf('rewards_by_coinbase');
  const { stdout } = await runCli([
    ...['rewards', sample, '--coinbase', address, '--json'],
    ...['--from-layer', String(first?.layer), '--to-layer', String(second?.layer)],
  ]);
  expect((JSON.parse(stdout) as Document).rewards.map(({ layer }) => layer)).toEqual([
    first?.layer,
    second?.layer,
  ]);
});

test('rewards: text, a line for each epoch and the total', async () => {
  const { stdout } = await runCli(['rewards', sample, '--smesher', smesher, '--by', 'epoch']);
  const lines = stdout.trimEnd().split('\n');
  expect(lines).toHaveLength(2 + rowsOf('rewards_by_smesher_per_epoch').length + 1);
  expect(lines.at(-1)).toMatch(/^Total: [\d,.]+ SMH in 124 rewards, /);
});

test('rewards: --by month with days as layers, the sums of the rows in each month', async () => {
  const clock = ['--genesis', '2024-01-01T00:00:00Z', '--layer-seconds', '86400'];
  const words = ['rewards', sample, '--smesher', smesher, '--json'];
  const { code, stdout } = await runCli([...words, '--by', 'month', ...clock]);
  expect(code).toBe(0);
  const sums = new Map<string, bigint>();
  for (const { layer, total_reward } of rowsOf('rewards_by_smesher')) {
    const month = new Date(Date.UTC(2024, 0, 1 + layer)).toISOString().slice(0, 7);
    sums.set(month, (sums.get(month) ?? 0n) + BigInt(total_reward));
  }
  expect(sums.size).toBeGreaterThan(1);
  const { months } = JSON.parse(stdout) as {
    readonly months: readonly { readonly month: string; readonly totalSmidge: string }[];
  };
  expect(months.map(({ month, totalSmidge }) => [month, totalSmidge])).toEqual(
    [...sums].map(([month, sum]) => [month, String(sum)]),
  );
});

test.each([
  ['of another network without its start', []],
  ['a start without time zone', ['--genesis', '2024-01-01T00:00:00', '--layer-seconds', '60']],
  ['a start without the duration of a layer', ['--genesis', '2024-01-01T00:00:00Z']],
])('rewards: --by month, %s, exit code 2', async (_what, clock) => {
  const words = ['rewards', sample, '--smesher', smesher, '--by', 'month', ...clock];
  const run = await runCli(words);
  expect(run).toMatchObject({ code: 2, stdout: '' });
  expect(run.stderr).toContain('error[option-genesis]');
});

test('rewards: --fleet, the identities of a farm file and of a list of ids', async () => {
  const farm = join(folder, 'FARM.json');
  const list = join(folder, 'ids.txt');
  writeFileSync(farm, farmIdentitiesJson([{ name: 'a', id: smesher }]));
  writeFileSync(list, `# mine\n${smesher.slice(0, 12)} # the first\n`);
  for (const path of [farm, list]) {
    const { code, stdout } = await runCli(['rewards', sample, '--fleet', path, '--json']);
    expect(code).toBe(0);
    expect((JSON.parse(stdout) as Document).count).toBe(rowsOf('rewards_by_smesher').length);
  }
});

test.each([
  [
    'an identity without id',
    '{"format":"post-workbench-farm","identities":[{"name":"a","id":"11"},{"name":"b"}]}',
    'have no "id": b',
  ],
  ['no id', '# none yet', 'names no smesher'],
  ['no JSON', '{', 'is not JSON'],
])('rewards: --fleet with %s, refused', async (_what, text, message) => {
  const path = join(folder, 'bad.json');
  writeFileSync(path, text);
  const run = await runCli(['rewards', sample, '--fleet', path]);
  expect(run).toMatchObject({ code: 3, stdout: '' });
  expect(run.stderr).toContain(message);
});

test.each([
  ['no id', [], 'rewards-no-filter'],
  ['a part of an id that fits nothing', ['--smesher', 'ffffffff'], 'id-unknown'],
  ['an address with a typing error', ['--coinbase', 'sm1qqqq'], 'address-not-readable'],
  ['a layer that is not a number', ['--smesher', smesher, '--from-layer', '1e3'], 'option-number'],
])('rewards: %s, exit code 2', async (_what, words, code) => {
  const run = await runCli(['rewards', sample, ...words]);
  expect(run).toMatchObject({ code: 2, stdout: '' });
  expect(run.stderr).toContain(`error[${code}]`);
});
