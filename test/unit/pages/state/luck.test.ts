import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { toHex } from '../../../../src/base/bytes';
import { alarmBelow } from '../../../../src/simulate/rewards/luck';
import { smesherLuck } from '../../../../src/pages/state/luck';
import {
  asQueryable,
  allRows,
  editedCopy,
  loadNodeSql,
  openOnDisk,
} from '../../../support/node-engine';

test('smesherLuck: the smeshers of the sample, paid as their slots let expect', async () => {
  const engine = openOnDisk(await loadNodeSql(), 'public/sample/state.sql');
  const database = asQueryable(engine);
  const smeshers = allRows(engine, 'SELECT DISTINCT pubkey FROM rewards');
  expect(smeshers.length).toBeGreaterThan(1);
  for (const [smesher] of smeshers) {
    if (!(smesher instanceof Uint8Array)) continue;
    const { due, paid, pValue, outcome, epochs, paidSmidge, expectedPaid } = await smesherLuck(
      database,
      {
        smesher,
      },
    );
    expect(due).toBeGreaterThanOrEqual(epochs.length);
    expect(paid).toBe(epochs.reduce((sum, epoch) => sum + epoch.paid, 0));
    expect(paid).toBeLessThanOrEqual(due);
    expect(expectedPaid).toBeGreaterThan(0);
    // One of them was proved malicious in epoch 9 and has earned nothing since.
    const isMalicious = toHex(smesher).startsWith('d7e9c5ee');
    expect(outcome).toBe(isMalicious ? 'broken' : 'unlucky-or-fine');
    expect(pValue < alarmBelow).toBe(isMalicious);
    const [epoch] = epochs;
    const [[sum] = []] = allRows(
      engine,
      'SELECT sum(total_reward) FROM rewards WHERE pubkey = ? AND layer BETWEEN ? AND ?',
      [
        smesher,
        (epoch?.epoch ?? 0) * (epoch?.layers ?? 1),
        (epochs.at(-1)?.epoch ?? 0) * (epoch?.layers ?? 1) + (epoch?.layers ?? 1) - 1,
      ],
    );
    expect(paidSmidge).toBe(BigInt((sum ?? 0) as number | bigint));
  }
});

test('smesherLuck: proposals and blocks of the sample, and where a broken smesher loses its slots', async () => {
  const engine = openOnDisk(await loadNodeSql(), 'public/sample/state.sql');
  const smeshers = allRows(engine, 'SELECT DISTINCT pubkey FROM rewards');
  for (const [smesher] of smeshers) {
    if (!(smesher instanceof Uint8Array)) continue;
    const { due, proposals, blocks, paid, absent, proposalsPValue, cause, epochs } =
      await smesherLuck(asQueryable(engine), { smesher });
    expect(absent).toEqual([]);
    const last = epochs.at(-1);
    const [[ballots] = []] = allRows(
      engine,
      'SELECT count(DISTINCT layer) FROM ballots WHERE pubkey = ? AND layer BETWEEN ? AND ?',
      [
        smesher,
        (epochs[0]?.epoch ?? 0) * (last?.layers ?? 1),
        ((last?.epoch ?? 0) + 1) * (last?.layers ?? 1) - 1,
      ],
    );
    expect(proposals).toBe(Number(ballots));
    expect(proposals).toBeLessThanOrEqual(due);
    expect(blocks).toBeLessThanOrEqual(proposals ?? NaN);
    expect(blocks).toBeGreaterThanOrEqual(paid);
    expect(proposalsPValue).toBeGreaterThan(alarmBelow);
    // The malicious one proposes as before; its proposals are no longer included.
    expect(cause).toBe(toHex(smesher).startsWith('d7e9c5ee') ? 'not-included' : null);
  }
});

test.each([
  ['no ballots of a paid layer', 'DELETE FROM ballots WHERE layer < 60', 'not-all-layers'],
  ['no table of ballots', 'DROP TABLE ballots', 'no-table'],
])('smesherLuck: %s, null and the reason', async (_, sql, reason) => {
  const copy = await editedCopy('public/sample/state.sql', sql);
  const engine = openOnDisk(await loadNodeSql(), copy);
  const [[smesher] = []] = allRows(engine, 'SELECT pubkey FROM rewards ORDER BY layer LIMIT 1');
  if (!(smesher instanceof Uint8Array)) throw new Error('a smesher');
  const { proposals, proposalsPValue, absent, paid } = await smesherLuck(asQueryable(engine), {
    smesher,
    // The layers of an epoch are inferred from the ballots.
    rules: { layersPerEpoch: 10 },
  });
  expect({ proposals, proposalsPValue }).toEqual({ proposals: null, proposalsPValue: null });
  expect(absent).toContainEqual(expect.objectContaining({ what: 'proposals', reason }));
  expect(paid).toBeGreaterThan(0);
  rmSync(dirname(copy), { recursive: true });
});

test('smesherLuck: a list of ids, each counted once', async () => {
  const engine = openOnDisk(await loadNodeSql(), 'public/sample/state.sql');
  const database = asQueryable(engine);
  const ids = allRows(engine, 'SELECT DISTINCT pubkey FROM rewards').flatMap(([id]) =>
    id instanceof Uint8Array ? [id] : [],
  );
  const one = await Promise.all(ids.map((smesher) => smesherLuck(database, { smesher })));
  const all = await smesherLuck(database, { ids: [...ids, toHex(ids[0] ?? expect.fail())] });
  const sum = (of: (luck: (typeof one)[number]) => number): number =>
    one.reduce((total, luck) => total + of(luck), 0);
  expect(all.due).toBe(sum(({ due }) => due));
  expect(all.paid).toBe(sum(({ paid }) => paid));
  expect(all.proposals).toBe(sum(({ proposals }) => proposals ?? NaN));
});

test('smesherLuck: no ids, nothing due and no alarm', async () => {
  const engine = openOnDisk(await loadNodeSql(), 'public/sample/state.sql');
  expect(await smesherLuck(asQueryable(engine), {})).toMatchObject({
    ...{ due: 0, paid: 0, pValue: 1, outcome: 'unlucky-or-fine', epochs: [] },
  });
});
