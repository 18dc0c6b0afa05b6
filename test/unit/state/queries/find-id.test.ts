/** Typed ids over the sample, and over databases that SQLite makes from the published schemas. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatAddress } from '../../../../src/protocol/address';
import { toBase64, toHex } from '../../../../src/base/bytes';
import { WorkbenchError } from '../../../../src/base/error';
import type { Engine } from '../../../../src/state/engine/engine';
import type { Sql } from '../../../../src/state/engine/sqljs';
import {
  findId,
  resolveFilter,
  resolveId,
  resolveIds,
} from '../../../../src/state/queries/find-id';
import { rewards } from '../../../../src/state/queries/rewards';
import { smesher } from '../../../../src/state/queries/smeshers';
import type { Queryable } from '../../../../src/state/queries/ask';
import { asQueryable, loadNodeSql, openOnDisk } from '../../../support/node-engine';

const meta = JSON.parse(readFileSync('test/data/node/meta.json', 'utf8')) as {
  smeshers: Record<string, string>;
  coinbases: Record<string, { hex: string }>;
};
const smesherA = meta.smeshers['A'] ?? '';
const smesherC = meta.smeshers['C'] ?? '';
const coinbaseC = meta.coinbases['C_first']?.hex ?? '';

let SQL: Sql;
let engine: Engine;
let database: Queryable;
let atxOfC: Uint8Array;
beforeAll(async () => {
  SQL = await loadNodeSql();
  engine = openOnDisk(SQL, 'public/sample/state.sql');
  database = asQueryable(engine);
  atxOfC = (await smesher(database, smesherC)).atxs[0]?.id ?? new Uint8Array();
});

const folder = mkdtempSync(join(tmpdir(), 'find-id-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A database of a published schema with rows of its own. */
function create(version: string, rows: string): Engine {
  const path = join(folder, `${version}-${String(rows.length)}.sql`);
  const schema = readFileSync(`test/data/node/schema_versions/state_v${version}.sql`, 'utf8');
  execFileSync('sqlite3', [path], {
    input: `${schema}\n${rows}\nPRAGMA user_version=${Number(version)};`,
  });
  return openOnDisk(SQL, path);
}

const atxRow = (id: string, pubkey: string, coinbase: string): string =>
  `INSERT INTO atxs (id, epoch, effective_num_units, pubkey, coinbase, received) VALUES (x'${id}', 1, 4, x'${pubkey}', x'${coinbase}', 1);`;

const plain = async (
  text: string,
  wanted: Parameters<typeof resolveId>[2],
  from: Queryable = database,
) => {
  const { kind, bytes, ofAtx } = await resolveId(from, text, wanted);
  return { kind, hex: toHex(bytes), ...(ofAtx && { ofAtx: toHex(ofAtx) }) };
};

const errorOf = async (answer: Promise<unknown>): Promise<WorkbenchError> => {
  try {
    await answer;
  } catch (error) {
    if (error instanceof WorkbenchError) return error;
  }
  throw new Error('expected a WorkbenchError');
};

describe('resolveId', () => {
  test('a smesher in any form, that smesher', async () => {
    const bytes = Uint8Array.from(smesherC.match(/../g) ?? [], (digits) => parseInt(digits, 16));
    for (const text of [smesherC, `0x${smesherC.toUpperCase()}`, toBase64(bytes)])
      expect(await plain(text, ['smesher'])).toEqual({ kind: 'smesher', hex: smesherC });
    for (const digits of [4, 7, 8, 31, 40, 48, 63])
      expect(await plain(smesherC.slice(0, digits), ['smesher', 'coinbase'])).toEqual({
        kind: 'smesher',
        hex: smesherC,
      });
  });

  test('an ATX in the place of a smesher, its smesher with a note of the ATX', async () => {
    const ofAtx = toHex(atxOfC);
    const expected = { kind: 'smesher', hex: smesherC, ofAtx };
    for (const text of [ofAtx, ofAtx.slice(0, 10), toBase64(atxOfC)]) {
      expect(await plain(text, ['smesher'])).toEqual(expected);
      expect(await plain(text, ['smesher', 'coinbase'])).toEqual(expected);
      expect(await plain(text, ['atx'])).toEqual({ kind: 'atx', hex: ofAtx });
    }
  });

  test('a coinbase with and without its four zero bytes, and any address prefix, that coinbase', async () => {
    const bytes = Uint8Array.from(coinbaseC.match(/../g) ?? [], (digits) => parseInt(digits, 16));
    const texts = [
      coinbaseC,
      coinbaseC.slice(8),
      coinbaseC.slice(8, 18),
      coinbaseC.slice(0, 18),
      ...['sm', 'stest', 'standalone', 'other'].map((prefix) => formatAddress(bytes, prefix)),
    ];
    for (const text of texts)
      expect(await plain(text, ['smesher', 'coinbase']), text).toEqual({
        kind: 'coinbase',
        hex: coinbaseC,
      });
  });

  test('complete ids that the database does not have, returned as they are', async () => {
    const id = 'fe'.repeat(32);
    expect(await plain(id, ['smesher'])).toEqual({ kind: 'smesher', hex: id });
    expect(await plain(id, ['atx'])).toEqual({ kind: 'atx', hex: id });
    expect(await plain('fe'.repeat(20), ['smesher', 'coinbase'])).toEqual({
      kind: 'coinbase',
      hex: `00000000${'fe'.repeat(20)}`,
    });
  });

  test('a prefix that is not in the database, id-unknown', async () => {
    const error = await errorOf(resolveId(database, 'fedcba98', ['smesher']));
    expect(error.code).toBe('id-unknown');
    expect(error.message).toContain('No smesher of this database begins with fedcba98.');
  });

  test('an ambiguous prefix, id-ambiguous with the candidates', async () => {
    const error = await errorOf(resolveId(database, '00000000', ['smesher', 'coinbase']));
    expect(error.code).toBe('id-ambiguous');
    const owners = Object.values(meta.coinbases).map(({ hex }) => hex);
    expect(error.details['candidates']).toEqual(
      owners.toSorted().map((hex) => ({ kind: 'coinbase', hex })),
    );
  });

  test.each([
    ['a coinbase for a smesher', () => coinbaseC, 'smesher', 'coinbase'],
    ['a smesher for an ATX', () => smesherC, 'atx', 'smesher'],
    ['a smesher for a coinbase', () => smesherC, 'coinbase', 'smesher'],
    ['an ATX for a coinbase', () => toHex(atxOfC).slice(0, 12), 'coinbase', 'atx'],
  ] as const)('%s, id-other-kind with a link to it', async (_, text, wanted, kind) => {
    const error = await errorOf(resolveId(database, text(), [wanted]));
    expect(error.code).toBe('id-other-kind');
    expect(error.details['candidates']).toMatchObject([{ kind }]);
  });

  test('a prefix of a smesher and of an ATX of another smesher, id-ambiguous; of its own ATX, the smesher', async () => {
    const start = 'abcd1234';
    const [own, publisher] = [start.padEnd(64, '1'), '77'.repeat(32)];
    const coinbase = '00'.repeat(24);
    const other = create(
      '27',
      atxRow(start.padEnd(64, '2'), publisher, coinbase) + atxRow('66'.repeat(32), own, coinbase),
    );
    const error = await errorOf(resolveId(asQueryable(other), start, ['smesher']));
    expect(error.code).toBe('id-ambiguous');
    expect(error.details['candidates']).toEqual([
      { kind: 'smesher', hex: own },
      { kind: 'smesher', hex: publisher },
    ]);
    const same = create('27', atxRow(start.padEnd(64, '2'), own, coinbase));
    expect(await plain(start, ['smesher'], asQueryable(same))).toEqual({
      kind: 'smesher',
      hex: own,
    });
  });
});

describe('lists', () => {
  test('resolveIds: prefixes, ATXs and repeated ids, each smesher once', async () => {
    const list = `${smesherA.slice(0, 8)}, ${toHex(atxOfC)}\n${smesherC};${smesherA}`;
    const ids = await resolveIds(database, list, ['smesher', 'coinbase']);
    expect(ids.map(({ bytes }) => toHex(bytes))).toEqual([smesherA, smesherC]);
  });

  test('rewards: a list of smeshers or coinbases, the sum of each alone', async () => {
    const sum = async (filter: Parameters<typeof rewards>[1]): Promise<bigint> =>
      (await rewards(database, await resolveFilter(database, filter))).reduce(
        (total, { totalSmidge }) => total + totalSmidge,
        0n,
      );
    const a = await sum({ smesher: smesherA });
    const c = await sum({ smesher: smesherC });
    expect([a > 0n, c > 0n]).toEqual([true, true]);
    expect(await sum({ smesher: `${smesherA} ${smesherC.slice(0, 9)}` })).toBe(a + c);
    expect(await sum({ smesher: [smesherA, smesherC, smesherA] })).toBe(a + c);
    const coinbases = ['C_first', 'C_second'].map((name) => meta.coinbases[name]?.hex ?? '');
    expect(await sum({ coinbase: coinbases.map((hex) => hex.slice(8)).join(', ') })).toBe(c);
    expect(await sum({ smesher: [], coinbase: coinbases })).toBe(0n);
  });

  test('resolveIds: 10,000 complete ids, few statements', async () => {
    let statements = 0;
    const counting: Queryable = {
      info: database.info,
      query: (...query) => {
        statements++;
        return database.query(...query);
      },
    };
    const list = Array.from({ length: 10_000 }, (_, i) => i.toString(16).padStart(64, '0'));
    expect((await resolveIds(counting, list.join('\n'), ['smesher', 'coinbase'])).length).toBe(
      10_000,
    );
    expect(statements).toBe(10);
  });
});

test.each(['01', '02', '07', '08', '12', '15', '20', '27'])(
  'findId: schema %s, every statement searches an index',
  async (version) => {
    const old = create(version, '');
    const plans: string[] = [];
    const explaining: Queryable = {
      info: old.info,
      query: (sql, params, options) => {
        const cursor = old.cursor(`EXPLAIN QUERY PLAN ${sql}`, params);
        for (let row = cursor.nextRow(); row; row = cursor.nextRow()) plans.push(String(row[3]));
        return asQueryable(old).query(sql, params, options);
      },
    };
    await findId(explaining, 'abcd1234');
    await findId(explaining, 'ab'.repeat(32));
    await resolveIds(explaining, 'ab'.repeat(32), ['smesher']);
    expect(plans.some((plan) => /^SEARCH atxs USING .*\(id/.test(plan))).toBe(true);
    expect(plans.some((plan) => /^SEARCH rewards USING .*\(coinbase/.test(plan))).toBe(true);
    expect(plans.filter((plan) => /^SCAN (?!ids|CONSTANT)/.test(plan))).toEqual([]);
  },
);
