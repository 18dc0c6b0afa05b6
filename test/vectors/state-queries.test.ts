/** The catalogue and the typed queries: the known answers, and every older schema. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hex } from '@scure/base';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toHex } from '../../src/base/bytes';
import type { Engine } from '../../src/state/engine/engine';
import type { Sql } from '../../src/state/engine/sqljs';
import { catalogue, catalogueQuery, resolveQuery } from '../../src/state/queries/catalogue';
import { findId } from '../../src/state/queries/find-id';
import { networkPopulation } from '../../src/state/queries/population';
import { pruning } from '../../src/state/queries/pruning';
import { atx, highestAtx } from '../../src/state/queries/atxs';
import { coinbases } from '../../src/state/queries/accounts';
import { epochs, inferLayersPerEpoch } from '../../src/state/queries/epochs';
import { rewards, rewardsThroughCoinbases } from '../../src/state/queries/rewards';
import { smesher } from '../../src/state/queries/smeshers';
import { tip } from '../../src/state/queries/layers';
import type { Queryable } from '../../src/state/queries/ask';
import type { SqlValue } from '../../src/state/types';
import { asQueryable, loadNodeSql, openOnDisk } from '../support/node-engine';

interface Expected {
  readonly queries: Record<
    string,
    {
      readonly runs: readonly {
        readonly params: Record<string, string | number>;
        readonly rows: readonly Record<string, string | number | null>[];
      }[];
    }
  >;
}
const { queries: expected } = JSON.parse(
  readFileSync('test/data/node/expected.json', 'utf8'),
) as Expected;
const meta = JSON.parse(readFileSync('test/data/node/meta.json', 'utf8')) as {
  smeshers: Record<string, string>;
  coinbases: Record<string, { bech32: string; hex: string; bech32_mainnet: string }>;
};

const names: Record<string, string> = {
  pk: 'smesher',
  cb: 'coinbase',
  lpe: 'layersPerEpoch',
  epoch: 'epoch',
};
const plain = (value: SqlValue): SqlValue =>
  value instanceof Uint8Array ? toHex(value) : typeof value === 'bigint' ? String(value) : value;

let SQL: Sql;
let engine: Engine;
let database: Queryable;
beforeAll(async () => {
  SQL = await loadNodeSql();
  engine = openOnDisk(SQL, 'public/sample/state.sql');
  database = asQueryable(engine);
});

test('the catalogue has every query of the reference', () => {
  expect(catalogue.map(({ id }) => id)).toEqual(expect.arrayContaining(Object.keys(expected)));
  expect(new Set(catalogue.map(({ id }) => id)).size).toBe(catalogue.length);
});

describe.each(Object.entries(expected))('%s', (id, { runs }) => {
  test('answers as expected', () => {
    const resolved = resolveQuery(catalogueQuery(id), engine.info.tables);
    if ('missing' in resolved) throw new Error(resolved.missing.join());
    for (const { params, rows } of runs) {
      const given = Object.fromEntries(
        Object.entries(params).map(([name, value]) => [
          names[name] ?? name,
          typeof value === 'string' ? hex.decode(value) : value,
        ]),
      );
      const cursor = engine.cursor(resolved.sql, given);
      const answer: Record<string, SqlValue>[] = [];
      for (let row = cursor.nextRow(); row; row = cursor.nextRow())
        answer.push(
          Object.fromEntries(cursor.columns.map((column, i) => [column, plain(row[i] ?? null)])),
        );
      // hex(NULL) is an empty text in the expected answers; the catalogue has the NULL itself.
      const known = rows.map((row) =>
        Object.fromEntries(
          Object.entries(row).map(([name, value]) => [name, value === '' ? null : value]),
        ),
      );
      expect(answer).toEqual(known);
    }
  });
});

describe('typed queries', () => {
  const smesherC = meta.smeshers['C'] ?? '';
  const first = meta.coinbases['C_first'];
  const second = meta.coinbases['C_second'];

  test('rewards by smesher, by coinbase in each spelling, by layers', async () => {
    const bySmesher = await rewards(database, { smesher: smesherC });
    expect(bySmesher.length).toBe(
      expected['rewards_by_smesher']?.runs.find(({ params }) => params['pk'] === smesherC)?.rows
        .length,
    );
    const spellings = [
      first?.hex,
      `0x${first?.hex.toUpperCase()}`,
      first?.bech32,
      first?.bech32_mainnet,
    ];
    const counts = await Promise.all(
      spellings.map(
        async (coinbase) => (await rewards(database, { coinbase: coinbase ?? '' })).length,
      ),
    );
    expect(new Set(counts).size).toBe(1);
    expect(counts[0]).toBeGreaterThan(0);
    const window = await rewards(database, { smesher: smesherC, fromLayer: 50, toLayer: 59 });
    expect(window).toEqual(bySmesher.filter(({ layer }) => layer >= 50 && layer <= 59));
    await expect(rewards(database, {})).rejects.toMatchObject({ code: 'rewards-no-filter' });
  });

  test('the two steps of the documentation find both coinbases of C', async () => {
    const used = await coinbases(database, smesherC);
    expect(used.map(({ coinbase }) => toHex(coinbase))).toEqual([first?.hex, second?.hex]);
    const through = await rewardsThroughCoinbases(database, smesherC);
    const total = through.reduce((sum, { rewards: list }) => sum + list.length, 0);
    expect(total).toBe((await rewards(database, { smesher: smesherC })).length);
  });

  test('rewards: an answer that was cut off is refused, not summed', async () => {
    const cutOff: Queryable = {
      info: database.info,
      query: (sql, params, options) => database.query(sql, params, { ...options, maxRows: 1 }),
    };
    await expect(rewards(cutOff, { smesher: smesherC })).rejects.toMatchObject({
      code: 'result-truncated',
    });
  });

  test('layers per epoch are inferred', async () => {
    expect(await inferLayersPerEpoch(database)).toEqual({ layersPerEpoch: 10, source: 'inferred' });
  });

  test('epochs add up', async () => {
    const rows = await epochs(database);
    const epoch2 = rows.find(({ epoch }) => epoch === 2);
    expect(epoch2).toMatchObject({ atxs: 6, publishers: 6, units: 8, weight: 95416n, rewards: 54 });
    expect(rows.reduce((sum, row) => sum + row.rewards, 0)).toBe(604);
  });

  test('a merged, malicious or plain smesher', async () => {
    const b2 = await smesher(database, meta.smeshers['B2'] ?? '');
    expect(b2.equivocationSet.map(({ smesher: id }) => toHex(id))).toContain(
      meta.smeshers['B1_primary'],
    );
    expect(b2.atxs.some(({ marriageAtx }) => marriageAtx !== null)).toBe(true);
    const m = await smesher(database, meta.smeshers['M_malicious'] ?? '');
    expect(m.malfeasance?.source).toBe('identities');
    const a = await smesher(database, meta.smeshers['A'] ?? '');
    expect(a.malfeasance).toBeNull();
    expect(a.rewards.count).toBeGreaterThan(0);
    expect(a.rank?.neighbours.some(({ smesher: id }) => toHex(id) === meta.smeshers['A'])).toBe(
      true,
    );
  });

  test('the chain of ATXs links both ways', async () => {
    const { atxs } = await smesher(database, meta.smeshers['A'] ?? '');
    for (const [i, row] of atxs.entries()) {
      const info = await atx(database, row.id);
      const [member] = info?.members ?? [];
      expect(member?.previousAtx ?? null).toEqual(atxs[i - 1]?.id ?? null);
      expect(member?.nextAtx ?? null).toEqual(atxs[i + 1]?.id ?? null);
    }
    expect(await atx(database, new Uint8Array(32))).toBeNull();
  });

  test('a pasted id finds its place', async () => {
    const kinds = async (text: string) =>
      (await findId(database, text)).matches.map(({ kind }) => kind);
    expect(await kinds(smesherC)).toEqual(['smesher']);
    expect(await kinds(second?.bech32 ?? '')).toEqual(['coinbase']);
    const { atxs } = await smesher(database, smesherC);
    expect(await kinds(toHex(atxs[0]?.id ?? new Uint8Array(32)))).toEqual(['atx']);
    expect(await findId(database, '00'.repeat(32))).toEqual({ matches: [], truncated: false });
  });

  test('the beginning of an id, as logs have it, finds all that begin so', async () => {
    const c = { kind: 'smesher', hex: smesherC };
    for (const text of [4, 5, 6, 10, 31, 47, 49, 63].map((digits) => smesherC.slice(0, digits))) {
      const found = { matches: [c], truncated: false };
      expect(await findId(database, text), text).toEqual({ ...found, beginning: text });
      const shouted = ` 0x${text.toUpperCase()}… `;
      expect(await findId(database, shouted), shouted).toEqual({ ...found, beginning: text });
    }
    const { atxs } = await smesher(database, smesherC);
    const atxId = toHex(atxs[0]?.id ?? new Uint8Array(32));
    expect((await findId(database, atxId.slice(0, 10))).matches).toEqual([
      { kind: 'atx', hex: atxId },
    ]);
    const owner = second?.hex ?? '';
    expect((await findId(database, owner.slice(0, 46))).matches).toEqual([
      { kind: 'coinbase', hex: owner },
    ]);
    expect(await findId(database, 'fedcba98')).toEqual({
      ...{ matches: [], truncated: false, beginning: 'fedcba98' },
    });
    for (const text of ['abc', 'no id', `${smesherC}00`])
      await expect(findId(database, text), text).rejects.toMatchObject({ name: 'WorkbenchError' });
  });

  test('of a beginning that many have, the number asked for is reported', async () => {
    // Addresses of wallets begin with four zero bytes.
    const all = await findId(database, '00000000');
    expect(all.truncated).toBe(false);
    const owners = Object.values(meta.coinbases).map(({ hex }) => hex);
    expect(all.matches).toEqual(owners.sort().map((hex) => ({ kind: 'coinbase', hex })));
    const some = await findId(database, '00000000', { maxMatches: 3 });
    expect(some).toEqual({ ...all, matches: all.matches.slice(0, 3), truncated: true });
    expect(await findId(database, '00000000', { maxMatches: 5 })).toEqual(all);
  });

  test('the tip', async () => {
    expect(await tip(database)).toEqual({
      lastProcessedLayer: 145,
      lastAppliedLayer: 145,
      lastRewardLayer: 145,
      lastPublishEpoch: 14,
    });
  });

  test('the examples of the documentation run as they are written', () => {
    const smesherId = smesherC.toUpperCase();
    const cursor = engine.cursor(
      `SELECT DISTINCT HEX(coinbase) FROM atxs WHERE HEX(pubkey)="${smesherId}";`,
    );
    expect(cursor.nextRow()).toEqual([first?.hex.toUpperCase()]);
    const byCoinbase = engine.cursor(
      `SELECT layer, total_reward FROM rewards WHERE HEX(coinbase)="${first?.hex.toUpperCase()}";`,
    );
    expect(byCoinbase.nextRow()?.length).toBe(2);
  });
});

describe('older and newer schemas', () => {
  const folder = mkdtempSync(join(tmpdir(), 'schemas-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const versions = readdirSync('test/data/node/schema_versions');
  const create = (name: string, ddl: string, version: number): Engine => {
    const path = join(folder, name);
    execFileSync('sqlite3', [path], { input: `${ddl}\nPRAGMA user_version=${version};` });
    return openOnDisk(SQL, path);
  };
  const ddlOf = (file: string): string =>
    readFileSync(join('test/data/node/schema_versions', file), 'utf8');

  /** Runs every query of the catalogue: "ran", or what it lacks. */
  function outcomes(database: Engine): Map<string, string> {
    return new Map(
      catalogue.map((query) => {
        const resolved = resolveQuery(query, database.info.tables);
        if ('missing' in resolved) {
          expect(resolved.missing.length, query.id).toBeGreaterThan(0);
          for (const need of resolved.missing) {
            const [table, column] = need.split('.');
            const columns = database.info.tables.find(({ name }) => name === table)?.columns;
            const isThere = columns?.some(({ name }) => column === undefined || name === column);
            expect(isThere ?? false, `${query.id}: ${need}`).toBe(false);
          }
          return [query.id, `lacks ${resolved.missing.join()}`];
        }
        const params = Object.fromEntries(
          query.params.map((kind) => [
            kind,
            kind === 'layersPerEpoch' || kind === 'epoch' ? 10 : null,
          ]),
        );
        const cursor = database.cursor(resolved.sql, params);
        while (cursor.nextRow());
        return [query.id, 'ran'];
      }),
    );
  }

  test('fixtures: every version of state.sql up to 27 and of local.sql up to 13', () => {
    const names = (kind: string, last: number): string[] =>
      Array.from({ length: last }, (_, i) => `${kind}_v${String(i + 1).padStart(2, '0')}.sql`);
    expect(versions.toSorted()).toEqual([...names('local', 13), ...names('state', 27)]);
  });

  test.each(versions)('%s: opens; each view runs or names what is missing', async (file) => {
    const version = Number(/_v(\d+)/.exec(file)?.[1]);
    const old = create(file, ddlOf(file), version);
    expect(old.info.schemaVersion).toBe(version);
    expect(old.info.kind).toBe(file.startsWith('state') ? 'state' : 'local');
    expect(old.info.findings.map(({ code }) => code)).toEqual(
      file.startsWith('state') && version < 21 ? ['schema-older'] : [],
    );
    const ran = [...outcomes(old)].filter(([, outcome]) => outcome === 'ran').map(([id]) => id);
    expect(ran.length).toBeGreaterThan(1);
    if (file.startsWith('state')) {
      const view = asQueryable(old);
      expect(await epochs(view)).toEqual([]);
      expect((await smesher(view, '11'.repeat(32))).atxs).toEqual([]);
      expect(await atx(view, '11'.repeat(32))).toBeNull();
      expect(await inferLayersPerEpoch(view)).toEqual({ layersPerEpoch: 4032, source: 'default' });
      expect(await rewards(view, { coinbase: '00'.repeat(24) })).toEqual([]);
      expect(await findId(view, '11'.repeat(32))).toEqual({ matches: [], truncated: false });
      expect(await tip(view)).toMatchObject({ lastPublishEpoch: null });
      for (const asked of [networkPopulation(view), highestAtx(view)])
        await expect(asked).rejects.toMatchObject({ code: 'no-atxs' });
      const rules = { layersPerEpoch: 4032, hdist: 10, activeSetsFrom: 12 };
      expect((await pruning(view, rules, { tables: [] })).prunable).toEqual([]);
      if (version < 8)
        await expect(rewards(view, { smesher: '11'.repeat(32) })).rejects.toMatchObject({
          code: 'schema-lacks',
          details: { missing: ['rewards.pubkey'] },
        });
    } else {
      const has = (id: string): boolean => ran.includes(id);
      expect(has('local_events')).toBe(version >= 11);
      expect(has('local_eligibilities')).toBe(version >= 11);
      expect(has('local_proposals')).toBe(version >= 11);
      expect(has('local_published_atxs')).toBe(version >= 10);
      expect(has('local_challenges') && has('local_post')).toBe(true);
    }
  });

  test.each(['state_v08.sql', 'state_v25.sql', 'local_v13.sql'])(
    '%s with another version number: the same views work',
    (file) => {
      const expected = outcomes(create(`${file}.own`, ddlOf(file), 5));
      for (const version of [0, 99])
        expect(outcomes(create(`${file}.${version}`, ddlOf(file), version))).toEqual(expected);
    },
  );

  test.each(['state_v27.sql', 'local_v13.sql'])(
    '%s without any one of its columns: each view runs or names what is missing',
    (file) => {
      const ddl = ddlOf(file).replaceAll(/CREATE TRIGGER[\s\S]*?END;/g, '');
      const { tables } = create(`${file}.full`, ddl, 1).info;
      const scratch = new SQL.Database();
      scratch.run(ddl);
      let views = 0;
      for (const { name: table, columns } of tables)
        for (const { name: column } of columns) {
          scratch.run(`SAVEPOINT one; ALTER TABLE ${table} RENAME COLUMN ${column} TO other_name`);
          const less = tables.map((one) =>
            one.name === table
              ? { ...one, columns: one.columns.filter(({ name }) => name !== column) }
              : one,
          );
          for (const query of catalogue) {
            const resolved = resolveQuery(query, less);
            if ('missing' in resolved) continue;
            views++;
            expect(
              () => scratch.prepare(resolved.sql).free(),
              `${query.id} without ${table}.${column}`,
            ).not.toThrow();
          }
          scratch.run('ROLLBACK TO one; RELEASE one');
        }
      expect(views).toBeGreaterThan(500);
    },
  );
});
