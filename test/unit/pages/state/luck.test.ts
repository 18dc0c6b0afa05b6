import { expect, test } from 'vitest';
import { toHex } from '../../../../src/base/bytes';
import { alarmBelow } from '../../../../src/simulate/rewards/luck';
import { smesherLuck } from '../../../../src/pages/state/luck';
import { asQueryable, allRows, loadNodeSql, openOnDisk } from '../../../support/node-engine';

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

test('smesherLuck: no ids, nothing due and no alarm', async () => {
  const engine = openOnDisk(await loadNodeSql(), 'public/sample/state.sql');
  expect(await smesherLuck(asQueryable(engine), {})).toMatchObject({
    ...{ due: 0, paid: 0, pValue: 1, outcome: 'unlucky-or-fine', epochs: [] },
  });
});
