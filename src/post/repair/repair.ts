/**
 * Repair in place: the labels around those that a check found to be wrong are computed again, and what differs is written
 * back. Damage covers sectors of a disk, so a region grows in blocks of 4 KiB until a block is right at both of its ends.
 * Labels are those of post-rs src/initialize.rs; a file's place is the number in its name, as Go post writes it.
 */
import { equalBytes, type Bytes } from '../../base/bytes';
import { WorkbenchError } from '../../base/error';
import { ProgressMeter, type JobOptions } from '../../base/progress';
import { readSlice } from '../../base/read-slice';
import type { BackendOptions } from '../../kernels/choose';
import { commitment } from '../../protocol/commitment';
import { checkScryptN } from '../../protocol/labels';
import { fileCount, labelsInFile, labelsPerFile } from '../../protocol/metadata';
import { labelBytes, mainnetPost } from '../../protocol/units';
import type { BadLabel } from '../check/check';
import { requireMetadata, type PostDirectory, type PostFile } from '../directory/directory';
import { postFileName } from '../initialize/plan';
import { withEngines, type LabelEngines, type LabelSlice } from '../labels';

/** Where the repaired bytes go, and where the bytes before go. Implementations throw WorkbenchErrors. */
export interface RepairTarget {
  /** Bytes `from` … `to` − 1 of a file of the directory, as they are on the disk now. */
  readonly read: (name: string, from: number, to: number) => Promise<Bytes>;
  /** Overwrites bytes inside a file; its size stays. */
  readonly write: (name: string, offset: number, bytes: Bytes) => Promise<void>;
  /** After this, what was written to the directory survives a crash, and `read` returns it. */
  readonly flush: () => Promise<void>;
  /** Stores original bytes outside of the directory. When it resolves they survive a crash. */
  readonly keepOriginal: (name: string, bytes: Bytes) => Promise<void>;
}

export interface RepairRequest extends BackendOptions {
  /** Of a check of this directory; each is the seed of a region. */
  readonly bad: readonly Pick<BadLabel, 'file' | 'offset'>[];
  readonly scryptN?: number | undefined;
}

export interface RepairedRange {
  /** The number in the file's name. */
  readonly file: number;
  readonly fileName: string;
  /** Bytes from the file's start; a multiple of 16. */
  readonly offset: number;
  readonly sizeBytes: number;
  /** Labels of the range that were wrong. */
  readonly badLabels: number;
  /** The name under which the original bytes are kept. */
  readonly originalName: string;
}

export interface RepairResult {
  /** In order of file and offset; they do not touch each other. */
  readonly ranges: readonly RepairedRange[];
  /** Labels that were computed, also those that were right. */
  readonly computed: number;
  readonly badLabels: number;
  /** False for a run without target, and where nothing was wrong any more: nothing was written. */
  readonly written: boolean;
}

/** 4 KiB: the sector of a disk, and the page of a flash drive. */
const blockBytes = 4096;
const blockLabels = blockBytes / labelBytes;
/** By how many blocks a region grows at one end at most: what is computed beyond its end costs seconds. */
const maxGrowth = 32;
/** Labels of a file that are examined for one that is right: it shows whose file this is. */
const evidenceLabels = 64;
/** Larger damage is the loss of a file: then initialisation makes it again. */
const maxRepairBytes = 256 * 2 ** 20;

/** The name of a range's original bytes. */
const originalName = (fileName: string, offset: number): string =>
  `${fileName}.byte-${offset}.original`;

/**
 * Finds the regions around the bad labels, and with `target` keeps the original bytes, writes the right ones, and reads
 * them back. A region that no seed is in stays as it is: check the directory again afterwards.
 * Nothing is written before all regions were computed. Memory: the damaged blocks twice, 256 MiB of them at most.
 * @throws WorkbenchError before anything is written: `repair-nothing`, `repair-place-invalid`, `repair-too-large`,
 *   `repair-no-evidence` (details.file; no label of the file is right, so the metadata or the name of the file may be
 *   wrong), `scrypt-n-invalid`, `metadata-missing` and the like, `file-not-readable`; and `repair-data-changed`,
 *   `repair-not-written`
 */
export async function repairDirectory(
  directory: PostDirectory,
  request: RepairRequest,
  { target, ...options }: JobOptions & { readonly target?: RepairTarget | undefined } = {},
  engines?: LabelEngines,
): Promise<RepairResult> {
  const { scryptN = mainnetPost.scryptN } = request;
  const metadata = requireMetadata(directory);
  checkScryptN(scryptN);
  const regions = seededRegions(directory, request.bad);
  const job = {
    commitment: commitment(metadata.nodeId, metadata.commitmentAtxId),
    scryptN,
    labelBytes: 16 as const,
  };
  const result = await withEngines(request, engines, async (using) => {
    const context: Context = { engines: using, job, options };
    for (const region of regions) await requireEvidence(region, context);
    const computed = await growRegions(regions, context);
    return { computed, ranges: regions.flatMap(rangesOf) };
  });
  if (target) await writeRanges(result.ranges, target, options.signal);
  return {
    ranges: result.ranges.map(({ right: _right, before: _before, ...range }) => range),
    computed: result.computed,
    badLabels: result.ranges.reduce((sum, { badLabels }) => sum + badLabels, 0),
    written: target !== undefined && result.ranges.length > 0,
  };
}

interface Context {
  readonly engines: LabelEngines;
  readonly job: { readonly commitment: Bytes; readonly scryptN: number; readonly labelBytes: 16 };
  readonly options: JobOptions;
}

/** A block whose labels were computed. */
interface Block {
  readonly right: Bytes;
  readonly before: Bytes;
  readonly badLabels: number;
}

/** What is examined of one file. */
interface FileRegions {
  readonly file: PostFile;
  readonly firstIndex: bigint;
  /** Complete labels that the file has and should have. */
  readonly labels: number;
  readonly seeds: ReadonlySet<number>;
  /** By their number in the file; undefined while they are only wanted. */
  readonly blocks: Map<number, Block | undefined>;
}

function seededRegions(
  directory: PostDirectory,
  bad: readonly Pick<BadLabel, 'file' | 'offset'>[],
): readonly FileRegions[] {
  const metadata = requireMetadata(directory);
  if (bad.length === 0)
    throw new WorkbenchError(
      'repair-nothing',
      'The check found no wrong label, so there is nothing to repair.',
    );
  const byFile = new Map<number, Set<number>>();
  for (const { file: number, offset } of bad) {
    const file = directory.files.find((one) => one.number === number);
    const isInFile =
      file !== undefined &&
      BigInt(number) < fileCount(metadata) &&
      Number.isSafeInteger(offset) &&
      offset >= 0 &&
      offset % labelBytes === 0 &&
      offset + labelBytes <= file.sizeBytes &&
      BigInt(offset / labelBytes) < labelsInFile(metadata, number);
    if (!isInFile)
      throw new WorkbenchError(
        'repair-place-invalid',
        `${postFileName(number)} has no label at byte ${offset} here. The report of the check is of another directory, or the directory was changed. Check it again.`,
        { file: number, offset },
      );
    const seeds = byFile.get(number) ?? new Set();
    byFile.set(number, seeds.add(Math.floor(offset / blockBytes)));
  }
  const perFile = labelsPerFile(metadata);
  return directory.files
    .filter(({ number }) => byFile.has(number))
    .map((file) => ({
      file,
      firstIndex: BigInt(file.number) * perFile,
      labels: Math.min(
        Number(labelsInFile(metadata, file.number)),
        Math.floor(file.sizeBytes / labelBytes),
      ),
      seeds: byFile.get(file.number) ?? new Set(),
      blocks: new Map(),
    }));
}

/**
 * One label that is right proves that commitment and scrypt's N belong to the data, and that the file has its own number.
 * Without one, "repair" could overwrite the good data of another identity.
 */
async function requireEvidence(region: FileRegions, { engines, job, options }: Context) {
  const { file, labels, firstIndex } = region;
  const places = Array.from(
    new Set(
      Array.from({ length: evidenceLabels }, (_, i) =>
        Math.min(labels - 1, Math.floor(((i + 0.5) * labels) / evidenceLabels)),
      ),
    ),
  );
  const queue = [...places];
  let rightLabels = 0;
  await engines.run(
    job,
    async (size): Promise<(LabelSlice & { readonly onDisk: Bytes }) | undefined> => {
      const some = queue.splice(0, Math.min(size, 8));
      if (some.length === 0) return undefined;
      const onDisk = new Uint8Array(some.length * labelBytes);
      for (const [i, place] of some.entries())
        onDisk.set(await readLabels(file, place, 1), i * labelBytes);
      const indices = BigUint64Array.from(some, (place) => firstIndex + BigInt(place));
      return { places: { indices }, onDisk };
    },
    ({ labels: computed }, { onDisk }) => {
      rightLabels += computed.length / labelBytes - countBad(computed, onDisk);
      return rightLabels > 0 ? 'stop' : undefined;
    },
    { signal: options.signal },
  );
  if (rightLabels > 0) return;
  throw new WorkbenchError(
    'repair-no-evidence',
    `None of ${places.length} labels all over ${file.name} is right. The metadata may be that of other data, or the file that of another number: then a repair would destroy good data. Compare NodeId and CommitmentAtxId with the published ATX. If they are right, move the file away and initialise it again.`,
    { file: file.number },
  );
}

const readLabels = ({ file }: PostFile, first: number, count: number): Promise<Bytes> =>
  readSlice({ file, from: first * labelBytes, to: (first + count) * labelBytes });

const countBad = (computed: Bytes, onDisk: Bytes): number => {
  let bad = 0;
  for (let at = 0; at < computed.length; at += labelBytes)
    if (!equalBytes(computed.subarray(at, at + labelBytes), onDisk.subarray(at, at + labelBytes)))
      bad++;
  return bad;
};

interface BlockSlice extends LabelSlice {
  readonly places: { readonly start: bigint; readonly count: number };
  readonly region: FileRegions;
  readonly block: number;
  /** Place of its first label in the block. */
  readonly at: number;
}

/** @returns labels computed */
async function growRegions(regions: readonly FileRegions[], context: Context): Promise<number> {
  const { options } = context;
  for (const { seeds, blocks } of regions) for (const seed of seeds) blocks.set(seed, undefined);
  let computed = 0;
  let growth = 1;
  let badBytes = 0;
  for (;;) {
    const wanted = regions.flatMap((region) =>
      [...region.blocks]
        .filter(([, block]) => block === undefined)
        .map(([block]) => ({ region, block })),
    );
    if (wanted.length === 0) return computed;
    const total = wanted.reduce((sum, { region, block }) => sum + labelsOf(region, block), 0);
    const meter = new ProgressMeter(computed + total, 'labels', { done: computed });
    await computeBlocks(wanted, context, (labels) => {
      computed += labels;
      options.onProgress?.(meter.advance(labels));
    });
    for (const { region, block } of wanted)
      if ((region.blocks.get(block)?.badLabels ?? 0) > 0) badBytes += blockBytes;
    if (badBytes > maxRepairBytes)
      throw new WorkbenchError(
        'repair-too-large',
        `More than ${maxRepairBytes / 2 ** 20} MiB are damaged. Move the damaged files away and initialise them again, or repair fewer places at a time.`,
        { badBytes },
      );
    for (const { region, block } of wanted) growFrom(region, block, growth);
    growth = Math.min(2 * growth, maxGrowth);
  }
}

const labelsOf = ({ labels }: FileRegions, block: number): number =>
  Math.min(blockLabels, labels - block * blockLabels);

/** Wants the neighbours of a bad block, where they are not known. */
function growFrom(region: FileRegions, block: number, growth: number): void {
  const { blocks, labels } = region;
  if ((blocks.get(block)?.badLabels ?? 0) === 0) return;
  for (const step of [-1, 1])
    for (let i = 1; i <= growth; i++) {
      const next = block + i * step;
      if (next < 0 || next * blockLabels >= labels || blocks.has(next)) break;
      blocks.set(next, undefined);
    }
}

async function computeBlocks(
  wanted: readonly { readonly region: FileRegions; readonly block: number }[],
  { engines, job, options }: Context,
  report: (labels: number) => void,
): Promise<void> {
  const results = new Map<FileRegions, Map<number, Bytes>>();
  const queue = [...wanted];
  let at = 0;
  await engines.run(
    job,
    (size): BlockSlice | undefined => {
      const next = queue[0];
      if (!next) return undefined;
      const { region, block } = next;
      const labels = labelsOf(region, block);
      const count = Math.min(size, labels - at);
      const first = block * blockLabels + at;
      const slice = { ...next, at, places: { start: region.firstIndex + BigInt(first), count } };
      at += count;
      if (at === labels) {
        queue.shift();
        at = 0;
      }
      return slice;
    },
    ({ labels }, { region, block, at: place }) => {
      const ofFile = results.get(region) ?? new Map<number, Bytes>();
      results.set(region, ofFile);
      const right = ofFile.get(block) ?? new Uint8Array(labelsOf(region, block) * labelBytes);
      ofFile.set(block, right);
      right.set(labels, place * labelBytes);
      report(labels.length / labelBytes);
    },
    { signal: options.signal },
  );
  for (const { region, block } of wanted) {
    const right = results.get(region)?.get(block) ?? new Uint8Array();
    const before = await readLabels(region.file, block * blockLabels, labelsOf(region, block));
    const badLabels = countBad(right, before);
    // What is right is needed no more.
    const nothing = new Uint8Array();
    region.blocks.set(
      block,
      badLabels > 0 ? { right, before, badLabels } : { right: nothing, before: nothing, badLabels },
    );
  }
}

interface ComputedRange extends RepairedRange {
  readonly right: Bytes;
  readonly before: Bytes;
}

/** Neighbouring bad blocks are one range, cut to the labels that differ. */
function rangesOf({ file, blocks }: FileRegions): ComputedRange[] {
  const bad = [...blocks]
    .flatMap(([number, block]) => (block && block.badLabels > 0 ? [{ number, block }] : []))
    .sort((a, b) => a.number - b.number);
  const groups: (typeof bad)[] = [];
  for (const one of bad) {
    const group = groups.at(-1);
    if (group?.at(-1)?.number === one.number - 1) group.push(one);
    else groups.push([one]);
  }
  return groups.map((group) => {
    const right = joined(group.map(({ block }) => block.right));
    const before = joined(group.map(({ block }) => block.before));
    const [start, end] = differingLabels(right, before);
    const offset = (group[0]?.number ?? 0) * blockBytes + start;
    return {
      file: file.number,
      fileName: file.name,
      offset,
      sizeBytes: end - start,
      badLabels: group.reduce((sum, { block }) => sum + block.badLabels, 0),
      originalName: originalName(file.name, offset),
      right: right.subarray(start, end),
      before: before.subarray(start, end),
    };
  });
}

/** Not `concatBytes`: 65,536 blocks are more arguments than every browser takes. */
const joined = (parts: readonly Bytes[]): Bytes => {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
};

/** From the first label that differs to the end of the last one, in bytes. */
function differingLabels(right: Bytes, before: Bytes): readonly [number, number] {
  const differs = (at: number): boolean => right[at] !== before[at];
  let start = 0;
  while (start < right.length && !differs(start)) start++;
  let end = right.length;
  while (end > start && !differs(end - 1)) end--;
  return [start - (start % labelBytes), Math.ceil(end / labelBytes) * labelBytes];
}

/** Keeps the originals of all ranges, then writes, then reads back. */
async function writeRanges(
  ranges: readonly ComputedRange[],
  target: RepairTarget,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const { fileName, offset, sizeBytes, before } of ranges) {
    signal?.throwIfAborted();
    if (!equalBytes(await target.read(fileName, offset, offset + sizeBytes), before))
      throw new WorkbenchError(
        'repair-data-changed',
        `${fileName} is no longer as it was when it was read, or another folder was chosen for the repair. Nothing was written. Stop what uses the data, and check it again.`,
        { name: fileName, offset },
      );
  }
  for (const { originalName: name, before } of ranges) {
    signal?.throwIfAborted();
    await target.keepOriginal(name, before);
  }
  // From here on a cancel would leave half of it.
  for (const { fileName, offset, right } of ranges) await target.write(fileName, offset, right);
  await target.flush();
  for (const { fileName, offset, sizeBytes, right, originalName: name } of ranges)
    if (!equalBytes(await target.read(fileName, offset, offset + sizeBytes), right))
      throw new WorkbenchError(
        'repair-not-written',
        `${fileName} does not have the bytes that were written at ${offset}: the disk may be failing. The original bytes are in ${name}. Copy the data to another disk.`,
        { name: fileName, offset },
      );
}
