/**
 * Initialisation: computes an identity's labels and writes them as postcli does (Go post v0.12.9,
 * initialization/initialization.go): postdata_N.bin of MaxFileSize bytes, and the metadata with the VRF
 * nonce. It continues after the complete labels that exist, so a closed tab costs only what was not flushed.
 */
import type { LabelBatch } from '../../kernels/labels';
import { toHex } from '../../base/bytes';
import { commitment } from '../../protocol/commitment';
import { vrfDifficulty } from '../../protocol/difficulty';
import { smallerLabel, type SmallestLabel } from '../../protocol/labels';
import {
  labelsInFile,
  labelsPerFile,
  metadataFileName,
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
import { directorySink, type PostSink } from '../directory/sink';
import { labelBytes } from '../../protocol/units';
import { type Geometry, type InitializePlan, postFileName, planInitialization } from './plan';
import { type StartedData, inspect } from './found';

export type InitializeRequest = Geometry &
  BackendOptions &
  ({ readonly directory: FileSystemDirectoryHandle } | { readonly sink: PostSink });

export interface InitializeProgress extends Progress {
  /** 'nonce': the data are complete, no label qualified, the search goes on beyond them. */
  readonly phase: 'labels' | 'nonce';
  readonly fileName: string;
  /** The VRF nonce as it is. */
  readonly nonce: bigint | undefined;
}

export interface InitializeOptions extends JobOptions<InitializeProgress> {
  readonly pause?: Pause | undefined;
  readonly onFileComplete?: ((name: string) => void) | undefined;
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
  readonly #found: StartedData;
  readonly #engines: LabelEngines;
  readonly #options: InitializeOptions;
  readonly #job: LabelJob;
  #best: SmallestLabel | undefined;

  static async begin(
    plan: InitializePlan,
    sink: PostSink,
    found: StartedData,
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
    found: StartedData,
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
   * As Go: if the entire directory has no label below the difficulty, the search goes on past its end,
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
    return this.#sink.writeText(metadataFileName, writeMetadata(this.metadata));
  }
}
