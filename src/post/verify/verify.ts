/** Verifies a proof against an identity, or against an opened directory, and explains what fails and where. */
import type { Bytes, BytesLike } from '../../base/bytes';
import { equalBytes, readBytes, toHex } from '../../base/bytes';
import { counted } from '../../base/counted';
import { WorkbenchError } from '../../base/error';
import { limits, requireTextSize } from '../../base/read-file';
import { checkScryptN } from '../../protocol/labels';
import { packedLength, requiredBits } from '../../protocol/indices';
import { totalLabels } from '../../protocol/metadata';
import type { Proof, ProofFields } from '../../protocol/proof';
import { readProof } from '../../protocol/proof';
import { withoutTrailing } from '../../base/text';
import { labelBytes, mainnetPost } from '../../protocol/units';
import type { Statement, VerificationFailure, VerificationMode } from '../../protocol/verification';
import { verifyProof } from '../../protocol/verification';
import { ProgressMeter, type JobOptions } from '../../base/progress';
import type { PostDirectory } from '../directory/directory';
import { locateLabel, readLabel, requireMetadata } from '../directory/directory';
import type { PowEngines } from '../k2pow/engines';
import { openRandomX } from '../k2pow/engines';
import type { LabelEngines, LabelSlice } from '../labels';
import { openLabelEngines } from '../labels';

export interface VerifyRequest {
  /** Its JSON, the hex or base64 of its SCALE form, or its fields. */
  readonly proof: Proof | ProofFields | string;
  /** Gives the four fields below it, unless they are given, and the places of failing labels. */
  readonly directory?: PostDirectory | undefined;
  readonly nodeId?: BytesLike | undefined;
  readonly commitmentAtxId?: BytesLike | undefined;
  readonly numUnits?: number | undefined;
  readonly labelsPerUnit?: bigint | number | undefined;
  /** 32 bytes. */
  readonly challenge: BytesLike;
  readonly k1: number;
  readonly k2: number;
  /** 32 bytes, big-endian: the network's, for one storage unit. */
  readonly powDifficulty: BytesLike;
  readonly scryptN?: number | undefined;
  /** Workers that compute labels: one per core by default. */
  readonly threads?: number | undefined;
  /** 1 by default. */
  readonly minNumUnits?: number | undefined;
  /** 2^32 − 1 by default. */
  readonly maxNumUnits?: number | undefined;
  /** 'all' by default; `one` is a position in the proof; a seed is bytes of any length, or their hex or base64. */
  readonly mode?:
    | 'all'
    | { readonly one: number }
    | { readonly subset: number; readonly seed: Uint8Array | string };
}

/** Who computes labels, and RandomX under the k2pow key. A session of either may be kept for many proofs. */
export interface VerifyEngines {
  readonly labels: Pick<LabelEngines, 'run'>;
  readonly pow: Pick<PowEngines, 'hash'>;
}

/** Where a failing label is in the directory, and what the disk has there. */
export interface FailingPlace {
  readonly file: string;
  readonly offsetBytes: number;
  /** Whether the disk holds the label that belongs there. */
  readonly onDisk: 'right' | 'wrong';
  /** Whether files before it are missing, so that the reference reads this one as other labels. */
  readonly shifted: boolean;
}

export type VerifyResult =
  | { readonly valid: true; readonly checked: number; readonly remarks: readonly string[] }
  | (VerificationFailure & {
      /** In plain words: what is wrong, where, and what to do. */
      readonly explanation: string;
      readonly place?: FailingPlace | undefined;
    });

const u32Max = 0xffff_ffff;

/**
 * Verifies as post-rs does: same order of checks, same names of errors, same messages.
 * @param engines used and left open; else opened when they are needed (RandomX: 260 MiB, 1 to 2 s) and closed
 * @throws WorkbenchError naming the field that cannot be read; never for a proof that is merely invalid
 */
export async function verify(
  request: VerifyRequest,
  { signal, onProgress }: JobOptions = {},
  engines?: VerifyEngines,
): Promise<VerifyResult> {
  const statement = readStatement(request);
  const scryptN = checkScryptN(request.scryptN ?? mainnetPost.scryptN);
  const own = lazyEngines(request.threads, signal);
  const { labels, pow } = engines ?? own;
  let meter: ProgressMeter | undefined;
  try {
    const result = await verifyProof(
      statement,
      {
        powHash: (input) => pow.hash(input),
        labelsAt: (indices, commitment) =>
          labelsAt(labels, { commitment, scryptN, labelBytes }, indices, signal),
      },
      {
        signal,
        onChecked: (checked, total) => {
          meter ??= new ProgressMeter(total, 'indices');
          onProgress?.(meter.advance(checked - meter.progress.done));
        },
      },
    );
    if (result.valid) return result;
    const place = 'label' in result ? await findPlace(request.directory, result) : undefined;
    return { ...result, place, explanation: explain(result, statement, place) };
  } finally {
    own.close();
  }
}

interface LazyEngines extends VerifyEngines {
  close(): void;
}

/** Engines that open at their first use: a proof that fails an early check costs nothing. */
function lazyEngines(threads: number | undefined, signal: AbortSignal | undefined): LazyEngines {
  let labels: Promise<LabelEngines> | undefined;
  let pow: Promise<PowEngines> | undefined;
  return {
    labels: {
      run: async (...task) => {
        labels ??= openLabelEngines({ backend: 'cpu', threads });
        await (await labels).run(...task);
      },
    },
    pow: {
      hash: async (input) => {
        pow ??= openRandomX({ threads: 1 }, { signal });
        return (await pow).hash(input);
      },
    },
    close: () => {
      // What failed to open was reported to its caller.
      for (const opened of [labels, pow])
        void opened?.then(
          (engine) => engine.close(),
          () => undefined,
        );
    },
  };
}

/** Two vectors of the SIMD kernel: fine enough to spread a proof's 37 labels over the cores. */
const labelsPerTask = 8;

async function labelsAt(
  engines: VerifyEngines['labels'],
  job: { readonly commitment: Bytes; readonly scryptN: number; readonly labelBytes: 16 },
  indices: BigUint64Array<ArrayBuffer>,
  signal: AbortSignal | undefined,
): Promise<Bytes> {
  const result = new Uint8Array(indices.length * labelBytes);
  let next = 0;
  await engines.run<LabelSlice & { readonly at: number }>(
    job,
    (size) => {
      if (next >= indices.length) return undefined;
      const at = next;
      next = Math.min(indices.length, at + Math.min(size, labelsPerTask));
      return { at, places: { indices: indices.slice(at, next) } };
    },
    (batch, { at }) => {
      result.set(batch.labels, at * labelBytes);
    },
    { signal },
  );
  return result;
}

function readStatement(request: VerifyRequest): Statement {
  const metadata = request.directory && requireMetadata(request.directory);
  const wanted = <T>(value: T | undefined, field: string): T => {
    if (value !== undefined) return value;
    throw new WorkbenchError(
      'field-missing',
      `${field} is missing: say it, or give the PoST directory that the proof was made from.`,
      { field },
    );
  };
  const id = (field: 'nodeId' | 'commitmentAtxId') =>
    readBytes(wanted(request[field] ?? metadata?.[field], field), 32, field);
  const size = {
    numUnits: u32(wanted(request.numUnits ?? metadata?.numUnits, 'numUnits'), 'numUnits'),
    labelsPerUnit: u64(
      wanted(request.labelsPerUnit ?? metadata?.labelsPerUnit, 'labelsPerUnit'),
      'labelsPerUnit',
    ),
  };
  const k2 = u32(request.k2, 'k2');
  if (typeof request.proof === 'string') requireTextSize(request.proof, limits.proof, 'The proof');
  return {
    proof: readProof(request.proof, packedLength(requiredBits(totalLabels(size)), k2)),
    nodeId: id('nodeId'),
    commitmentAtxId: id('commitmentAtxId'),
    challenge: readBytes(request.challenge, 32, 'challenge'),
    ...size,
    k1: u32(request.k1, 'k1'),
    k2,
    powDifficulty: readBytes(request.powDifficulty, 32, 'powDifficulty'),
    minNumUnits: u32(request.minNumUnits ?? 1, 'minNumUnits'),
    maxNumUnits: u32(request.maxNumUnits ?? u32Max, 'maxNumUnits'),
    mode: readMode(request.mode ?? 'all'),
  };
}

function u32(value: number, field: string): number {
  if (Number.isInteger(value) && value >= 0 && value <= u32Max) return value;
  throw new WorkbenchError(
    'number-invalid',
    `${field} must be a whole number from 0 to ${u32Max}, but it is ${value}.`,
    { field, value },
  );
}

function u64(value: bigint | number, field: string): bigint {
  if (typeof value === 'bigint' || Number.isSafeInteger(value)) {
    const integer = BigInt(value);
    if (integer >> 64n === 0n) return integer;
  }
  throw new WorkbenchError(
    'number-invalid',
    `${field} must be a whole number of 64 bits, beyond 2^53 as a bigint, but it is ${value}.`,
    { field, value },
  );
}

/** @throws WorkbenchError naming what cannot be read */
export function readMode(mode: NonNullable<VerifyRequest['mode']>): VerificationMode {
  if (mode === 'all') return mode;
  if ('one' in mode) return { one: u32(mode.one, 'one') };
  return { subset: u32(mode.subset, 'subset'), seed: readSeed(mode.seed) };
}

/** Bytes of any length, so a text decides its form: hex if it can be, else base64. */
function readSeed(seed: Uint8Array | string): Uint8Array {
  if (typeof seed !== 'string') return seed;
  const digits = seed.trim().replace(/^0x/i, '');
  const isHex = /^[0-9a-f]*$/i.test(digits);
  const length = isHex
    ? digits.length / 2
    : Math.floor((withoutTrailing(digits, '=').length * 3) / 4);
  return readBytes(isHex ? `0x${digits}` : digits, length, 'seed');
}

async function findPlace(
  directory: PostDirectory | undefined,
  { index, label }: { readonly index: bigint; readonly label: Bytes },
): Promise<FailingPlace | undefined> {
  const place = directory && locateLabel(directory, index);
  if (!place) return undefined;
  return {
    file: place.file.name,
    offsetBytes: place.offsetBytes,
    onDisk: equalBytes(await readLabel(place), label) ? 'right' : 'wrong',
    shifted: place.file.number !== place.file.rank,
  };
}

function explain(
  failure: VerificationFailure,
  { proof, numUnits, labelsPerUnit, k1, k2 }: Statement,
  place: FailingPlace | undefined,
): string {
  switch (failure.kind) {
    case 'InvalidMetadata.NumUnitsTooSmall':
      return `The proof is for ${counted(failure.got, 'unit')}; the network wants at least ${failure.min}.`;
    case 'InvalidMetadata.NumUnitsTooLarge':
      return `The proof is for ${counted(failure.got, 'unit')}; the network allows at most ${failure.max}.`;
    case 'NonceGroupOutOfBounds':
      return `Nonce ${proof.nonce} is in group ${failure.nonceGroup}; there are groups 0 to 255, so nonces 0 to 4095.`;
    case 'InvalidPoW':
      return `The k2pow ${proof.pow} of nonce group ${Math.floor(proof.nonce / 16)} hashes to ${toHex(failure.hash)}, which is not below ${toHex(failure.difficulty)}. It was found for another challenge, identity, group or number of units.`;
    case 'InvalidIndicesLen':
      return `The packed indices have ${counted(failure.got, 'byte')}; ${k2} indices (K2) of ${numUnits} × ${labelsPerUnit} labels take ${failure.expected}. NumUnits, LabelsPerUnit or K2 is not what the proof was made with, or it was cut.`;
    case 'InvalidNumLabels':
      return `${failure.numLabels} labels are too few: there must be more than K1 (${k1}).`;
    case 'InvalidMsb':
    case 'InvalidLsb':
      return explainIndex(failure, place);
  }
}

function explainIndex(
  failure: VerificationFailure & { readonly kind: 'InvalidMsb' | 'InvalidLsb' },
  place: FailingPlace | undefined,
): string {
  const comparison =
    failure.kind === 'InvalidMsb'
      ? `its byte ${failure.msb} is above the difficulty's ${failure.difficultyMsb}`
      : `its value ${failure.lsb} is not below the difficulty's ${failure.difficultyLsb}`;
  const said = `Index ${failure.index}, at position ${failure.indexId} of the proof, is not good: the label computed for it is ${toHex(failure.label)}, and ${comparison}.`;
  if (!place)
    return `${said} The proof was made from other data, or for another challenge, nonce, k2pow, K1 or size.`;
  const where = `In this directory it is in ${place.file} at byte ${place.offsetBytes}`;
  if (place.onDisk === 'right')
    return `${said} ${where}, and the disk has the same label there: the data is right, so the proof was made for another challenge, nonce, k2pow, K1 or size, or while files were missing.`;
  return place.shifted
    ? `${said} By the order of the files, it is in ${place.file} at byte ${place.offsetBytes}, but files before that one are missing, so all its labels are read as others. Put them back and prove again.`
    : `${said} ${where}, and the disk has another label there: the data is damaged or belongs to another identity. Check it.`;
}
