import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toHex } from '../../../../src/base/bytes';
import type { Sql } from '../../../../src/state/engine/sqljs';
import { networkPopulation } from '../../../../src/state/queries/population';
import { asQueryable, loadNodeSql, openOnDisk } from '../../../support/node-engine';

const folder = mkdtempSync(join(tmpdir(), 'population-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let SQL: Sql;
beforeAll(async () => {
  SQL = await loadNodeSql();
});

const read = (path: string) => networkPopulation(asQueryable(openOnDisk(SQL, path)));
const make = (name: string, sql: string): string => {
  const path = join(folder, name);
  execFileSync('sqlite3', [path], { input: sql });
  return path;
};

describe('the sample', () => {
  test('has the identities of the newest epoch, by coinbase and size', async () => {
    const sample = await read('public/sample/state.sql');
    const { publishEpoch, identities, units, clusters, epochs, unitGrowth } = sample;
    const { married, merged, malicious } = sample;
    // sqlite3: SELECT coinbase, units, count(*) … WHERE publish_epoch = 14 GROUP BY 1, 2
    expect({ publishEpoch, identities, units }).toEqual({
      publishEpoch: 14,
      identities: 5,
      units: 7,
    });
    const found = clusters.map(({ coinbase, sizes }) => [toHex(coinbase), [...sizes].sort()]);
    expect(Object.fromEntries(found)).toEqual({
      '000000009b3f222937b830610f8fb4f5ea837925e8baf267': [
        [1, 2],
        [2, 1],
      ],
      '000000007f05c5307a6f97449d3dd76db8e776c9a71e2a56': [[2, 1]],
      '000000004aed941411f91885f493a144abb9acd28c015aad': [[1, 1]],
    });
    expect(clusters[0]?.units).toBe(4);
    // The three of marriage set 1 publish one merged ATX; d7e9… published too, but is in identities.
    expect({ married, merged, malicious }).toEqual({
      married: 3,
      merged: 3,
      malicious: { identities: 1, units: 1 },
    });
    expect(epochs).toHaveLength(14);
    expect(unitGrowth).toBe(0);
  });
});

describe('marriages and malfeasance', () => {
  const owner = (n: number): string => n.toString(16).padStart(48, '0');
  const id = (n: number): string => n.toString(16).padStart(64, '0');
  /** Identities 1 to 6 of 10 SU; 1 and 2 share a coinbase, as do 3 and 4. */
  const posts = (mergedInto: Readonly<Record<number, number>> = {}): string =>
    [1, 2, 3, 4, 5, 6]
      .map((n) => {
        const atx = mergedInto[n] ?? n;
        const row =
          atx === n
            ? `INSERT INTO atxs VALUES (x'${id(n)}', 7, 10, x'${id(n)}', x'${owner(Math.ceil(n / 2))}', ${Object.values(mergedInto).includes(n) ? `x'${id(99)}'` : 'NULL'});`
            : '';
        return `${row}INSERT INTO posts VALUES (x'${id(atx)}', x'${id(n)}', 10, 7);`;
      })
      .join('\n');
  const tables = `CREATE TABLE atxs (id BLOB PRIMARY KEY, epoch INT, effective_num_units INT, pubkey BLOB, coinbase BLOB, marriage_atx BLOB);
CREATE TABLE posts (atxid BLOB, pubkey BLOB, units INT, publish_epoch INT);`;
  const newTables = `${tables}
CREATE TABLE identities (pubkey BLOB PRIMARY KEY, proof BLOB);
CREATE TABLE marriages (pubkey BLOB PRIMARY KEY, id INT);
CREATE TABLE malfeasance (pubkey BLOB PRIMARY KEY, marriage_id INT, proof BLOB);`;
  const shape = ({ owners }: Awaited<ReturnType<typeof read>>) =>
    owners.map(({ ties, sizes }) => [ties, [...sizes]]).sort();

  test('keeps a set together across coinbases, and tells the merged from the merely married', async () => {
    const sql = [
      newTables,
      posts({ 3: 2 }),
      `INSERT INTO marriages VALUES (x'${id(2)}', 1), (x'${id(3)}', 1), (x'${id(4)}', 8), (x'${id(5)}', 8);`,
    ].join('\n');
    const found = await read(make('married.sql', sql));
    expect(found).toMatchObject({ identities: 6, units: 60, married: 4, merged: 2 });
    expect(shape(found)).toEqual([
      ['married', [[10, 2]]],
      ['merged', [[10, 2]]],
      ['none', [[10, 1]]],
      ['none', [[10, 1]]],
    ]);
    expect(found.malicious).toEqual({ identities: 0, units: 0 });
    // The merged ATX pays its own coinbase.
    expect(found.clusters.map(({ units }) => units).sort()).toEqual([10, 20, 30]);
  });

  test('leaves out the malicious, and with one of them its entire set', async () => {
    const sql = [
      newTables,
      posts(),
      `INSERT INTO marriages VALUES (x'${id(4)}', 8), (x'${id(5)}', 8);`,
      `INSERT INTO identities VALUES (x'${id(1)}', x'01'); INSERT INTO malfeasance VALUES (x'${id(4)}', 8, x'01');`,
    ].join('\n');
    const found = await read(make('malicious.sql', sql));
    expect(found).toMatchObject({ identities: 3, units: 30, married: 0 });
    expect(found.malicious).toEqual({ identities: 3, units: 30 });
  });

  test('reads the schema in which identities held both', async () => {
    const sql = [
      tables,
      'CREATE TABLE identities (pubkey BLOB PRIMARY KEY, proof BLOB, marriage_atx BLOB);',
      posts(),
      `INSERT INTO identities VALUES (x'${id(1)}', NULL, x'${id(77)}'), (x'${id(2)}', NULL, x'${id(77)}'), (x'${id(6)}', x'01', NULL);`,
    ].join('\n');
    const found = await read(make('old-marriages.sql', sql));
    expect(found).toMatchObject({ identities: 5, married: 2, merged: 0 });
    expect(found.malicious.identities).toBe(1);
  });
});

describe('older and other databases', () => {
  const atxs =
    'CREATE TABLE atxs (id BLOB PRIMARY KEY, epoch INT, effective_num_units INT, pubkey BLOB, coinbase BLOB);';

  test('counts ATXs where there are no posts, leaves out an epoch still being published, and sees growth', async () => {
    const rows = [1, 2, 3].flatMap((epoch) =>
      Array.from({ length: epoch === 3 ? 2 : 10 }, (_, i) => {
        const id = (epoch * 100 + i).toString(16).padStart(64, '0');
        const units = epoch === 1 ? 10 : 12;
        const owner = (i % 2).toString(16).padStart(48, '0');
        return `INSERT INTO atxs VALUES (x'${id}', ${epoch}, ${units}, x'${id}', x'${owner}');`;
      }),
    );
    const found = await read(make('v1.sql', [atxs, ...rows].join('\n')));
    expect(found.publishEpoch).toBe(2);
    expect(found.identities).toBe(10);
    expect(found.units).toBe(120);
    expect(found.clusters.map(({ identities }) => identities)).toEqual([5, 5]);
    expect(found.unitGrowth).toBeCloseTo(0.2, 12);
  });

  test('reports it when there is no ATX, or no table of them', async () => {
    await expect(read(make('empty.sql', atxs))).rejects.toMatchObject({ code: 'no-atxs' });
    await expect(read(make('other.sql', 'CREATE TABLE t (a);'))).rejects.toMatchObject({
      code: 'schema-lacks',
    });
  });
});
