// Every layer and every slot of the sample network adds up; each change is found and named; about 20 s.
import { hex } from '@scure/base';
import { beforeAll, describe, expect, test } from 'vitest';
import { auditRewards } from '../../../../src/audit/rewards/rewards';
import type { LayerRow, RewardDifference, RewardTotals } from '../../../../src/audit/rewards/types';
import { auditSlots } from '../../../../src/audit/slots/slots';
import { isEstimate, missedSlots, slotTotals } from '../../../../src/audit/slots/totals';
import { toHex } from '../../../../src/base/bytes';
import type { Sql } from '../../../../src/state/engine/sqljs';
import { asQueryable, loadNodeSql, openOnDisk } from '../../../support/node-engine';
import { askUntouched, sqlite3, withPrivateCopy } from '../../../support/native-sqlite';

const sample = 'public/sample/state.sql';
const network = { layersPerEpoch: 10, committeeSize: 50, minWeight: 0n };
const whole = { fromLayer: 0, toLayer: 145 };
const smesherA = '31b356d7425a660120b9aafadba779a513c1726d9221c84614dcd320005e2c55';

let SQL: Sql;
beforeAll(async () => {
  SQL = await loadNodeSql();
});

async function audit(
  path: string,
  range = whole,
): Promise<{ rows: LayerRow[]; differences: RewardDifference[]; totals: RewardTotals }> {
  const rows: LayerRow[] = [];
  const differences: RewardDifference[] = [];
  const totals = await auditRewards(asQueryable(openOnDisk(SQL, path)), network, range, {
    onLayers: (some, found) => {
      rows.push(...some);
      differences.push(...found);
    },
  });
  return { rows, differences, totals };
}

/** What is found after a change. */
const after = (sql: string, range = whole): Promise<RewardDifference[]> =>
  withPrivateCopy(sample, (copy) => {
    sqlite3(copy, sql);
    // The engine has the file open before the copy is deleted.
    return audit(copy, range).then(({ differences }) => differences);
  });

const named = (differences: readonly RewardDifference[]): string[] =>
  differences.map(({ code, layer }) => `${code} ${layer}`);

describe('the sample', () => {
  test('adds up, layer by layer, to the smidge', async () => {
    const { rows, differences, totals } = await audit(sample);
    expect(named(differences)).toEqual([]);
    expect(totals.byState).toEqual({ genesis: 20, empty: 1, applied: 125, 'not-applied': 0 });
    expect(totals.rewards).toBe(604);
    const [stored = ''] = askUntouched(sample, 'SELECT sum(total_reward) FROM rewards').split('\n');
    expect(String(totals.storedSmidge)).toBe(stored);
    expect(totals.expectedSmidge).toBe(totals.storedSmidge);
    expect(totals.feesSmidge).toBeGreaterThan(0n);
    expect(totals.issuanceSmidge + totals.feesSmidge).toBe(
      totals.storedSmidge + totals.burntSmidge,
    );
    // Rounding burns less than a smidge a reward; an empty layer burns all of it.
    for (const { state, burntSmidge, shares, issuanceSmidge } of rows)
      if (state === 'applied') expect(burntSmidge).toBeLessThan(BigInt(shares));
      else expect(burntSmidge).toBe(issuanceSmidge);
  });

  test('auditRewards: the outcome, and what was not checked', async () => {
    const database = asQueryable(openOnDisk(SQL, sample));
    const all = { fromLayer: 100, toLayer: 160 };
    expect(await auditRewards(database, network, all)).toMatchObject({
      outcome: 'pass',
      notChecked: ['15 layers that the node has not applied'],
      skipped: [],
      weightsNotChecked: 0,
    });
    const few = { fromLayer: 100, toLayer: 101 };
    expect(await auditRewards(database, network, few, { weights: false })).toMatchObject({
      outcome: 'pass',
      notChecked: ['weights in the blocks'],
      skipped: ['weights in the blocks'],
    });
    // No layer with a block: nothing was compared, so nothing passes.
    const none = { fromLayer: 146, toLayer: 160 };
    expect(await auditRewards(database, network, none)).toMatchObject({ outcome: 'inconclusive' });
  });

  test('is the same in steps that begin anywhere', async () => {
    const { rows } = await audit(sample);
    const part = await audit(sample, { fromLayer: 37, toLayer: 71 });
    expect(part.rows).toEqual(rows.slice(37, 72));
  });

  test('is complete in a copy of a running node, whose newest layers are in its -wal', async () => {
    const { differences, totals } = await audit('test/data/node/live_A/state.sql');
    expect(named(differences)).toEqual([]);
    expect(totals.rewards).toBe(479);
    expect(totals.byState['not-applied']).toBeGreaterThan(0);
  });
});

describe('a change is found and named', () => {
  const A = `x'${smesherA}'`;

  test.each([
    [
      'an amount',
      `UPDATE rewards SET total_reward = total_reward + 1 WHERE pubkey = ${A} AND layer = 60`,
      'reward-total 60',
    ],
    [
      'the part that is issuance',
      `UPDATE rewards SET layer_reward = layer_reward - 1 WHERE pubkey = ${A} AND layer = 60`,
      'reward-issuance 60',
    ],
    [
      'another coinbase',
      `UPDATE rewards SET coinbase = x'${'00'.repeat(23)}01' WHERE pubkey = ${A} AND layer = 60`,
      'reward-coinbase 60',
    ],
    [
      'a reward taken away',
      `DELETE FROM rewards WHERE pubkey = ${A} AND layer = 60`,
      'reward-missing 60',
    ],
    [
      'a reward added',
      `INSERT INTO rewards VALUES (x'${'ab'.repeat(32)}', x'${'00'.repeat(24)}', 60, 5, 5)`,
      'reward-unexpected 60',
    ],
    [
      'a reward in an empty layer',
      `INSERT INTO rewards VALUES (${A}, x'${'00'.repeat(24)}', 20, 5, 5)`,
      'reward-without-block 20',
    ],
    ['a block taken away', 'DELETE FROM blocks WHERE layer = 60', 'block-missing 60'],
    [
      'a block cut off',
      'UPDATE blocks SET block = substr(block, 1, 40) WHERE layer = 60',
      'block-damaged 60',
    ],
    [
      'a ballot taken away',
      `DELETE FROM ballots WHERE pubkey = ${A} AND layer = 65`,
      'ballot-missing 65',
    ],
    [
      'a ballot cut off',
      `UPDATE ballots SET ballot = substr(ballot, 1, 40) WHERE pubkey = ${A} AND layer = 65`,
      'ballot-damaged 65',
    ],
  ])('%s', async (_, sql, expected) => {
    const [difference, ...others] = await after(sql, { fromLayer: 18, toLayer: 66 });
    expect(named(difference ? [difference] : [])).toEqual([expected]);
    expect(others).toEqual([]);
    expect(difference?.explanation.length).toBeGreaterThan(20);
  });

  test('the amounts of a changed reward stand beside each other, with whose they are', async () => {
    const [difference] = await after(
      `UPDATE rewards SET total_reward = total_reward + 7 WHERE pubkey = ${A} AND layer = 60`,
      { fromLayer: 60, toLayer: 60 },
    );
    expect(difference?.smesher && toHex(difference.smesher)).toBe(smesherA);
    expect((difference?.storedSmidge ?? 0n) - (difference?.expectedSmidge ?? 0n)).toBe(7n);
  });

  test('weights in a block: its id no longer fits, and all of the layer is paid otherwise', async () => {
    // The first weight of the block of layer 60 is doubled in its numerator’s low byte.
    const differences = await after(
      `UPDATE blocks SET block = CAST(substr(block, 1, 39) || x'ff' || substr(block, 41) AS BLOB) WHERE layer = 60`,
      { fromLayer: 58, toLayer: 62 },
    );
    expect(new Set(differences.map(({ layer }) => layer))).toEqual(new Set([60]));
    const codes = new Set(differences.map(({ code }) => code));
    expect(codes.has('block-id') || codes.has('block-damaged')).toBe(true);
  });

  test('the weight of an ATX, in every layer that it is paid in', async () => {
    const differences = await after(
      `UPDATE atxs SET weight = weight + 1 WHERE pubkey = ${A} AND epoch = 5`,
      { fromLayer: 55, toLayer: 75 },
    );
    expect(differences.length).toBeGreaterThan(5);
    for (const { code, layer, smesher } of differences) {
      expect(code).toBe('block-weight');
      expect(Math.floor(layer / 10)).toBe(6);
      expect(smesher && toHex(smesher)).toBe(smesherA);
    }
  });

  test('an ATX that is gone: whom the block pays is inconclusive', async () => {
    const differences = await after(`DELETE FROM atxs WHERE pubkey = ${A} AND epoch = 5`, {
      fromLayer: 65,
      toLayer: 65,
    });
    expect(named(differences)).toEqual(['atx-unknown 65', 'reward-unexpected 65']);
  });

  test('in rows that name no smesher, by what their coinbases got', async () => {
    const unnamed = 'UPDATE rewards SET pubkey = NULL';
    expect(await after(unnamed, { fromLayer: 60, toLayer: 70 })).toEqual([]);
    const differences = await after(
      `UPDATE rewards SET total_reward = total_reward + 1 WHERE pubkey = ${A} AND layer = 60; ${unnamed}`,
      { fromLayer: 60, toLayer: 70 },
    );
    expect(named(differences)).toEqual(['reward-total 60']);
  });
});

describe('auditRewards: what a database does not determine', () => {
  const totalsAfter = (sql: string, range: typeof whole): Promise<RewardTotals> =>
    withPrivateCopy(sample, (copy) => {
      sqlite3(copy, sql);
      return audit(copy, range).then(({ totals }) => totals);
    });

  test('the first ballot of a smesher is missing, its weights are counted as not checked', async () => {
    const layers = `pubkey = x'${smesherA}' AND layer BETWEEN 60 AND 69`;
    const first = Number(askUntouched(sample, `SELECT min(layer) FROM ballots WHERE ${layers}`));
    const used = Number(
      askUntouched(sample, `SELECT count(DISTINCT layer) FROM ballots WHERE ${layers}`),
    );
    const totals = await totalsAfter(
      `DELETE FROM ballots WHERE pubkey = x'${smesherA}' AND layer = ${first}`,
      { fromLayer: first + 1, toLayer: 69 },
    );
    expect(totals).toMatchObject({ outcome: 'pass', differences: 0, weightsNotChecked: used - 1 });
    expect(totals.layersWithoutWeights).toContain(first + 1);
    const [gap = ''] = totals.notChecked;
    expect(gap).toContain(`${used - 1} weights in the blocks (number of slots unknown, in layers`);
    expect(gap).toContain(String(first + 1));
  });

  test('rows name no smesher, the rewards compared by coinbase are counted', async () => {
    const totals = await totalsAfter('UPDATE rewards SET pubkey = NULL', {
      fromLayer: 60,
      toLayer: 61,
    });
    expect(totals).toMatchObject({
      outcome: 'pass',
      notChecked: [`smeshers of ${totals.rewards} rewards (compared by coinbase only)`],
    });
  });

  test('the tables transactions and ballots are missing, fees and weights are named', async () => {
    const totals = await totalsAfter('DROP TABLE transactions; DROP TABLE ballots', {
      fromLayer: 60,
      toLayer: 61,
    });
    expect(totals).toMatchObject({
      outcome: 'pass',
      notChecked: ['weights in the blocks (no table ballots)', 'fees (no table transactions)'],
    });
  });
});

describe('the slots of a smesher', () => {
  const genesisId = new Uint8Array(hex.decode('e0d85b30c51b60bea1fd776ac203a10b80f08f12'));
  const slotsOf = (path: string, smesher: string) =>
    auditSlots(asQueryable(openOnDisk(SQL, path)), { ...network, genesisId }, smesher);

  test('slotTotals: a ballot cannot be read, its slots are named and the missed ones approximate', async () => {
    const epochs = await withPrivateCopy(sample, (copy) => {
      const last = `(SELECT max(layer) FROM ballots WHERE pubkey = x'${smesherA}' AND layer < 60)`;
      sqlite3(
        copy,
        `UPDATE ballots SET ballot = CAST(substr(ballot, 1, 40) AS BLOB) WHERE pubkey = x'${smesherA}' AND layer = ${last}`,
      );
      return slotsOf(copy, smesherA);
    });
    const totals = slotTotals(epochs);
    expect(totals).toMatchObject({ outcome: 'fail', isEstimate: true });
    expect(totals.notChecked).toContain('slots of 1 unreadable ballot');
  });

  test('slotTotals: an epoch without ballots, its slots are an estimate', async () => {
    const epochs = await withPrivateCopy(sample, (copy) => {
      sqlite3(
        copy,
        `DELETE FROM ballots WHERE pubkey = x'${smesherA}' AND layer BETWEEN 50 AND 59`,
      );
      return slotsOf(copy, smesherA);
    });
    expect(epochs.filter(isEstimate).map(({ epoch }) => epoch)).toEqual([5]);
    const totals = slotTotals(epochs);
    expect(totals).toMatchObject({ outcome: 'pass', isEstimate: true });
    expect(totals.notChecked).toEqual([
      'number of slots in epoch 5 (an estimate: no ballot states it)',
    ]);
    expect(totals.unused).toBeGreaterThan(0);
  });

  test('slotTotals: no epochs, inconclusive', () => {
    expect(slotTotals([])).toMatchObject({ outcome: 'inconclusive', missed: 0 });
  });

  test('auditSlots: the number that the first ballots state, and each ballot has its reward or its reason', async () => {
    const epochs = await slotsOf(sample, smesherA);
    expect(epochs.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 13 }, (_, i) => i + 2));
    for (const epoch of epochs) {
      expect(epoch.problems).toEqual([]);
      expect(epoch.totalFrom).toBe('active-set');
      expect(epoch.slots).toBe(epoch.statedSlots);
      expect(epoch.used + epoch.unused + epoch.toCome).toBe(epoch.slots);
      for (const ballot of epoch.ballots)
        if (ballot.outcome === 'rewarded') expect(ballot.storedSmidge).toBe(ballot.expectedSmidge);
        else expect(ballot.storedSmidge).toBeUndefined();
    }
    // Layer 20 had no block, and one ballot of epoch 4 came too late.
    const missed = epochs.flatMap(({ ballots }) =>
      ballots.filter(({ outcome }) => outcome !== 'rewarded'),
    );
    expect(missed.map(({ epoch, outcome }) => [epoch, outcome])).toEqual([
      [2, 'empty-layer'],
      [4, 'not-in-block'],
    ]);
    const totals = slotTotals(epochs);
    expect(totals).toMatchObject({
      outcome: 'pass',
      notChecked: [],
      isEstimate: false,
      wrongRewards: 0,
      undecided: 0,
    });
    expect(String(totals.storedSmidge)).toBe(
      askUntouched(
        sample,
        `SELECT sum(total_reward) FROM rewards WHERE pubkey = x'${smesherA}'`,
      ).trim(),
    );
  });

  test('of a merged identity are the publisher’s', async () => {
    const epochs = await slotsOf(
      sample,
      '43057b28bc8a99b1ea81668b5cb15a6177e7cc35e49fd77f1353aa5b93c5e700',
    );
    const merged = epochs.find(({ epoch }) => epoch === 9);
    expect(merged?.slots).toBe(0);
    expect(merged && toHex(merged.publisher)).toMatch(/^28d847b4/);
  });

  test('of a malicious one go unpaid, with that as the reason', async () => {
    const epochs = await slotsOf(
      sample,
      'd7e9c5ee5496712b0a8b1a74c890aa62dc11f03da6603e96d7ed7f9e96e6e7ee',
    );
    const last = epochs.find(({ epoch }) => epoch === 13);
    expect(last?.used).toBe(71);
    expect(last?.rewarded).toBe(0);
    for (const { outcome, explanation } of last?.ballots ?? []) {
      expect(outcome).toBe('not-in-block');
      expect(explanation).toContain('malicious');
    }
  });

  test('auditSlots: missed, undecided and wrongly paid slots, each with its own outcome', async () => {
    const A = `pubkey = x'${smesherA}'`;
    const epochs = await withPrivateCopy(sample, (copy) => {
      sqlite3(
        copy,
        `DELETE FROM ballots WHERE ${A} AND layer = 51;
         DELETE FROM rewards WHERE ${A} AND layer = 52;
         UPDATE rewards SET total_reward = total_reward + 1 WHERE ${A} AND layer = 53;
         UPDATE rewards SET coinbase = x'${'00'.repeat(23)}01' WHERE ${A} AND layer = 54;
         UPDATE layers SET applied_block = NULL WHERE id = 55;
         DELETE FROM blocks WHERE layer = 56;`,
      );
      return slotsOf(copy, smesherA);
    });
    const fifth = epochs.find(({ epoch }) => epoch === 5);
    const outcomes = new Map(fifth?.ballots.map(({ layer, outcome }) => [layer, outcome]));
    expect(outcomes.get(51)).toBeUndefined();
    expect(fifth?.unused).toBeGreaterThan(0);
    expect([52, 53, 54, 55, 56].map((layer) => outcomes.get(layer))).toEqual([
      'reward-missing',
      'amount-differs',
      'coinbase-elsewhere',
      'not-applied',
      'block-unknown',
    ]);
    // What the database does not decide is not counted as missed.
    const slotsIn = (...layers: number[]): number =>
      (fifth?.ballots ?? [])
        .filter(({ layer }) => layers.includes(layer))
        .reduce((sum, { slots }) => sum + slots.length, 0);
    expect(fifth?.undecided).toBe(slotsIn(55, 56));
    expect(fifth && missedSlots(fifth)).toBe((fifth?.unused ?? 0) + slotsIn(52));
    const totals = slotTotals(epochs);
    expect(totals).toMatchObject({ outcome: 'fail', wrongRewards: 3 });
    expect(totals.notChecked.join()).toContain(
      `rewards of ${slotsIn(55, 56)} slots (layer not applied, or block unknown)`,
    );
  });
});
