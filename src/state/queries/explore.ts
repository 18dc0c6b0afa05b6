/**
 * One layer, block, transaction, account or epoch with all that the database holds about it: facts, and tables whose ids lead
 * on. Each statement is a look-up in an index; tables are cut at `maxListed` rows, and report it.
 */
import { WorkbenchError } from '../../base/error';
import { shortIdBytes } from '../../protocol/ballot';
import { decodeBlock } from '../../protocol/block';
import { decodeTransactionResult } from '../../protocol/transaction-result';
import { missingFrom } from '../schema';
import type { SqlParams, SqlValue } from '../types';
import { askAll, lacks, type AskOptions, type Queryable } from './ask';

export type ExploredKind = 'layer' | 'block' | 'transaction' | 'account' | 'epoch';

export interface ExploredTable {
  readonly label: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly SqlValue[])[];
  /** There are more rows than are listed. */
  readonly truncated: boolean;
}

export interface Explored {
  readonly kind: ExploredKind;
  /** By the name that a column of it has, so that ids lead on. */
  readonly facts: readonly (readonly [name: string, value: SqlValue])[];
  readonly tables: readonly ExploredTable[];
}

export const maxListed = 1000;

interface Question {
  readonly database: Queryable;
  readonly options: AskOptions;
}

const has = ({ database }: Question, ...needs: readonly string[]): boolean =>
  missingFrom(database.info.tables, needs).length === 0;

/** Undefined where the database lacks what the table needs: then the view leaves it out. */
async function table(
  question: Question,
  label: string,
  needs: readonly string[],
  sql: string,
  params: SqlParams,
): Promise<ExploredTable | undefined> {
  if (!has(question, ...needs)) return undefined;
  const { columns, rows, truncated } = await question.database.query(sql, params, {
    ...question.options,
    maxRows: maxListed,
    unsigned: ['total_reward', 'layer_reward', 'balance', 'weight'],
  });
  return { label, columns, rows, truncated };
}

async function tablesOf(
  asked: readonly (Promise<ExploredTable | undefined> | ExploredTable)[],
): Promise<ExploredTable[]> {
  const found: ExploredTable[] = [];
  for (const one of asked) {
    const read = await one;
    if (read && read.rows.length > 0) found.push(read);
  }
  return found;
}

/** The first row as facts, by its columns' names. */
async function facts(
  { database, options }: Question,
  sql: string,
  params: SqlParams,
): Promise<(readonly [string, SqlValue])[] | undefined> {
  const { columns, rows } = await askAll(database, sql, params, {
    ...options,
    unsigned: ['balance', 'total_reward', 'weight'],
  });
  const [row] = rows;
  return row && columns.map((name, i) => [name, row[i] ?? null] as const);
}

const unknown = (what: string): WorkbenchError =>
  new WorkbenchError(
    'not-in-database',
    `This database does not have ${what}. Is it of the same network, new enough, and was it not pruned?`,
  );

function need({ database }: Question, what: string, ...needs: readonly string[]): void {
  const missing = missingFrom(database.info.tables, needs);
  if (missing.length > 0) throw lacks(database.info, what, missing);
}

/** @throws WorkbenchError `not-in-database`, `schema-lacks` */
export async function exploreLayer(
  database: Queryable,
  layer: number,
  options: AskOptions = {},
): Promise<Explored> {
  const question = { database, options };
  need(question, 'Layer', 'layers.applied_block');
  const own = await facts(
    question,
    `SELECT id AS layer, processed, weak_coin, applied_block AS block_id, state_hash, aggregated_hash FROM layers WHERE id = :layer`,
    { layer },
  );
  if (!own) throw unknown(`layer ${layer}`);
  const params = { layer };
  return {
    kind: 'layer',
    facts: own,
    tables: await tablesOf([
      table(
        question,
        'Rewards',
        ['rewards.pubkey'],
        'SELECT pubkey AS smesher, coinbase, total_reward, layer_reward FROM rewards WHERE layer = :layer ORDER BY total_reward DESC, pubkey',
        params,
      ),
      table(
        question,
        'Blocks',
        ['blocks.layer'],
        `SELECT substr(id, 1, ${shortIdBytes}) AS block_id, validity, length(block) AS bytes FROM blocks WHERE layer = :layer`,
        params,
      ),
      table(
        question,
        'Ballots',
        ['ballots.layer', 'ballots.pubkey'],
        'SELECT id AS ballot_id, pubkey AS smesher, atx FROM ballots WHERE layer = :layer ORDER BY pubkey',
        params,
      ),
      table(
        question,
        'Certificates',
        ['certificates.layer'],
        `SELECT substr(block, 1, ${shortIdBytes}) AS block_id, valid, length(cert) AS bytes FROM certificates WHERE layer = :layer`,
        params,
      ),
      table(
        question,
        'Transactions',
        ['block_transactions.layer'],
        `SELECT tid AS transaction_id, substr(bid, 1, ${shortIdBytes}) AS block_id FROM block_transactions WHERE layer = :layer`,
        params,
      ),
    ]),
  };
}

/** @param id 20 bytes. @throws WorkbenchError `not-in-database`, `schema-lacks`, `scale-invalid` */
export async function exploreBlock(
  database: Queryable,
  id: Uint8Array,
  options: AskOptions = {},
): Promise<Explored> {
  const question = { database, options };
  need(question, 'Block', 'blocks.block');
  const { rows } = await askAll(
    database,
    'SELECT layer, validity, block FROM blocks WHERE id BETWEEN :low AND :high LIMIT 1',
    // Ids are stored with zeros up to 32 bytes.
    { low: id, high: padded(id, 0xff) },
    options,
  );
  const [layer, validity, blob] = rows[0] ?? [];
  if (!(blob instanceof Uint8Array)) throw unknown('this block');
  const block = decodeBlock(blob);
  return {
    kind: 'block',
    facts: [
      ['block_id', id.slice(0, shortIdBytes)],
      ['layer', layer ?? null],
      ['validity', validity ?? null],
      ['tick_height', block.tickHeight],
      ['bytes', blob.length],
    ],
    tables: await tablesOf([
      {
        label: 'ATXs that it pays',
        columns: ['atx', 'weight', 'divided_by'],
        rows: block.rewards.map(({ atx, numerator, denominator }) => [atx, numerator, denominator]),
        truncated: false,
      },
      {
        label: 'Transactions',
        columns: ['transaction_id'],
        rows: block.transactions.slice(0, maxListed).map((transaction) => [transaction]),
        truncated: block.transactions.length > maxListed,
      },
    ]),
  };
}

function padded(id: Uint8Array, byte: number): Uint8Array {
  const full = new Uint8Array(32).fill(byte);
  full.set(id.subarray(0, 32));
  return full;
}

/** @param id 32 bytes. @throws WorkbenchError `not-in-database`, `schema-lacks`, `scale-invalid` */
export async function exploreTransaction(
  database: Queryable,
  id: Uint8Array,
  options: AskOptions = {},
): Promise<Explored> {
  const question = { database, options };
  need(question, 'Transaction', 'transactions.result', 'transactions.timestamp');
  const own = await facts(
    question,
    `SELECT id AS transaction_id, layer, substr(block, 1, ${shortIdBytes}) AS block_id, principal, nonce,
       timestamp AS received, length(tx) AS bytes, result FROM transactions WHERE id = :id`,
    { id },
  );
  if (!own) throw unknown('this transaction');
  const result = own.find(([name]) => name === 'result')?.[1];
  const decoded = result instanceof Uint8Array ? decodeTransactionResult(result) : undefined;
  return {
    kind: 'transaction',
    facts: [
      ...own.filter(([name]) => name !== 'result').map(bigEndianNonce),
      [
        'outcome',
        decoded ? (decoded.succeeded ? 'applied' : 'failed; its fee was paid') : 'not applied',
      ],
      ...(decoded
        ? ([
            ['gas', decoded.gas],
            ['fee_smidge', decoded.feeSmidge],
          ] as const)
        : []),
    ],
    tables: await tablesOf([
      table(
        question,
        'Accounts that it changed',
        ['transactions_results_addresses.tid'],
        'SELECT address FROM transactions_results_addresses WHERE tid = :id ORDER BY address',
        { id },
      ),
      table(
        question,
        'Blocks that have it',
        ['block_transactions.tid'],
        `SELECT substr(bid, 1, ${shortIdBytes}) AS block_id, layer FROM block_transactions WHERE tid = :id ORDER BY layer`,
        { id },
      ),
    ]),
  };
}

/** The nonce of a transaction is stored as 8 bytes, the highest first. */
function bigEndianNonce([name, value]: readonly [string, SqlValue]): readonly [string, SqlValue] {
  if (name !== 'nonce' || !(value instanceof Uint8Array)) return [name, value];
  return [name, value.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n)];
}

/**
 * An account and, as a coinbase, its smeshers.
 * @param address 24 bytes. @throws WorkbenchError `not-in-database`
 */
export async function exploreAccount(
  database: Queryable,
  address: Uint8Array,
  options: AskOptions = {},
): Promise<Explored> {
  const question = { database, options };
  const params = { address };
  const own = has(question, 'accounts.layer_updated', 'accounts.next_nonce')
    ? await facts(
        question,
        `SELECT address, balance, next_nonce, layer_updated AS layer, template FROM accounts
         WHERE address = :address ORDER BY layer_updated DESC LIMIT 1`,
        params,
      )
    : undefined;
  const paid = has(question, 'rewards.coinbase')
    ? await facts(
        question,
        `SELECT count(*) AS rewards, sum(total_reward) AS total_reward, min(layer) AS first_layer,
           max(layer) AS last_layer FROM rewards WHERE coinbase = :address`,
        params,
      )
    : undefined;
  const earned = paid?.some(([name, value]) => name === 'rewards' && Number(value) > 0) ?? false;
  const tables = await tablesOf([
    table(
      question,
      'Balance history',
      ['accounts.layer_updated', 'accounts.balance'],
      `SELECT layer_updated AS layer, balance, balance - lead(balance, 1, 0) OVER (ORDER BY layer_updated DESC) AS change_smidge,
         next_nonce FROM accounts WHERE address = :address ORDER BY layer_updated DESC`,
      params,
    ),
    table(
      question,
      'Smeshers of this coinbase',
      ['atxs.coinbase', 'atxs.pubkey', 'rewards.pubkey'],
      `SELECT pubkey AS smesher, min(epoch) AS first_publish_epoch, max(epoch) AS last_publish_epoch, count(*) AS atxs,
         (SELECT sum(total_reward) FROM rewards r WHERE r.pubkey = a.pubkey AND r.coinbase = :address) AS reward_smidge
       FROM atxs a WHERE coinbase = :address GROUP BY pubkey ORDER BY reward_smidge DESC`,
      params,
    ),
    table(
      question,
      'Transactions',
      ['transactions_results_addresses.tid', 'transactions.principal'],
      `SELECT t.id AS transaction_id, t.layer, t.principal FROM transactions_results_addresses r
       JOIN transactions t ON t.id = r.tid WHERE r.address = :address ORDER BY t.layer DESC`,
      params,
    ),
  ]);
  if (!own && !earned && tables.length === 0) throw unknown('this account');
  return {
    kind: 'account',
    facts: [...(own ?? [['address', address] as const]), ...(earned ? (paid ?? []) : [])],
    tables,
  };
}

/** @throws WorkbenchError `not-in-database`, `schema-lacks` */
export async function exploreEpoch(
  database: Queryable,
  epoch: number,
  layersPerEpoch: number,
  options: AskOptions = {},
): Promise<Explored> {
  const question = { database, options };
  need(question, 'Epoch', 'atxs.epoch', 'atxs.effective_num_units');
  const weight = has(question, 'atxs.weight') ? 'weight' : 'effective_num_units * tick_count';
  const range = { from: epoch * layersPerEpoch, to: (epoch + 1) * layersPerEpoch - 1 };
  const atxs = await facts(
    question,
    `SELECT count(*) AS atxs, sum(effective_num_units) AS units, sum(${weight}) AS weight FROM atxs WHERE epoch = :publish`,
    { publish: epoch - 1 },
  );
  const paid = has(question, 'rewards.layer')
    ? await facts(
        question,
        `SELECT count(*) AS rewards, sum(total_reward) AS total_reward, count(DISTINCT layer) AS paid_layers
         FROM rewards WHERE layer BETWEEN :from AND :to`,
        range,
      )
    : undefined;
  const beacon = has(question, 'beacons.beacon')
    ? await facts(question, 'SELECT beacon FROM beacons WHERE epoch = :epoch', { epoch })
    : undefined;
  const all = [...(atxs ?? []), ...(paid ?? [])];
  if (!all.some(([name, value]) => /^(atxs|rewards)$/.test(name) && Number(value) > 0))
    throw unknown(`an ATX or a reward of epoch ${epoch}`);
  return {
    kind: 'epoch',
    facts: [
      ['epoch', epoch],
      ['first_layer', range.from],
      ['last_layer', range.to],
      ...(beacon ?? []),
      ...all,
    ],
    tables: await tablesOf([
      table(
        question,
        'ATXs that count in it, the heaviest first',
        ['atxs.pubkey', 'atxs.coinbase'],
        `SELECT pubkey AS smesher, id AS atx_id, effective_num_units AS units, ${weight} AS weight, coinbase
         FROM atxs WHERE epoch = :publish ORDER BY ${weight} DESC, pubkey`,
        { publish: epoch - 1 },
      ),
      table(
        question,
        'Layers',
        ['layers.applied_block', 'layers.processed'],
        `SELECT id AS layer, processed, applied_block AS block_id, state_hash FROM layers WHERE id BETWEEN :from AND :to ORDER BY id`,
        range,
      ),
      table(
        question,
        'Active sets',
        ['activesets.epoch'],
        'SELECT id AS active_set_id, length(active_set) AS bytes FROM activesets WHERE epoch = :epoch',
        { epoch },
      ),
    ]),
  };
}
