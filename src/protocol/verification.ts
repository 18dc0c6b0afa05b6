/**
 * Whether a PoST proof is valid: the reference's checks in its order (post-rs src/verification.rs,
 * v0.8.5), with its error names, evidence and texts.
 */
import { encryptBlock, expandKey, groupKey, lazyBits, lazyKey } from './aes';
import type { Bytes } from '../base/bytes';
import { compareBytes } from '../base/bytes';
import { commitment } from './commitment';
import { counted } from '../base/counted';
import type { ProvingDifficulty } from './difficulty';
import { provingDifficulty } from './difficulty';
import { WorkbenchError } from '../base/error';
import { packedLength, requiredBits, unpackIndices } from './indices';
import { k2powInput, scalePowDifficulty } from './k2pow';
import { totalLabels } from './metadata';
import type { Proof } from './proof';
import { pseudoRandomOrder } from './selection';
import { labelBytes, noncesPerGroup } from './units';

/** Which indices of the proof are looked at; `one` is a position in the proof, not a label's index. */
export type VerificationMode =
  'all' | { readonly one: number } | { readonly subset: number; readonly seed: Uint8Array };

export interface Statement {
  readonly proof: Proof;
  /** 32 bytes each. */
  readonly nodeId: Bytes;
  readonly commitmentAtxId: Bytes;
  readonly challenge: Bytes;
  readonly numUnits: number;
  readonly labelsPerUnit: bigint;
  readonly k1: number;
  readonly k2: number;
  /** For one unit, 32 bytes big-endian. */
  readonly powDifficulty: Bytes;
  readonly minNumUnits: number;
  readonly maxNumUnits: number;
  readonly mode: VerificationMode;
}

/** The costly parts, so that any engine can do them. */
export interface VerificationEngines {
  /** Labels of the identity's data at these indices, 16 bytes each, one after another. */
  readonly labelsAt: (
    indices: BigUint64Array<ArrayBuffer>,
    commitment: Bytes,
  ) => Promise<Uint8Array>;
  /** RandomX under the k2pow key: 32 bytes. */
  readonly powHash: (input: Bytes) => Promise<Uint8Array>;
}

/** Labels per request: enough for any SIMD kernel, few enough to stop quickly. */
const labelsAtOnce = 64;

interface IndexEvidence {
  /** The label's index. */
  readonly index: bigint;
  /** Its position in the proof. */
  readonly indexId: number;
  readonly label: Bytes;
}

/** `kind` is the reference's name of the error, the rest its evidence. */
export type VerificationFailure = { readonly valid: false; readonly message: string } & (
  | {
      readonly kind: 'InvalidMetadata.NumUnitsTooSmall';
      readonly min: number;
      readonly got: number;
    }
  | {
      readonly kind: 'InvalidMetadata.NumUnitsTooLarge';
      readonly max: number;
      readonly got: number;
    }
  | { readonly kind: 'NonceGroupOutOfBounds'; readonly nonceGroup: number }
  | {
      readonly kind: 'InvalidPoW';
      readonly inner: string;
      readonly hash: Bytes;
      readonly difficulty: Bytes;
    }
  | { readonly kind: 'InvalidIndicesLen'; readonly expected: number; readonly got: number }
  | { readonly kind: 'InvalidNumLabels'; readonly inner: string; readonly numLabels: bigint }
  | ({
      readonly kind: 'InvalidMsb';
      readonly msb: number;
      readonly difficultyMsb: number;
    } & IndexEvidence)
  | ({
      readonly kind: 'InvalidLsb';
      readonly lsb: bigint;
      readonly difficultyLsb: bigint;
    } & IndexEvidence)
);

/** `remarks` describe what the reference accepts although a reader would not expect it. */
export type Verification =
  | { readonly valid: true; readonly checked: number; readonly remarks: readonly string[] }
  | VerificationFailure;

const maxNonceGroup = 255;

/** The part of AbortSignal that is needed here; protocol/ knows no DOM. */
interface AbortSignalLike {
  throwIfAborted(): void;
}

interface VerificationOptions {
  readonly signal?: AbortSignalLike | undefined;
  /** Called after every batch of indices that hold, with how many of how many. */
  readonly onChecked?: ((checked: number, total: number) => void) | undefined;
}

/**
 * Verifies a proof, the cheap checks first.
 * @throws WorkbenchError for input on which the reference itself would stop (0 units, labels past 2^64)
 */
export async function verifyProof(
  statement: Statement,
  engines: VerificationEngines,
  options: VerificationOptions = {},
): Promise<Verification> {
  const outside = checkNumUnits(statement);
  if (outside) return outside;
  const numLabels = checkedTotalLabels(statement);
  const unproved = await checkWork(statement, engines.powHash);
  if (unproved) return unproved;

  const { proof, k1, k2 } = statement;
  const bits = requiredBits(numLabels);
  const expected = packedLength(bits, k2);
  const got = proof.indices.length;
  if (got !== expected)
    return {
      valid: false,
      kind: 'InvalidIndicesLen',
      message: `invalid number of indices (expected: ${expected}, got: ${got})`,
      expected,
      got,
    };
  const difficulty = difficultyOrFailure(k1, numLabels);
  if ('kind' in difficulty) return difficulty;

  const indices = unpackIndices(proof.indices, bits).slice(0, k2);
  const positions = selectPositions(statement);
  const bad = await findBadIndex(statement, { indices, positions, difficulty }, engines, options);
  if (bad) return bad;
  const remarks = [...remarksOn(statement, indices, numLabels, bits)];
  return { valid: true, checked: positions.length, remarks };
}

/** The nonce's group and its k2pow. */
async function checkWork(
  { proof, nodeId, challenge, numUnits, powDifficulty }: Statement,
  powHash: VerificationEngines['powHash'],
): Promise<VerificationFailure | undefined> {
  const nonceGroup = Math.floor(proof.nonce / noncesPerGroup);
  if (nonceGroup > maxNonceGroup)
    return {
      valid: false,
      kind: 'NonceGroupOutOfBounds',
      // The reference prints 0 here whatever the group is.
      message: `nonce group (${nonceGroup}) out of bounds (max ${maxNonceGroup})`,
      nonceGroup,
    };
  const difficulty = scalePowDifficulty(powDifficulty, numUnits);
  const input = k2powInput(proof.pow, { nonceGroup, challenge, nodeId });
  const hash = new Uint8Array(await powHash(input));
  if (compareBytes(hash, difficulty) < 0) return undefined;
  return {
    valid: false,
    kind: 'InvalidPoW',
    message: 'invalid proof of work',
    inner: 'proof of work is invalid',
    hash,
    difficulty,
  };
}

interface SelectedIndices {
  readonly indices: readonly bigint[];
  /** Into `indices`, in the order in which they are checked. */
  readonly positions: readonly number[];
  readonly difficulty: ProvingDifficulty;
}

/** The first index in the order of checking whose label is not good for the nonce. */
async function findBadIndex(
  { proof, nodeId, commitmentAtxId, challenge }: Statement,
  { indices, positions, difficulty }: SelectedIndices,
  { labelsAt }: VerificationEngines,
  { signal, onChecked }: VerificationOptions,
): Promise<VerificationFailure | undefined> {
  const identity = commitment(nodeId, commitmentAtxId);
  const nonceGroup = Math.floor(proof.nonce / noncesPerGroup);
  const groupSchedule = expandKey(groupKey(challenge, nonceGroup, proof.pow));
  const lazySchedule = expandKey(lazyKey(challenge, proof.nonce, proof.pow));
  for (let checked = 0; checked < positions.length; checked += labelsAtOnce) {
    signal?.throwIfAborted();
    const batch = positions.slice(checked, checked + labelsAtOnce);
    const wanted = BigUint64Array.from(batch, (indexId) => indices[indexId] ?? 0n);
    const labels = await labelsAt(wanted, identity);
    for (const [i, indexId] of batch.entries()) {
      const label = new Uint8Array(labels.subarray(i * labelBytes, (i + 1) * labelBytes));
      const evidence = { index: wanted[i] ?? 0n, indexId, label };
      const msb = encryptBlock(groupSchedule, label)[proof.nonce % noncesPerGroup] ?? 0;
      if (msb > difficulty.msb) return invalidMsb(msb, difficulty.msb, evidence);
      if (msb < difficulty.msb) continue;
      const lsb = lazyBits(encryptBlock(lazySchedule, label));
      if (lsb >= difficulty.lsb) return invalidLsb(lsb, difficulty.lsb, evidence);
    }
    onChecked?.(checked + batch.length, positions.length);
  }
  return undefined;
}

function checkNumUnits(statement: Statement): VerificationFailure | undefined {
  const { numUnits: got, minNumUnits: min, maxNumUnits: max } = statement;
  if (got < min)
    return {
      valid: false,
      kind: 'InvalidMetadata.NumUnitsTooSmall',
      message: `numunits too small: ${got} < ${min}`,
      min,
      got,
    };
  if (got > max)
    return {
      valid: false,
      kind: 'InvalidMetadata.NumUnitsTooLarge',
      message: `numunits too large: ${got} > ${max}`,
      max,
      got,
    };
  return undefined;
}

function checkedTotalLabels(statement: Statement): bigint {
  const numLabels = totalLabels(statement);
  if (statement.numUnits === 0 || numLabels >> 64n !== 0n)
    throw new WorkbenchError(
      'proof-size-invalid',
      `A proof needs 1 unit or more, and less than 2^64 labels; this one is for ${counted(statement.numUnits, 'unit')} of ${counted(statement.labelsPerUnit, 'label')}.`,
      { numUnits: statement.numUnits, labelsPerUnit: statement.labelsPerUnit },
    );
  return numLabels;
}

function difficultyOrFailure(
  k1: number,
  numLabels: bigint,
): ProvingDifficulty | VerificationFailure {
  try {
    return provingDifficulty(k1, numLabels);
  } catch (error) {
    if (!(error instanceof WorkbenchError)) throw error;
    return {
      valid: false,
      kind: 'InvalidNumLabels',
      // The reference prints 0 here whatever the number is.
      message: `invalid number of labels: (${numLabels})`,
      inner: error.message,
      numLabels,
    };
  }
}

/** The positions in the order in which they are checked; past the proof's end there is nothing to check. */
function selectPositions({ mode, k2, nodeId, challenge }: Statement): readonly number[] {
  const all = Array.from({ length: k2 }, (_, position) => position);
  if (mode === 'all') return all;
  if ('one' in mode) return all.slice(mode.one, mode.one + 1);
  if (mode.subset === k2) return all;
  const positions: number[] = [];
  if (mode.subset === 0) return positions;
  for (const position of pseudoRandomOrder(k2, [mode.seed, nodeId, challenge]))
    if (positions.push(position) === mode.subset) break;
  return positions;
}

const bracketed = (label: Bytes): string => `[${label.join(', ')}]`;

const invalidMsb = (
  msb: number,
  difficultyMsb: number,
  evidence: IndexEvidence,
): VerificationFailure => ({
  valid: false,
  kind: 'InvalidMsb',
  message: `MSB value for index: ${evidence.index} (id: ${evidence.indexId}) doesn't satisfy difficulty: ${msb} > ${difficultyMsb} (label: ${bracketed(evidence.label)})`,
  msb,
  difficultyMsb,
  ...evidence,
});

const invalidLsb = (
  lsb: bigint,
  difficultyLsb: bigint,
  evidence: IndexEvidence,
): VerificationFailure => ({
  valid: false,
  kind: 'InvalidLsb',
  message: `LSB value for index: ${evidence.index} (id: ${evidence.indexId}) doesn't satisfy difficulty: ${lsb} >= ${difficultyLsb} (label: ${bracketed(evidence.label)})`,
  lsb,
  difficultyLsb,
  ...evidence,
});

function* remarksOn(
  { mode, k2, proof }: Statement,
  indices: readonly bigint[],
  numLabels: bigint,
  bits: number,
): Iterable<string> {
  if (k2 === 0)
    yield 'K2 is 0: a proof without indices proves nothing. The node refuses it before it asks post-rs.';
  else if (mode !== 'all' && 'one' in mode && mode.one >= k2)
    yield `No index was checked: the proof has no position ${mode.one}, its last is ${k2 - 1}.`;
  else if (mode !== 'all' && 'subset' in mode && mode.subset === 0)
    yield 'No index was checked: the subset is of size 0.';
  else if (mode !== 'all' && 'subset' in mode && mode.subset > k2)
    yield `The subset of ${mode.subset} is larger than the proof: all ${k2} indices were checked, in shuffled order.`;

  const distinct = new Set(indices).size;
  if (distinct < indices.length)
    yield `Only ${distinct} of the ${indices.length} indices differ. The reference accepts that; an honest prover never writes it.`;
  const beyond = indices.filter((index) => index >= numLabels);
  if (beyond.length > 0)
    yield `${beyond.length} of the indices (${beyond.slice(0, 3).join(', ')}${beyond.length > 3 ? ', …' : ''}) are beyond the ${numLabels} labels of the data. The reference accepts what fits ${bits} bits.`;
  const paddingBits = proof.indices.length * 8 - bits * k2;
  if ((proof.indices.at(-1) ?? 0) >> (8 - paddingBits) !== 0)
    yield 'The padding after the last index is not zero. The reference ignores it; an honest prover writes zeros.';
}
