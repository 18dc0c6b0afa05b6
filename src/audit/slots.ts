/**
 * A smesher's slots against its rewards: how many it had in every epoch, in which layers its ballots used them, whether
 * their VRF proofs make it eligible there, and what became of each. The layer of an unused slot follows from a VRF proof
 * that only the smesher's private key makes, so unused slots are counted.
 */
import { equalBytes, isZero, type Bytes, type BytesLike } from '../base/bytes';
import { eligibleSlots, type EligibilityRules } from '../protocol/eligibility';
import { counted } from '../base/counted';
import { WorkbenchError } from '../base/error';
import { lacks, type Queryable } from '../state/queries/ask';
import { readId } from '../state/queries/ids';
import { missingFrom } from '../state/schema';
import type { SqlParams, SqlValue } from '../state/types';
import { ProgressMeter, type JobOptions } from '../base/progress';
import { BallotEvidenceReader } from './ballot-evidence';
import { judgeBallot } from './ballots';
import { blockId, bytesOf, integerOf, readLayers, type StoredReward } from './layer-data';
import { dueOf } from './rewards';
import { askAll } from '../state/queries/ask';
import { checkTitles, hasVerifiedProofs, type WordedVerdict } from './presentation';
import type { CheckName, Report } from './types';

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
  /** What became of it, in one sentence. */
  readonly explanation: string;
  /** Whether the ballot is what its row states, and its smesher eligible. */
  readonly report: Report;
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
  /** Slots whose ballot may have been paid: its layer is not applied, or its block cannot be read. */
  readonly undecided: number;
  /** Ballots that cannot be read: which slots they use is unknown. */
  readonly unreadable: number;
  /** Slots that no readable ballot used, in an epoch that is over. */
  readonly unused: number;
  /** Slots that no readable ballot used, in an epoch that goes on in this database. */
  readonly toCome: number;
  readonly storedSmidge: bigint;
  readonly ballots: readonly BallotRow[];
  /** What contradicts itself, one sentence each. */
  readonly problems: readonly string[];
}

export interface SlotNetwork extends EligibilityRules {
  /** 20 bytes, under every signature; where it is not known, signatures are not checked. */
  readonly genesisId?: Bytes | undefined;
}

export interface SlotOptions extends JobOptions {
  /** Every epoch as it is done, in order. */
  readonly onEpoch?: ((epoch: SlotEpoch) => void) | undefined;
}

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
  network: SlotNetwork,
  smesher: BytesLike,
  { signal, onProgress, onEpoch }: SlotOptions = {},
): Promise<SlotEpoch[]> {
  const key = readId(smesher, 'The smesher id');
  const missing = missingFrom(database.info.tables, needs);
  if (missing.length > 0) throw lacks(database.info, 'The audit of slots', missing);
  const rows: Rows = async (sql, params = {}, unsigned) =>
    (await askAll(database, sql, params, { signal, unsigned })).rows;
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
  const evidence = new BallotEvidenceReader(database, signal);
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
      const reading = { database, network, rows, weight, signal, malicious, evidence };
      const audited = await auditEpoch(reading, key, atx, Number(tip ?? 0));
      epochs.push(audited);
      onEpoch?.(audited);
    }
    onProgress?.(meter.advance(1));
  }
  return epochs;
}

interface Reading {
  readonly database: Queryable;
  readonly network: SlotNetwork;
  readonly rows: Rows;
  /** SQL of an ATX's weight. */
  readonly weight: string;
  readonly signal: AbortSignal | undefined;
  /** The database holds a proof against the smesher, or marks it through its marriage. */
  readonly malicious: boolean;
  readonly evidence: BallotEvidenceReader;
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
  tip: number,
): Promise<SlotEpoch> {
  const { network, rows, evidence, signal } = reading;
  const { layersPerEpoch } = network;
  const firstLayer = atx.epoch * layersPerEpoch;
  const lastLayer = firstLayer + layersPerEpoch - 1;
  const isMerged = !equalBytes(atx.publisher, smesher);

  const stored = isMerged
    ? []
    : await rows(
        `SELECT id, layer, atx, pubkey, ballot FROM ballots
         WHERE atx = :atx AND layer BETWEEN :firstLayer AND :lastLayer ORDER BY layer`,
        { atx: atx.id, firstLayer, lastLayer },
      );
  const ballots: BallotRow[] = [];
  const problems: string[] = [];
  const used = new Map<number, number>();
  let epochData: { activeSetHash: Uint8Array; eligibilityCount: number } | undefined;
  for (const [id, layer, atxColumn, smesherColumn, blob] of stored) {
    const record = {
      id: blockId(bytesOf(id) ?? new Uint8Array()),
      layer,
      atx: atxColumn,
      smesher: smesherColumn,
      blob,
    };
    const { report, ballot } = await judgeBallot(
      record,
      { genesisId: network.genesisId, eligibility: network },
      evidence,
      { signal },
    );
    epochData ??= ballot?.epochData;
    const slots = ballot?.eligibilities.map(({ slot }) => slot) ?? [];
    for (const slot of slots) {
      const before = used.get(slot);
      if (before !== undefined)
        problems.push(`Slot ${slot} is used twice, in layers ${before} and ${Number(layer)}.`);
      used.set(slot, Number(layer));
    }
    for (const { outcome, explanation } of report.checks)
      if (outcome === 'fail') problems.push(`Layer ${Number(layer)}: ${explanation}`);
    const row = {
      epoch: atx.epoch,
      layer: Number(layer),
      ballot: record.id,
      slots,
      report,
    };
    ballots.push(
      ballot
        ? { ...row, ...(await auditBallotReward(reading, smesher, atx, Number(layer))) }
        : { ...row, ...unreadableBallot(report) },
    );
  }

  const total = await totalWeight(reading, atx.epoch - 1, epochData?.activeSetHash);
  const slots = isMerged
    ? 0
    : eligibleSlots({
        ...network,
        weight: atx.weight,
        totalWeight: total.weight > 0n ? total.weight : 1n,
      });
  const statedSlots = epochData?.eligibilityCount;
  const unused = Math.max(0, (statedSlots ?? slots) - used.size);
  const isOver = tip >= lastLayer;
  const slotsOf = (outcomes: ReadonlySet<BallotOutcome>): number =>
    ballots
      .filter(({ outcome }) => outcomes.has(outcome))
      .reduce((sum, { slots: { length } }) => sum + length, 0);
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
    rewarded: slotsOf(paidOutcomes),
    undecided: slotsOf(undecidedOutcomes),
    unreadable: ballots.filter(({ outcome }) => outcome === 'ballot-damaged').length,
    unused: isOver ? unused : 0,
    toCome: isOver ? 0 : unused,
    storedSmidge: ballots.reduce((sum, { storedSmidge = 0n }) => sum + storedSmidge, 0n),
    ballots,
    problems,
  };
}

const paidOutcomes: ReadonlySet<BallotOutcome> = new Set([
  'rewarded',
  'amount-differs',
  'coinbase-elsewhere',
]);

const undecidedOutcomes: ReadonlySet<BallotOutcome> = new Set(['not-applied', 'block-unknown']);

/** What contradicts the block. */
const wrongOutcomes: ReadonlySet<BallotOutcome> = new Set([
  'amount-differs',
  'coinbase-elsewhere',
  'reward-missing',
]);

export interface SlotTotals extends WordedVerdict {
  /** Slots that a ballot used. */
  readonly used: number;
  /** Of these, the ones with valid VRF proofs. */
  readonly verified: number;
  readonly rewarded: number;
  readonly undecided: number;
  /** Slots that no readable ballot used. */
  readonly unused: number;
  readonly missed: number;
  readonly toCome: number;
  /** Whether `unused`, `missed` and `toCome` depend on an estimate, or on ballots that cannot be read. */
  readonly isEstimate: boolean;
  readonly storedSmidge: bigint;
  /** Ballots whose reward contradicts the block. */
  readonly wrongRewards: number;
}

/**
 * Whether the number of slots of an epoch is an estimate, of the weight of all ATXs: no readable ballot states it. An
 * ATX that is merged into another's has 0 slots, which is exact.
 */
export const isEstimate = ({ slots, statedSlots }: SlotEpoch): boolean =>
  statedSlots === undefined && slots > 0;

/** Slots that paid nothing: no ballot used them, or their ballot was not paid. */
export const missedSlots = ({ unused, used, rewarded, undecided }: SlotEpoch): number =>
  unused + used - rewarded - undecided;

/** Slots whose VRF proofs were verified. */
export const verifiedSlots = ({ ballots }: SlotEpoch): number =>
  ballots.reduce(
    (sum, { slots, report }) => sum + (hasVerifiedProofs(report) ? slots.length : 0),
    0,
  );

/** Adds up the epochs of a smesher, and names what their audit could not check. */
export function slotTotals(epochs: readonly SlotEpoch[]): SlotTotals {
  const sum = (of: (epoch: SlotEpoch) => number): number =>
    epochs.reduce((total, epoch) => total + of(epoch), 0);
  const ballots = epochs.flatMap((epoch) => epoch.ballots);
  const wrongRewards = ballots.filter(({ outcome }) => wrongOutcomes.has(outcome)).length;
  const isFailed = wrongRewards > 0 || epochs.some(({ problems }) => problems.length > 0);
  const isIncomplete =
    ballots.length === 0 || ballots.some(({ report }) => report.outcome === 'inconclusive');
  const notCheckedBy = new Map<CheckName, number>();
  for (const { report } of ballots)
    for (const name of report.notChecked) notCheckedBy.set(name, (notCheckedBy.get(name) ?? 0) + 1);
  const undecided = sum((epoch) => epoch.undecided);
  const unreadable = sum((epoch) => epoch.unreadable);
  const estimates = epochs.filter(isEstimate).map(({ epoch }) => epoch);
  return {
    outcome: isFailed ? 'fail' : isIncomplete ? 'inconclusive' : 'pass',
    notChecked: [
      ...[...notCheckedBy].map(
        ([name, count]) => `${checkTitles[name]} (${counted(count, 'ballot')})`,
      ),
      ...(undecided > 0
        ? [`rewards of ${counted(undecided, 'slot')} (layer not applied, or block unknown)`]
        : []),
      ...(unreadable > 0 ? [`slots of ${counted(unreadable, 'unreadable ballot')}`] : []),
      ...(estimates.length > 0
        ? [
            `number of slots in ${estimates.length === 1 ? 'epoch' : 'epochs'} ${estimates.join(', ')} (an estimate: no ballot states it)`,
          ]
        : []),
    ],
    skipped: [],
    used: sum(({ used }) => used),
    verified: sum(verifiedSlots),
    rewarded: sum(({ rewarded }) => rewarded),
    undecided,
    unused: sum(({ unused }) => unused),
    missed: sum(missedSlots),
    toCome: sum(({ toCome }) => toCome),
    isEstimate: epochs.some(
      (epoch) => epoch.unused + epoch.toCome > 0 && (isEstimate(epoch) || epoch.unreadable > 0),
    ),
    storedSmidge: epochs.reduce((total, { storedSmidge }) => total + storedSmidge, 0n),
    wrongRewards,
  };
}

type BallotReward = Pick<
  BallotRow,
  'outcome' | 'expectedSmidge' | 'storedSmidge' | 'coinbase' | 'explanation'
>;

const unreadableBallot = ({ checks }: Report): BallotReward => ({
  outcome: 'ballot-damaged',
  expectedSmidge: undefined,
  storedSmidge: undefined,
  coinbase: undefined,
  explanation: checks.map(({ explanation }) => explanation).join(' '),
});

async function auditBallotReward(
  { database, network, signal, malicious }: Reading,
  smesher: Uint8Array,
  atx: EpochAtx,
  layer: number,
): Promise<BallotReward> {
  const data = await readLayers(database, layer, layer, { signal, weights: false });
  const reward = (data.rewards.get(layer) ?? []).find(
    (row) => row.smesher && equalBytes(row.smesher, smesher),
  );
  const due = dueOf(network, layer, atx.id, data);
  const [outcome, explanation] = rewardOutcome({
    applied: data.layers.get(layer)?.applied,
    block: data.blocks.get(layer),
    due,
    reward,
    malicious,
  });
  return {
    outcome,
    explanation,
    expectedSmidge: due?.totalSmidge,
    storedSmidge: reward?.totalSmidge,
    coinbase: reward?.coinbase,
  };
}

interface RewardFacts {
  /** The block that the layer applied; zeros where it applied none. */
  readonly applied: Uint8Array | undefined;
  /** What it contains, or why it cannot be read. */
  readonly block: object | undefined;
  readonly due: ReturnType<typeof dueOf>;
  readonly reward: StoredReward | undefined;
  readonly malicious: boolean;
}

function rewardOutcome({
  applied,
  block,
  due,
  reward,
  malicious,
}: RewardFacts): readonly [BallotOutcome, string] {
  if (!applied)
    return ['not-applied', 'The node has not applied this layer, so it paid no reward.'];
  if (isZero(applied)) return ['empty-layer', 'The layer was applied without a block: no rewards.'];
  if (!block) return ['block-unknown', 'The block of this layer is not in the database.'];
  if (block instanceof WorkbenchError) return ['block-unknown', block.message];
  if (!due)
    return [
      'not-in-block',
      malicious
        ? 'The block does not name its ATX: the identity is proved malicious, and nodes no longer accept its proposals.'
        : 'The ballot is known, but the block does not name its ATX: the proposal came too late for Hare, or Hare left it out.',
    ];
  if (!reward)
    return ['reward-missing', 'The block pays this ATX, but the table has no such reward.'];
  if (reward.totalSmidge !== due.totalSmidge)
    return ['amount-differs', 'The reward is not the share that the block gives.'];
  if (!equalBytes(reward.coinbase, due.coinbase))
    return ['coinbase-elsewhere', 'The reward went to another coinbase than the ATX names.'];
  return ['rewarded', 'Paid as the block states.'];
}

/** The weight that slots are a share of: of the active set if the database has all of it, else of all ATXs. */
async function totalWeight(
  { rows, weight, evidence }: Reading,
  publishEpoch: number,
  activeSet: Uint8Array | undefined,
): Promise<{ weight: bigint; from: SlotEpoch['totalFrom'] }> {
  const set = activeSet && (await evidence.activeSet(activeSet));
  if (set && !(set instanceof WorkbenchError) && set.known === set.size)
    return { weight: set.weight, from: 'active-set' };
  const [[sum] = []] = await rows(
    `SELECT sum(${weight}) FROM atxs a WHERE a.epoch = :publishEpoch`,
    { publishEpoch },
  );
  return { weight: integerOf(sum), from: 'all-atxs' };
}
