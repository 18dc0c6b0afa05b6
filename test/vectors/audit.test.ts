// The small network's database, audited whole, then tampered with in every way; about 10 s.
import { readFileSync } from 'node:fs';
import { hex } from '@scure/base';
import { beforeAll, describe, expect, test } from 'vitest';
import { auditAtx } from '../../src/audit/atx';
import { inspectPoet } from '../../src/audit/inspect/poets';
import { findNetwork, type AuditNetwork } from '../../src/audit/network';
import { audit, type AuditRequest } from '../../src/audit/run';
import { atxChecks, type AtxReport, type CheckName } from '../../src/audit/types';
import { decodeAtx, postsOf, type AtxV1, type AtxV2 } from '../../src/protocol/atx';
import { concatBytes, type Bytes } from '../../src/base/bytes';
import { networkParameters } from '../../src/protocol/parameters';
import { encodeCompact } from '../../src/protocol/scale';
import type { SqlValue } from '../../src/state/types';
import { nodeAuditEngines, openSample, type SampleDatabase } from '../support/audit';

const vectors = JSON.parse(readFileSync('test/data/node/decoded_blobs.json', 'utf8')) as {
  what: string;
  id: string;
  version?: 1 | 2;
  hex: string;
}[];
const meta = JSON.parse(readFileSync('test/data/node/meta.json', 'utf8')) as {
  genesis_id: string;
  smeshers: Record<string, string>;
};
const named = (what: string) => {
  const vector = vectors.find((other) => other.what.startsWith(what));
  if (!vector) throw new Error(`there is no ${what}`);
  const blob = new Uint8Array(hex.decode(vector.hex));
  return { id: vector.id, blob, atx: decodeAtx(blob, vector.version ?? 0) };
};

let database: SampleDatabase;
let network: AuditNetwork;
const engines = nodeAuditEngines();

beforeAll(async () => {
  database = await openSample();
  const known = await findNetwork(database);
  if (!known) throw new Error('the network was not found');
  network = known;
});

const auditAll = async (request: Omit<AuditRequest, 'network' | 'threads'>) => {
  const reports: AtxReport[] = [];
  const tally = await audit(
    database,
    { ...request, network, threads: 1 },
    { onReport: (report) => reports.push(report) },
    engines,
  );
  return { tally, reports };
};

/** Everything that does not hold: "check: outcome". */
const amiss = ({ checks }: AtxReport): string[] => [
  ...new Set(
    checks
      .filter(({ outcome }) => outcome !== 'pass')
      .map(({ check, outcome }) => `${check}: ${outcome}`),
  ),
];
const found = new Set<CheckName>();
const failing = ({ checks }: AtxReport): CheckName[] => {
  const names = checks.filter(({ outcome }) => outcome === 'fail').map(({ check }) => check);
  for (const name of names) found.add(name);
  return [...new Set(names)];
};

test('the network is found from the first signatures', () => {
  expect(hex.encode(network.genesisId ?? new Uint8Array())).toBe(meta.genesis_id);
  expect(network).toMatchObject({ name: 'standalone', post: networkParameters.standalone });
});

test('every ATX of the network holds, in every check', async () => {
  const { tally, reports } = await auditAll({ of: 'all' });
  expect(reports.flatMap(amiss)).toEqual([]);
  expect(tally).toMatchObject({
    population: 72,
    chosen: 72,
    passed: 72,
    failed: 0,
    inconclusive: 0,
  });
  expect(tally.statement).toBe('All 72 ATXs were audited: none fails.');
  expect(reports.reduce((sum, { posts }) => sum + posts, 0)).toBe(90);
}, 120_000);

describe('a selection', () => {
  const ids = (reports: readonly AtxReport[]) => reports.map(({ id }) => hex.encode(id)).sort();

  test('of a smesher has the merged ATXs in which it only has a part', async () => {
    const of = { smesher: meta.smeshers['B2'] ?? '' };
    const { tally, reports } = await auditAll({ of, indices: 'none' });
    expect(tally).toMatchObject({ population: 14, passed: 14 });
    expect(
      new Set(reports.map(({ smesher }) => hex.encode(smesher ?? new Uint8Array()))).size,
    ).toBe(2);
  });

  test('at random can be repeated from its seed, and states what it implies for all', async () => {
    const draw = (seed: string) =>
      auditAll({ of: 'all', sample: { size: 9, seed }, indices: 'none' });
    const [one, again, other] = await Promise.all([draw('a'), draw('a'), draw('b')]);
    expect(ids(one.reports)).toEqual(ids(again.reports));
    expect(ids(one.reports)).not.toEqual(ids(other.reports));
    expect(one.tally).toMatchObject({ population: 72, chosen: 9, passed: 9 });
    expect(one.tally.statement).toMatch(
      /^With 99 % confidence, at most 38 % of the 72 ATXs fail: 9 were audited, none fails\. Not checked/,
    );
  });

  test('of an epoch counts what failed', async () => {
    const row = 'UPDATE atxs SET weight = weight + 1 WHERE epoch = :epoch AND pubkey = :smesher';
    const params = { epoch: 3, smesher: hex.decode(meta.smeshers['A'] ?? '') };
    const { tally } = await database.tampered(row, params, () =>
      auditAll({ of: { publishEpoch: 3 }, indices: 'none' }),
    );
    expect(tally).toMatchObject({ population: 6, passed: 5, failed: 1 });
    expect([...tally.failedBy]).toEqual([['weight', 1]]);
  });

  test('that is aborted ends with an AbortError', async () => {
    const controller = new AbortController();
    const running = audit(
      database,
      { of: 'all', network, threads: 1, indices: 'none' },
      { signal: controller.signal, onReport: () => controller.abort() },
      engines,
    );
    await expect(running).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
  });
});

const audited = (id: string, indices: AuditRequest['indices'] = 'none') =>
  auditAtx({ database, engines }, id, { network, indices });

describe('a column that is not what the content states is named', () => {
  const initial = named('V1 initial');
  const chained = named('V1 chained');
  const merged = named('V2 merged, different');
  const marriage = named('V2 solo with marriage');
  const change = (column: string, value: SqlValue, table = 'atxs', where = 'id') =>
    ({ sql: `UPDATE ${table} SET ${column} = :value WHERE ${where} = :id`, value }) as const;
  const id32 = new Uint8Array(32).fill(7);
  const sameEpoch = {
    sql: `UPDATE atxs SET epoch = (SELECT epoch FROM atxs WHERE id = :id)
      WHERE pubkey = (SELECT pubkey FROM atxs WHERE id = :id) AND :value IS NOT NULL`,
    value: 1,
  } as const;
  const sameEpochOfPosts = {
    sql: `UPDATE posts SET publish_epoch = (SELECT epoch FROM atxs WHERE id = :id)
      WHERE pubkey IN (SELECT pubkey FROM posts WHERE atxid = :id) AND :value IS NOT NULL`,
    value: 1,
  } as const;
  test.each<[CheckName, { id: string }, { sql: string; value: SqlValue }]>([
    ['smesher-column', chained, change('pubkey', id32)],
    ['epoch-column', chained, change('epoch', 99)],
    ['coinbase-column', chained, change('coinbase', new Uint8Array(24).fill(7))],
    ['sequence', chained, change('sequence', 9)],
    ['sequence', merged, change('sequence', 1)],
    ['commitment-atx', initial, change('commitment_atx', id32)],
    ['commitment-atx', chained, change('commitment_atx', id32)],
    ['marriage-atx', merged, change('marriage_atx', id32)],
    ['marriage-atx', chained, change('marriage_atx', id32)],
    ['effective-units', merged, change('effective_num_units', 40)],
    ['ticks', chained, change('tick_count', 1)],
    ['base-tick-height', chained, change('base_tick_height', 1)],
    ['weight', merged, change('weight', 1)],
    ['vrf-nonce-column', merged, change('nonce', 1)],
    ['no-second-atx', chained, sameEpoch],
    ['no-second-atx', merged, sameEpochOfPosts],
    ['posts-table', merged, change('units', 9, 'posts', 'atxid')],
    ['posts-table', chained, change('prev_atxid', id32, 'posts', 'atxid')],
    [
      'marriage-certificates',
      marriage,
      change('marriage_sig', new Uint8Array(64), 'marriages', 'marriage_atx'),
    ],
  ])('%s', async (check, { id }, { sql, value }) => {
    const report = await database.tampered(sql, { id: hex.decode(id), value }, () => audited(id));
    expect(failing(report)).toContain(check);
    expect(report.outcome).toBe('fail');
  });

  test('the commitment of the first ATX, asked for by a later one', async () => {
    const report = await database.tampered(
      'UPDATE atxs SET commitment_atx = :value WHERE pubkey = :smesher AND commitment_atx IS NOT NULL',
      { smesher: chained.atx.smesher, value: id32 },
      () => audited(chained.id),
    );
    expect(failing(report)).toEqual(['commitment-atx']);
  });

  test('auditAtx: a blob that is pruned or was never there, inconclusive in every check', async () => {
    const { id } = chained;
    const key = hex.decode(id);
    const gone = 'UPDATE atx_blobs SET id = :value WHERE id = :id';
    const report = await database.tampered(gone, { id: key, value: id32 }, () => audited(id));
    expect(amiss(report)).toEqual(['blob: inconclusive']);
    expect(report.outcome).toBe('inconclusive');
    expect(report.notChecked).toEqual(atxChecks);
    const checkpointed = await database.tampered(gone, { id: key, value: id32 }, () =>
      database.tampered('UPDATE atxs SET received = 0 WHERE id = :id', { id: key }, () =>
        audited(id),
      ),
    );
    expect(checkpointed.checks[0]?.explanation).toContain('checkpoint');
  });
});

test('auditAtx: a blob of another type than BLOB, fail', async () => {
  const { id } = named('V1 chained');
  const report = await database.tampered(
    "UPDATE atx_blobs SET atx = 'text' WHERE id = :id",
    { id: hex.decode(id) },
    () => audited(id),
  );
  expect(amiss(report)).toEqual(['blob: fail']);
  expect(report.notChecked).toEqual(atxChecks.filter((name) => name !== 'blob'));
});

test('audit: ATXs without content, the tally claims nothing for them', async () => {
  const { tally, reports } = await database.tampered(
    'DELETE FROM atx_blobs WHERE rowid % 2 = 0',
    {},
    () => auditAll({ of: 'all', indices: 'none' }),
  );
  const without = reports.filter(({ outcome }) => outcome === 'inconclusive').length;
  expect(without).toBeGreaterThan(20);
  expect(tally).toMatchObject({ outcome: 'inconclusive', inconclusive: without, failed: 0 });
  expect(tally.badShareBound).toBeCloseTo(without / 72, 12);
  expect(tally.statement).toContain(`none fails, ${without} are inconclusive.`);
  expect(tally.statement).toContain(`Weight (${without})`);
});

describe('content that was changed is named', () => {
  const initial = named('V1 initial');
  const chained = named('V1 chained');
  const solo = named('V2 solo');
  const marriage = named('V2 solo with marriage');
  const merged = named('V2 merged, different');

  type Blob = ReturnType<typeof named>;
  /** Writes bytes over the first place after `after` where the blob has `part`. */
  const over = ({ blob }: Blob, part: Uint8Array, bytes: Uint8Array, after?: Uint8Array): Bytes => {
    const text = hex.encode(blob);
    const from = after ? text.indexOf(hex.encode(after)) + 2 * after.length : 0;
    const at = text.indexOf(hex.encode(part), from);
    if (at < 0 || part.length === 0) throw new Error('the blob has no such part');
    const changed = new Uint8Array(blob);
    changed.set(bytes, at / 2);
    return changed;
  };
  const flipped = (bytes: Uint8Array) => bytes.map((byte, i) => (i === 0 ? byte ^ 1 : byte));
  const flip = (vector: Blob, part: Uint8Array, after?: Uint8Array) =>
    over(vector, part, flipped(part), after);
  const postOf = ({ atx }: Blob, initialOne = false) => {
    const post = postsOf(atx).find((one) => one.initial === initialOne);
    if (!post) throw new Error('it has no such PoST');
    return post;
  };
  const v1 = (vector: Blob) => vector.atx as AtxV1;
  const v2 = (vector: Blob) => vector.atx as AtxV2;
  const otherPoet = hex.decode('a7a7606d7bebd813af16674afa8a54be0d97c19b998935235e02c9e93d2180e7');
  const compact = (value: bigint | number) => encodeCompact(BigInt(value));
  const zeros = new Uint8Array(32);
  /** The id is of what is signed, without the signer. */
  const notOfTheId = new Set(['signature', 'smesher-column', 'blob']);

  test.each<[string, CheckName, Blob, () => Bytes, AuditRequest['indices']?]>([
    ['signature', 'signature', chained, () => flip(chained, chained.atx.signature)],
    ['signature of version 2', 'signature', merged, () => flip(merged, merged.atx.signature)],
    ['coinbase', 'id', chained, () => flip(chained, chained.atx.coinbase)],
    ['coinbase', 'coinbase-column', merged, () => flip(merged, merged.atx.coinbase)],
    ['smesher', 'smesher-column', solo, () => flip(solo, solo.atx.smesher)],
    ['indices', 'post-indices', chained, () => flip(chained, postOf(chained).proof.indices), 'all'],
    ['indices', 'post-indices', merged, () => flip(merged, postOf(merged).proof.indices), 'all'],
    [
      'initial indices',
      'initial-post',
      initial,
      () => flip(initial, postOf(initial, true).proof.indices),
      'all',
    ],
    [
      'nonce',
      'post-indices',
      chained,
      () => {
        const { nonce, indices } = postOf(chained).proof;
        const length = compact(indices.length);
        return over(
          chained,
          concatBytes(compact(nonce), length, indices),
          compact(nonce === 5 ? 6 : 5),
        );
      },
      'all',
    ],
    [
      'k2pow',
      'post-indices',
      chained,
      () => {
        const { indices, pow } = postOf(chained).proof;
        return over(chained, compact(pow), compact(pow + 1n), indices);
      },
      'all',
    ],
    [
      'units',
      'posts-table',
      solo,
      () =>
        over(
          solo,
          compact(postOf(solo).numUnits),
          compact(1),
          concatBytes(postOf(solo).proof.indices, compact(postOf(solo).proof.pow)),
        ),
    ],
    [
      'units',
      'units-in-limits',
      solo,
      () =>
        over(
          solo,
          compact(postOf(solo).numUnits),
          compact(9),
          concatBytes(postOf(solo).proof.indices, compact(postOf(solo).proof.pow)),
        ),
    ],
    ['challenge', 'membership', chained, () => over(chained, postOf(chained).challenge, otherPoet)],
    ['challenge', 'ticks', solo, () => over(solo, postOf(solo).challenge, otherPoet)],
    [
      'membership',
      'membership',
      chained,
      () => flip(chained, v1(chained).nipost?.membership.nodes[0] ?? zeros),
    ],
    [
      'membership',
      'membership',
      merged,
      () => flip(merged, v2(merged).niposts[0]?.membershipNodes[0] ?? zeros),
    ],
    [
      'commitment',
      'commitment-atx',
      initial,
      () => flip(initial, v1(initial).commitmentAtx ?? zeros, initial.atx.positioningAtx),
    ],
    ['previous ATX', 'form', chained, () => over(chained, v1(chained).previousAtx, zeros)],
    [
      'previous ATX',
      'previous-atxs',
      chained,
      () => over(chained, v1(chained).previousAtx, hex.decode(initial.id)),
    ],
    [
      'positioning ATX',
      'positioning-atx',
      chained,
      () => over(chained, chained.atx.positioningAtx, hex.decode(merged.id)),
    ],
    [
      'positioning ATX',
      'base-tick-height',
      chained,
      () => over(chained, chained.atx.positioningAtx, hex.decode(merged.id)),
    ],
    [
      'VRF nonce',
      'vrf-nonce',
      solo,
      () => over(solo, compact(solo.atx.vrfNonce ?? 0n), compact(93), postOf(solo).proof.indices),
      { one: 0 },
    ],
    [
      'VRF nonce',
      'vrf-nonce-column',
      solo,
      () => over(solo, compact(solo.atx.vrfNonce ?? 0n), compact(93), postOf(solo).proof.indices),
    ],
    [
      'sequence',
      'sequence',
      chained,
      () =>
        over(
          chained,
          concatBytes(compact(v1(chained).sequence), v1(chained).previousAtx),
          compact(9),
        ),
    ],
    [
      'certificate',
      'marriage-certificates',
      marriage,
      () => flip(marriage, v2(marriage).marriages[1]?.signature ?? zeros),
    ],
    ['marriage ATX', 'marriage-atx', merged, () => flip(merged, v2(merged).marriageAtx ?? zeros)],
    ['the last byte', 'blob', merged, () => merged.blob.slice(0, -1)],
  ])('%s: %s', async (_, check, vector, change, indices) => {
    const report = await database.tampered(
      'UPDATE atx_blobs SET atx = :blob WHERE id = :id',
      { id: hex.decode(vector.id), blob: change() },
      () => audited(vector.id, indices),
    );
    expect(failing(report)).toContain(check);
    expect(report.outcome).toBe('fail');
    if (!notOfTheId.has(check)) expect(failing(report)).toContain('id');
  });

  test('a k2pow that is not below the difficulty', async () => {
    const post = { ...network.post, powDifficulty: new Uint8Array(32) };
    const strict = { ...network, post };
    const report = await auditAtx({ database, engines }, chained.id, { network: strict });
    expect(amiss(report)).toEqual(['k2pow: fail', 'post-indices: inconclusive']);
    expect(failing(report)).toEqual(['k2pow']);
  });

  test('the work of a PoET', async () => {
    const ref = postOf(chained).challenge;
    const { rows } = await database.query('SELECT poet FROM poets WHERE ref = :ref', { ref });
    // A byte of an opened leaf: the reference is another, and so is the root.
    const blob = new Uint8Array(rows[0]?.[0] as Uint8Array).map((byte, i) =>
      i === 100 ? byte ^ 1 : byte,
    );
    const report = await database.tampered(
      'UPDATE poets SET poet = :blob WHERE ref = :ref',
      { ref, blob },
      () => audited(chained.id),
    );
    expect(failing(report)).toEqual(['poet-proof']);
    expect(inspectPoet(blob).failure).toMatch(/root/);
    const cut = await database.tampered(
      'UPDATE poets SET poet = :blob WHERE ref = :ref',
      { ref, blob: blob.slice(1) },
      () => audited(chained.id),
    );
    expect(amiss(cut)).toEqual([
      'poet-proof: fail',
      'membership: inconclusive',
      'ticks: inconclusive',
      'weight: inconclusive',
    ]);
  });

  test('under another genesis id no signature holds', async () => {
    const elsewhere = { ...network, genesisId: new Uint8Array(20) };
    const { id } = marriage;
    const report = await auditAtx({ database, engines }, id, {
      network: elsewhere,
      indices: 'none',
    });
    expect(failing(report)).toEqual(['signature', 'marriage-certificates']);
  });
});

test('whatever is in a column, there is a report', async () => {
  const odd: SqlValue[] = [null, 1.5, 'text', Uint8Array.of(1)];
  const { rows } = await database.query(
    'SELECT id FROM atxs WHERE marriage_atx IS NOT NULL LIMIT 1',
  );
  const id = rows[0]?.[0] as Uint8Array<ArrayBuffer>;
  const columnsOf = (table: string) =>
    database.info.tables.find(({ name }) => name === table)?.columns.map(({ name }) => name) ?? [];
  for (const [table, key] of [
    ['atxs', 'pubkey'],
    ['posts', 'pubkey'],
    ['marriages', 'marriage_target'],
  ] as const)
    for (const column of columnsOf(table).filter((name) => name !== 'id' && name !== 'rowid'))
      for (const value of odd)
        try {
          const smesher = hex.decode(meta.smeshers['B1_primary'] ?? '');
          const sql = `UPDATE OR IGNORE ${table} SET ${column} = :value WHERE ${key} = :smesher`;
          const report = await database.tampered(sql, { smesher, value }, () =>
            auditAtx({ database, engines }, id, { network, indices: 'none' }),
          );
          expect(report.checks.length).toBeGreaterThan(0);
        } catch (error) {
          // The schema itself refuses some.
          expect(String(error)).toMatch(/nothing was changed|constraint|datatype/);
        }
});

test('every check was made to fail above', () => {
  expect(atxChecks.filter((name) => !found.has(name))).toEqual([]);
});
