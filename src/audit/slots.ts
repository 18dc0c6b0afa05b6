/**
 * A smesher's slots against its rewards: how many it had in every epoch, in which layers its ballots used them, and
 * what became of each. In which layer an unused slot lies only the smesher's private key can tell (its VRF), so
 * unused slots are counted.
 */
import { decodeBallot, type Ballot } from '../protocol/ballot';
import { equalBytes, isZero, toHex, type BytesLike } from '../protocol/bytes';
import { counted } from '../protocol/counted';
import { eligibleLayer, eligibleSlots } from '../protocol/eligibility';
import { WorkbenchError } from '../protocol/error';
import { ScaleReader } from '../protocol/scale';
import { lacks, readId, type Queryable } from '../state/queries/typed';
import { missingFrom } from '../state/schema';
import type { SqlParams, SqlValue } from '../state/types';
import { ProgressMeter, type JobOptions } from '../workers/job';
import { blockId, bytesOf, cutIds, integerOf, readable, readLayers } from './layer-data';
import { dueOf, type RewardNetwork } from './rewards';

export type BallotOutcome =
  | 'rewarded'
  /** Paid, but not the share that the block gives. */
  | 'amount-differs'
  /** Paid to another coinbase than the ATX names. */
  | 'coinbase-elsewhere'
  /** The block pays it, the table does not. */
  | 'reward-missing'
  /** The ballot came too late for the layer's block, or Hare left it out. */
  | 'not-in-block'
  /** The layer was applied without a block. */
  | 'empty-layer'
  /** The node has not applied the layer (yet). */
  | 'not-applied'
  /** The layer's block is not here, or cannot be read. */
  | 'block-unknown'
  /** The ballot cannot be read. */
  | 'ballot-damaged';

export interface BallotRow {
  readonly epoch: number;
  readonly layer: number;
  /** 20 bytes. */
  readonly ballot: Uint8Array;
  /** Numbers of the slots that it uses, from 0. */
  readonly slots: readonly number[];
  readonly outcome: BallotOutcome;
  /** By the block's weights; undefined where the block does not pay it. */
  readonly expectedSmidge: bigint | undefined;
  readonly storedSmidge: bigint | undefined;
  /** Of the stored reward. */
  readonly coinbase: Uint8Array | undefined;
  readonly explanation: string;
}

export interface SlotEpoch {
  readonly epoch: number;
  /** The ATX that counts in the epoch. */
  readonly atx: Uint8Array;
  /** Who published it: another, if the smesher's space was merged into its ATX; then the slots are the other's. */
  readonly publisher: Uint8Array;
  readonly weight: bigint;
  /** Of the network, with what it was added up from: the smesher's active set as in the database, or all ATXs. */
  readonly totalWeight: bigint;
  readonly totalFrom: 'active-set' | 'all-atxs';
  /** By these weights as the node computes it; an estimate where the total is of all ATXs. 0 if merged into another's. */
  readonly slots: number;
  /** By its first ballot of the epoch, which the network checked. */
  readonly statedSlots: number | undefined;
  /** Slots that a ballot used. */
  readonly used: number;
  /** Slots whose ballot was paid. */
  readonly rewarded: number;
  /** Slots that no ballot used, in an epoch that is over. */
  readonly unused: number;
  /** Slots that no ballot used, in an epoch that goes on in this database. */
  readonly toCome: number;
  readonly storedSmidge: bigint;
  readonly ballots: readonly BallotRow[];
  /** What contradicts itself, one sentence each. */
  readonly problems: readonly string[];
}

export interface SlotOptions extends JobOptions {
  /** Every epoch as it is done, in order. */
  readonly onEpoch?: ((epoch: SlotEpoch) => void) | undefined;
}

/** Beyond this the active set is not added up: its ids alone are 16 MB. */
const MAX_ACTIVE_SET = 500_000;
const manyRows = 5_000_000;
const needs = [
  'ballots.ballot',
  'ballots.pubkey',
  'layers.applied_block',
  'blocks.block',
  'rewards.pubkey',
  'atxs.coinbase',
] as const;

interface EpochAtx {
  readonly id: Uint8Array;
  readonly publisher: Uint8Array;
  readonly epoch: number;
  readonly weight: bigint;
}

type Rows = (
  sql: string,
  params?: SqlParams,
  unsigned?: readonly string[],
) => Promise<readonly (readonly SqlValue[])[]>;

/**
 * Audits every epoch in which the smesher had an ATX. Progress counts epochs. Memory: one epoch's ballots.
 * @throws WorkbenchError `schema-lacks`, of the id or the database; AbortError
 */
export async function auditSlots(
  database: Queryable,
  network: RewardNetwork,
  smesher: BytesLike,
  { signal, onProgress, onEpoch }: SlotOptions = {},
): Promise<SlotEpoch[]> {
  const key = readId(smesher, 'The smesher id');
  const missing = missingFrom(database.info.tables, needs);
  if (missing.length > 0) throw lacks(database.info, 'The audit of slots', missing);
  const rows: Rows = async (sql, params = {}, unsigned) =>
    (await database.query(sql, params, { signal, unsigned, maxRows: manyRows })).rows;
  const has = (need: string): boolean => missingFrom(database.info.tables, [need]).length === 0;
  const weight = has('atxs.weight') ? 'a.weight' : 'a.effective_num_units * a.tick_count';

  const own = await rows(
    has('posts.pubkey')
      ? `SELECT a.id, a.pubkey, a.epoch, ${weight} AS weight FROM posts p JOIN atxs a ON a.id = p.atxid
         WHERE p.pubkey = :smesher ORDER BY a.epoch`
      : `SELECT a.id, a.pubkey, a.epoch, ${weight} AS weight FROM atxs a
         WHERE a.pubkey = :smesher ORDER BY a.epoch`,
    { smesher: key },
    ['weight'],
  );
  const [[tip] = []] = await rows('SELECT max(id) FROM layers WHERE applied_block IS NOT NULL');
  const malicious = await isMalicious(rows, has, key);
  const meter = new ProgressMeter(own.length, 'epochs');
  const epochs: SlotEpoch[] = [];
  for (const [id, publisher, publishEpoch, atxWeight] of own) {
    signal?.throwIfAborted();
    const atx = {
      id: bytesOf(id) ?? new Uint8Array(),
      publisher: bytesOf(publisher) ?? new Uint8Array(),
      epoch: Number(publishEpoch) + 1,
      weight: integerOf(atxWeight),
    };
    // An ATX for an epoch that has not begun here has no slots to speak of.
    if (atx.epoch * network.layersPerEpoch <= Number(tip ?? 0)) {
      const reading = { database, network, rows, weight, signal, malicious };
      const audited = await auditEpoch(reading, key, atx, {
        tip: Number(tip ?? 0),
        hasActiveSets: has('activesets.active_set'),
      });
      epochs.push(audited);
      onEpoch?.(audited);
    }
    onProgress?.(meter.advance(1));
  }
  return epochs;
}

interface Reading {
  readonly database: Queryable;
  readonly network: RewardNetwork;
  readonly rows: Rows;
  /** SQL of an ATX's weight. */
  readonly weight: string;
  readonly signal: AbortSignal | undefined;
  /** The database holds a proof against the smesher, or marks it through its marriage. */
  readonly malicious: boolean;
}

async function isMalicious(
  rows: Rows,
  has: (need: string) => boolean,
  smesher: Uint8Array,
): Promise<boolean> {
  const found = async (table: string, condition: string): Promise<boolean> =>
    has(`${table}.proof`) &&
    (await rows(`SELECT 1 FROM ${table} WHERE pubkey = :smesher ${condition}`, { smesher }))
      .length > 0;
  // In `identities` a row without proof may be a marriage; in `malfeasance` it is another's proof that counts.
  return (await found('identities', 'AND proof IS NOT NULL')) || (await found('malfeasance', ''));
}

async function auditEpoch(
  reading: Reading,
  smesher: Uint8Array,
  atx: EpochAtx,
  known: { readonly tip: number; readonly hasActiveSets: boolean },
): Promise<SlotEpoch> {
  const { network, rows } = reading;
  const { layersPerEpoch } = network;
  const firstLayer = atx.epoch * layersPerEpoch;
  const lastLayer = firstLayer + layersPerEpoch - 1;
  const merged = !equalBytes(atx.publisher, smesher);
  const problems: string[] = [];

  const stored = merged
    ? []
    : await rows(
        `SELECT id, layer, ballot FROM ballots WHERE atx = :atx AND layer BETWEEN :firstLayer AND :lastLayer
         ORDER BY layer`,
        { atx: atx.id, firstLayer, lastLayer },
      );
  const ballots = stored.map(([id, layer, blob]) => ({
    id: blockId(bytesOf(id) ?? new Uint8Array()),
    layer: Number(layer),
    ballot: readable(() => decodeBallot(bytesOf(blob) ?? new Uint8Array())),
  }));
  const reference = ballots.find(
    ({ ballot }) => !(ballot instanceof WorkbenchError) && ballot.epochData !== undefined,
  )?.ballot as Ballot | undefined;
  const statedSlots = reference?.epochData?.eligibilityCount;
  const total = await totalWeight(
    reading,
    atx.epoch - 1,
    known.hasActiveSets ? reference?.epochData?.activeSetHash : undefined,
  );
  const slots = merged
    ? 0
    : eligibleSlots({
        weight: atx.weight,
        minWeight: network.minWeight,
        totalWeight: total.weight > 0n ? total.weight : 1n,
        committeeSize: network.committeeSize,
        layersPerEpoch,
      });
  if (statedSlots !== undefined && total.from === 'active-set' && statedSlots !== slots)
    problems.push(
      `Its first ballot states ${counted(statedSlots, 'slot')}, but its weight of ${atx.weight} out of ${total.weight} gives ${slots}. If the network's minimal active set weight or committee is another, set it above.`,
    );

  const used = new Map<number, number>();
  const rowsOut: BallotRow[] = [];
  for (const { id, layer, ballot } of ballots) {
    if (ballot instanceof WorkbenchError) {
      rowsOut.push({
        epoch: atx.epoch,
        layer,
        ballot: id,
        slots: [],
        outcome: 'ballot-damaged',
        expectedSmidge: undefined,
        storedSmidge: undefined,
        coinbase: undefined,
        explanation: ballot.message,
      });
      continue;
    }
    problems.push(...slotProblems(ballot, layer, id, atx.epoch, layersPerEpoch, statedSlots, used));
    rowsOut.push(await auditBallotReward(reading, smesher, atx, layer, id, ballot));
  }

  const paid = new Set<BallotOutcome>(['rewarded', 'amount-differs', 'coinbase-elsewhere']);
  const all = statedSlots ?? slots;
  const left = Math.max(0, all - used.size);
  const over = known.tip >= lastLayer;
  return {
    epoch: atx.epoch,
    atx: atx.id,
    publisher: atx.publisher,
    weight: atx.weight,
    totalWeight: total.weight,
    totalFrom: total.from,
    slots,
    statedSlots,
    used: used.size,
    rewarded: rowsOut.reduce(
      (sum, { outcome, slots: { length } }) => sum + (paid.has(outcome) ? length : 0),
      0,
    ),
    unused: over ? left : 0,
    toCome: over ? 0 : left,
    storedSmidge: rowsOut.reduce((sum, { storedSmidge = 0n }) => sum + storedSmidge, 0n),
    ballots: rowsOut,
    problems,
  };
}

/** What is wrong with a ballot's slots by themselves; notes them as used. */
function slotProblems(
  ballot: Ballot,
  layer: number,
  id: Uint8Array,
  epoch: number,
  layersPerEpoch: number,
  statedSlots: number | undefined,
  used: Map<number, number>,
): string[] {
  const problems: string[] = [];
  if (!equalBytes(ballot.id, id) || ballot.layer !== layer)
    problems.push(
      `The ballot in layer ${layer} is not what its row says: its bytes are of ballot ${toHex(ballot.id)} in layer ${ballot.layer}.`,
    );
  for (const { slot, vrfSignature } of ballot.eligibilities) {
    const before = used.get(slot);
    const eligible = eligibleLayer(vrfSignature, epoch, layersPerEpoch);
    if (before !== undefined)
      problems.push(`Slot ${slot} is used twice, in layers ${before} and ${layer}.`);
    if (statedSlots !== undefined && slot >= statedSlots)
      problems.push(`Slot ${slot} is used in layer ${layer}, but there are only ${statedSlots}.`);
    if (eligible !== layer)
      problems.push(`Slot ${slot} is of layer ${eligible} by its VRF, but was used in ${layer}.`);
    used.set(slot, layer);
  }
  return problems;
}

async function auditBallotReward(
  { database, network, signal, malicious }: Reading,
  smesher: Uint8Array,
  atx: EpochAtx,
  layer: number,
  ballotId: Uint8Array,
  ballot: Ballot,
): Promise<BallotRow> {
  const data = await readLayers(database, layer, layer, { signal, weights: false });
  const applied = data.layers.get(layer)?.applied;
  const reward = (data.rewards.get(layer) ?? []).find(
    (row) => row.smesher && equalBytes(row.smesher, smesher),
  );
  const due = dueOf(network, layer, atx.id, data);
  const block = data.blocks.get(layer);
  const [outcome, explanation]: readonly [BallotOutcome, string] = !applied
    ? ['not-applied', 'The node has not applied this layer, so nobody was paid in it yet.']
    : isZero(applied)
      ? ['empty-layer', 'The layer was applied without a block: nobody was paid.']
      : !block || block instanceof WorkbenchError
        ? ['block-unknown', block?.message ?? 'The block of this layer is not in the database.']
        : !due
          ? [
              'not-in-block',
              malicious
                ? 'The block does not name its ATX: the identity is proved malicious, and from then on nobody takes its proposals.'
                : 'The ballot is known, but the block does not name its ATX: the proposal reached the others too late for Hare, or Hare left it out.',
            ]
          : !reward
            ? ['reward-missing', 'The block pays this ATX, but the table has no such reward.']
            : reward.totalSmidge !== due.totalSmidge
              ? ['amount-differs', 'The reward is not the share that the block gives.']
              : !equalBytes(reward.coinbase, due.coinbase)
                ? ['coinbase-elsewhere', 'The reward went to another coinbase than the ATX names.']
                : ['rewarded', 'Paid as the block says.'];
  return {
    epoch: atx.epoch,
    layer,
    ballot: ballotId,
    slots: ballot.eligibilities.map(({ slot }) => slot),
    outcome,
    expectedSmidge: due?.totalSmidge,
    storedSmidge: reward?.totalSmidge,
    coinbase: reward?.coinbase,
    explanation,
  };
}

/** The weight that slots are a share of: of the active set if the database still has it, else of all ATXs. */
async function totalWeight(
  { rows, weight }: Reading,
  publishEpoch: number,
  activeSet: Uint8Array | undefined,
): Promise<{ weight: bigint; from: SlotEpoch['totalFrom'] }> {
  const [[blob] = []] = activeSet
    ? await rows('SELECT active_set FROM activesets WHERE id = :activeSet', { activeSet })
    : [];
  const ids = blob instanceof Uint8Array ? readable(() => activeSetIds(blob)) : undefined;
  if (ids && !(ids instanceof WorkbenchError)) {
    const [[sum] = []] = await rows(
      `${cutIds(32)}
       SELECT sum(${weight}) FROM wanted JOIN atxs a ON a.id = substr(:ids, i * 32 + 1, 32)`,
      { ids },
    );
    return { weight: integerOf(sum), from: 'active-set' };
  }
  const [[sum] = []] = await rows(
    `SELECT sum(${weight}) FROM atxs a WHERE a.epoch = :publishEpoch`,
    { publishEpoch },
  );
  return { weight: integerOf(sum), from: 'all-atxs' };
}

/** The ids in an active set, one after another (common/types EpochActiveSet: epoch, list of ATX ids). */
function activeSetIds(blob: Uint8Array): Uint8Array {
  const reader = new ScaleReader(blob, 'active set');
  reader.compact32();
  return reader.bytes(reader.length(MAX_ACTIVE_SET) * 32);
}
