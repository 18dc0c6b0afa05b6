/** The explorer over the sample, each figure counted again by SQLite. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toHex } from '../../../../src/base/bytes';
import type { Engine } from '../../../../src/state/engine/engine';
import type { Queryable } from '../../../../src/state/queries/ask';
import {
  exploreAccount,
  exploreBlock,
  exploreEpoch,
  exploreLayer,
  exploreTransaction,
  type Explored,
} from '../../../../src/state/queries/explore';
import { findId } from '../../../../src/state/queries/find-id';
import type { SqlValue } from '../../../../src/state/types';
import { asQueryable, loadNodeSql, openOnDisk } from '../../../support/node-engine';
import { askUntouched } from '../../../support/native-sqlite';

const sample = 'public/sample/state.sql';
const meta = JSON.parse(readFileSync('test/data/node/meta.json', 'utf8')) as {
  coinbases: Record<string, { hex: string }>;
};
const ask = (sql: string): string => askUntouched(sample, sql).trim();
const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

let engine: Engine;
let database: Queryable;
beforeAll(async () => {
  engine = openOnDisk(await loadNodeSql(), sample);
  database = asQueryable(engine);
});
afterAll(() => engine.close());

const fact = ({ facts }: Explored, wanted: string): string => {
  const value: SqlValue | undefined = facts.find(([name]) => name === wanted)?.[1];
  return value instanceof Uint8Array ? toHex(value) : String(value);
};
const count = ({ tables }: Explored, wanted: string): number =>
  tables.find(({ label }) => label === wanted)?.rows.length ?? 0;

test('exploreLayer: hashes, rewards and ballots of layer 90', async () => {
  const layer = await exploreLayer(database, 90);
  expect(fact(layer, 'state_hash')).toBe(
    ask('SELECT lower(hex(state_hash)) FROM layers WHERE id = 90'),
  );
  expect(count(layer, 'Rewards')).toBe(
    Number(ask('SELECT count(*) FROM rewards WHERE layer = 90')),
  );
  expect(count(layer, 'Ballots')).toBe(
    Number(ask('SELECT count(*) FROM ballots WHERE layer = 90')),
  );
});

test('exploreBlock: the applied block of a layer with transactions, by its 20 bytes', async () => {
  const [layer = '', id = ''] = ask(
    'SELECT layer, lower(hex(substr(bid, 1, 20))) FROM block_transactions LIMIT 1',
  ).split('|');
  const block = await exploreBlock(database, bytesOf(id));
  expect([fact(block, 'layer'), fact(block, 'block_id')]).toEqual([layer, id]);
  expect(count(block, 'Transactions')).toBe(
    Number(ask(`SELECT count(*) FROM block_transactions WHERE substr(bid, 1, 20) = x'${id}'`)),
  );
  expect(count(block, 'ATXs that it pays')).toBe(
    Number(ask(`SELECT count(*) FROM rewards WHERE layer = ${layer}`)),
  );
});

test('exploreTransaction: outcome, nonce and accounts; findId knows it and a block by their first digits', async () => {
  const [id = '', layer = '', nonce = ''] = ask(
    'SELECT lower(hex(id)), layer, hex(nonce) FROM transactions ORDER BY id LIMIT 1',
  ).split('|');
  const transaction = await exploreTransaction(database, bytesOf(id));
  expect(fact(transaction, 'layer')).toBe(layer);
  expect(fact(transaction, 'nonce')).toBe(String(BigInt(`0x${nonce}`)));
  expect(fact(transaction, 'outcome')).toBe('applied');
  expect(count(transaction, 'Accounts that it changed')).toBe(
    Number(ask(`SELECT count(*) FROM transactions_results_addresses WHERE tid = x'${id}'`)),
  );
  expect((await findId(database, id.slice(0, 10))).matches).toEqual([
    { kind: 'transaction', hex: id },
  ]);
  expect((await findId(database, id)).matches).toEqual([{ kind: 'transaction', hex: id }]);
  const block = ask('SELECT lower(hex(substr(id, 1, 20))) FROM blocks ORDER BY id LIMIT 1');
  expect((await findId(database, block.slice(0, 10))).matches).toEqual([
    { kind: 'block', hex: block },
  ]);
});

test('exploreAccount: the balance history of a coinbase adds up, and its smeshers have their shares', async () => {
  const hex = meta.coinbases['A']?.hex ?? '';
  const account = await exploreAccount(database, bytesOf(hex));
  expect(fact(account, 'balance')).toBe(
    ask(
      `SELECT balance FROM accounts WHERE address = x'${hex}' ORDER BY layer_updated DESC LIMIT 1`,
    ),
  );
  const history = account.tables.find(({ label }) => label === 'Balance history');
  const changes = history?.rows.reduce((sum, row) => sum + BigInt(Number(row[2])), 0n);
  expect(String(changes)).toBe(fact(account, 'balance'));
  const smeshers = account.tables.find(({ label }) => label === 'Smeshers of this coinbase');
  expect(smeshers?.rows.map((row) => String(row[4]))).toEqual([
    ask(`SELECT sum(total_reward) FROM rewards WHERE coinbase = x'${hex}'`),
  ]);
});

test('exploreEpoch: its ATXs, weight and rewards', async () => {
  const epoch = await exploreEpoch(database, 9, 10);
  expect([fact(epoch, 'first_layer'), fact(epoch, 'last_layer')]).toEqual(['90', '99']);
  expect([fact(epoch, 'atxs'), fact(epoch, 'weight')].join('|')).toBe(
    ask('SELECT count(*), sum(weight) FROM atxs WHERE epoch = 8'),
  );
  expect(fact(epoch, 'total_reward')).toBe(
    ask('SELECT sum(total_reward) FROM rewards WHERE layer BETWEEN 90 AND 99'),
  );
});

test.each([
  ['a layer', () => exploreLayer(database, 99_999)],
  ['a block', () => exploreBlock(database, new Uint8Array(20))],
  ['a transaction', () => exploreTransaction(database, new Uint8Array(32))],
  ['an account', () => exploreAccount(database, new Uint8Array(24).fill(9))],
  ['an epoch', () => exploreEpoch(database, 999, 10)],
])('explore: %s that the database lacks, refused', async (_, explore) => {
  await expect(explore()).rejects.toMatchObject({ code: 'not-in-database' });
});
