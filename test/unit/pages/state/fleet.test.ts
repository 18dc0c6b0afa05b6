/** What the Fleet view makes of dropped files and of an answer; its exports are SQLite's sums. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { identitiesOf } from '../../../../src/pages/state/fleet-files';
import {
  FleetNames,
  fleetMatrix,
  fleetTable,
  fleetVerdict,
  summariseMisses,
  totalsBy,
} from '../../../../src/pages/state/fleet-tables';
import { summariseComparison } from '../../../../src/pages/state/compare-tables';
import { farmIdentitiesJson } from '../../../../src/protocol/farm-identities';
import type { FileKind } from '../../../../src/protocol/recognise';
import { eligibilityFor } from '../../../../src/protocol/eligibility';
import { resolveFleet } from '../../../../src/state/fleet/resolve';
import { fleet, type Fleet } from '../../../../src/state/queries/fleet';
import { tableAsFile } from '../../../../src/ui/table/file';
import { asQueryable, loadNodeSql, openOnDisk } from '../../../support/node-engine';
import { askUntouched } from '../../../support/native-sqlite';

const sample = 'public/sample/state.sql';
const meta = JSON.parse(readFileSync('test/data/node/meta.json', 'utf8')) as {
  smeshers: Record<string, string>;
  coinbases: Record<string, { bech32: string }>;
};
const idOf = (name: string): string => meta.smeshers[name] ?? '';
const coinbaseOfA = meta.coinbases['A']?.bech32 ?? '';

const dropped = (path: string, text: string) => ({
  path,
  file: new File([text], basename(path)),
});

test('identitiesOf: key, metadata, config, farm file and noise, each with its name and group', async () => {
  const publicKey = 'ab'.repeat(32);
  const metadata = readFileSync('public/sample/post/postdata_metadata.json', 'utf8');
  const kinds = new Map<FileKind, readonly ReturnType<typeof dropped>[]>([
    ['key', [dropped('rack/identities/one.key', `${'00'.repeat(32)}${publicKey}`)]],
    ['post-metadata', [dropped('disk1/postdata_metadata.json', metadata)]],
    ['post-data', [dropped('disk1/postdata_0.bin', 'noise')]],
    ['node-config', [dropped('A.json', readFileSync('test/data/node/config/A.json', 'utf8'))]],
    [
      'unknown',
      [
        dropped('FARM.json', farmIdentitiesJson([{ id: '31b356d7', group: 'home' }])),
        dropped('notes.txt', 'mine'),
      ],
    ],
  ]);
  const { identities, unused } = await identitiesOf(kinds);
  expect(identities).toEqual([
    { id: publicKey, name: 'one', group: 'identities' },
    { id: expect.stringMatching(/^[0-9a-f]{64}$/) as string, name: 'disk1' },
    { id: coinbaseOfA, group: 'A' },
    { id: '31b356d7', group: 'home' },
  ]);
  expect(unused).toEqual(['notes.txt']);
});

test('identitiesOf: a key file, its private half is never read', async () => {
  const reads: (readonly (number | undefined)[])[] = [];
  const file = new File([`${'11'.repeat(32)}${'22'.repeat(32)}`], 'local.key');
  const watched = new Proxy(file, {
    get: (target, name) => {
      if (name === 'size') return target.size;
      if (name !== 'slice') throw new Error(`${String(name)} was read`);
      return (start?: number, end?: number) => {
        reads.push([start, end]);
        return target.slice(start, end);
      };
    },
  });
  const { identities } = await identitiesOf(
    new Map([['key', [{ path: 'local.key', file: watched }]]]),
  );
  expect(identities[0]?.id).toBe('22'.repeat(32));
  expect(reads).toEqual([[64, 128]]);
});

test('the tables of a fleet: a coinbase for its smeshers, and a CSV whose sum is SQLite’s', async () => {
  const engine = openOnDisk(await loadNodeSql(), sample);
  const database = asQueryable(engine);
  const members = await resolveFleet(database, [
    { id: coinbaseOfA, group: 'home' },
    { id: idOf('C').slice(0, 8), name: 'third', group: 'away' },
    { id: idOf('A'), name: 'first' },
  ]);
  expect(members.map(({ name, group }) => [name, group])).toEqual([
    ['first', 'home'],
    ['third', 'away'],
  ]);
  const found = await fleet(
    database,
    members.map(({ smesher }) => smesher),
    eligibilityFor(10),
  );
  engine.close();
  const names = new FleetNames(members);
  const data = fleetTable(found, names);
  const file = await tableAsFile(
    {
      data,
      rows: Array.from({ length: data.rowCount }, (_, row) => row),
      columns: data.columns.map((_, column) => column),
      formatOf: () => undefined,
    },
    'csv',
  );
  const [head = '', ...lines] = (await file.text()).trim().split('\r\n');
  const place = head.split(',').indexOf('smidge');
  const sum = lines.reduce((total, line) => total + BigInt(line.split(',')[place] ?? ''), 0n);
  const sql = `SELECT sum(total_reward) FROM rewards WHERE pubkey IN (x'${idOf('A')}', x'${idOf('C')}')`;
  expect(String(sum)).toBe(askUntouched(sample, sql).trim());
  expect(
    totalsBy(found, names, 'group', () => '')
      .map(({ key }) => key)
      .sort(),
  ).toEqual(['away', 'home']);
  const matrix = fleetMatrix(found, members, names, 'units');
  expect(matrix.rowCount).toBe(2);
  expect(matrix.columns.slice(0, 3)).toEqual(['identity', 'group', '15']);
});

test('fleetVerdict: an all-clear names only the epochs that were judged', () => {
  const found = { rows: [], missing: [], lastOver: 8, unnamedUpTo: -1 };
  expect(fleetVerdict(found, 2)).toEqual({
    severity: 'good',
    title: 'All 2 identities published, and earned in each epoch up to 8',
  });
  expect(fleetVerdict({ ...found, unnamedUpTo: 5 }, 2)).toEqual({
    severity: 'good',
    title: 'All 2 identities published, and earned in each epoch from 6 to 8',
  });
  for (const none of [{ unnamedUpTo: 8 }, { lastOver: 1 }, { lastOver: -1 }])
    expect(fleetVerdict({ ...found, ...none }, 1)).toEqual({
      severity: 'info',
      title: 'All 1 identity published. Which epochs it earned in was not checked.',
    });
  const miss = { smesher: new Uint8Array(32), epoch: 10, what: 'not-yet-published' as const };
  expect(fleetVerdict({ ...found, missing: [miss] }, 1).severity).toBe('warn');
  expect(fleetVerdict({ ...found, missing: [{ ...miss, what: 'unknown' }] }, 1)).toEqual({
    severity: 'bad',
    title: 'Of 1 identity, look at these first',
  });
});

test('summariseMisses: what is missing, by its urgency', () => {
  const smesher = new Uint8Array(32);
  const missing: Fleet['missing'] = [
    { smesher, epoch: 9, what: 'not-published' },
    { smesher, epoch: 8, what: 'nothing-earned' },
    { smesher, epoch: 4, what: 'nothing-earned' },
    { smesher, epoch: 10, what: 'not-yet-published' },
  ];
  expect(summariseMisses({ rows: [], missing, lastOver: 8, unnamedUpTo: -1 })).toEqual([
    '1 published no ATX for epoch 9, and earn nothing in it',
    '1 had an ATX and earned nothing in epoch 8',
    '1 not yet published for epoch 10: the epoch for it is running',
    '1 problem in earlier epochs, in the table below',
  ]);
});

test('summariseComparison: equal, rows that one lacks, another state hash', () => {
  const table = {
    ...{ name: 'rewards', same: 5, onlyHere: 0, onlyThere: 0, different: 0 },
    ...{ firstDifference: null, differences: [], notCompared: [] },
  };
  const base = {
    ...{ hashesCompared: true, firstStateHash: null, firstAggregatedHash: null },
    ...{ pages: 1, equalPages: 1 },
  };
  expect(summariseComparison({ ...base, tables: [table] }).severity).toBe('good');
  expect(summariseComparison({ ...base, tables: [{ ...table, same: null }] }).severity).toBe(
    'warn',
  );
  expect(summariseComparison({ ...base, tables: [{ ...table, onlyHere: 1 }] })).toMatchObject({
    severity: 'warn',
    text: expect.stringMatching(/^1 row is only here, 0 rows are only there/) as string,
  });
  expect(
    summariseComparison({ ...base, tables: [{ ...table, different: 1 }], firstStateHash: 90 }),
  ).toMatchObject({ severity: 'bad', title: 'The states differ from layer 90 on' });
  const different = { ...base, tables: [{ ...table, different: 1 }] };
  expect(summariseComparison(different).title).toBe('Rows differ, and no state hash does');
  expect(summariseComparison({ ...different, hashesCompared: false })).toMatchObject({
    title: 'Rows differ',
    text: expect.stringContaining('State hashes were not compared') as string,
  });
});
