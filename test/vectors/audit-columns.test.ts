// Every column of the audited tables, changed one at a time: a check fails by name, or docs/trust.md explains why not.
import { readFileSync } from 'node:fs';
import { hex } from '@scure/base';
import { beforeAll, expect, test } from 'vitest';
import { auditAtx } from '../../src/audit/atx';
import { auditBallot } from '../../src/audit/ballots';
import { auditMalfeasance } from '../../src/audit/malfeasance';
import { auditBlock } from '../../src/audit/messages';
import { findNetwork, type AuditNetwork } from '../../src/audit/network';
import type { CheckName, Report } from '../../src/audit/types';
import type { SqlValue } from '../../src/state/types';
import { nodeAuditEngines, openSample, type SampleDatabase } from '../support/audit';

let database: SampleDatabase;
let network: AuditNetwork;
const engines = nodeAuditEngines();

beforeAll(async () => {
  database = await openSample();
  const known = await findNetwork(database);
  if (!known) throw new Error('the network was not found');
  network = known;
});

const vectors = JSON.parse(readFileSync('test/data/node/decoded_blobs.json', 'utf8')) as {
  what: string;
  id: string;
}[];
const idOf = (what: string) => vectors.find((vector) => vector.what.startsWith(what))?.id ?? '';
const other32 = new Uint8Array(32).fill(7);
const otherShort = new Uint8Array(32).fill(7, 0, 20);

/** What is audited after the change: the id of a row, or the value that its id was changed to. */
type Audit = (id: Uint8Array) => Promise<Report | null>;
const atx: Audit = (id) => auditAtx({ database, engines }, id, { network, indices: 'none' });
const ballot: Audit = (id) => auditBallot(database, id, { network });
const block: Audit = (id) => auditBlock(database, id);
const malfeasance: Audit = (id) => auditMalfeasance({ database, engines }, id, { network });

interface Case {
  readonly value: SqlValue;
  /** Of these rows one is changed. */
  readonly where: string;
  readonly audit: Audit;
  /** What is audited: the row's key by default. */
  readonly id?: Uint8Array;
  readonly check: CheckName;
}

const blobId = (what: string) => `x'${idOf(what)}'`;
const of = (table: string, key: string, audit: Audit, what: string) => ({
  change: (value: SqlValue, check: CheckName, id = hex.decode(idOf(what))): Case => ({
    value,
    where: `${key} = ${blobId(what)} AND rowid = (SELECT min(rowid) FROM ${table} WHERE ${key} = ${blobId(what)})`,
    audit,
    id,
    check,
  }),
});
const chained = of('atxs', 'id', atx, 'V1 chained').change;
const initial = of('atxs', 'id', atx, 'V1 initial').change;
const merged = of('atxs', 'id', atx, 'V2 merged, different').change;
const post = of('posts', 'atxid', atx, 'V2 merged, different').change;
const marriage = of('marriages', 'marriage_atx', atx, 'V2 solo with marriage').change;
const blob = of('atx_blobs', 'id', atx, 'V2 solo').change;
const proof = of('identities', 'pubkey', malfeasance, 'malfeasance').change;
const first = (table: string, audit: Audit) => ({
  change: (value: SqlValue, check: CheckName, id?: Uint8Array): Case => ({
    value,
    where: `id = (SELECT min(id) FROM ${table})`,
    audit,
    check,
    ...(id ? { id } : {}),
  }),
});
const firstBallot = first('ballots', ballot).change;
const firstBlock = first('blocks', block).change;

/** Columns that no other data in a database determines. */
const notDerivable = 'not derivable';
const columns: Readonly<Record<string, Readonly<Record<string, Case | typeof notDerivable>>>> = {
  atxs: {
    id: chained(other32, 'posts-table', other32),
    epoch: chained(99, 'epoch-column'),
    effective_num_units: merged(40, 'effective-units'),
    commitment_atx: initial(other32, 'commitment-atx'),
    nonce: merged(1, 'vrf-nonce-column'),
    base_tick_height: chained(1, 'base-tick-height'),
    tick_count: chained(1, 'ticks'),
    sequence: chained(9, 'sequence'),
    pubkey: chained(other32, 'smesher-column'),
    coinbase: chained(new Uint8Array(24).fill(7), 'coinbase-column'),
    received: notDerivable,
    validity: notDerivable,
    marriage_atx: merged(other32, 'marriage-atx'),
    weight: merged(1, 'weight'),
  },
  // Without its blob an ATX looks as if it was pruned: inconclusive, as the test below shows.
  atx_blobs: {
    id: notDerivable,
    atx: blob(Uint8Array.of(1), 'blob'),
    version: blob(1, 'blob'),
  },
  posts: {
    atxid: post(other32, 'posts-table'),
    pubkey: post(other32, 'posts-table'),
    prev_atxid: post(other32, 'posts-table'),
    prev_atx_index: post(7, 'posts-table'),
    units: post(9, 'posts-table'),
    publish_epoch: post(99, 'posts-table'),
  },
  marriages: {
    pubkey: marriage(other32, 'marriage-certificates'),
    id: marriage(99, 'marriage-certificates'),
    marriage_atx: marriage(other32, 'marriage-certificates'),
    marriage_idx: marriage(99, 'marriage-certificates'),
    marriage_target: marriage(other32, 'marriage-certificates'),
    marriage_sig: marriage(new Uint8Array(64), 'marriage-certificates'),
  },
  identities: {
    pubkey: proof(other32, 'same-smesher', other32),
    proof: proof(Uint8Array.of(1), 'blob'),
    received: notDerivable,
  },
  ballots: {
    id: firstBallot(otherShort, 'id', otherShort),
    atx: firstBallot(other32, 'atx-column'),
    layer: firstBallot(99999, 'layer-column'),
    pubkey: firstBallot(other32, 'smesher-column'),
    ballot: firstBallot(Uint8Array.of(1), 'blob'),
  },
  blocks: {
    id: firstBlock(otherShort, 'id', otherShort),
    layer: firstBlock(99999, 'layer-column'),
    // The tortoise decides it from all ballots of later layers.
    validity: notDerivable,
    block: firstBlock(Uint8Array.of(1), 'blob'),
  },
};

test.each(Object.keys(columns))('table %s: the list has all its columns', (name) => {
  const table = database.info.tables.find((one) => one.name === name);
  expect(Object.keys(columns[name] ?? {}).sort()).toEqual(
    table?.columns.map((column) => column.name).sort(),
  );
});

const cases = Object.entries(columns).flatMap(([table, all]) =>
  Object.entries(all).flatMap(([column, change]): [string, string, Case][] =>
    change === notDerivable ? [] : [[table, column, change]],
  ),
);

test.each(cases)('%s.%s changed: a check fails by name', async (table, column, change) => {
  const { value, where, audit, check } = change;
  const keys = await database.query(
    `SELECT min(id) FROM ${table === 'blocks' ? table : 'ballots'}`,
  );
  const id = change.id ?? (keys.rows[0]?.[0] as Uint8Array);
  const report = await database.tampered(
    `UPDATE ${table} SET ${column} = :value WHERE ${where}`,
    { value },
    () => audit(id),
  );
  const failed = report?.checks.filter(({ outcome }) => outcome === 'fail');
  expect(failed?.map((one) => one.check)).toContain(check);
  expect(report?.outcome).toBe('fail');
});

test('atx_blobs.id changed: the ATX without its content is inconclusive, with every check named', async () => {
  const id = hex.decode(idOf('V2 solo'));
  const report = await database.tampered(
    'UPDATE atx_blobs SET id = :value WHERE id = :id',
    { id, value: other32 },
    () => atx(id),
  );
  expect(report).toMatchObject({ outcome: 'inconclusive' });
  expect(report?.notChecked).toContain('signature');
});

test('marriages.marriage_idx of any member changed: the marriage ATX and the merged ATXs fail', async () => {
  const id = hex.decode(idOf('V2 solo with marriage'));
  for (const index of [0, 1, 2]) {
    const failed = await database.tampered(
      `UPDATE marriages SET marriage_idx = 50 WHERE marriage_idx = ${index}`,
      {},
      async () => {
        const reports = [await atx(id), await atx(hex.decode(idOf('V2 merged, different')))];
        return reports.map((report) =>
          report?.checks.filter(({ outcome }) => outcome === 'fail').map(({ check }) => check),
        );
      },
    );
    expect(failed).toEqual([['marriage-certificates'], ['marriage-atx']]);
  }
});
