/** What a database holds about a few layers: blocks, rewards, fees, the ATXs rewarded and their ballots. */
import { decodeBallot } from '../protocol/ballot';
import { decodeBlock, type Block } from '../protocol/block';
import { concatBytes, equalBytes, toHex } from '../base/bytes';
import { WorkbenchError } from '../base/error';
import { decodeTransactionResult } from '../protocol/transaction-result';
import { missingFrom } from '../state/schema';
import type { Queryable } from '../state/queries/ask';
import type { SqlParams, SqlValue } from '../state/types';
import { askAll } from '../state/queries/ask';

export interface StoredReward {
  /** Undefined in rows from before v1.3. */
  readonly smesher: Uint8Array | undefined;
  readonly coinbase: Uint8Array;
  readonly totalSmidge: bigint;
  readonly issuanceSmidge: bigint;
}

export interface AtxFacts {
  readonly smesher: Uint8Array;
  readonly coinbase: Uint8Array;
  readonly weight: bigint;
  readonly publishEpoch: number;
}

export interface BallotFacts {
  /** Undefined where the reference ballot is not in the database or cannot be read. */
  readonly slots: number | undefined;
  readonly eligibilities: number;
  readonly damaged: string | undefined;
}

/** What was read. A damaged blob is represented by its error. */
export interface LayerData {
  /** Absent: the database does not know the layer. */
  readonly layers: ReadonlyMap<
    number,
    { readonly applied: Uint8Array | undefined; readonly blob: Uint8Array | undefined }
  >;
  readonly blocks: ReadonlyMap<number, Block | WorkbenchError>;
  readonly rewards: ReadonlyMap<number, readonly StoredReward[]>;
  readonly fees: ReadonlyMap<number, bigint | WorkbenchError>;
  /** By hex of the id. */
  readonly atxs: ReadonlyMap<string, AtxFacts>;
  /** By `ballotKey`; absent when weights are not audited. Two for one key are an equivocation. */
  readonly ballots: ReadonlyMap<string, readonly BallotFacts[]> | undefined;
}

export type ValueRow = readonly SqlValue[];

export const bytesOf = (value: SqlValue | undefined): Uint8Array | undefined =>
  value instanceof Uint8Array ? value : undefined;
export const integerOf = (value: SqlValue | undefined): bigint =>
  typeof value === 'number' || typeof value === 'bigint' ? BigInt(value) : 0n;

/** Some tables fill ids of 20 bytes up to 32 with zeros, some do not. */
const blockIdBytes = 20;
export const blockId = (stored: Uint8Array): Uint8Array => stored.subarray(0, blockIdBytes);

/**
 * Reads the layers from `first` to `last`; ballots only when `weights` are wanted.
 * @throws WorkbenchError of the database; AbortError
 */
export async function readLayers(
  database: Queryable,
  first: number,
  last: number,
  { signal, weights }: { readonly signal?: AbortSignal | undefined; readonly weights: boolean },
): Promise<LayerData> {
  const rows: Rows = async (sql, params = [], unsigned) =>
    (await askAll(database, sql, params, { signal, unsigned })).rows;
  const range = { first, last };
  const has = (need: string): boolean => missingFrom(database.info.tables, [need]).length === 0;

  const layers = new Map(
    (
      await rows(
        `SELECT l.id, l.applied_block, b.block FROM layers l
         LEFT JOIN blocks b ON b.layer = l.id AND substr(b.id, 1, 20) = substr(l.applied_block, 1, 20)
         WHERE l.id BETWEEN :first AND :last`,
        range,
      )
    ).map(([id, applied, blob]) => [
      Number(id),
      { applied: bytesOf(applied), blob: bytesOf(blob) },
    ]),
  );
  const blocks = new Map<number, Block | WorkbenchError>();
  for (const [layer, { blob }] of layers) {
    const block = blob && readable(() => decodeSoundBlock(blob));
    if (block) blocks.set(layer, block);
  }

  const rewards = new Map<number, StoredReward[]>();
  for (const [layer, smesher, coinbase, total, issued] of await rows(
    `SELECT layer, ${has('rewards.pubkey') ? 'pubkey' : 'NULL'}, coinbase, total_reward, layer_reward
     FROM rewards WHERE layer BETWEEN :first AND :last ORDER BY layer`,
    range,
    ['total_reward', 'layer_reward'],
  )) {
    const list = rewards.get(Number(layer)) ?? [];
    rewards.set(Number(layer), list);
    list.push({
      smesher: bytesOf(smesher),
      coinbase: bytesOf(coinbase) ?? new Uint8Array(),
      totalSmidge: integerOf(total),
      issuanceSmidge: integerOf(issued),
    });
  }

  return {
    layers,
    blocks,
    rewards,
    fees: has('transactions.result')
      ? feesOf(
          layers,
          await rows(
            `SELECT layer, result FROM transactions
             WHERE layer BETWEEN :first AND :last AND result IS NOT NULL`,
            range,
          ),
        )
      : new Map(),
    atxs: await readAtxs(rows, has('atxs.weight'), blocks),
    ballots: weights && has('ballots.ballot') ? await readBallots(rows, first, last) : undefined,
  };
}

function decodeSoundBlock(blob: Uint8Array): Block {
  const block = decodeBlock(blob);
  if (block.rewards.some(({ denominator }) => denominator === 0n))
    throw new WorkbenchError(
      'block-weight-zero',
      'This block has a weight that divides by zero. No node makes such a block: it is damaged.',
    );
  return block;
}

/** What `read` gives, or why it cannot. */
export function readable<Value>(read: () => Value): Value | WorkbenchError {
  try {
    return read();
  } catch (error) {
    if (error instanceof WorkbenchError) return error;
    throw error;
  }
}

/** Fees of the transactions that the applied blocks applied. */
function feesOf(
  layers: LayerData['layers'],
  rows: readonly ValueRow[],
): Map<number, bigint | WorkbenchError> {
  const fees = new Map<number, bigint | WorkbenchError>();
  for (const [layerValue, blob] of rows) {
    const layer = Number(layerValue);
    const result = readable(() => decodeTransactionResult(bytesOf(blob) ?? new Uint8Array()));
    const before = fees.get(layer) ?? 0n;
    if (result instanceof WorkbenchError) fees.set(layer, result);
    else if (typeof before === 'bigint') {
      const applied = layers.get(layer)?.applied;
      if (applied && equalBytes(blockId(applied), result.block))
        fees.set(layer, before + result.feeSmidge);
    }
  }
  return fees;
}

export type Rows = (
  sql: string,
  params?: SqlParams,
  unsigned?: readonly string[],
) => Promise<readonly ValueRow[]>;

/** One parameter for any number of ids: SQLite cuts it up again. */
export const cutIds = (size: number): string =>
  `WITH RECURSIVE wanted(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM wanted WHERE (i + 1) * ${size} < length(:ids))`;

async function readAtxs(
  rows: Rows,
  hasWeight: boolean,
  blocks: LayerData['blocks'],
): Promise<Map<string, AtxFacts>> {
  const wanted = new Map<string, Uint8Array>();
  for (const block of blocks.values())
    if (!(block instanceof WorkbenchError))
      for (const { atx } of block.rewards) wanted.set(toHex(atx), atx);
  if (wanted.size === 0) return new Map();
  return new Map(
    (
      await rows(
        `${cutIds(32)}
         SELECT a.id, a.pubkey, a.coinbase, a.epoch,
           ${hasWeight ? 'a.weight' : 'a.effective_num_units * a.tick_count'} AS weight
         FROM wanted JOIN atxs a ON a.id = substr(:ids, i * 32 + 1, 32)`,
        { ids: concatBytes(...wanted.values()) },
        ['weight'],
      )
    ).map(([id, smesher, coinbase, epoch, weight]) => [
      toHex(bytesOf(id) ?? new Uint8Array()),
      {
        smesher: bytesOf(smesher) ?? new Uint8Array(),
        coinbase: bytesOf(coinbase) ?? new Uint8Array(),
        publishEpoch: Number(epoch),
        weight: integerOf(weight),
      },
    ]),
  );
}

/** Layer and ATX of a ballot. */
export const ballotKey = (layer: number, atx: Uint8Array): string => `${layer}:${toHex(atx)}`;

async function readBallots(
  rows: Rows,
  first: number,
  last: number,
): Promise<Map<string, BallotFacts[]>> {
  const ballots: { key: string; reference: string | undefined; facts: BallotFacts }[] = [];
  const references = new Map<string, Uint8Array>();
  for (const [layer, atx, blob] of await rows(
    'SELECT layer, atx, ballot FROM ballots WHERE layer BETWEEN :first AND :last AND ballot IS NOT NULL',
    { first, last },
  )) {
    const key = ballotKey(Number(layer), bytesOf(atx) ?? new Uint8Array());
    const ballot = readable(() => decodeBallot(bytesOf(blob) ?? new Uint8Array()));
    if (ballot instanceof WorkbenchError) {
      const facts = { slots: undefined, eligibilities: 0, damaged: ballot.message };
      ballots.push({ key, reference: undefined, facts });
      continue;
    }
    const { epochData, refBallot, eligibilities } = ballot;
    const reference = epochData ? undefined : toHex(refBallot);
    if (reference) references.set(reference, refBallot);
    ballots.push({
      key,
      reference,
      facts: {
        slots: epochData?.eligibilityCount,
        eligibilities: eligibilities.length,
        damaged: undefined,
      },
    });
  }
  const slots = await slotsOf(rows, [...references.values()]);
  const byKey = new Map<string, BallotFacts[]>();
  for (const { key, reference, facts } of ballots)
    byKey.set(key, [
      ...(byKey.get(key) ?? []),
      reference ? { ...facts, slots: slots.get(reference) } : facts,
    ]);
  return byKey;
}

/** Slots that reference ballots state, by hex of their ids. */
async function slotsOf(rows: Rows, ids: readonly Uint8Array[]): Promise<Map<string, number>> {
  const slots = new Map<string, number>();
  if (ids.length === 0) return slots;
  const padded = ids.map((id) => {
    const bytes = new Uint8Array(32);
    bytes.set(id);
    return bytes;
  });
  for (const [id, blob] of await rows(
    `${cutIds(32)}
     SELECT b.id, b.ballot FROM wanted JOIN ballots b ON b.id = substr(:ids, i * 32 + 1, 32)
     WHERE b.ballot IS NOT NULL`,
    { ids: concatBytes(...padded) },
  )) {
    const ballot = readable(() => decodeBallot(bytesOf(blob) ?? new Uint8Array()));
    if (ballot instanceof WorkbenchError || !ballot.epochData) continue;
    slots.set(toHex(blockId(bytesOf(id) ?? new Uint8Array())), ballot.epochData.eligibilityCount);
  }
  return slots;
}
