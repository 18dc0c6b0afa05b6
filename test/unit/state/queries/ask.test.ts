import { describe, expect, test } from 'vitest';
import { askAll } from '../../../../src/state/queries/ask';
import { coinbases } from '../../../../src/state/queries/accounts';
import { asQueryable, loadNodeSql, openOnDisk } from '../../../support/node-engine';

describe('askAll', () => {
  const open = async () => asQueryable(openOnDisk(await loadNodeSql(), 'public/sample/state.sql'));

  test('an answer that fits: all its rows', async () => {
    const database = await open();
    const { columns, rows } = await askAll(database, 'SELECT id, epoch FROM atxs');
    expect([columns, rows.length]).toEqual([['id', 'epoch'], 72]);
  });

  test('an answer that was cut off: result-truncated, never a smaller answer', async () => {
    const database = await open();
    await expect(
      askAll(database, 'SELECT id FROM atxs', [], { maxRows: 71 }),
    ).rejects.toMatchObject({ code: 'result-truncated' });
    // A database that holds back rows, as one with more of them than fit would.
    const cut: typeof database = {
      ...database,
      query: async (...args) => ({ ...(await database.query(...args)), truncated: true }),
    };
    await expect(coinbases(cut, new Uint8Array(32))).rejects.toMatchObject({
      code: 'result-truncated',
    });
  });
});
