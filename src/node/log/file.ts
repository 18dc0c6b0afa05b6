/**
 * A log of any size, read in place. One pass makes an index of blocks (where, when, which levels and services) and
 * the summary; a search then reads again only the blocks that can hold what is asked for.
 * Memory: two blocks of text, about 200 bytes per block of index (2 MB for 10 GB), and the bounds named below.
 * The first pass reads a stream into one buffer again and again: three times as fast as slices.
 */
import { ProgressMeter, type JobOptions } from '../../base/progress';
import { LifeReader } from './life';
import { logLevels, readFields, readHead, smesherOf, type LogHead } from './lines';
import { mostServices, mostSmeshers, LogTally, TimeTally } from './tally';
import { type LogBlock, eachLine, blocksOf, readable } from './blocks';
import type { LogSummary, LogFilter, LogEntry, LogFindOptions, LogMatches } from './types';
import { isGzip, unpack } from './unpack';

const mostContinuationLines = 100;

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
  readonly #blocks: readonly LogBlock[];
  readonly #services: LogTally;
  readonly #decoder = new TextDecoder();

  private constructor(
    blob: Blob,
    blocks: readonly LogBlock[],
    services: LogTally,
    summary: LogSummary,
  ) {
    this.#blob = blob;
    this.#blocks = blocks;
    this.#services = services;
    this.summary = summary;
  }

  /**
   * Reads the entire log once. A gzip file (a rotated log) is unpacked first, into memory, up to 512 MiB.
   * @throws WorkbenchError `log-archive-…`, `log-changed`; AbortError
   */
  static open(source: Blob, options: JobOptions = {}): Promise<LogFile> {
    return readable(LogFile.#read(source, options));
  }

  static async #read(source: Blob, options: JobOptions): Promise<LogFile> {
    const blob = (await isGzip(source)) ? await unpack(source, options.signal) : source;
    const meter = new ProgressMeter(blob.size, 'bytes');
    const decoder = new TextDecoder();
    const blocks: LogBlock[] = [];
    const services = new LogTally(mostServices);
    const smeshers = new LogTally(mostSmeshers);
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
  find(filter: LogFilter, options: LogFindOptions = {}): Promise<LogMatches> {
    return readable(this.#search(filter, options));
  }

  async #search(filter: LogFilter, options: LogFindOptions): Promise<LogMatches> {
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
    block: LogBlock,
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
  #blockFilter(filter: LogFilter): (block: LogBlock) => boolean {
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
