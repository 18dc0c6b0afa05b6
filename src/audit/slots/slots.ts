/**
 * A smesher's slots against its rewards: how many it had in every epoch, in which layers its ballots used them, whether
 * their VRF proofs make it eligible there, and what became of each. The layer of an unused slot follows from a VRF proof
 * that only the smesher's private key makes, so unused slots are counted.
 */
import { equalBytes, type BytesLike } from '../../base/bytes';
import { eligibleSlots } from '../../protocol/eligibility';
import { lacks, type Queryable, askAll } from '../../state/queries/ask';
import { readId } from '../../state/queries/ids';
import { missingFrom } from '../../state/schema';
import { ProgressMeter } from '../../base/progress';
import { BallotEvidenceReader } from '../ballot-evidence';
import { judgeBallot } from '../ballots';
import { blockId, bytesOf, integerOf, type Rows } from '../layer-data';
import type { BallotOutcome, BallotRow, SlotEpoch, SlotNetwork, SlotOptions } from './types';
import { type EpochAtx, type SlotReading, isMalicious, totalWeight } from './reading';
import { unreadableBallot, auditBallotReward } from './ballot-reward';

const needs = [
  'ballots.ballot',
  'ballots.pubkey',
  'layers.applied_block',
  'blocks.block',
  'rewards.pubkey',
  'atxs.coinbase',
] as const;

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

async function auditEpoch(
  reading: SlotReading,
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
