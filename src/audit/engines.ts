/** Who computes labels and RandomX and judges evidence for an audit. One set serves a complete run. */
import type { Backend } from '../kernels/choose';
import type { Bytes } from '../base/bytes';
import { wholeLabelBytes } from '../protocol/labels';
import { openRandomX, type PowEngines, type RandomXOptions } from '../post/k2pow/engines';
import {
  openLabelEngines,
  type LabelEngines,
  type LabelJob,
  type LabelSlice,
} from '../post/labels';
import type { AuditWorkerApi } from './worker-api';
import { WorkerHandle, type Remote } from '../workers/rpc';
import { spawn } from '../workers/spawn';
import type { Evidence, PoetFacts } from './evidence';
import type { Inspection } from './inspect/inspect-atx';
import type { InspectedNetwork } from './inspect/inspected';

export interface AuditEngines {
  /** "2 threads, RandomX light mode". */
  readonly description: string;
  /** Labels of one identity, 16 or 32 bytes each; calls of many ATXs are computed together. */
  labels(wanted: WantedLabels): Promise<Bytes>;
  /** RandomX under the k2pow key. */
  powHash(input: Bytes): Promise<Bytes>;
  inspectAtx(evidence: Evidence, network: InspectedNetwork): Promise<Inspection>;
  inspectPoet(blob: Bytes): Promise<PoetFacts>;
  /** Work in progress is dropped, and its promises reject with an AbortError. */
  close(): void;
}

export interface AuditEngineOptions {
  readonly backend?: Backend | undefined;
  /** CPU workers of labels and of RandomX; one per core by default. */
  readonly threads?: number | undefined;
  /** Most of an audit's time is k2pow: fast is thrice as fast, takes 2.3 GiB and a minute to start. Default: light. */
  readonly randomx?: RandomXOptions['mode'];
}

export interface WantedLabels {
  readonly commitment: Bytes;
  readonly indices: BigUint64Array<ArrayBuffer>;
  readonly labelBytes: 16 | 32;
  readonly scryptN: number;
}

/** What an audit computes with. Each part is opened at its first use. */
export interface AuditEngineParts {
  readonly openLabels: () => Promise<LabelEngines>;
  readonly openPow: (signal: AbortSignal) => Promise<PowEngines>;
  /** Labels that are computed in parallel. */
  readonly threads: number;
  readonly inspector: Pick<AuditEngines, 'inspectAtx' | 'inspectPoet' | 'close'>;
}

/** Opens everything at its first use. Memory: that of the parts. */
export function auditEnginesOf({
  openLabels,
  openPow,
  threads,
  inspector,
}: AuditEngineParts): AuditEngines {
  const closing = new AbortController();
  const { signal } = closing;
  const labels = opened(openLabels, signal);
  const pow = opened(() => openPow(signal), signal);
  const queue = new LabelQueue(labels.get, signal, threads);
  return {
    get description() {
      return [labels.now()?.description, pow.now() && `RandomX ${pow.now()?.mode} mode`]
        .filter(Boolean)
        .join(', ');
    },
    labels: (wanted) => queue.labels(wanted),
    powHash: async (input) => (await pow.get()).hash(input),
    inspectAtx: (evidence, network) => inspector.inspectAtx(evidence, network),
    inspectPoet: (blob) => inspector.inspectPoet(blob),
    close: () => {
      closing.abort(new DOMException('The audit was ended.', 'AbortError'));
      inspector.close();
    },
  };
}

/**
 * The engines of a page: RandomX takes 1 to 2 s and 260 MiB.
 * Memory: that, the bound of openLabelEngines, and one worker for signatures and hashes.
 */
export function openAuditEngines({
  backend,
  threads,
  randomx,
}: AuditEngineOptions = {}): AuditEngines {
  let worker: WorkerHandle<AuditWorkerApi> | undefined;
  const inspect = <R>(use: (api: Remote<AuditWorkerApi>) => Promise<R>): Promise<R> => {
    worker ??= new WorkerHandle<AuditWorkerApi>(spawn.audit);
    return worker.call(use);
  };
  return auditEnginesOf({
    openLabels: () => openLabelEngines({ backend, threads }),
    openPow: (signal) => openRandomX({ threads, mode: randomx }, { signal }),
    threads: threads ?? navigator.hardwareConcurrency,
    inspector: {
      inspectAtx: (evidence, network) => inspect((api) => api.inspectAtx(evidence, network)),
      inspectPoet: (blob) => inspect<PoetFacts>(async (api) => api.inspectPoet(blob)),
      close: () => worker?.terminate(),
    },
  });
}

/** Something that opens when first asked for, and closes with the signal, even if it is still opening. */
function opened<Engine extends { close(): void }>(
  open: () => Promise<Engine>,
  signal: AbortSignal,
): { readonly get: () => Promise<Engine>; readonly now: () => Engine | undefined } {
  let opening: Promise<Engine> | undefined;
  let engine: Engine | undefined;
  const start = async (): Promise<Engine> => {
    const made = await open();
    if (signal.aborted) made.close();
    signal.throwIfAborted();
    engine = made;
    signal.addEventListener('abort', () => made.close(), { once: true });
    return made;
  };
  return { get: () => (opening ??= start()), now: () => engine };
}

/** One label that an audit waits for. */
interface WaitingLabel {
  readonly commitment: Bytes;
  readonly index: bigint;
  /** 32 bytes; who wants only 16 takes the first. */
  readonly resolve: (label: Bytes) => void;
  readonly reject: (error: unknown) => void;
}

interface DealtLabels extends LabelSlice {
  readonly taken: readonly WaitingLabel[];
}

/** Labels that a vector of the SIMD kernel holds. */
const vectorLabels = 4;
/**
 * How long an incomplete vector waits for company. A label takes as long as a vector, about 2.5 ms; a k2pow, whose
 * end brings the next labels, some 50 ms.
 */
const lingerMs = 10;
/** Engines with batches of this size are GPUs, or compute with an N so small that it does not matter. */
const gpuBatch = 1024;

/**
 * Collects the labels that many ATXs want, one or a few each, into batches that fill the engines. A
 * session of the engines stays open over a stream of batches and ends when nothing is wanted any more.
 */
export class LabelQueue {
  readonly #engines: () => Promise<LabelEngines>;
  readonly #signal: AbortSignal;
  readonly #threads: number;
  /** By scrypt N: nothing else must be equal in a batch. */
  readonly #waiting = new Map<number, WaitingLabel[]>();
  readonly #running = new Set<number>();

  /** @param threads among which few labels are spread, so that one ATX is as quick as can be */
  constructor(engines: () => Promise<LabelEngines>, signal: AbortSignal, threads: number) {
    this.#engines = engines;
    this.#signal = signal;
    this.#threads = threads;
  }

  async labels({ commitment, indices, labelBytes, scryptN }: WantedLabels): Promise<Bytes> {
    this.#signal.throwIfAborted();
    const waiting = this.#waiting.get(scryptN) ?? [];
    this.#waiting.set(scryptN, waiting);
    const all = Promise.all(
      Array.from(
        indices,
        (index) =>
          new Promise<Bytes>((resolve, reject) => {
            waiting.push({ commitment, index, resolve, reject });
          }),
      ),
    );
    if (!this.#running.has(scryptN)) void this.#run(scryptN, waiting);
    const labels = new Uint8Array(indices.length * labelBytes);
    for (const [i, label] of (await all).entries())
      labels.set(label.subarray(0, labelBytes), i * labelBytes);
    return labels;
  }

  async #run(scryptN: number, waiting: WaitingLabel[]): Promise<void> {
    this.#running.add(scryptN);
    const job: LabelJob = { commitment: new Uint8Array(32), scryptN, labelBytes: 32 };
    const underWay = new Set<WaitingLabel>();
    try {
      const engines = await this.#engines();
      while (waiting.length > 0) {
        await engines.run<DealtLabels>(
          job,
          async (size) => {
            if (waiting.length < vectorLabels)
              await new Promise((resolve) => setTimeout(resolve, lingerMs));
            // A GPU is one thread: it takes all.
            const share = size < gpuBatch ? Math.ceil(waiting.length / this.#threads) : size;
            const taken = waiting.splice(0, wholeVectors(share, waiting.length, size));
            if (taken.length === 0) return undefined;
            for (const label of taken) underWay.add(label);
            return { taken, places: placesOf(taken) };
          },
          ({ labels }, { taken }) => {
            for (const [i, label] of taken.entries()) {
              underWay.delete(label);
              label.resolve(labels.slice(i * wholeLabelBytes, (i + 1) * wholeLabelBytes));
            }
          },
          { signal: this.#signal },
        );
      }
    } catch (error) {
      for (const { reject } of [...underWay, ...waiting.splice(0)]) reject(error);
    } finally {
      this.#running.delete(scryptN);
    }
  }
}

/** A share of what waits, rounded up to complete vectors. */
const wholeVectors = (share: number, waiting: number, most: number): number =>
  Math.min(waiting, most, Math.ceil(share / vectorLabels) * vectorLabels);

function placesOf(labels: readonly WaitingLabel[]): DealtLabels['places'] {
  const commitments = new Uint8Array(labels.length * 32);
  for (const [i, { commitment }] of labels.entries()) commitments.set(commitment, i * 32);
  return { commitments, indices: BigUint64Array.from(labels, ({ index }) => index) };
}
