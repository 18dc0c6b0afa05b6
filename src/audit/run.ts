/** The audit of many ATXs: a smesher's, an epoch's, or a sample of either. */
import { readBytes, type Bytes, type BytesLike } from '../base/bytes';
import { missingFrom } from '../state/schema';
import type { Queryable } from '../state/queries/ask';
import type { SqlParams } from '../state/types';
import { ProgressMeter, type JobOptions } from '../base/progress';
import { AtxAuditor, type AtxAuditSettings } from './atx';
import { badShareBoundOf, confidenceStatement } from './confidence';
import { openAuditEngines, type AuditEngineOptions, type AuditEngines } from './engines';
import { drawPlaces } from './sample';
import { checkTitles } from './presentation';
import type { AtxReport, CheckName, Outcome } from './types';
import { askAll } from '../state/queries/ask';

/** Which ATXs: these, all that a smesher published or has a PoST in, all of an epoch, or all there are. */
export type Chosen =
  | { readonly atxs: readonly BytesLike[] }
  | { readonly smesher: BytesLike }
  | { readonly publishEpoch: number }
  | 'all';

export interface AuditRequest extends AtxAuditSettings, AuditEngineOptions {
  readonly of: Chosen;
  /** Draws this many of them, each set as likely as any other; all by default. */
  readonly sample?: { readonly size: number; readonly seed: string } | undefined;
}

export interface RunTally {
  /** ATXs there were to draw from. */
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
  /** Every ATX's report as it comes, in no fixed order, with the tally so far. */
  readonly onReport?: ((report: AtxReport, tally: RunTally) => void) | undefined;
}

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
  { of, sample, backend, threads, randomx, ...settings }: AuditRequest,
  { signal, onProgress, onReport }: AuditJobOptions = {},
  engines?: AuditEngines,
): Promise<RunTally> {
  signal?.throwIfAborted();
  const beganMs = performance.now();
  const list = listOf(database, of);
  const population = await list.count(signal);
  const places = sample && drawPlaces(population, sample.size, sample.seed);
  const count = new Counter(population, places?.length ?? population, beganMs);
  const meter = new ProgressMeter(count.chosen, 'ATXs');
  onProgress?.(meter.progress);

  // The first failure of any ATX stops the rest too.
  const ending = new AbortController();
  const either = signal ? AbortSignal.any([signal, ending.signal]) : ending.signal;
  const using = engines ?? openAuditEngines({ backend, threads, randomx });
  const auditor = new AtxAuditor(database, settings, using);
  const ids = idsAt(list, places, either);
  const lane = async (): Promise<void> => {
    for (let next = await ids.next(); !next.done; next = await ids.next()) {
      const report = await auditor.audit(next.value, { signal: either });
      count.add(report);
      onReport?.(report, count.tally);
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

  add({ outcome, checks, notChecked, skipped }: AtxReport): void {
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
  return smesherList(database, readBytes(of.smesher, 32, 'The smesher id'));
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

const idsOf = async (
  database: Queryable,
  sql: string,
  params: SqlParams,
  signal: AbortSignal | undefined,
): Promise<Bytes[]> => {
  const { rows } = await askAll(database, sql, params, { signal });
  return rows.flatMap(([id]) => (id instanceof Uint8Array ? [new Uint8Array(id)] : []));
};

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

/** All that a smesher published or has a PoST in: at most a few an epoch. */
function smesherList(database: Queryable, smesher: Bytes): AtxList {
  const { tables } = database.info;
  const merged =
    missingFrom(tables, ['posts']).length === 0
      ? ' UNION SELECT atxid FROM posts WHERE pubkey = :smesher'
      : '';
  let found: Promise<Bytes[]> | undefined;
  const ids = (signal: AbortSignal | undefined): Promise<Bytes[]> =>
    (found ??= idsOf(
      database,
      `SELECT a.id FROM atxs a JOIN (SELECT id FROM atxs WHERE pubkey = :smesher${merged}) own ON own.id = a.id
       ORDER BY a.epoch, a.id`,
      { smesher },
      signal,
    ));
  return {
    count: async (signal) => (await ids(signal)).length,
    async *pages(signal) {
      yield await ids(signal);
    },
  };
}

/** The ids at these places of the list, or all. */
async function* idsAt(
  list: AtxList,
  places: readonly number[] | undefined,
  signal: AbortSignal,
): AsyncGenerator<Bytes, void, undefined> {
  let first = 0;
  let next = 0;
  for await (const page of list.pages(signal)) {
    if (!places) yield* page;
    for (; places && next < places.length; next++) {
      const id = page[(places[next] ?? 0) - first];
      if (!id) break;
      yield id;
    }
    first += page.length;
    if (places && next >= places.length) return;
  }
}
