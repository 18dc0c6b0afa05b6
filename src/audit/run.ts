/** The audit of many ATXs: a smesher's, an epoch's, or a sample of either. */
import { compareBytes, readBytes, toHex, type Bytes, type BytesLike } from '../base/bytes';
import { missingFrom } from '../state/schema';
import type { Queryable } from '../state/queries/ask';
import { ProgressMeter, type JobOptions } from '../base/progress';
import { AtxAuditor, type AtxAuditSettings } from './atx';
import { badShareBoundOf, confidenceStatement } from './confidence';
import { openAuditEngines, type AuditEngineOptions, type AuditEngines } from './engines';
import { drawPlaces } from './sample';
import { checkTitles } from './presentation';
import type { AtxReport, CheckName, Outcome } from './types';
import { askAll } from '../state/queries/ask';

/** Which ATXs: these, all that smeshers published or have a PoST in, all of an epoch, or all there are. */
export type Chosen =
  | { readonly atxs: readonly BytesLike[] }
  | { readonly smesher: BytesLike | readonly BytesLike[] }
  | { readonly publishEpoch: number }
  | 'all';

export interface AuditRequest extends AtxAuditSettings, AuditEngineOptions {
  readonly of: Chosen;
  /** Draws this many of them, each set as likely as any other; all by default. */
  readonly sample?: { readonly size: number; readonly seed: string } | undefined;
  /** Only this part of the chosen ATXs, of which the tally is then. The parts of one choice have each ATX once. */
  readonly shard?: Shard | undefined;
}

/** Part `number` (from 1 on) of `total`, of about the same size. */
export interface Shard {
  readonly number: number;
  readonly total: number;
}

/** Places first … end − 1 of a list, those of a shard. */
export const shardSpan = (
  size: number,
  { number, total }: Shard,
): { readonly first: number; readonly end: number } => ({
  first: Math.floor((size * (number - 1)) / total),
  end: Math.floor((size * number) / total),
});

/** A report as the tally counts it. */
export type CountedReport = Pick<AtxReport, 'outcome' | 'notChecked' | 'skipped'> & {
  readonly checks: readonly Pick<AtxReport['checks'][number], 'check' | 'outcome'>[];
};

export interface RunTally {
  /** ATXs there were to draw from; of a shard its own. */
  readonly population: number;
  /** Drawn, so to be audited. */
  readonly chosen: number;
  /** 'pass' if every audited ATX passes, in the checks that are not in `notChecked`. */
  readonly outcome: Outcome;
  readonly passed: number;
  /** Of these, the number in which some check was not made. */
  readonly incomplete: number;
  readonly failed: number;
  readonly inconclusive: number;
  /** ATXs by the checks that failed in them. */
  readonly failedBy: ReadonlyMap<CheckName, number>;
  /** ATXs by the checks that were not made in them, or not on all their subjects. */
  readonly notCheckedBy: ReadonlyMap<CheckName, number>;
  /** Checks that were not made in some ATX. */
  readonly notChecked: readonly CheckName[];
  /** Of these, the ones that the request left out. */
  readonly skipped: readonly CheckName[];
  /** With 99 % confidence, the share of ATXs in the population that fail or are inconclusive is at most this (0 to 1). */
  readonly badShareBound: number;
  /** The same as a sentence. */
  readonly statement: string;
  readonly elapsedMs: number;
}

export interface AuditJobOptions extends JobOptions {
  /** Every ATX's report as it comes, in no fixed order, with the tally so far, and its place among the chosen. */
  readonly onReport?: ((report: AtxReport, tally: RunTally, place: number) => void) | undefined;
  /** Reports that an earlier run of the same request made of its first ATXs, in their order: counted, not made again. */
  readonly earlier?: Iterable<CountedReport> | undefined;
}

/** The number of ATXs that are chosen, in all shards together. @throws WorkbenchError as `audit` */
export async function countChosen(
  database: Queryable,
  { of, sample }: Pick<AuditRequest, 'of' | 'sample'>,
  { signal }: Pick<JobOptions, 'signal'> = {},
): Promise<number> {
  const size = await listOf(database, of).count(signal);
  return sample ? drawPlaces(size, sample.size, sample.seed).length : size;
}

/** Those of a call from outside. */
export type AuditCallOptions = Omit<AuditJobOptions, 'earlier'>;

/** An ATX waits for the database, for a k2pow, for its labels: this number keeps all three busy. */
const atxsPerThread = 8;

/**
 * Audits what was chosen. Progress counts ATXs. Memory: the ATXs in flight (a few a thread), and the places of a
 * sample; never all ATXs.
 * @param engines used and left open; else opened for the run
 * @throws WorkbenchError of the database or the engines; AbortError within 200 ms of the signal
 */
export async function audit(
  database: Queryable,
  { of, sample, shard, backend, threads, randomx, ...settings }: AuditRequest,
  { signal, onProgress, onReport, earlier = [] }: AuditJobOptions = {},
  engines?: AuditEngines,
): Promise<RunTally> {
  signal?.throwIfAborted();
  const beganMs = performance.now();
  const list = listOf(database, of);
  const size = await list.count(signal);
  const places = sample && drawPlaces(size, sample.size, sample.seed);
  const chosen = places?.length ?? size;
  const { first, end } = shard ? shardSpan(chosen, shard) : { first: 0, end: chosen };
  const count = new Counter(shard ? end - first : size, end - first, beganMs);
  for (const report of earlier) count.add(report);
  const meter = new ProgressMeter(count.chosen, 'ATXs', { done: count.audited });
  onProgress?.(meter.progress);

  // The first failure of any ATX stops the rest too.
  const ending = new AbortController();
  const either = signal ? AbortSignal.any([signal, ending.signal]) : ending.signal;
  const using = engines ?? openAuditEngines({ backend, threads, randomx });
  const auditor = new AtxAuditor(database, settings, using);
  const ids = idsAt(list, { places, first: first + count.audited, end }, either);
  const lane = async (): Promise<void> => {
    for (let next = await ids.next(); !next.done; next = await ids.next()) {
      const { id, place } = next.value;
      const report = await auditor.audit(id, { signal: either });
      count.add(report);
      onReport?.(report, count.tally, place);
      onProgress?.(meter.advance(1));
    }
  };
  const lanes = atxsPerThread * (threads ?? globalThis.navigator.hardwareConcurrency);
  try {
    await Promise.all(Array.from({ length: Math.min(lanes, count.chosen) }, lane));
  } catch (error) {
    ending.abort(error);
    throw error;
  } finally {
    if (!engines) using.close();
  }
  return count.tally;
}

/** The tally of reports that were made before. */
export function tallyOf(reports: Iterable<CountedReport>, population: number): RunTally {
  const count = new Counter(population, population, performance.now());
  for (const report of reports) count.add(report);
  return count.tally;
}

/** Adds up reports. */
class Counter {
  readonly chosen: number;
  readonly #population: number;
  readonly #beganMs: number;
  readonly #outcomes: Record<Outcome, number> = { pass: 0, fail: 0, inconclusive: 0 };
  #incomplete = 0;
  readonly #failedBy = new Map<CheckName, number>();
  readonly #notCheckedBy = new Map<CheckName, number>();
  readonly #skipped = new Set<CheckName>();
  readonly #impossible = new Set<CheckName>();

  constructor(population: number, chosen: number, beganMs: number) {
    this.#population = population;
    this.chosen = chosen;
    this.#beganMs = beganMs;
  }

  get audited(): number {
    const { pass, fail, inconclusive } = this.#outcomes;
    return pass + fail + inconclusive;
  }

  add({ outcome, checks, notChecked, skipped }: CountedReport): void {
    this.#outcomes[outcome]++;
    if (outcome === 'pass' && notChecked.length > 0) this.#incomplete++;
    const failing = checks.filter((check) => check.outcome === 'fail');
    for (const name of new Set(failing.map(({ check }) => check)))
      this.#failedBy.set(name, (this.#failedBy.get(name) ?? 0) + 1);
    for (const name of notChecked) {
      this.#notCheckedBy.set(name, (this.#notCheckedBy.get(name) ?? 0) + 1);
      (skipped.includes(name) ? this.#skipped : this.#impossible).add(name);
    }
  }

  get tally(): RunTally {
    const { pass, fail, inconclusive } = this.#outcomes;
    const sample = {
      population: this.#population,
      passed: pass,
      failed: fail,
      inconclusive,
    };
    const notCheckedBy = new Map([...this.#notCheckedBy].sort(([, a], [, b]) => b - a));
    return {
      ...sample,
      chosen: this.chosen,
      outcome: fail > 0 ? 'fail' : inconclusive > 0 || pass === 0 ? 'inconclusive' : 'pass',
      incomplete: this.#incomplete,
      failedBy: new Map(this.#failedBy),
      notCheckedBy,
      notChecked: [...notCheckedBy.keys()],
      skipped: [...this.#skipped].filter((name) => !this.#impossible.has(name)),
      badShareBound: badShareBoundOf(sample),
      statement: [confidenceStatement(sample), ...gapStatements(notCheckedBy)].join(' '),
      elapsedMs: performance.now() - this.#beganMs,
    };
  }
}

/** What the statement does not cover, in sentences. */
function gapStatements(notCheckedBy: ReadonlyMap<CheckName, number>): string[] {
  const atxs = [...notCheckedBy].map(
    ([name, count]) => `${checkTitles[name]} (${count.toLocaleString('en')})`,
  );
  return atxs.length > 0 ? [`Not checked, with the number of ATXs: ${atxs.join(', ')}.`] : [];
}

/** ATX ids in a fixed order, counted and read in pages. */
interface AtxList {
  count(signal: AbortSignal | undefined): Promise<number>;
  /** The ids after those read before; empty at the end. */
  pages(signal: AbortSignal | undefined): AsyncGenerator<readonly Bytes[]>;
}

function listOf(database: Queryable, of: Chosen): AtxList {
  if (of === 'all') return epochList(database, undefined);
  if ('atxs' in of) return givenList(of.atxs.map((id) => readBytes(id, 32, 'The ATX id')));
  if ('publishEpoch' in of) return epochList(database, of.publishEpoch);
  const smeshers: readonly BytesLike[] =
    typeof of.smesher === 'string' || of.smesher instanceof Uint8Array ? [of.smesher] : of.smesher;
  return smesherList(
    database,
    smeshers.map((id) => readBytes(id, 32, 'The smesher id')),
  );
}

const givenList = (ids: readonly Bytes[]): AtxList => ({
  count: () => Promise.resolve(ids.length),
  // eslint-disable-next-line @typescript-eslint/require-await -- what is given need not be read
  async *pages() {
    yield ids;
  },
});

/** 32 bytes each: 128 KiB at a time. */
const idsAtOnce = 4096;

/** Along the index by (epoch, id), of one epoch or of all. */
function epochList(database: Queryable, epoch: number | undefined): AtxList {
  const within = epoch === undefined ? 'TRUE' : 'epoch = :epoch';
  const params = epoch === undefined ? {} : { epoch };
  return {
    count: async (signal) => {
      const { rows } = await askAll(database, `SELECT count(*) FROM atxs WHERE ${within}`, params, {
        signal,
      });
      return Number(rows[0]?.[0] ?? 0);
    },
    async *pages(signal) {
      let after = { afterEpoch: -1, afterId: new Uint8Array() };
      for (;;) {
        const { rows } = await askAll(
          database,
          `SELECT epoch, id FROM atxs WHERE ${within} AND (epoch, id) > (:afterEpoch, :afterId)
           ORDER BY epoch, id LIMIT ${idsAtOnce}`,
          { ...params, ...after },
          { signal },
        );
        const ids = rows.map(([, id]) => new Uint8Array(id instanceof Uint8Array ? id : []));
        const last = ids.at(-1);
        if (!last) return;
        yield ids;
        after = { afterEpoch: Number(rows.at(-1)?.[0]), afterId: last };
      }
    },
  };
}

/** All that smeshers published or have a PoST in: at most a few per epoch and smesher. */
function smesherList(database: Queryable, smeshers: readonly Bytes[]): AtxList {
  const { tables } = database.info;
  const merged =
    missingFrom(tables, ['posts']).length === 0
      ? ' UNION SELECT atxid FROM posts WHERE pubkey = :smesher'
      : '';
  const sql = `SELECT a.id, a.epoch FROM atxs a
    JOIN (SELECT id FROM atxs WHERE pubkey = :smesher${merged}) own ON own.id = a.id`;
  const read = async (signal: AbortSignal | undefined): Promise<readonly Bytes[]> => {
    // An ATX of a merged identity has PoSTs of several smeshers.
    const atxs = new Map<string, { readonly id: Bytes; readonly epoch: number }>();
    for (const smesher of smeshers) {
      const { rows } = await askAll(database, sql, { smesher }, { signal });
      for (const [id, epoch] of rows)
        if (id instanceof Uint8Array)
          atxs.set(toHex(id), { id: new Uint8Array(id), epoch: Number(epoch) });
    }
    return [...atxs.values()]
      .sort((a, b) => a.epoch - b.epoch || compareBytes(a.id, b.id))
      .map(({ id }) => id);
  };
  let found: Promise<readonly Bytes[]> | undefined;
  const ids = (signal: AbortSignal | undefined): Promise<readonly Bytes[]> =>
    (found ??= read(signal));
  return {
    count: async (signal) => (await ids(signal)).length,
    async *pages(signal) {
      yield await ids(signal);
    },
  };
}

/** The ids at the places first … end − 1 of the drawn, or of all. */
async function* idsAt(
  list: AtxList,
  {
    places,
    first,
    end,
  }: {
    readonly places: readonly number[] | undefined;
    readonly first: number;
    readonly end: number;
  },
  signal: AbortSignal,
): AsyncGenerator<{ readonly id: Bytes; readonly place: number }, void, undefined> {
  let pageStart = 0;
  let place = first;
  for await (const page of list.pages(signal)) {
    for (; place < end; place++) {
      const id = page[(places ? (places[place] ?? 0) : place) - pageStart];
      if (!id) break;
      yield { id, place };
    }
    pageStart += page.length;
    if (place >= end) return;
  }
}
