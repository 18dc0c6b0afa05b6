/** The audit of one ATX: everything in it recomputed, and compared with the tables. */
import { untilAbort } from '../base/abort';
import { compareBytes, readBytes, toHex, type BytesLike } from '../base/bytes';
import { commitment } from '../protocol/commitment';
import { counted } from '../base/counted';
import { vrfDifficulty } from '../protocol/difficulty';
import { WorkbenchError } from '../base/error';
import {
  verifyProof,
  type Verification,
  type VerificationFailure,
  type VerificationMode,
} from '../protocol/verification';
import { readMode, type VerifyRequest } from '../post/verify/verify';
import type { Queryable } from '../state/queries/ask';
import type { JobOptions } from '../base/progress';
import type { AuditEngines } from './engines';
import { EvidenceReader } from './evidence';
import type { PendingNonce, PendingPost } from './inspect/pending';
import type { AuditNetwork } from './network';
import { atxChecks, type AtxReport, type Check } from './types';
import { verdictOf, type Claims } from './verdict';

/** Without these an ATX does not pass. */
const decisive = ['id', 'signature', 'k2pow', 'post-indices'] as const;
/** Need labels or RandomX. */
const computed = ['initial-post', 'vrf-nonce', 'k2pow', 'post-indices'] as const;

export interface AtxAuditSettings {
  readonly network: AuditNetwork;
  /**
   * Which indices of every PoST are recomputed: 'all', `{ subset: K3, seed }` as a node does whose seed is its peer
   * id, `{ one: position }`, or 'none' (and no k2pow, no VRF nonce) to audit everything but labels and RandomX.
   * 'all' by default.
   */
  readonly indices?: VerifyRequest['mode'] | 'none' | undefined;
}

/** What an audit reads, and what it computes with: engines are used and left open. */
export interface AuditContext {
  readonly database: Queryable;
  readonly engines: AuditEngines;
}

/**
 * Audits one ATX. Never throws for what the database holds: that is what the report is about.
 * @throws WorkbenchError `atx-not-found`, and those of the database or the engines; AbortError
 */
export const auditAtx = async (
  { database, engines }: AuditContext,
  id: BytesLike,
  settings: AtxAuditSettings,
  options: Pick<JobOptions, 'signal'> = {},
): Promise<AtxReport> =>
  new AtxAuditor(database, settings, engines).audit(readBytes(id, 32, 'The ATX id'), options);

/** Audits ATXs of one database, and remembers what they have in common. */
export class AtxAuditor {
  readonly #network: AuditNetwork;
  readonly #mode: VerificationMode | 'none';
  readonly #engines: AuditEngines;
  readonly #reader: EvidenceReader;

  /** @throws WorkbenchError if the choice of indices cannot be read */
  constructor(
    database: Queryable,
    { network, indices = 'all' }: AtxAuditSettings,
    engines: AuditEngines,
  ) {
    this.#network = network;
    this.#mode = indices === 'none' ? indices : readMode(indices);
    this.#engines = engines;
    this.#reader = new EvidenceReader(database, (blob) => engines.inspectPoet(blob));
  }

  async audit(
    id: Uint8Array<ArrayBuffer>,
    { signal }: Pick<JobOptions, 'signal'> = {},
  ): Promise<AtxReport> {
    signal?.throwIfAborted();
    const evidence = await untilAbort(this.#reader.read(id, { signal }), signal);
    const { post, tickSize, genesisId, goldenAtx } = this.#network;
    const network = { post, tickSize, genesisId, goldenAtx };
    const inspection = await untilAbort(this.#engines.inspectAtx(evidence, network), signal);
    const checks = [...inspection.checks];
    const mode = this.#mode;
    const { row, version } = evidence;
    const report = (claims: Claims): AtxReport => ({
      id,
      smesher: inspection.smesher ?? row.smesher,
      publishEpoch: row.publishEpoch,
      version: version === 1 || version === 2 ? version : undefined,
      effectiveUnits: row.effectiveUnits,
      posts: inspection.postCount,
      ...verdictOf(checks, claims),
    });
    if (!inspection.isRead) return report({ needed: decisive, expected: atxChecks });
    if (mode === 'none') {
      const skipped = inspection.hasInitialPost ? computed : computed.slice(1);
      return report({ needed: ['id', 'signature'], skipped });
    }
    const [nonce, ...posts] = await untilAbort(
      Promise.all([
        inspection.nonce ? this.#verifyNonce(inspection.nonce) : [],
        ...inspection.posts.map((pending) => this.#verifyPost(pending, mode)),
      ]),
      signal,
    );
    checks.push(...nonce, ...posts.flat());
    return report({ needed: decisive });
  }

  /** The label at the nonce, all 32 bytes of it, is below the difficulty (Go post verifying, VerifyVRFNonce). */
  async #verifyNonce({
    nodeId,
    commitmentAtx,
    nonce,
    numUnits,
    labelsPerUnit,
  }: PendingNonce): Promise<Check[]> {
    const check = 'vrf-nonce';
    let difficulty: Uint8Array;
    try {
      difficulty = vrfDifficulty(BigInt(numUnits) * labelsPerUnit);
    } catch (error) {
      if (!(error instanceof WorkbenchError)) throw error;
      return [{ check, outcome: 'fail', explanation: error.message }];
    }
    const label = await this.#engines.labels({
      commitment: commitment(nodeId, commitmentAtx),
      indices: BigUint64Array.of(nonce),
      labelBytes: 32,
      scryptN: this.#network.post.scryptN,
    });
    const isBelow = compareBytes(label, difficulty) < 0;
    return [
      {
        check,
        outcome: isBelow ? 'pass' : 'fail',
        explanation: isBelow
          ? `The label at ${nonce} is below the difficulty for ${counted(numUnits, 'unit')}.`
          : `The label at ${nonce} is ${toHex(label)}, which is not below the difficulty for ${counted(numUnits, 'unit')}, ${toHex(difficulty)}.`,
      },
    ];
  }

  async #verifyPost(pending: PendingPost, mode: VerificationMode): Promise<Check[]> {
    const { subject } = pending;
    const result = await verifyPending(pending, mode, this.#network, this.#engines);
    if (pending.initial) return [{ check: 'initial-post', subject, ...describe(result) }];
    const isWork = !('valid' in result) || isAboutWork(result);
    if (isWork)
      return [
        { check: 'k2pow', subject, ...describe(result) },
        {
          check: 'post-indices',
          subject,
          outcome: 'inconclusive',
          explanation: 'They were not recomputed, because the k2pow fails.',
        },
      ];
    const nonceGroup = Math.floor(pending.proof.nonce / 16);
    return [
      {
        check: 'k2pow',
        subject,
        outcome: 'pass',
        explanation: `The RandomX hash of nonce group ${nonceGroup} with ${pending.proof.pow} is below the difficulty for ${counted(pending.numUnits, 'unit')}.`,
      },
      { check: 'post-indices', subject, ...describe(result) },
    ];
  }
}

/** Verifies a PoST as the node does. @returns an error where post-rs itself would stop */
export async function verifyPending(
  pending: PendingPost,
  mode: VerificationMode,
  { post }: Pick<AuditNetwork, 'post'>,
  engines: Pick<AuditEngines, 'labels' | 'powHash'>,
): Promise<Verification | WorkbenchError> {
  const { proof, nodeId, challenge, numUnits, labelsPerUnit } = pending;
  const { k1, k2, powDifficulty, scryptN } = post;
  try {
    return await verifyProof(
      {
        ...{ proof, nodeId, challenge, numUnits, labelsPerUnit, k1, k2, powDifficulty, mode },
        commitmentAtxId: pending.commitmentAtx,
        // Limits of the units are a check of their own.
        minNumUnits: 0,
        maxNumUnits: 0xffff_ffff,
      },
      {
        powHash: (input) => engines.powHash(input),
        labelsAt: (indices, identity) =>
          engines.labels({ commitment: identity, indices, labelBytes: 16, scryptN }),
      },
    );
  } catch (error) {
    // Of the statement, not of the engines: the proof is for no labels, or too many.
    if (error instanceof WorkbenchError && statementErrors.has(error.code)) return error;
    throw error;
  }
}

const statementErrors: ReadonlySet<string> = new Set(['proof-size-invalid', 'num-units-zero']);

const isAboutWork = (result: Verification): boolean =>
  !result.valid && (result.kind === 'InvalidPoW' || result.kind === 'NonceGroupOutOfBounds');

function describe(result: Verification | WorkbenchError): Pick<Check, 'outcome' | 'explanation'> {
  if (result instanceof WorkbenchError) return { outcome: 'fail', explanation: result.message };
  if (!result.valid) return { outcome: 'fail', explanation: describeFailure(result) };
  const remarks = result.remarks.length > 0 ? ` ${result.remarks.join(' ')}` : '';
  return {
    outcome: 'pass',
    explanation: `${result.checked} of its indices were recomputed, and every label is good.${remarks}`,
  };
}

function describeFailure(failure: VerificationFailure): string {
  switch (failure.kind) {
    case 'InvalidMsb':
    case 'InvalidLsb':
      return `Index ${failure.index}, at position ${failure.indexId} of the proof, is not good: the label computed for it, ${toHex(failure.label)}, does not satisfy the difficulty.`;
    case 'InvalidPoW':
      return `The RandomX hash is ${toHex(failure.hash)}, which is not below ${toHex(failure.difficulty)}.`;
    default:
      return `The verifier refuses it: ${failure.message}.`;
  }
}
