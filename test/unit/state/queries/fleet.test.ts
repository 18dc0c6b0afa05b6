/** A fleet over the sample and over databases that lack something; every sum counted again by SQLite itself. */
import { readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { toHex } from '../../../../src/base/bytes';
import { fleetTotals } from '../../../../src/state/fleet/totals';
import type { Sql } from '../../../../src/state/engine/sqljs';
import { fleet, layersHit, shareOf, type Fleet } from '../../../../src/state/queries/fleet';
import { fleetIncome } from '../../../../src/state/queries/fleet-income';
import { asQueryable, editedCopy, loadNodeSql, openOnDisk } from '../../../support/node-engine';
import { askUntouched } from '../../../support/native-sqlite';

const sample = 'public/sample/state.sql';
const linesOf = (sql: string): string[] => askUntouched(sample, sql).split('\n').filter(Boolean);
const meta = JSON.parse(readFileSync('test/data/node/meta.json', 'utf8')) as {
  smeshers: Record<string, string>;
};
const idOf = (name: string): string => meta.smeshers[name] ?? '';
const all = Object.values(meta.smeshers);
const rules = { layersPerEpoch: 10, committeeSize: 50, minWeight: 0n };
const stranger = 'ab'.repeat(32);

let SQL: Sql;
beforeAll(async () => {
  SQL = await loadNodeSql();
});
const of = async (ids: readonly string[], path = sample): Promise<Fleet> => {
  const engine = openOnDisk(SQL, path);
  try {
    return await fleet(asQueryable(engine), ids, rules);
  } finally {
    engine.close();
  }
};
const edited = async (statements: string, ids: readonly string[] = all): Promise<Fleet> => {
  const path = await editedCopy(sample, statements);
  try {
    return await of(ids, path);
  } finally {
    rmSync(dirname(path), { recursive: true });
  }
};
const sumOf = (rows: readonly { smidge: bigint }[]): bigint =>
  rows.reduce((sum, { smidge }) => sum + smidge, 0n);
const blobs = (ids: readonly string[]): string => ids.map((id) => `x'${id}'`).join();

describe('fleet', () => {
  test('all smeshers of the sample: smidge, rewards and weights are SQLite’s sums', async () => {
    const { rows } = await of(all);
    expect(sumOf(rows)).toBe(BigInt(askUntouched(sample, 'SELECT sum(total_reward) FROM rewards')));
    const perEpoch = fleetTotals(rows, ({ epoch }) => String(epoch)).filter(
      ({ smidge }) => smidge > 0n,
    );
    expect(perEpoch.map(({ key, rewards, smidge }) => `${key}|${rewards}|${smidge}`)).toEqual(
      linesOf('SELECT layer / 10, count(*), sum(total_reward) FROM rewards GROUP BY 1 ORDER BY 1'),
    );
    const weight = rows.reduce((sum, row) => sum + row.weight, 0n);
    expect(weight).toBe(BigInt(askUntouched(sample, 'SELECT sum(weight) FROM atxs')));
  });

  test.each(['A', 'C', 'M_malicious'])(
    'smesher %s: its epochs as SQLite counts them',
    async (name) => {
      const { rows } = await of([idOf(name)]);
      const paid = rows.filter(({ rewards }) => rewards !== 0);
      expect(paid.map(({ epoch, rewards, smidge }) => `${epoch}|${rewards}|${smidge}`)).toEqual(
        linesOf(
          `SELECT layer / 10, count(*), sum(total_reward) FROM rewards WHERE pubkey = x'${idOf(name)}' GROUP BY 1`,
        ),
      );
    },
  );

  test('members of merged ATXs: their shares add up to what the publisher was paid', async () => {
    const names = ['B1_primary', 'B2', 'B3'].map(idOf);
    const { rows } = await of(names);
    const mergedEpochs = rows.filter(({ members }) => members === 3);
    expect(mergedEpochs.length).toBeGreaterThan(0);
    expect(sumOf(rows)).toBe(
      BigInt(
        askUntouched(
          sample,
          `SELECT sum(total_reward) FROM rewards WHERE pubkey IN (${blobs(names)})`,
        ),
      ),
    );
    // One member alone has the same shares: they do not depend on who is in the fleet.
    const alone = await of([idOf('B2')]);
    const ofB2 = rows.filter(({ smesher }) => toHex(smesher) === idOf('B2'));
    expect(alone.rows.map(({ epoch, smidge }) => [epoch, smidge])).toEqual(
      ofB2.map(({ epoch, smidge }) => [epoch, smidge]),
    );
    expect(sumOf(alone.rows)).toBeGreaterThan(0n);
  });

  test('an epoch without an ATX, and one whose ATX earned nothing: both are missing, the newest first', async () => {
    const { missing } = await edited(
      `DELETE FROM posts WHERE pubkey = x'${idOf('A')}' AND publish_epoch = 5;
       DELETE FROM rewards WHERE pubkey = x'${idOf('A')}' AND layer BETWEEN 60 AND 69;
       DELETE FROM rewards WHERE pubkey = x'${idOf('C')}' AND layer BETWEEN 70 AND 79;`,
    );
    expect(
      missing
        .filter(({ smesher }) => [idOf('A'), idOf('C')].includes(toHex(smesher)))
        .map(({ smesher, epoch, what }) => [toHex(smesher), epoch, what]),
    ).toEqual([
      [idOf('C'), 7, 'nothing-earned'],
      [idOf('A'), 6, 'not-published'],
    ]);
  });

  test('the running epoch: no ATX yet is not a miss', async () => {
    const { missing, lastOver } = await edited(
      `DELETE FROM posts WHERE pubkey = x'${idOf('A')}' AND publish_epoch >= 12;
       DELETE FROM rewards WHERE layer >= 130;
       DELETE FROM layers WHERE id > 139;`,
      [idOf('A')],
    );
    expect(missing.map(({ epoch, what }) => [epoch, what])).toEqual(
      [15, 14, 13].map((epoch) => [
        epoch,
        epoch - 1 <= lastOver ? 'not-published' : 'not-yet-published',
      ]),
    );
    expect(missing.some(({ what }) => what === 'not-yet-published')).toBe(true);
  });

  test('an id that the database does not have: unknown', async () => {
    const { rows, missing } = await of([stranger]);
    expect(rows).toEqual([]);
    expect(missing.map(({ what }) => what)).toEqual(['unknown']);
  });

  test('rewards that name no smesher, as from before v1.3: not known, and never "earned nothing"', async () => {
    const { rows, missing, unnamedUpTo } = await edited(
      'UPDATE rewards SET pubkey = NULL WHERE layer < 80',
      [idOf('A')],
    );
    expect(unnamedUpTo).toBe(7);
    expect(rows.filter(({ epoch }) => epoch <= 7).map(({ rewards }) => rewards)).toEqual(
      rows.filter(({ epoch }) => epoch <= 7).map(() => null),
    );
    expect(missing.filter(({ what }) => what === 'nothing-earned')).toEqual([]);
  });

  test('a start from a checkpoint in the middle of an epoch: that epoch is not judged', async () => {
    const { missing, unnamedUpTo } = await edited('DELETE FROM rewards WHERE layer < 75', [
      idOf('A'),
    ]);
    expect(unnamedUpTo).toBe(7);
    expect(missing.filter(({ what }) => what === 'nothing-earned')).toEqual([]);
  });

  test('rewards whose ATX is not in the database: a row without an ATX', async () => {
    const { rows } = await edited(`DELETE FROM posts WHERE pubkey = x'${idOf('A')}'`, [idOf('A')]);
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.every(({ atx, slots }) => atx === null && slots === null)).toBe(true);
  });

  test('more ids than the limit: refused', async () => {
    await expect(of(Array.from({ length: 10_001 }, () => stranger))).rejects.toMatchObject({
      code: 'fleet-too-large',
    });
  });
});

test('fleetIncome: by layer and coinbase, SQLite’s sums', async () => {
  const ids = [idOf('A'), idOf('C')];
  const engine = openOnDisk(SQL, sample);
  const income = await fleetIncome(asQueryable(engine), ids);
  engine.close();
  expect(
    income.map((row) => `${row.layer}|${toHex(row.coinbase)}|${row.rewards}|${row.smidge}`),
  ).toEqual(
    linesOf(
      `SELECT layer, lower(hex(coinbase)), count(*), sum(total_reward) FROM rewards WHERE pubkey IN (${blobs(ids)}) GROUP BY 1, 2 ORDER BY 1, 2`,
    ),
  );
});

test('layersHit: few slots hit a layer each, many hit the layers that there are', () => {
  expect(layersHit(3, 4032)).toBeCloseTo(3, 2);
  expect(layersHit(200, 10)).toBeCloseTo(10, 6);
  expect(layersHit(1, 10)).toBeCloseTo(1, 12);
});

test('fleet: the missed layers of an epoch are never more than its layers', async () => {
  const { rows, lastOver } = await of(all);
  for (const { epoch, missed, rewards } of rows) {
    if (missed === null) expect(epoch).toBeGreaterThan(lastOver);
    else expect(missed + (rewards ?? 0)).toBeLessThanOrEqual(10);
  }
});

test('shareOf: amounts that do not divide, shares that add up', () => {
  const members = [3n, 5n, 7n].map((units, i) => ({ smesher: String(i), units }));
  for (const amount of [0n, 1n, 2n, 100n, 7_801_351_090_753n]) {
    const shares = members.map(({ smesher }) => shareOf(amount, members, smesher));
    expect(shares.reduce((sum, share) => sum + share, 0n)).toBe(amount);
  }
  expect(shareOf(150n, members, '1')).toBe(50n);
  expect(shareOf(150n, members, 'another')).toBe(0n);
});
