/**
 * Initialisation: computes an identity's labels and writes them as postcli does (Go post v0.12.9,
 * initialization/initialization.go): postdata_N.bin of MaxFileSize bytes, and the metadata with the VRF
 * nonce. It goes on from whatever whole labels are there, so a closed tab costs only what was not flushed.
 */
import type { LabelBatch } from '../../kernels/labels';
import { readBytes, toHex, type BytesLike } from '../../base/bytes';
import { commitment } from '../../protocol/commitment';
import { counted } from '../../base/counted';
import { vrfDifficulty } from '../../protocol/difficulty';
import { WorkbenchError } from '../../base/error';
import { checkScryptN, smallerLabel, type SmallestLabel } from '../../protocol/labels';
import {
  fileCount,
  labelsInFile,
  labelsPerFile,
  METADATA_FILE_NAME,
  readMetadata,
  totalLabels,
  writeMetadata,
  type PostMetadata,
} from '../../protocol/metadata';
import { ProgressMeter, type JobOptions, type Progress } from '../../base/progress';
import type { BackendOptions } from '../../kernels/choose';
import {
  dealRange,
  labelAt,
  withEngines,
  type Deal,
  type LabelEngines,
  type LabelJob,
  type RangeSlice,
} from '../labels';
import type { Pause } from '../../base/pause';
import { OrderedWriter, type WriterPiece } from './ordered-writer';
import { directorySink, type PostSink, type SinkEntry } from '../directory/sink';
import { labelBytes, mainnetPost } from '../../protocol/units';

export interface Geometry {
  readonly nodeId: BytesLike;
  readonly commitmentAtxId: BytesLike;
  /** Space units. */
  readonly numUnits: number;
  /** Mainnet's 2^32 (64 GiB) unless said. */
  readonly labelsPerUnit?: bigint | number | undefined;
  /** Bytes; postcli's 4 GiB unless said. A power of two, unless `anyFileSize`. */
  readonly maxFileSize?: bigint | number | undefined;
  /** Allows a file size that is only a multiple of 16: the references do, operators hardly ever mean it. */
  readonly anyFileSize?: boolean | undefined;
  readonly scryptN?: number | undefined;
  /** First and last file of a subset, as postcli's -fromFile and -toFile. */
  readonly fromFile?: number | undefined;
  readonly toFile?: number | undefined;
}

export type InitializeRequest = Geometry &
  BackendOptions &
  ({ readonly directory: FileSystemDirectoryHandle } | { readonly sink: PostSink });

/** What is to be done, checked. */
export interface InitializePlan {
  /** As it stands in the metadata before a nonce is found. */
  readonly metadata: PostMetadata;
  readonly scryptN: number;
  readonly totalLabels: bigint;
  /** Files of the whole directory. */
  readonly totalFiles: number;
  readonly fromFile: number;
  readonly toFile: number;
  /** Labels and bytes of the files fromFile … toFile. */
  readonly labels: bigint;
  readonly bytes: bigint;
  /** What the person should know before. */
  readonly remarks: readonly string[];
}

export interface InitializeProgress extends Progress {
  /** 'nonce': the data are complete, no label qualified, the search goes on beyond them. */
  readonly phase: 'labels' | 'nonce';
  readonly fileName: string;
  /** The VRF nonce as it stands. */
  readonly nonce: bigint | undefined;
}

export interface InitializeOptions extends JobOptions<InitializeProgress> {
  readonly pause?: Pause | undefined;
  readonly onFileComplete?: ((name: string) => void) | undefined;
}

const minGoFileSize = 1024n;
const defaultLabelsPerUnit = 2n ** 32n;
const defaultMaxFileSize = 2n ** 32n;
const maxU32 = 2 ** 32 - 1;
const maxU64 = 2n ** 64n - 1n;

export const postFileName = (index: number): string => `postdata_${index}.bin`;

/**
 * Checks a request, touching nothing.
 * @throws WorkbenchError with `details.field`: `bytes-wrong-length`, `bytes-not-readable` (details.what),
 *   `num-units-invalid`, `labels-per-unit-invalid`, `max-file-size-invalid`, `scrypt-n-invalid`,
 *   `file-range-invalid`, `too-many-labels`, `vrf-difficulty-undefined`
 */
export function planInitialization(request: Geometry): InitializePlan {
  const { scryptN = mainnetPost.scryptN } = request;
  const nodeId = readBytes(request.nodeId, 32, 'nodeId');
  const commitmentAtxId = readBytes(request.commitmentAtxId, 32, 'commitmentAtxId');
  checkScryptN(scryptN);
  const { numUnits } = request;
  if (!Number.isInteger(numUnits) || numUnits < 1 || numUnits > maxU32)
    throw refusal(
      'num-units-invalid',
      'numUnits',
      numUnits,
      `numUnits (space units, SU) must be a whole number from 1 on`,
    );
  const labelsPerUnit = whole(request.labelsPerUnit ?? defaultLabelsPerUnit);
  if (labelsPerUnit === undefined || labelsPerUnit < 1n || labelsPerUnit > maxU64)
    throw refusal(
      'labels-per-unit-invalid',
      'labelsPerUnit',
      request.labelsPerUnit,
      'labelsPerUnit must be a whole number from 1 on (mainnet: 4294967296)',
    );
  const maxFileSize = checkFileSize(request);
  const metadata: PostMetadata = {
    nodeId,
    commitmentAtxId,
    labelsPerUnit,
    numUnits,
    maxFileSize,
    nonce: undefined,
    nonceValue: undefined,
    lastPosition: undefined,
  };
  const total = totalLabels(metadata);
  if (total > maxU64)
    throw refusal(
      'too-many-labels',
      'numUnits',
      numUnits,
      `numUnits × labelsPerUnit must stay below 2^64, but it is ${total}`,
    );
  // Fails where there is no difficulty, before any work.
  vrfDifficulty(total);
  const totalFiles = Number(fileCount(metadata));
  const { fromFile, toFile } = checkFileRange(request, totalFiles);
  const perFile = labelsPerFile(metadata);
  const labels = BigInt(toFile - fromFile) * perFile + labelsInFile(metadata, toFile);
  const remarks: string[] = [];
  if (maxFileSize < minGoFileSize)
    remarks.push(
      `The node refuses files below ${minGoFileSize} bytes (smeshing-opts-maxfilesize); this directory is for tools only.`,
    );
  if (scryptN !== mainnetPost.scryptN)
    remarks.push(
      `Mainnet has scrypt N = ${mainnetPost.scryptN}; data with N = ${scryptN} fail there.`,
    );
  return {
    metadata,
    scryptN,
    totalLabels: total,
    totalFiles,
    fromFile,
    toFile,
    labels,
    bytes: labels * BigInt(labelBytes),
    remarks,
  };
}

/** A whole number as a bigint, or undefined. */
const whole = (value: bigint | number): bigint | undefined =>
  typeof value === 'bigint' ? value : Number.isSafeInteger(value) ? BigInt(value) : undefined;

const refusal = (code: string, field: string, value: unknown, rule: string): WorkbenchError =>
  new WorkbenchError(code, `${rule}, but it is ${String(value)}.`, { field, value });

function checkFileSize({ maxFileSize = defaultMaxFileSize, anyFileSize }: Geometry): bigint {
  const size = whole(maxFileSize);
  const refuse = (rule: string) =>
    refusal('max-file-size-invalid', 'maxFileSize', maxFileSize, `maxFileSize must be ${rule}`);
  if (size === undefined || size < BigInt(labelBytes) || size % BigInt(labelBytes) !== 0n)
    throw refuse(`a multiple of ${labelBytes} bytes (one label) above 0`);
  if (size > maxU64) throw refuse('below 2^64 bytes');
  if (!anyFileSize && (size & (size - 1n)) !== 0n)
    throw refuse('a power of two, such as 4294967296 (4 GiB)');
  return size;
}

function checkFileRange(
  { fromFile = 0, toFile }: Geometry,
  totalFiles: number,
): { fromFile: number; toFile: number } {
  const last = totalFiles - 1;
  const check = (field: string, value: number, from: number) => {
    if (Number.isInteger(value) && value >= from && value <= last) return value;
    throw refusal(
      'file-range-invalid',
      field,
      value,
      `${field} must be a whole number from ${from} to ${last} (the directory has ${totalFiles} files)`,
    );
  };
  check('fromFile', fromFile, 0);
  return { fromFile, toFile: check('toFile', toFile ?? last, fromFile) };
}

export interface Forecast {
  readonly labels: bigint;
  readonly bytes: bigint;
  /** Whole duration at that rate. */
  readonly seconds: number;
}

/** How long a plan takes at a measured rate. */
export const forecast = (
  { labels, bytes }: Pick<InitializePlan, 'labels' | 'bytes'>,
  labelsPerS: number,
): Forecast => ({ labels, bytes, seconds: Number(labels) / labelsPerS });

/** What a folder holds of a plan already. */
interface Found {
  readonly metadata: PostMetadata | undefined;
  /** By file index: whole labels on disk. */
  readonly labels: ReadonlyMap<number, number>;
  /** Files to be cut to whole labels, or to their target, before going on. */
  readonly cuts: readonly SinkEntry[];
}

/**
 * Looks at a folder before work begins.
 * @throws WorkbenchError `folder-other-data` (details.field), `disk-full`
 */
async function inspect(sink: PostSink, plan: InitializePlan): Promise<Found> {
  const entries = await sink.entries();
  const data = entries.flatMap((entry) => {
    const number = /^postdata_(\d+)\.bin$/.exec(entry.name)?.[1];
    return number === undefined ? [] : [{ ...entry, index: Number(number) }];
  });
  // An empty one is what a full disk leaves of the very first write.
  const metadata = entries.some(
    ({ name, sizeBytes }) => name === METADATA_FILE_NAME && sizeBytes > 0,
  )
    ? readMetadata(await sink.readText(METADATA_FILE_NAME)).metadata
    : undefined;
  if (metadata) checkSameIdentity(metadata, plan.metadata);
  else if (data.some(({ sizeBytes }) => sizeBytes > 0))
    throw new WorkbenchError(
      'folder-other-data',
      `The folder has PoST data (${data[0]?.name ?? ''}) but no ${METADATA_FILE_NAME} to say whose. Choose an empty folder, or restore its metadata.`,
      { field: 'directory', files: data.map(({ name }) => name) },
    );
  const beyond = data.filter(({ index }) => index >= plan.totalFiles);
  if (beyond.length > 0)
    throw new WorkbenchError(
      'folder-other-data',
      `The folder has ${counted(beyond.length, 'data file')} more than ${plan.metadata.numUnits} SU need (${beyond[0]?.name ?? ''} …). Move them away first.`,
      { field: 'directory', files: beyond.map(({ name }) => name) },
    );
  const labels = new Map<number, number>();
  const cuts: SinkEntry[] = [];
  for (const { index, name, sizeBytes } of data) {
    if (index < plan.fromFile || index > plan.toFile) continue;
    const target = Number(labelsInFile(plan.metadata, index));
    const kept = Math.min(target, Math.floor(sizeBytes / labelBytes));
    labels.set(index, kept);
    if (kept * labelBytes !== sizeBytes) cuts.push({ name, sizeBytes: kept * labelBytes });
  }
  const free = await sink.freeBytes();
  const kept = [...labels.values()].reduce((sum, count) => sum + count, 0) * labelBytes;
  const needed = Number(plan.bytes) - kept;
  if (free !== undefined && needed > free)
    throw new WorkbenchError(
      'disk-full',
      `The data need ${needed} bytes more, but only ${free} are free there. Choose another folder, or fewer files (toFile).`,
      { field: 'directory', neededBytes: needed, freeBytes: free },
    );
  return { metadata, labels, cuts };
}

function checkSameIdentity(found: PostMetadata, wanted: PostMetadata): void {
  const fields: [string, string, string][] = [
    ['nodeId', toHex(found.nodeId), toHex(wanted.nodeId)],
    ['commitmentAtxId', toHex(found.commitmentAtxId), toHex(wanted.commitmentAtxId)],
    ['labelsPerUnit', String(found.labelsPerUnit), String(wanted.labelsPerUnit)],
    ['numUnits', String(found.numUnits), String(wanted.numUnits)],
    ['maxFileSize', String(found.maxFileSize), String(wanted.maxFileSize)],
  ];
  for (const [field, is, should] of fields)
    if (is !== should)
      throw new WorkbenchError(
        'folder-other-data',
        `The folder holds other PoST data: its ${field} is ${is}, not ${should}. Choose another folder, or the same values to go on with these data.`,
        { field, found: is, expected: should },
      );
}

/** Dealt out and not yet written: bounds memory when one engine is far ahead of another. */
const maxBytesAhead = 2 ** 24;
/** Go's batch of the search beyond the data (config.DefaultComputeBatchSize): the lowest label of one batch. */
const searchBatch = 2n ** 20n;
const flushIntervalMs = 30_000;
/** A flush copies the file: at most this part of the time goes there. */
const flushShare = 0.02;

/**
 * Initialises a directory, or goes on with one. Rejects with an AbortError when aborted, after what
 * is finished was flushed; the same call then goes on from there.
 * Memory: 16 MiB of finished labels at most, and the engines'.
 * @returns the metadata as written
 * @throws WorkbenchError as `planInitialization` and `inspect` (before anything is written), and as `PostSink`
 */
export async function initialize(
  request: InitializeRequest,
  options: InitializeOptions = {},
  engines?: LabelEngines,
): Promise<PostMetadata> {
  const plan = planInitialization(request);
  const sink = 'sink' in request ? request.sink : directorySink(request.directory);
  const unlock = await sink.lock(toHex(plan.metadata.nodeId));
  try {
    const found = await inspect(sink, plan);
    options.signal?.throwIfAborted();
    return await withEngines(request, engines, async (using) => {
      const run = await Initialization.begin(plan, sink, found, using, options);
      await run.computeFiles();
      await run.searchBeyond();
      return run.metadata;
    });
  } finally {
    unlock();
  }
}

/** A piece of one file. */
interface FileSlice extends RangeSlice, WriterPiece {}

class Initialization {
  metadata: PostMetadata;
  readonly #plan: InitializePlan;
  readonly #sink: PostSink;
  readonly #found: Found;
  readonly #engines: LabelEngines;
  readonly #options: InitializeOptions;
  readonly #job: LabelJob;
  #best: SmallestLabel | undefined;

  static async begin(
    plan: InitializePlan,
    sink: PostSink,
    found: Found,
    engines: LabelEngines,
    options: InitializeOptions,
  ): Promise<Initialization> {
    const run = new Initialization(plan, sink, found, engines, options);
    for (const { name, sizeBytes } of found.cuts) await sink.truncate(name, sizeBytes);
    await run.#adoptNonce();
    await run.#saveMetadata();
    return run;
  }

  private constructor(
    plan: InitializePlan,
    sink: PostSink,
    found: Found,
    engines: LabelEngines,
    options: InitializeOptions,
  ) {
    this.#plan = plan;
    this.#sink = sink;
    this.#found = found;
    this.#engines = engines;
    this.#options = options;
    this.metadata = found.metadata ?? plan.metadata;
    const { nodeId, commitmentAtxId } = plan.metadata;
    this.#job = {
      commitment: commitment(nodeId, commitmentAtxId),
      scryptN: plan.scryptN,
      labelBytes: 16,
      below: vrfDifficulty(plan.totalLabels),
    };
  }

  /** The metadata's nonce has only 16 bytes of its label, or none: all 32 decide against later ones. */
  async #adoptNonce(): Promise<void> {
    const { nonce } = this.metadata;
    if (nonce === undefined) return;
    const label = await labelAt(this.#job, nonce, this.#engines);
    this.#best = { index: nonce, label };
  }

  async computeFiles(): Promise<void> {
    const { signal, onProgress, onFileComplete, pause } = this.#options;
    const { fromFile, toFile, labels } = this.#plan;
    const kept = [...this.#found.labels.values()].reduce((sum, count) => sum + count, 0);
    const meter = new ProgressMeter(Number(labels), 'labels', { done: kept });
    const pieces = this.#pieces(fromFile, toFile);
    let savedNonce = this.metadata.nonce;
    // The nonce first: if its label is then lost with an unflushed file, the next run finds it again.
    const saveNonce = async () => {
      if (this.metadata.nonce === savedNonce) return;
      savedNonce = this.metadata.nonce;
      await this.#saveMetadata();
    };
    const writer = new OrderedWriter(this.#sink, saveNonce, onFileComplete);
    let lastFlushMs = performance.now();
    let flushMs = 0;
    const flush = async () => {
      const startMs = performance.now();
      await writer.flush();
      lastFlushMs = performance.now();
      flushMs = lastFlushMs - startMs;
    };
    const deal: Deal<FileSlice> = async (size, dealSignal) => {
      if (pause?.isPaused) {
        // What is still being computed is flushed with the next piece.
        await writer.drained(dealSignal);
        await flush();
        await pause.whenRunning(dealSignal);
        meter.resume();
      }
      await writer.room(maxBytesAhead, dealSignal);
      if (performance.now() - lastFlushMs > Math.max(flushIntervalMs, flushMs / flushShare))
        await flush();
      const slice = pieces(size);
      if (slice) writer.expect(slice);
      return slice;
    };
    const accept = (batch: LabelBatch, slice: FileSlice) => {
      this.#consider(batch.smallest);
      writer.accept(slice, batch.labels);
      onProgress?.({
        ...meter.advance(slice.places.count),
        phase: 'labels',
        fileName: slice.name,
        nonce: this.metadata.nonce,
      });
    };
    try {
      await this.#engines.run(this.#job, deal, accept, { signal });
    } finally {
      await flush();
    }
  }

  /** Deals out what is missing, file by file; no piece crosses a file's end. */
  #pieces(fromFile: number, toFile: number): (size: number) => FileSlice | undefined {
    const { metadata } = this.#plan;
    const perFile = labelsPerFile(metadata);
    let file = fromFile;
    let inFile = this.#found.labels.get(file) ?? 0;
    return (size) => {
      for (; file <= toFile; file++, inFile = this.#found.labels.get(file) ?? 0) {
        const left = Number(labelsInFile(metadata, file)) - inFile;
        if (left <= 0) continue;
        const count = Math.min(size, left);
        const start = BigInt(file) * perFile + BigInt(inFile);
        const offset = inFile * labelBytes;
        inFile += count;
        return {
          places: { start, count },
          name: postFileName(file),
          offset,
          sizeBytes: count * labelBytes,
          isLast: count === left,
        };
      }
      return undefined;
    };
  }

  /**
   * As Go: if the whole directory has no label below the difficulty, the search goes on past its end,
   * a batch at a time, and takes the lowest of the first batch that has one.
   */
  async searchBeyond(): Promise<void> {
    const { totalLabels: total, totalFiles, fromFile, toFile } = this.#plan;
    if (this.metadata.nonce !== undefined || toFile - fromFile + 1 < totalFiles) return;
    const { signal, onProgress, pause } = this.#options;
    const { lastPosition = 0n } = this.metadata;
    const meter = new ProgressMeter(Number(searchBatch), 'labels');
    for (let start = lastPosition < total ? total : lastPosition; ; start += searchBatch) {
      this.metadata = { ...this.metadata, lastPosition: start };
      await this.#saveMetadata();
      let best: SmallestLabel | undefined;
      const range = dealRange(start, start + searchBatch);
      await this.#engines.run(
        { ...this.#job, labelBytes: 0 },
        async (size, dealSignal) => {
          await pause?.whenRunning(dealSignal);
          return range(size, dealSignal);
        },
        ({ smallest }, { places }) => {
          best = smallerLabel(best, smallest);
          onProgress?.({
            ...meter.advance(places.count),
            phase: 'nonce',
            fileName: '',
            nonce: undefined,
          });
        },
        { signal },
      );
      if (!best) continue;
      this.metadata = { ...this.metadata, nonce: best.index };
      await this.#saveMetadata();
      return;
    }
  }

  #consider(candidate: SmallestLabel | undefined): void {
    const best = smallerLabel(this.#best, candidate);
    if (!best || best === this.#best) return;
    this.#best = best;
    this.metadata = {
      ...this.metadata,
      nonce: best.index,
      nonceValue: best.label.slice(0, labelBytes),
    };
  }

  #saveMetadata(): Promise<void> {
    return this.#sink.writeText(METADATA_FILE_NAME, writeMetadata(this.metadata));
  }
}
