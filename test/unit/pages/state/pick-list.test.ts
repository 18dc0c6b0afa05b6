/** The list of smeshers, compared with SQLite's own filters and orders. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toHex } from '../../../../src/base/bytes';
import {
  publishers,
  type PublisherQuestion,
  type Publishers,
} from '../../../../src/pages/state/pick-list';
import type { Engine } from '../../../../src/state/engine/engine';
import { asQueryable, loadNodeSql, openOnDisk } from '../../../support/node-engine';
import { askUntouched } from '../../../support/native-sqlite';

const sample = 'public/sample/state.sql';
const meta = JSON.parse(readFileSync('test/data/node/meta.json', 'utf8')) as {
  coinbases: Record<string, { hex: string; bech32: string }>;
};
const { hex = '', bech32 = '' } = meta.coinbases['C_second'] ?? {};

let engine: Engine;
beforeAll(async () => {
  engine = openOnDisk(await loadNodeSql(), sample);
});
afterAll(() => engine.close());

const list = (question: Partial<PublisherQuestion>): Promise<Publishers> =>
  publishers(asQueryable(engine), { epoch: 7, limit: 1000, ...question });
const idsOf = ({ rows }: Publishers): string[] =>
  rows.map(([, smesher]) => (smesher instanceof Uint8Array ? toHex(smesher) : ''));
const expected = (where: string, order: string): string[] =>
  askUntouched(sample, `SELECT lower(hex(pubkey)) FROM atxs WHERE ${where} ORDER BY ${order}`)
    .split('\n')
    .filter(Boolean);

test.each([
  ['weight', 'weight DESC, pubkey'],
  ['units', 'effective_num_units DESC, pubkey'],
  ['ticks', 'tick_count DESC, pubkey'],
  ['smesher', 'pubkey'],
] as const)('publishers: sorted by %s, as SQLite sorts', async (order, sql) => {
  expect(idsOf(await list({ order }))).toEqual(expected('epoch = 7', sql));
});

test('publishers: pages of two, together all of them, each with the total', async () => {
  const pages = await Promise.all([0, 1, 2, 3].map((page) => list({ limit: 2, page })));
  expect(pages.flatMap(idsOf)).toEqual(expected('epoch = 7', 'weight DESC, pubkey'));
  expect(pages.map(({ total }) => total)).toEqual([6, 6, 6, 6]);
});

test('publishers: by coinbase and units, and the query for the console has the values', async () => {
  const found = await list({ epoch: 12, coinbase: bech32, minUnits: 1 });
  expect(idsOf(found)).toEqual(expected(`epoch = 12 AND coinbase = x'${hex}'`, 'pubkey'));
  expect(found.total).toBe(1);
  expect(askUntouched(sample, `SELECT count(*) FROM (${found.sql})`).trim()).toBe('1');
  expect((await list({ minUnits: 99 })).total).toBe(0);
});
