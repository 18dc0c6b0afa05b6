/**
 * A log of any size, read in place. One pass makes an index of blocks (where, when, which levels and services) and
 * the summary; a search then reads again only the blocks that can hold what is asked for.
 * Memory: two blocks of text, about 200 bytes a block of index (2 MB for 10 GB), and the bounds named below.
 * The first pass reads a stream into one buffer again and again: three times as fast as slices.
 */
import { WorkbenchError } from '../../base/error';
import { closeByteStream, openByteStream } from '../../base/byte-stream';
import { ProgressMeter, type JobOptions } from '../../base/progress';
import { LifeReader, type LogLife } from './life';
import {
  logLevels,
  readFields,
  readHead,
  smesherOf,
  type LogFields,
  type LogHead,
  type LogLevel,
} from './lines';

const blockBytes = 1 << 20;
/** What is kept of one line; the rest of a longer one is skipped. */
const longestLine = 1 << 16;
const mostServices = 200;
const mostSmeshers = 1000;
const mostContinuationLines = 100;
const histogramBuckets = 240;

interface Block {
  readonly start: number;
  readonly end: number;
  readonly firstLine: number;
  /** The block begins inside a line that is longer than a block. */
  readonly inside: boolean;
  readonly minMs: number;
  readonly maxMs: number;
  /** Bit i: logLevels[i] occurs. */
  readonly levels: number;
  /** Indices into the table of services; -1 for one beyond its bound. */
  readonly services: ReadonlySet<number>;
}

export interface CountOf {
  readonly name: string;
  readonly count: number;
}

/** Entries over time: bucket i begins at startMs + i × bucketMs. */
export interface LogHistogram {
  readonly startMs: number;
  readonly bucketMs: number;
  readonly errors: readonly number[];
  readonly warnings: readonly number[];
  readonly others: readonly number[];
}

export interface LogSummary {
  readonly sizeBytes: number;
  readonly lines: number;
  readonly entries: number;
  /** Lines outside any entry, before the first; all of them where this is no log. */
  readonly strayLines: number;
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
  readonly levels: readonly CountOf[];
  readonly services: readonly CountOf[];
  /** Six digits each. */
  readonly smeshers: readonly CountOf[];
  readonly histogram: LogHistogram;
  readonly life: LogLife;
  readonly warnings: readonly string[];
}

export interface LogFilter {
  readonly levels?: readonly LogLevel[] | undefined;
  /** A name covers what is below it: "node" covers "node.atxBuilder". */
  readonly services?: readonly string[] | undefined;
  /** Hex; the log gives the first six digits, so no more are compared. */
  readonly smesher?: string | undefined;
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  /** Anywhere in the line, whatever the case. */
  readonly text?: string | undefined;
}

export interface LogEntry {
  /** From 1. */
  readonly line: number;
  readonly timeMs: number;
  readonly level: LogLevel;
  readonly service: string;
  readonly message: string;
  readonly smesher: string | undefined;
  readonly fields: LogFields;
  /** Stack traces and other lines that follow, at most 100. */
  readonly more: readonly string[];
}

/** Where a search goes on: a block, and how many of its matches were given out. */
export interface LogCursor {
  readonly block: number;
  readonly skip: number;
}

export interface FindOptions extends JobOptions {
  readonly limit?: number;
  readonly newestFirst?: boolean;
  readonly after?: LogCursor | undefined;
}

export interface LogMatches {
  readonly entries: readonly LogEntry[];
  /** Absent at the end. */
  readonly next: LogCursor | undefined;
}

// "Nov 21 08:45:29 host go-spacemesh[242]: " of journalctl and syslog, "2026-…Z " of docker logs --timestamps,
// and colours.
const wrapping =
  /^(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S{1,80} [^\s:]{1,80}: |\d{4}-\d\d-\d\dT[\d:.]+Z (?=[{[\d]))/;
const colours = /\u001b\[[\d;]*m/g;

function unwrap(raw: string): string {
  const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
  const plain = line.includes('\u001b') ? line.replace(colours, '') : line;
  const first = plain.charCodeAt(0);
  if (first === 0x7b || first === 0x5b) return plain;
  const match = wrapping.exec(plain);
  return match ? plain.slice(match[0].length) : plain;
}

/** Calls `visit` for every line of a block; a block of one endless line has none but its head. */
function eachLine(
  text: string,
  inside: boolean,
  visit: (line: string, index: number) => void,
): number {
  let at = inside ? text.indexOf('\n') + 1 : 0;
  if (inside && at === 0) return 0;
  let index = 0;
  while (at < text.length) {
    const newline = text.indexOf('\n', at);
    const end = newline < 0 ? text.length : newline;
    visit(unwrap(text.slice(at, Math.min(end, at + longestLine))), index++);
    at = end + 1;
  }
  return index;
}

/**
 * The blob's bytes in blocks that end with a line, as long as lines are shorter than a block. All blocks lie in one
 * buffer: a block is gone when the next is asked for.
 */
async function* blocksOf(blob: Blob): AsyncGenerator<Uint8Array> {
  const reader = openByteStream(blob);
  let buffer = new Uint8Array(blockBytes);
  let filled = 0;
  let start = 0;
  /** Reads on behind what is there; false at the end. */
  const read = async (): Promise<boolean> => {
    if (!reader) {
      const rest = await blob.slice(start + filled, start + blockBytes).arrayBuffer();
      buffer.set(new Uint8Array(rest), filled);
      filled += rest.byteLength;
      return rest.byteLength > 0;
    }
    // The buffer is lent to the browser and comes back as another, with the same contents.
    const { value } = await reader.read(buffer.subarray(filled));
    if (!value) return false;
    buffer = new Uint8Array(value.buffer);
    filled += value.byteLength;
    return value.byteLength > 0;
  };
  try {
    for (let goesOn = true; goesOn;) {
      goesOn = await read();
      if (goesOn && filled < buffer.length) continue;
      const used = goesOn ? lastLineEnd(buffer) : filled;
      if (used > 0) yield buffer.subarray(0, used);
      buffer.copyWithin(0, used, filled);
      start += used;
      filled -= used;
    }
  } finally {
    if (reader) await closeByteStream(reader);
  }
}

/** Cuts a chunk after its last newline; a chunk without one is a piece of a longer line and stays whole. */
function lastLineEnd(bytes: Uint8Array): number {
  const newline = bytes.lastIndexOf(0x0a);
  return newline < 0 ? bytes.length : newline + 1;
}

/** Counts by name, in a table of bounded size. */
class Tally {
  readonly #most: number;
  readonly #index = new Map<string, number>();
  readonly #counts: number[] = [];
  #beyond = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** @returns the name's index, or -1 beyond the bound. */
  add(name: string): number {
    let i = this.#index.get(name);
    if (i === undefined) {
      if (this.#index.size >= this.#most) {
        this.#beyond++;
        return -1;
      }
      i = this.#index.size;
      this.#index.set(name, i);
    }
    this.#counts[i] = (this.#counts[i] ?? 0) + 1;
    return i;
  }

  indexOf(name: string): number | undefined {
    return this.#index.get(name);
  }

  get names(): string[] {
    return [...this.#index.keys()];
  }

  get sorted(): CountOf[] {
    const counts = [...this.#index]
      .map(([name, i]) => ({ name, count: this.#counts[i] ?? 0 }))
      .sort((a, b) => b.count - a.count);
    return this.#beyond > 0 ? [...counts, { name: '…', count: this.#beyond }] : counts;
  }
}

/** A histogram over a span nobody knows yet: when time runs past the last bucket, buckets double their width. */
class TimeTally {
  #startMs = Number.NaN;
  #bucketMs = 1000;
  readonly #kinds = [0, 1, 2].map(() => new Array<number>(histogramBuckets).fill(0));

  add(timeMs: number, level: number): void {
    if (Number.isNaN(this.#startMs)) this.#startMs = timeMs;
    // A clock that was set back: count it where the log began.
    const offset = Math.max(0, timeMs - this.#startMs);
    while (offset >= this.#bucketMs * histogramBuckets) this.#widen();
    const kind = this.#kinds[level >= 3 ? 0 : level === 2 ? 1 : 2];
    const bucket = Math.floor(offset / this.#bucketMs);
    if (kind) kind[bucket] = (kind[bucket] ?? 0) + 1;
  }

  get histogram(): LogHistogram {
    const [errors = [], warnings = [], others = []] = this.#kinds;
    const startMs = Number.isNaN(this.#startMs) ? 0 : this.#startMs;
    return { startMs, bucketMs: this.#bucketMs, errors, warnings, others };
  }

  #widen(): void {
    this.#bucketMs *= 2;
    for (const kind of this.#kinds) {
      for (let i = 0; i < histogramBuckets; i++)
        kind[i] = (kind[2 * i] ?? 0) + (kind[2 * i + 1] ?? 0);
    }
  }
}

interface Candidate {
  readonly line: number;
  readonly raw: string;
  readonly head: LogHead;
  readonly more: string[];
  matched: boolean;
}

export class LogFile {
  readonly summary: LogSummary;
  readonly #blob: Blob;
  readonly #blocks: readonly Block[];
  readonly #services: Tally;
  readonly #decoder = new TextDecoder();

  private constructor(blob: Blob, blocks: readonly Block[], services: Tally, summary: LogSummary) {
    this.#blob = blob;
    this.#blocks = blocks;
    this.#services = services;
    this.summary = summary;
  }

  /**
   * Reads the whole log once. A gzip file (a rotated log) is unpacked first, into memory, up to 512 MiB.
   * @throws WorkbenchError `log-archive-…`, `log-changed`; AbortError
   */
  static open(source: Blob, options: JobOptions = {}): Promise<LogFile> {
    return readable(LogFile.#read(source, options));
  }

  static async #read(source: Blob, options: JobOptions): Promise<LogFile> {
    const blob = (await isGzip(source)) ? await unpack(source, options.signal) : source;
    const meter = new ProgressMeter(blob.size, 'bytes');
    const decoder = new TextDecoder();
    const blocks: Block[] = [];
    const services = new Tally(mostServices);
    const smeshers = new Tally(mostSmeshers);
    const levels = logLevels.map(() => 0);
    const time = new TimeTally();
    const life = new LifeReader();
    let lines = 0;
    let entries = 0;
    let strayLines = 0;
    let longLines = 0;
    let wasInside = false;
    let firstMs = Number.POSITIVE_INFINITY;
    let lastMs = Number.NEGATIVE_INFINITY;
    let start = 0;
    for await (const bytes of blocksOf(blob)) {
      options.signal?.throwIfAborted();
      const end = start + bytes.length;
      const endsInside = end < blob.size && bytes.at(-1) !== 0x0a;
      const seen = new Set<number>();
      let minMs = Number.POSITIVE_INFINITY;
      let maxMs = Number.NEGATIVE_INFINITY;
      let levelBits = 0;
      // The middle of an endless line, or of a hole in the file, is skipped unread.
      const text = wasInside && endsInside ? '' : decoder.decode(bytes);
      const count = eachLine(text, wasInside, (line) => {
        const head = readHead(line);
        if (!head) {
          if (entries === 0) strayLines++;
          return;
        }
        entries++;
        const level = logLevels.indexOf(head.level);
        levels[level] = (levels[level] ?? 0) + 1;
        levelBits |= 1 << level;
        minMs = Math.min(minMs, head.timeMs);
        maxMs = Math.max(maxMs, head.timeMs);
        seen.add(services.add(head.service));
        const smesher = smesherOf(line, head);
        if (smesher !== undefined) smeshers.add(smesher);
        time.add(head.timeMs, level);
        life.read(line, head);
      });
      blocks.push({
        start,
        end,
        firstLine: lines + 1,
        inside: wasInside,
        minMs,
        maxMs,
        levels: levelBits,
        services: seen,
      });
      firstMs = Math.min(firstMs, minMs);
      lastMs = Math.max(lastMs, maxMs);
      if (endsInside && !wasInside) longLines++;
      wasInside = endsInside;
      lines += count;
      start = end;
      options.onProgress?.(meter.advance(bytes.length));
    }
    const summary: LogSummary = {
      sizeBytes: blob.size,
      lines,
      entries,
      strayLines,
      fromMs: entries > 0 ? firstMs : undefined,
      toMs: entries > 0 ? lastMs : undefined,
      levels: logLevels
        .map((name, i) => ({ name, count: levels[i] ?? 0 }))
        .filter(({ count }) => count > 0),
      services: services.sorted,
      smeshers: smeshers.sorted,
      histogram: time.histogram,
      life: life.life,
      warnings: [
        ...(entries === 0 && blob.size > 0
          ? [
              "No line of this file looks like a log of the node or of post-service. Expected are the node's console or JSON log, journalctl output of it, or post-service's log.",
            ]
          : []),
        ...(longLines > 0
          ? [
              `${longLines} line${longLines > 1 ? 's are' : ' is'} longer than a mebibyte; only the beginning was read.`,
            ]
          : []),
      ],
    };
    return new LogFile(blob, blocks, services, summary);
  }

  /**
   * The next `limit` (500) entries that match all of `filter`, oldest or newest first, from the cursor on.
   * @throws WorkbenchError `log-changed`; AbortError
   */
  find(filter: LogFilter, options: FindOptions = {}): Promise<LogMatches> {
    return readable(this.#search(filter, options));
  }

  async #search(filter: LogFilter, options: FindOptions): Promise<LogMatches> {
    const { limit = 500, newestFirst = false, after, signal, onProgress } = options;
    const matches = matcher(filter);
    const wanted = this.#blockFilter(filter);
    const meter = new ProgressMeter(this.#blob.size, 'bytes');
    const step = newestFirst ? -1 : 1;
    const entries: LogEntry[] = [];
    let skip = after?.skip ?? 0;
    for (let i = after?.block ?? (newestFirst ? this.#blocks.length - 1 : 0); ; i += step) {
      signal?.throwIfAborted();
      const block = this.#blocks[i];
      if (!block) return { entries, next: undefined };
      if (wanted(block)) {
        const found = await this.#searchBlock(block, matches, filter.text?.toLowerCase());
        if (newestFirst) found.reverse();
        const room = limit - entries.length;
        entries.push(...found.slice(skip, skip + room).map(toEntry));
        if (found.length > skip + room) return { entries, next: { block: i, skip: skip + room } };
      }
      skip = 0;
      onProgress?.(meter.advance(block.end - block.start));
      if (entries.length >= limit) {
        const more = this.#blocks[i + step] !== undefined;
        return { entries, next: more ? { block: i + step, skip: 0 } : undefined };
      }
    }
  }

  async #searchBlock(
    block: Block,
    matches: (line: string, head: LogHead) => boolean,
    text: string | undefined,
  ): Promise<Candidate[]> {
    const bytes = await this.#blob.slice(block.start, block.end).arrayBuffer();
    const content = this.#decoder.decode(bytes);
    // Most blocks do not hold a rare text at all, and this is ten times faster than reading their lines.
    if (text && !content.toLowerCase().includes(text)) return [];
    const candidates: Candidate[] = [];
    let current: Candidate | undefined;
    const has = (line: string): boolean => !text || line.toLowerCase().includes(text);
    eachLine(content, block.inside, (line, index) => {
      const head = readHead(line);
      if (head) {
        current = undefined;
        if (!matches(line, head)) return;
        current = {
          line: block.firstLine + index,
          raw: line,
          head,
          more: [],
          matched: has(line),
        };
        candidates.push(current);
      } else if (current && line !== '' && current.more.length < mostContinuationLines) {
        current.more.push(line);
        current.matched ||= has(line);
      }
    });
    return candidates.filter((candidate) => candidate.matched);
  }

  /** Whether a block can hold a match at all. */
  #blockFilter(filter: LogFilter): (block: Block) => boolean {
    const levels = filter.levels?.reduce(
      (bits, level) => bits | (1 << logLevels.indexOf(level)),
      0,
    );
    const names = filter.services;
    const services = names
      ? new Set([
          -1,
          ...this.#services.names
            .filter((name) => names.some((wanted) => covers(wanted, name)))
            .map((name) => this.#services.indexOf(name) ?? -1),
        ])
      : undefined;
    return (block) =>
      block.levels !== 0 &&
      (levels === undefined || (block.levels & levels) !== 0) &&
      (filter.fromMs === undefined || block.maxMs >= filter.fromMs) &&
      (filter.toMs === undefined || block.minMs <= filter.toMs) &&
      (services === undefined || [...block.services].some((service) => services.has(service)));
  }
}

/** A file that was dropped is the file as it was then: once it grows, the browser refuses to read on. */
async function readable<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (cause) {
    if (!(cause instanceof DOMException && /^Not(Readable|Found)Error$/.test(cause.name)))
      throw cause;
    throw new WorkbenchError(
      'log-changed',
      'The log changed since it was opened, or is gone: a running node goes on writing. Open it again, or copy it first and open the copy.',
      {},
      { cause },
    );
  }
}

const covers = (wanted: string, name: string): boolean =>
  name === wanted || name.startsWith(`${wanted}.`);

/** Everything of a filter but its text, which continuation lines may hold as well. */
function matcher(filter: LogFilter): (line: string, head: LogHead) => boolean {
  const levels = filter.levels && new Set(filter.levels);
  const smesher = filter.smesher?.replace(/^0x/i, '').slice(0, 6).toLowerCase();
  return (line, head) =>
    (!levels || levels.has(head.level)) &&
    (!filter.services || filter.services.some((wanted) => covers(wanted, head.service))) &&
    (filter.fromMs === undefined || head.timeMs >= filter.fromMs) &&
    (filter.toMs === undefined || head.timeMs <= filter.toMs) &&
    (!smesher || smesherOf(line, head)?.startsWith(smesher) === true);
}

function toEntry({ line, raw, head, more }: Candidate): LogEntry {
  const { timeMs, level, service, message } = head;
  const fields = readFields(raw, head);
  return { line, timeMs, level, service, message, smesher: smesherOf(raw, head), fields, more };
}

const largestUnpacked = 512 * 1024 * 1024;

async function isGzip(blob: Blob): Promise<boolean> {
  const [a, b] = new Uint8Array(await blob.slice(0, 2).arrayBuffer());
  return a === 0x1f && b === 0x8b;
}

/** A compressed file cannot be read from the middle, so it is unpacked as a whole. */
async function unpack(blob: Blob, signal: AbortSignal | undefined): Promise<Blob> {
  const parts: Blob[] = [];
  let size = 0;
  const reader = blob.stream().pipeThrough(new DecompressionStream('gzip')).getReader();
  try {
    for (;;) {
      signal?.throwIfAborted();
      const { done, value } = await reader.read();
      if (done) return new Blob(parts);
      size += value.length;
      if (size > largestUnpacked)
        throw new WorkbenchError(
          'log-archive-too-large',
          `Unpacked, this log has over ${largestUnpacked / 1024 / 1024} MiB. Unpack it with gunzip and drop the file itself, which is read in place.`,
          { largestUnpackedBytes: largestUnpacked },
        );
      parts.push(new Blob([value]));
    }
  } catch (cause) {
    if (cause instanceof WorkbenchError || signal?.aborted) throw cause;
    throw new WorkbenchError(
      'log-archive-damaged',
      'This .gz file cannot be unpacked: it is damaged or was cut off. Try gunzip, or drop the log itself.',
      { unpackedBytes: size },
      { cause },
    );
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
