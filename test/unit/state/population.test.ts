import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toHex } from '../../../src/protocol/bytes';
import type { Sql } from '../../../src/state/engine/sqljs';
import { networkPopulation } from '../../../src/state/queries/population';
import { asQueryable, loadNodeSql, openOnDisk } from '../../support/node-engine';

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
  it('has the identities of the newest epoch, by coinbase and size', async () => {
    const { publishEpoch, identities, units, clusters, epochs, unitGrowth } =
      await read('public/sample/state.sql');
    // sqlite3: SELECT coinbase, units, count(*) … WHERE publish_epoch = 14 GROUP BY 1, 2
    expect({ publishEpoch, identities, units }).toEqual({
      publishEpoch: 14,
      identities: 6,
      units: 8,
    });
    const found = clusters.map(({ coinbase, sizes }) => [toHex(coinbase), [...sizes].sort()]);
    expect(Object.fromEntries(found)).toEqual({
      '000000009b3f222937b830610f8fb4f5ea837925e8baf267': [
        [1, 2],
        [2, 1],
      ],
      '000000007f05c5307a6f97449d3dd76db8e776c9a71e2a56': [[2, 1]],
      '000000004aed941411f91885f493a144abb9acd28c015aad': [[1, 1]],
      '00000000cb7273ad131336b0361c56988ef4c5997e79282e': [[1, 1]],
    });
    expect(clusters[0]?.units).toBe(4);
    expect(epochs).toHaveLength(14);
    expect(unitGrowth).toBe(0);
  });
});

describe('older and other databases', () => {
  const atxs =
    'CREATE TABLE atxs (id BLOB PRIMARY KEY, epoch INT, effective_num_units INT, pubkey BLOB, coinbase BLOB);';

  it('counts ATXs where there are no posts, leaves out an epoch still being published, and sees growth', async () => {
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

  it('says so when there is no ATX, or no table of them', async () => {
    await expect(read(make('empty.sql', atxs))).rejects.toMatchObject({ code: 'no-atxs' });
    await expect(read(make('other.sql', 'CREATE TABLE t (a);'))).rejects.toMatchObject({
      code: 'schema-lacks',
    });
  });
});
