/**
 * The VRF nonce of data that exist: found again when it was lost, and chosen among the parts of a
 * parallel initialisation. It is the label whose 32 bytes are smallest, below the difficulty.
 */
import { equalBytes, readBytes, toHex, type Bytes, type BytesLike } from '../../base/bytes';
import { commitment } from '../../protocol/commitment';
import { vrfDifficulty } from '../../protocol/difficulty';
import { WorkbenchError } from '../../base/error';
import {
  checkScryptN,
  smallerLabel,
  wholeLabelBytes,
  type SmallestLabel,
} from '../../protocol/labels';
import {
  fileCount,
  labelsInFile,
  labelsPerFile,
  totalLabels,
  type PostMetadata,
} from '../../protocol/metadata';
import { ProgressMeter, type JobOptions } from '../../base/progress';
import { requireMetadata, type PostDirectory, type PostFile } from '../directory/directory';
import { postFileName } from '../initialize/plan';
import type { BackendOptions } from '../../kernels/choose';
import { labelAt, withEngines, type LabelEngines } from '../labels';
import { mergeLowest } from '../lowest-labels';
import type { DiskLabel, ScanSlice } from '../../workers/labels/api';
import { labelBytes, mainnetPost } from '../../protocol/units';

export interface NonceSearch extends BackendOptions {
  /** 32 bytes; Go's difficulty for the directory's labels by default. */
  readonly difficulty?: BytesLike | undefined;
  readonly scryptN?: number | undefined;
  /** First and last file (numbers in their names), inclusive. */
  readonly fromFile?: number | undefined;
  readonly toFile?: number | undefined;
}

export interface NonceInData {
  /** Absent if no label qualifies. */
  readonly nonce: SmallestLabel | undefined;
  /** Labels that stand low on disk but are not what they must be: the data are damaged there. */
  readonly damaged: readonly bigint[];
}

/** Long enough to read at the disk's speed, short enough for a cancel. */
const sliceBytes = 2 ** 24;

/**
 * Searches the labels on disk, hundreds of times faster than computing them: their 16 bytes decide, and
 * only the lowest are computed again, for the other 16 and to see that the disk is right.
 * A file's labels are those that its name implies, as in Go (initialization/vrf_search.go).
 * @throws WorkbenchError `metadata-missing` and the like, `file-not-readable`, `data-damaged`
 */
export async function findNonceInData(
  directory: PostDirectory,
  { scryptN = mainnetPost.scryptN, fromFile = 0, toFile = Infinity, ...options }: NonceSearch = {},
  { signal, onProgress }: JobOptions = {},
  engines?: LabelEngines,
): Promise<NonceInData> {
  const metadata = requireMetadata(directory);
  checkScryptN(scryptN);
  const difficulty =
    options.difficulty === undefined
      ? vrfDifficulty(totalLabels(metadata))
      : readBytes(options.difficulty, wholeLabelBytes, 'difficulty');
  const files = directory.files.filter(({ number }) => number >= fromFile && number <= toFile);
  const slices = Array.from(slicesOf(files, metadata));
  const meter = new ProgressMeter(
    slices.reduce((sum, { from, to }) => sum + to - from, 0),
    'bytes',
  );
  return withEngines({ ...options, backend: 'cpu' }, engines, async (using) => {
    let lowest: readonly DiskLabel[] = [];
    await using.scan(
      slices,
      difficulty.slice(0, labelBytes),
      (found, { from, to }) => {
        lowest = mergeLowest(lowest, found);
        onProgress?.(meter.advance(to - from));
      },
      { signal },
    );
    return confirm(lowest, difficulty, { metadata, scryptN, engines: using });
  });
}

function* slicesOf(files: readonly PostFile[], metadata: PostMetadata): Generator<ScanSlice> {
  const perFile = labelsPerFile(metadata);
  for (const { file, number, sizeBytes } of files) {
    // What follows the labels of this file belongs to no file.
    const end = Math.min(
      Number(labelsInFile(metadata, number)) * labelBytes,
      sizeBytes - (sizeBytes % labelBytes),
    );
    const first = BigInt(number) * perFile;
    for (let from = 0; from < end; from += sliceBytes)
      yield {
        file,
        from,
        to: Math.min(end, from + sliceBytes),
        firstIndex: first + BigInt(from / labelBytes),
      };
  }
}

/** The first of the candidates, in order, that the disk confirms and is below the difficulty. */
async function confirm(
  lowest: readonly DiskLabel[],
  difficulty: Uint8Array,
  {
    metadata,
    scryptN,
    engines,
  }: { metadata: PostMetadata; scryptN: number; engines: LabelEngines },
): Promise<NonceInData> {
  const identity = commitment(metadata.nodeId, metadata.commitmentAtxId);
  const damaged: bigint[] = [];
  let best: SmallestLabel | undefined;
  let tied: DiskLabel | undefined;
  for (const candidate of lowest) {
    // Only labels whose first half is equal can still be smaller.
    if (tied && (candidate.high !== tied.high || candidate.low !== tied.low)) break;
    const label = await labelAt({ commitment: identity, scryptN }, candidate.index, engines);
    if (!isOnDisk(label, candidate)) {
      damaged.push(candidate.index);
      continue;
    }
    tied = candidate;
    if (isBelow(label, difficulty)) best = smallerLabel(best, { index: candidate.index, label });
  }
  if (damaged.length > 0 && damaged.length === lowest.length)
    throw new WorkbenchError(
      'data-damaged',
      `The ${damaged.length} lowest labels on disk (from index ${String(damaged[0])}) are not this identity's. Check the data first: the files are damaged, or of another identity, or the metadata is.`,
      { damaged },
    );
  return { nonce: best, damaged };
}

function isOnDisk(label: Bytes, { high, low }: DiskLabel): boolean {
  const view = new DataView(label.buffer, label.byteOffset);
  return view.getBigUint64(0) === high && view.getBigUint64(8) === low;
}

export const isBelow = (label: Uint8Array, difficulty: Uint8Array): boolean =>
  toHex(label) < toHex(difficulty);

export interface VrfNonceClaim extends BackendOptions {
  readonly nodeId: BytesLike;
  readonly commitmentAtxId: BytesLike;
  readonly numUnits: number;
  readonly labelsPerUnit: bigint | number;
  readonly nonce: bigint;
  readonly scryptN?: number | undefined;
}

/**
 * Whether the node accepts a VRF nonce: its label is strictly below the difficulty. An index beyond the
 * data is as good (Go post verifying, VerifyVRFNonce).
 */
export async function verifyVrfNonce(
  claim: VrfNonceClaim,
  engines?: LabelEngines,
): Promise<boolean> {
  const { numUnits, labelsPerUnit, nonce, scryptN = mainnetPost.scryptN } = claim;
  const difficulty = vrfDifficulty(BigInt(numUnits) * BigInt(labelsPerUnit));
  const identity = commitment(
    readBytes(claim.nodeId, 32, 'nodeId'),
    readBytes(claim.commitmentAtxId, 32, 'commitmentAtxId'),
  );
  checkScryptN(scryptN);
  return withEngines({ threads: 1, ...claim, backend: 'cpu' }, engines, async (using) =>
    isBelow(await labelAt({ commitment: identity, scryptN }, nonce, using), difficulty),
  );
}

export interface CombinedParts {
  /** What belongs into the directory that holds all the files. */
  readonly metadata: PostMetadata;
  /** All 32 bytes of the chosen nonce's label; absent if no part has a nonce. */
  readonly nonce: SmallestLabel | undefined;
  /** Files that no part has in full. */
  readonly missing: readonly string[];
  /** Files that more than one part has. */
  readonly repeated: readonly string[];
  /** Parts whose metadata has no nonce: the lowest label may be in one of them, so `nonce` may not be the lowest. */
  readonly unsearched: readonly string[];
}

/**
 * Combines the parts of a parallel initialisation (one identity, several machines, each some files).
 * @throws WorkbenchError `no-parts`, `parts-differ` (details.field, details.part)
 */
export async function combineParts(
  parts: readonly PostDirectory[],
  { scryptN = mainnetPost.scryptN, ...options }: Omit<NonceSearch, 'difficulty'> = {},
  engines?: LabelEngines,
  { signal, onProgress }: JobOptions = {},
): Promise<CombinedParts> {
  const described = parts.map((part) => ({ part, metadata: requireMetadata(part) }));
  const [first] = described;
  if (!first)
    throw new WorkbenchError(
      'no-parts',
      'Choose the folders of the parts that are to be combined.',
    );
  checkScryptN(scryptN);
  for (const { part, metadata } of described) checkSame(first.metadata, metadata, part.name);
  const { nodeId, commitmentAtxId } = first.metadata;
  const nonce = await withEngines(
    { threads: 1, ...options, backend: 'cpu' },
    engines,
    async (using) => {
      const job = { commitment: commitment(nodeId, commitmentAtxId), scryptN };
      const meter = new ProgressMeter(described.length, 'parts');
      let best: SmallestLabel | undefined;
      for (const { metadata } of described) {
        signal?.throwIfAborted();
        if (metadata.nonce !== undefined) {
          const label = await labelAt(job, metadata.nonce, using);
          best = smallerLabel(best, { index: metadata.nonce, label });
        }
        onProgress?.(meter.advance(1));
      }
      return best;
    },
  );
  const unsearched = described
    .filter(({ metadata }) => metadata.nonce === undefined)
    .map(({ part }) => part.name);
  const files = filesOf(parts, first.metadata);
  return { metadata: withNonce(first.metadata, nonce), nonce, ...files, unsearched };
}

/** The metadata with another nonce, or none. A nonce beyond the data is written as Go does, without value. */
export function withNonce(metadata: PostMetadata, nonce: SmallestLabel | undefined): PostMetadata {
  const isInData = nonce !== undefined && nonce.index < totalLabels(metadata);
  return {
    ...metadata,
    nonce: nonce?.index,
    nonceValue: isInData ? nonce.label.slice(0, labelBytes) : undefined,
    lastPosition: isInData ? undefined : metadata.lastPosition,
  };
}

function checkSame(first: PostMetadata, other: PostMetadata, part: string): void {
  const differing = (
    [
      ['NodeId', equalBytes(first.nodeId, other.nodeId)],
      ['CommitmentAtxId', equalBytes(first.commitmentAtxId, other.commitmentAtxId)],
      ['LabelsPerUnit', first.labelsPerUnit === other.labelsPerUnit],
      ['NumUnits', first.numUnits === other.numUnits],
      ['MaxFileSize', first.maxFileSize === other.maxFileSize],
    ] as const
  ).find(([, isSame]) => !isSame);
  if (differing)
    throw new WorkbenchError(
      'parts-differ',
      `“${part}” has another ${differing[0]} than the first part: these are not parts of one initialisation.`,
      { field: differing[0], part },
    );
}

function filesOf(
  parts: readonly PostDirectory[],
  metadata: PostMetadata,
): Pick<CombinedParts, 'missing' | 'repeated'> {
  const holders = new Map<number, number>();
  for (const { files } of parts)
    for (const { number, sizeBytes } of files)
      if (BigInt(sizeBytes) >= labelsInFile(metadata, number) * BigInt(labelBytes))
        holders.set(number, (holders.get(number) ?? 0) + 1);
  const all = Array.from({ length: Number(fileCount(metadata)) }, (_, number) => number);
  const named = (count: (holding: number) => boolean) =>
    all.filter((number) => count(holders.get(number) ?? 0)).map(postFileName);
  return { missing: named((n) => n === 0), repeated: named((n) => n > 1) };
}
