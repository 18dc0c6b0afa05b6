/** The audit of ballots: id, signature, the columns beside the blob, and the eligibility of the smesher. */
import { ballotSignedBytes, decodeBallot, type Ballot } from '../protocol/ballot';
import { toHex, type BytesLike } from '../base/bytes';
import { WorkbenchError } from '../base/error';
import { verifySignature } from '../protocol/signing';
import type { Queryable } from '../state/queries/ask';
import { lacks } from '../state/queries/ask';
import { missingFrom } from '../state/schema';
import type { SqlValue } from '../state/types';
import { ProgressMeter, type JobOptions } from '../base/progress';
import { checkEligibility, unknownEligibility } from './ballot-eligibility';
import { BallotEvidenceReader, type BallotEvidence } from './ballot-evidence';
import { BeaconTally, type EpochBeacon } from './beacons';
import { columnCheck, judged } from './check';
import { blockId, bytesOf, readable } from './layer-data';
import {
  idCheck,
  isAbsent,
  readShortId,
  storedShortId,
  unread,
  type MessageReport,
} from './messages';
import type { AuditNetwork } from './network';
import { eligibilityChecks, type Check, type CheckName, type Outcome } from './types';
import { verdictOf } from './verdict';
import { askAll } from '../state/queries/ask';

/** What the audit of ballots must know of a network. */
export type BallotNetwork = Pick<AuditNetwork, 'genesisId' | 'eligibility'>;

/** A row of the table ballots. */
export interface BallotRecord {
  readonly id: Uint8Array;
  readonly layer: SqlValue | undefined;
  readonly atx: SqlValue | undefined;
  readonly smesher: SqlValue | undefined;
  readonly blob: SqlValue | undefined;
}

const ballotChecks = [
  'blob',
  'id',
  'signature',
  'layer-column',
  'atx-column',
  'smesher-column',
  ...eligibilityChecks,
] as const satisfies readonly CheckName[];

/**
 * Without these nothing is claimed. The beacon, the active set and the number of slots are not among them: nodes delete
 * what they are checked with, and the report then lists them as not checked.
 */
const neededChecks = [
  'id',
  'signature',
  'ballot-atx',
  'reference-ballot',
  'slot-numbers',
  'slot-vrf',
  'slot-layers',
] as const satisfies readonly CheckName[];

interface JudgedBallot {
  readonly report: MessageReport;
  readonly ballot: Ballot | undefined;
  /** What its eligibility was judged by. */
  readonly judgedBy: BallotEvidence | undefined;
}

/** Judges one row; in slices of 30 ms. @throws WorkbenchError of the database; AbortError */
export async function judgeBallot(
  record: BallotRecord,
  { genesisId, eligibility }: BallotNetwork,
  evidence: BallotEvidenceReader,
  { signal }: Pick<JobOptions, 'signal'> = {},
): Promise<JudgedBallot> {
  const id = new Uint8Array(record.id);
  const layer = Number(record.layer);
  const unreadable = (error: WorkbenchError | undefined) => ({
    report: unread(id, layer, ballotChecks, error),
    ballot: undefined,
    judgedBy: undefined,
  });
  if (isAbsent(record.blob)) return unreadable(undefined);
  const ballot = readable(() => decodeBallot(bytesOf(record.blob) ?? new Uint8Array()));
  if (ballot instanceof WorkbenchError) return unreadable(ballot);
  const judgedBy =
    eligibility &&
    (await evidence.read(ballot, Math.floor(ballot.layer / eligibility.layersPerEpoch)));
  const column = (value: SqlValue | undefined): string => toHex(bytesOf(value) ?? new Uint8Array());
  const checks: Check[] = [
    judged('blob', true, 'Every byte is accounted for.'),
    idCheck(ballot.id, id),
    signatureCheck(ballot, genesisId),
    columnCheck('layer-column', 'The layer', String(ballot.layer), String(record.layer)),
    columnCheck('atx-column', 'The ATX', toHex(ballot.atx), column(record.atx)),
    columnCheck('smesher-column', 'The smesher', toHex(ballot.smesher), column(record.smesher)),
    ...(eligibility && judgedBy
      ? await checkEligibility(judgedBy, eligibility, { signal })
      : unknownEligibility(eligibilityChecks)),
  ];
  const verdict = verdictOf(checks, { needed: neededChecks, expected: ballotChecks });
  return { report: { id, layer: ballot.layer, ...verdict }, ballot, judgedBy };
}

function signatureCheck(ballot: Ballot, genesisId: BallotNetwork['genesisId']): Check {
  if (!genesisId)
    return judged('signature', 'inconclusive', 'The genesis id of the network is not known.');
  const isSigned = verifySignature(
    ballot.smesher,
    { network: genesisId, domain: 'ballot', message: ballotSignedBytes(ballot) },
    ballot.signature,
  );
  const smesher = toHex(ballot.smesher);
  return isSigned
    ? judged('signature', true, `Signed by ${smesher} for this network.`)
    : judged('signature', false, `It is not signed by ${smesher} for this network.`);
}

/** @returns null if the database has no such ballot */
export async function auditBallot(
  database: Queryable,
  id: BytesLike,
  { network }: { readonly network: BallotNetwork },
  { signal }: Pick<JobOptions, 'signal'> = {},
): Promise<MessageReport | null> {
  const key = readShortId(id, 'The ballot id');
  const { rows } = await askAll(
    database,
    'SELECT layer, atx, pubkey, ballot FROM ballots WHERE id IN (:id, :short)',
    { id: storedShortId(key), short: key },
    { signal },
  );
  const [row] = rows;
  if (!row) return null;
  const [layer, atx, smesher, blob] = row;
  const evidence = new BallotEvidenceReader(database, signal);
  const { report } = await judgeBallot({ id: key, layer, atx, smesher, blob }, network, evidence, {
    signal,
  });
  return report;
}

export interface LayerSpan {
  readonly fromLayer: number;
  /** Included. */
  readonly toLayer: number;
}

export interface BallotTotals {
  readonly ballots: number;
  readonly byOutcome: Readonly<Record<Outcome, number>>;
  /** Ballots by the checks that failed in them. */
  readonly failedBy: ReadonlyMap<CheckName, number>;
  /** Ballots by the checks without a result in them. */
  readonly notCheckedBy: ReadonlyMap<CheckName, number>;
  /** Slots in them, each with its VRF proof. */
  readonly slots: number;
  /** The beacons that the ballots that pass are drawn with, by their weight, against the table. */
  readonly beacons: readonly EpochBeacon[];
}

export interface BallotAuditOptions extends JobOptions {
  /** Every ballot's report, by layer; the next waits for it. */
  readonly onReport?: ((report: MessageReport) => void | Promise<void>) | undefined;
}

const needs = ['ballots.ballot', 'ballots.layer', 'ballots.pubkey', 'atxs.nonce'] as const;

/** Some 200 ballots of mainnet, of a few kilobytes each. */
const layersAtOnce = 4;

/**
 * Audits all ballots of a range of layers. Progress counts ballots. Memory: the ballots of four layers, and what BallotEvidenceReader
 * keeps. Time: 4 ms per slot.
 * @throws WorkbenchError `schema-lacks`, of the database; AbortError
 */
export async function auditBallots(
  database: Queryable,
  network: BallotNetwork,
  span: LayerSpan,
  { signal, onProgress, onReport }: BallotAuditOptions = {},
): Promise<BallotTotals> {
  const missing = missingFrom(database.info.tables, needs);
  if (missing.length > 0) throw lacks(database.info, 'The audit of ballots', missing);
  const evidence = new BallotEvidenceReader(database, signal);
  const counted = await askAll(
    database,
    'SELECT count(*) FROM ballots WHERE layer BETWEEN :fromLayer AND :toLayer',
    { ...span },
    { signal },
  );
  const meter = new ProgressMeter(Number(counted.rows[0]?.[0] ?? 0), 'ballots');
  const byOutcome = { pass: 0, fail: 0, inconclusive: 0 };
  const failedBy = new Map<CheckName, number>();
  const notCheckedBy = new Map<CheckName, number>();
  const beacons = new BeaconTally();
  let slots = 0;
  for await (const record of recordsOf(database, span, signal)) {
    const { report, ballot, judgedBy } = await judgeBallot(record, network, evidence, { signal });
    byOutcome[report.outcome]++;
    const failed = report.checks.filter(({ outcome }) => outcome === 'fail');
    countEach(failedBy, new Set(failed.map(({ check }) => check)));
    countEach(notCheckedBy, report.notChecked);
    slots += ballot?.eligibilities.length ?? 0;
    if (report.outcome === 'pass' && judgedBy && network.eligibility)
      beacons.add(Math.floor(report.layer / network.eligibility.layersPerEpoch), judgedBy);
    await onReport?.(report);
    onProgress?.(meter.advance(1));
  }
  const ballots = byOutcome.pass + byOutcome.fail + byOutcome.inconclusive;
  return { ballots, byOutcome, failedBy, notCheckedBy, slots, beacons: beacons.beacons };
}

function countEach(counts: Map<CheckName, number>, names: Iterable<CheckName>): void {
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
}

/** Along the index by layer and smesher. */
async function* recordsOf(
  database: Queryable,
  { fromLayer, toLayer }: LayerSpan,
  signal: AbortSignal | undefined,
): AsyncGenerator<BallotRecord> {
  for (let first = fromLayer; first <= toLayer; first += layersAtOnce) {
    const last = Math.min(toLayer, first + layersAtOnce - 1);
    const { rows } = await askAll(
      database,
      `SELECT layer, id, atx, pubkey, ballot FROM ballots
       WHERE layer BETWEEN :first AND :last ORDER BY layer, pubkey`,
      { first, last },
      { signal },
    );
    for (const [layer, id, atx, smesher, blob] of rows)
      yield { id: blockId(bytesOf(id) ?? new Uint8Array()), layer, atx, smesher, blob };
  }
}
