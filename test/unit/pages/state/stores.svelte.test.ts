import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { SqlDesk } from '../../../../src/pages/state/console.svelte';
import { network } from '../../../../src/pages/shared/network.svelte';
import type { Sql } from '../../../../src/state/engine/sqljs';
import { route } from '../../../../src/ui/route.svelte';
import { asDatabase, loadNodeSql, openOnDisk } from '../../../support/node-engine';

let SQL: Sql;
beforeAll(async () => {
  SQL = await loadNodeSql();
});
beforeEach(() =>
  route.update(Object.fromEntries([...route.params].map(([name]) => [name, undefined]))),
);

const desk = (): SqlDesk => new SqlDesk(asDatabase(openOnDisk(SQL, 'public/sample/state.sql')));

describe('SqlDesk', () => {
  test('run: two statements, the rows of each and the last one shown', async () => {
    const console = desk();
    await console.run('SELECT 1 AS a; SELECT 2 AS b, 3 AS c');
    expect(console.runs.map(({ state, rows }) => [state, rows.columns, rows.rowCount])).toEqual([
      ['done', ['a'], 1],
      ['done', ['b', 'c'], 1],
    ]);
    expect([console.shown, console.running]).toEqual([1, false]);
  });

  test('run: a statement that fails, its error and none of the later ones', async () => {
    const console = desk();
    await console.run('SELECT 1; SELECT * FROM nowhere; SELECT 3');
    expect(console.runs.map(({ state }) => state)).toEqual(['done', 'failed', 'waiting']);
    expect(String(console.runs[1]?.error)).toMatch(/nowhere/);
  });

  test('run: more than 100 statements, none is run and the limit is stated', async () => {
    const console = desk();
    await console.run('SELECT 1;'.repeat(100));
    expect(console.runs).toHaveLength(100);
    await console.run('SELECT 1;'.repeat(101));
    expect(console.runs).toEqual([]);
    expect(console.error).toMatchObject({ code: 'sql-too-many-statements' });
  });

  test('run: a statement that writes, refused', async () => {
    const console = desk();
    await console.run('DELETE FROM atxs');
    expect(console.runs[0]?.state).toBe('failed');
  });

  test('run: more rows than are wanted, cut off and marked as such', async () => {
    const console = desk();
    console.maxRows = 10;
    await console.run(
      'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) SELECT i FROM n',
    );
    const [run] = console.runs;
    expect([run?.rows.rowCount, run?.truncated]).toEqual([10, true]);
  });

  test('run: parameters of the text, listed by name and bound as typed', async () => {
    const console = desk();
    console.text = 'SELECT :a + 1 AS sum, :b AS text';
    expect(console.parameterNames).toEqual(['a', 'b']);
    console.params.set('a', '41');
    console.params.set('b', "'x'");
    await console.run(console.text);
    expect([...(console.runs[0]?.rows.columns ?? [])]).toEqual(['sum', 'text']);
    expect(console.runs[0]?.rows.cell(0, 0)).toBe(42);
  });

  test('run: explain, the plan instead of rows', async () => {
    const console = desk();
    await console.run('SELECT * FROM atxs WHERE epoch = 1', { explain: true });
    const [run] = console.runs;
    expect(run?.plan?.length).toBeGreaterThan(0);
    expect(run?.rows.rowCount).toBe(0);
  });

  test('cancel: while it runs, the rest is not run', async () => {
    const console = desk();
    const ended = console.run('SELECT 1; SELECT 2');
    console.cancel();
    await ended;
    expect(console.running).toBe(false);
    expect(console.runs.at(-1)?.state).not.toBe('done');
  });

  test('unsigned: the columns that the schema declares so', () => {
    expect(desk().unsigned).toContain('nonce');
  });
});

describe('network', () => {
  test('nothing known: mainnet’s layers and prefix', () => {
    expect([network.layersPerEpoch, network.source, network.prefix]).toEqual([
      4032,
      'default',
      'sm',
    ]);
  });

  test('layers per epoch in the address: used, with the prefix of test networks', () => {
    route.update({ lpe: '10' });
    expect([network.layersPerEpoch, network.source, network.prefix]).toEqual([
      10,
      'asked',
      'stest',
    ]);
    expect(network.params).toEqual({ lpe: '10', hrp: undefined });
  });

  test('a prefix in the address: addresses begin with it', () => {
    route.update({ hrp: 'stest' });
    expect(network.address(new Uint8Array(24))).toMatch(/^stest1/);
  });

  test('a text that is not a number of layers: ignored', () => {
    route.update({ lpe: 'many' });
    expect(network.layersPerEpoch).toBe(4032);
  });
});
