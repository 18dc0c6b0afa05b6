/** The card of a node over its real local.sql, and over newer schemas with rows of their own. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { localCard, type CardContext } from '../../../src/state/local-card';
import type { Sql } from '../../../src/state/engine/sqljs';
import { localIdentities, type LocalIdentity } from '../../../src/state/queries/local-node';
import { asQueryable, loadNodeSql, openOnDisk } from '../../support/node-engine';

let SQL: Sql;
beforeAll(async () => {
  SQL = await loadNodeSql();
});
const folder = mkdtempSync(join(tmpdir(), 'local-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function identitiesIn(path: string): Promise<LocalIdentity[]> {
  const engine = openOnDisk(SQL, path);
  try {
    return await localIdentities(asQueryable(engine));
  } finally {
    engine.close();
  }
}

const id = `x'${'ab'.repeat(32)}'`;
const hash = `x'${'cd'.repeat(32)}'`;
function create(version: string, rows: string): string {
  const path = join(folder, `${version}-${rows.length}.sql`);
  const schema = readFileSync(`test/data/node/schema_versions/local_v${version}.sql`, 'utf8');
  execFileSync('sqlite3', [path], {
    input: `${schema}\n${rows}\nPRAGMA user_version=${Number(version)};`,
  });
  return path;
}

const roundEndMs = 1_795_251_710_000;
const context = (copiedMs: number, more: Partial<CardContext> = {}): CardContext => ({
  ...{ copiedMs, clock: undefined, zone: 'utc', schemaVersion: 13 },
  ...more,
});
const answersOf = (identity: LocalIdentity | undefined, given: CardContext): string[] =>
  identity
    ? localCard(identity, given).map(({ severity, answer }) => `${severity}: ${answer}`)
    : [];

test('localCard: the local.sql of a node before and after its PoET round', async () => {
  const [identity] = await identitiesIn('test/data/node/local.sql');
  const before = answersOf(identity, context(roundEndMs - 1, { schemaVersion: 9 }));
  expect(before[0]).toBe(
    'good: Not yet. For the ATX of publish epoch 15 it is registered with 1 PoET; the round ends at 2026-11-21 09:01:50, and the node proves then.',
  );
  expect(before[1]).toContain('schema 9 has no table of slots');
  expect(before[2]).toContain('schema 9 has no table of events');
  expect(answersOf(identity, context(roundEndMs + 1))[0]).toMatch(/^warn: Not yet\. The round/);
  expect(answersOf(identity, context(roundEndMs + 13 * 3_600_000))[0]).toMatch(/^bad: .*log\.$/);
});

const challenge = `INSERT INTO challenge (id, epoch, sequence, prev_atx, pos_atx) VALUES (${id}, 7, 1, ${hash}, ${hash});`;

test.each([
  ['a challenge without registration', challenge, /^warn: No\. .*registered with no PoET/],
  [
    'a proof that is ready',
    `${challenge} INSERT INTO nipost VALUES (${id}, 1, x'00', 1, 4, 1, x'00', ${hash}, 64);`,
    /^warn: The proof for the ATX of publish epoch 7 is made/,
  ],
  [
    'an initial proof alone',
    `INSERT INTO post (id, post_nonce, post_indices, post_pow, num_units, commit_atx, vrf_nonce) VALUES (${id}, 1, x'00', 1, 4, ${hash}, 5);`,
    /^info: Nothing is pending\. The initial proof is stored/,
  ],
])('localCard: %s, the answer', async (_, rows, answer) => {
  const [identity] = await identitiesIn(create('13', rows));
  expect(answersOf(identity, context(0))[0]).toMatch(answer);
});

test('localCard: slots, proposals and events of schema 13, the next slot and the newest failure', async () => {
  const [identity] = await identitiesIn(
    create(
      '13',
      `INSERT INTO eligibilities VALUES (${id}, 100, 0, NULL), (${id}, 120, 1, NULL), (${id}, 140, 2, NULL);
       INSERT INTO proposals VALUES (${id}, 100, x'00');
       INSERT INTO events VALUES (${id}, 2000000, 1, CAST('{"help":"All is well."}' AS BLOB)),
         (${id}, 1000000, 1, CAST('{"help":"PoST failed.","failure":true}' AS BLOB));`,
    ),
  );
  const clock = { genesisMs: 0, layerMs: 1000, layersPerEpoch: 10 };
  expect(answersOf(identity, context(125_000, { clock })).slice(1)).toEqual([
    'good: Yes: the next slot is in layer 140 at 1970-01-01 00:02:20, the first of 1 that are left. The last proposal was made in layer 100.',
    'bad: The newest failure is of 1970-01-01 00:00:01: PoST failed.',
  ]);
  // Without a clock the last proposal shows how far it is.
  expect(answersOf(identity, context(125_000))[1]).toContain('the next slot is in layer 120, ');
  expect(answersOf(identity, context(200_000, { clock }))[1]).toContain('All 3 slots are over');
});

test('localCard: events that are not JSON, no all-clear', async () => {
  const [identity] = await identitiesIn(
    create(
      '13',
      `INSERT INTO events VALUES (${id}, 2000000, 1, x'0a0208011001'), (${id}, 1000000, 1, CAST('{"help":"All is well."}' AS BLOB));`,
    ),
  );
  expect(answersOf(identity, context(125_000)).at(-1)).toMatch(
    /^info: Of the newest 2 events 1 cannot be read\. No failure among the rest/,
  );
});

test('localIdentities: a schema that stores no registrations with challenges, refused', async () => {
  await expect(identitiesIn(create('01', ''))).rejects.toMatchObject({ code: 'schema-lacks' });
});
