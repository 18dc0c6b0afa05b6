/**
 * Proof generation (post-rs src/prove.rs): k2pow for a range of nonces, one pass over the data, the
 * first nonce with K2 good labels wins; without a winner the next range. The reference with one thread
 * goes label by label in a fixed order; here workers finish slices in any order, and their finds are
 * put back into it, so the proof is the same one.
 */
import { type GoodLabels, provingJob } from '../../kernels/proving';
import { type Bytes, type BytesLike, readBytes, toHex } from '../../base/bytes';
import { provingDifficulty } from '../../protocol/difficulty';
import { WorkbenchError } from '../../base/error';
import { packIndices, requiredBits } from '../../protocol/indices';
import { expectedHashes, scalePowDifficulty } from '../../protocol/k2pow';
import { labelsPerFile, type PostMetadata, totalLabels } from '../../protocol/metadata';
import type { Proof } from '../../protocol/proof';
import { nonceProblem } from '../../protocol/nonces';
import { labelBytes, maxNonces, noncesPerGroup } from '../../protocol/units';
import { type JobOptions, type Progress, ProgressMeter } from '../../base/progress';
import type { PowProgress } from '../k2pow/k2pow';
import type { FileSlice } from '../../base/read-slice';
import type { Scanner } from './scanner';

/** What proving needs of a PoST directory: its files in the order of their numbers (PostDirectory fits). */
export interface ProvableDirectory {
  readonly metadata: Pick<PostMetadata, 'nodeId' | 'numUnits' | 'labelsPerUnit' | 'maxFileSize'>;
  readonly files: readonly { readonly file: Blob; readonly sizeBytes: number }[];
}

export interface ProveRequest {
  /** 32 bytes. */
  readonly challenge: BytesLike;
  readonly k1: number;
  readonly k2: number;
  /** 32 bytes, big-endian: the network's, for one storage unit. */
  readonly powDifficulty: BytesLike;
  /** Nonces of a pass: a multiple of 16 up to 4096. */
  readonly nonces: number;
}

/**
 * Finds a counter from `startNonce` on whose k2pow is below the difficulty (scaled to the units); the smallest, for
 * the reference's proof. What it reports on its way is shown, and kept for a job that goes on.
 */
export type FindPow = (
  request: {
    readonly challenge: Bytes;
    readonly nonceGroup: number;
    readonly nodeId: Bytes;
    readonly difficulty: Bytes;
    readonly startNonce: bigint;
  },
  options: JobOptions<Pick<PowProgress, 'ratePerS' | 'resumeFrom'>>,
) => Promise<bigint>;

export interface ProveEngines {
  readonly scanner: Scanner;
  readonly findPow: FindPow;
}

/** The position of a proof, as plain JSON. A job with the same data and request goes on from it. */
export interface ProvingCheckpoint {
  /** What it belongs to: challenge, identity, K1, K2, k2pow difficulty, nonces, labels. */
  readonly request: string;
  readonly pass: number;
  /** k2pow of the pass's groups so far, as decimal digits. */
  readonly pows: readonly string[];
  /** Every counter below was tried without result for the group after them: decimal digits, 0 if absent. */
  readonly powFrom?: string;
  /** Everything before this byte of this file was scanned. */
  readonly file: number;
  readonly offset: number;
  /** Good labels of each nonce of the pass that has any. */
  readonly good: readonly (readonly [nonce: number, indices: readonly number[]])[];
}

/** While it finds k2pows in hashes, those of a mean search for each; while it scans in bytes. */
export interface ProvingProgress extends Progress {
  readonly phase: 'k2pow' | 'scan';
  readonly pass: number;
  readonly firstNonce: number;
  /** k2pows of the pass that are done; the pass needs one per 16 nonces. */
  readonly powsDone: number;
  readonly pows: number;
  /** Good labels of each nonce of the pass. */
  readonly goodPerNonce: Uint32Array;
  /** What to keep in order to go on after a reload. */
  readonly checkpoint: () => ProvingCheckpoint;
}

export interface ProveOptions extends JobOptions<ProvingProgress> {
  /** Passes before this one are known to fail. */
  readonly firstPass?: number | undefined;
  readonly resume?: ProvingCheckpoint | undefined;
}

/** Good labels of a pass: nonce → indices in the reference's order. */
export type GoodIndices = ReadonlyMap<number, readonly number[]>;

/** The reference's prover works through chunks of eight labels and leaves out what is less (prove.rs, CHUNK_SIZE). */
const chunkLabels = 8;
const chunkBytes = chunkLabels * labelBytes;

/**
 * Generates a proof.
 * Memory: the scanner's, and 8 bytes a good label (about nonces × K1).
 * @throws WorkbenchError `nonces-invalid`, `invalid-num-labels`, `nonces-exhausted` when all 4096 nonces failed,
 * `checkpoint-mismatch`, or what the engines throw
 */
export async function prove(
  directory: ProvableDirectory,
  request: ProveRequest,
  { scanner, findPow }: ProveEngines,
  { signal, onProgress, resume, firstPass = 0 }: ProveOptions = {},
): Promise<Proof> {
  const plan = planProof(directory, request);
  if (resume && resume.request !== plan.identity)
    throw new WorkbenchError(
      'checkpoint-mismatch',
      'The saved position belongs to other data, another challenge or other settings (K1, K2, nonces, k2pow or none). Start again, or restore what it was made with.',
    );
  for (let pass = resume?.pass ?? firstPass, from = resume; ; pass++, from = undefined) {
    const state = passState(plan, pass, from);
    const report = reporter(plan, state, onProgress);
    await findPows(plan, state, findPow, signal, report);
    const winner = await scanPass(plan, state, scanner, { signal, stopAt: request.k2, report });
    if (winner) return winner;
  }
}

export type ScanRequest = Omit<ProveRequest, 'powDifficulty' | 'nonces'> & {
  /** k2pow of each group from `firstGroup` on; their number gives the nonces. Zeros do for measuring. */
  readonly pows: readonly bigint[];
};

/** Scans all the data once, whatever is found. */
export async function scanDirectory(
  directory: ProvableDirectory,
  { pows, ...request }: ScanRequest,
  scanner: Scanner,
  {
    signal,
    onProgress,
    firstGroup = 0,
  }: JobOptions<ProvingProgress> & { readonly firstGroup?: number } = {},
): Promise<GoodIndices> {
  const powDifficulty = new Uint8Array(32);
  const nonces = pows.length * noncesPerGroup;
  const plan = planProof(directory, { ...request, powDifficulty, nonces });
  const state: PassState = {
    ...passState(plan, 0, undefined),
    firstNonce: firstGroup * noncesPerGroup,
    pows: [...pows],
  };
  const report = reporter(plan, state, onProgress);
  await scanPass(plan, state, scanner, { signal, stopAt: Infinity, report });
  return state.good;
}

type Report = (phase: 'k2pow' | 'scan', progress: Progress) => void;

const reporter =
  (plan: ProofPlan, state: PassState, onProgress: ProveOptions['onProgress']): Report =>
  (phase, progress) =>
    onProgress?.({
      ...progress,
      phase,
      pass: state.pass,
      firstNonce: state.firstNonce,
      powsDone: state.pows.length,
      pows: plan.nonces / noncesPerGroup,
      goodPerNonce: countPerNonce(state),
      checkpoint: () => checkpointOf(plan, state),
    });

interface ProofPlan {
  readonly directory: ProvableDirectory;
  readonly challenge: Bytes;
  readonly nonces: number;
  readonly difficulty: { readonly msb: number; readonly lsb: bigint };
  readonly powDifficulty: Bytes;
  readonly indexBits: number;
  readonly identity: string;
}

function planProof(
  directory: ProvableDirectory,
  { challenge, k1, k2, powDifficulty, nonces }: ProveRequest,
): ProofPlan {
  const problem = nonceProblem(nonces);
  if (problem !== undefined) throw new WorkbenchError('nonces-invalid', problem, { nonces });
  const { metadata } = directory;
  const numLabels = totalLabels(metadata);
  const challengeBytes = readBytes(challenge, 32, 'challenge');
  const pow = scalePowDifficulty(readBytes(powDifficulty, 32, 'powDifficulty'), metadata.numUnits);
  return {
    directory,
    challenge: challengeBytes,
    nonces,
    difficulty: provingDifficulty(k1, numLabels),
    powDifficulty: pow,
    indexBits: requiredBits(numLabels),
    identity: [
      toHex(challengeBytes),
      toHex(metadata.nodeId),
      k1,
      k2,
      toHex(pow),
      nonces,
      numLabels,
      metadata.maxFileSize,
    ].join(' '),
  };
}

interface PassState {
  readonly pass: number;
  readonly firstNonce: number;
  readonly pows: bigint[];
  /** Every counter below was tried without result for the next group. */
  powFrom: bigint;
  readonly good: Map<number, number[]>;
  /** Everything before was scanned and counted. */
  position: { file: number; offset: number };
}

const passState = (
  { nonces }: ProofPlan,
  pass: number,
  resume: ProvingCheckpoint | undefined,
): PassState => ({
  pass,
  firstNonce: pass * nonces,
  pows: resume?.pows.map(BigInt) ?? [],
  powFrom: BigInt(resume?.powFrom ?? 0),
  good: new Map(resume?.good.map(([nonce, indices]) => [nonce, [...indices]])),
  position: { file: resume?.file ?? 0, offset: resume?.offset ?? 0 },
});

const checkpointOf = ({ identity }: ProofPlan, state: PassState): ProvingCheckpoint => ({
  request: identity,
  pass: state.pass,
  pows: state.pows.map(String),
  powFrom: String(state.powFrom),
  file: state.position.file,
  offset: state.position.offset,
  good: Array.from(state.good, ([nonce, indices]) => [nonce, [...indices]]),
});

function countPerNonce({ firstNonce, good, pows }: PassState): Uint32Array {
  const counts = new Uint32Array(pows.length * noncesPerGroup);
  for (const [nonce, indices] of good) counts[nonce - firstNonce] = indices.length;
  return counts;
}

async function findPows(
  { directory, challenge, nonces, powDifficulty }: ProofPlan,
  state: PassState,
  findPow: FindPow,
  signal: AbortSignal | undefined,
  report: Report,
): Promise<void> {
  const groups = nonces / noncesPerGroup;
  const firstGroup = state.firstNonce / noncesPerGroup;
  if (state.firstNonce + nonces > maxNonces)
    throw new WorkbenchError(
      'nonces-exhausted',
      `No nonce up to ${state.firstNonce - 1} found enough good labels, and the next pass would go past nonce ${maxNonces - 1}, the last that a proof can have. Check the data: a complete and intact directory fails this often only by a very unlikely chance.`,
      { tried: state.firstNonce },
    );
  // A search has no memory: failed attempts do not bring its end nearer, only results count.
  const mean = Math.min(expectedHashes(powDifficulty), Number.MAX_SAFE_INTEGER);
  let ratePerS = 0;
  const tell = (): void => {
    const left = (groups - state.pows.length) * mean;
    const etaS = ratePerS > 0 ? left / ratePerS : undefined;
    const total = groups * mean;
    report('k2pow', { done: total - left, total, unit: 'hashes', ratePerS, etaS });
  };
  while (state.pows.length < groups) {
    signal?.throwIfAborted();
    tell();
    const nonceGroup = firstGroup + state.pows.length;
    const { nodeId } = directory.metadata;
    const { powFrom: startNonce } = state;
    const pow = await findPow(
      { challenge, nonceGroup, nodeId, difficulty: powDifficulty, startNonce },
      {
        signal,
        onProgress: (at) => {
          ratePerS = at.ratePerS;
          state.powFrom = at.resumeFrom;
          tell();
        },
      },
    );
    state.pows.push(pow);
    state.powFrom = 0n;
    tell();
  }
}

interface OrderedSlice extends FileSlice {
  readonly rank: number;
  /** Its place among the slices of the pass. */
  readonly order: number;
  /** Index of its first label. */
  readonly firstLabel: number;
}

/** Bytes of a file that are proven: none past MaxFileSize, none of an incomplete chunk (post-rs src/reader.rs). */
const provenBytes = (sizeBytes: number, maxFileSize: bigint): number => {
  const read = Math.min(sizeBytes, Number(maxFileSize));
  return read - (read % chunkBytes);
};

function* slicesFrom(
  { files, metadata }: ProvableDirectory,
  { file: firstFile, offset: firstOffset }: PassState['position'],
  sliceBytes: number,
): Generator<OrderedSlice> {
  const perFile = Number(labelsPerFile(metadata));
  let order = 0;
  for (const [rank, { file, sizeBytes }] of files.entries()) {
    if (rank < firstFile) continue;
    const end = provenBytes(sizeBytes, metadata.maxFileSize);
    for (let from = rank === firstFile ? firstOffset : 0; from < end; from += sliceBytes) {
      const to = Math.min(end, from + sliceBytes);
      yield {
        file,
        from,
        to,
        rank,
        order: order++,
        firstLabel: rank * perFile + from / labelBytes,
      };
    }
  }
}

async function scanPass(
  plan: ProofPlan,
  state: PassState,
  scanner: Scanner,
  {
    signal,
    stopAt,
    report,
  }: {
    readonly signal: AbortSignal | undefined;
    readonly stopAt: number;
    readonly report: Report;
  },
): Promise<Proof | undefined> {
  const { directory, challenge, nonces, difficulty } = plan;
  const { files, metadata } = directory;
  const job = provingJob(challenge, state.firstNonce / noncesPerGroup, state.pows, difficulty);
  const sizes = files.map(({ sizeBytes }) => provenBytes(sizeBytes, metadata.maxFileSize));
  const before = sizes.slice(0, state.position.file).reduce((sum, size) => sum + size, 0);
  const meter = new ProgressMeter(
    sizes.reduce((sum, size) => sum + size, 0),
    'bytes',
    { done: before + state.position.offset },
  );
  report('scan', meter.progress);

  /** Finds of slices whose forerunners are not done yet. */
  const early = new Map<number, { good: GoodLabels; slice: OrderedSlice }>();
  let next = 0;
  let winner: number | undefined;
  await scanner.run(
    job,
    slicesFrom(directory, state.position, scanner.sliceBytes(nonces)),
    (good, slice) => {
      early.set(slice.order, { good, slice });
      for (let due = early.get(next); due; due = early.get(++next)) {
        early.delete(next);
        winner = addInOrder(state, due.good, due.slice.firstLabel, stopAt);
        if (winner !== undefined) return 'stop';
        state.position = { file: due.slice.rank, offset: due.slice.to };
      }
      report('scan', meter.advance(slice.to - slice.from));
      return undefined;
    },
    { signal },
  );
  if (winner === undefined) return undefined;
  const indices = state.good.get(winner) ?? [];
  return {
    nonce: winner,
    indices: packIndices(indices.map(BigInt), plan.indexBits),
    pow: state.pows[Math.floor((winner - state.firstNonce) / noncesPerGroup)] ?? 0n,
  };
}

/**
 * Adds finds in the reference's order: chunk of 8 labels, nonce group, label, nonce.
 * @returns the first nonce to reach `stopAt`
 */
function addInOrder(
  { firstNonce, good, pows }: PassState,
  { labels, nonces }: GoodLabels,
  firstLabel: number,
  stopAt: number,
): number | undefined {
  const groups = pows.length;
  // A number each, in that order; below 2^53 for any slice below 2^41 labels.
  const keys = Array.from(labels, (label, i) => {
    const nonce = (nonces[i] ?? 0) - firstNonce;
    const chunk = Math.floor(label / chunkLabels);
    const group = Math.floor(nonce / noncesPerGroup);
    return (
      ((chunk * groups + group) * chunkLabels + (label % chunkLabels)) * noncesPerGroup +
      (nonce % noncesPerGroup)
    );
  }).sort((a, b) => a - b);
  for (const key of keys) {
    const inChunk = Math.floor(key / noncesPerGroup) % chunkLabels;
    const ofChunks = Math.floor(key / (noncesPerGroup * chunkLabels));
    const nonce = firstNonce + (ofChunks % groups) * noncesPerGroup + (key % noncesPerGroup);
    const label = Math.floor(ofChunks / groups) * chunkLabels + inChunk;
    const indices = good.get(nonce) ?? [];
    indices.push(firstLabel + label);
    good.set(nonce, indices);
    if (indices.length >= stopAt) return nonce;
  }
  return undefined;
}
