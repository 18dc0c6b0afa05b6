// The index over a log and the searches through it, on small logs made for one question each.
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { LogFile } from '../../../../src/node/log/file';
import type { LogFilter, LogMatches } from '../../../../src/node/log/types';

const open = (content: string | Blob) =>
  LogFile.open(typeof content === 'string' ? new Blob([content]) : content);
const entry = (second: number, level = 'INFO', service = 'node', rest = '"M":"m"') =>
  `{"L":"${level}","T":"${new Date(second * 1000).toISOString()}","N":"${service}",${rest}}`;
const seconds = ({ entries }: LogMatches) => entries.map(({ timeMs }) => timeMs / 1000);
const mebibyte = 2 ** 20;

/** One line of exactly a block, so that every entry has a block of its own. */
const blockOf = (second: number, level?: string, service?: string) => {
  const bare = entry(second, level, service, '"M":"m","pad":""');
  return `${bare.slice(0, -2)}${'x'.repeat(mebibyte - 1 - bare.length)}"}\n`;
};
/** Counts what is read after the first pass. */
class WatchedBlob extends Blob {
  slices = 0;
  override slice(...range: Parameters<Blob['slice']>): Blob {
    this.slices++;
    return super.slice(...range);
  }
}
async function watched(...parts: string[]) {
  const blob = new WatchedBlob(parts);
  const log = await open(blob);
  const find = async (...of: Parameters<LogFile['find']>) => {
    blob.slices = 0;
    const matches = await log.find(...of);
    return { ...matches, blocks: blob.slices };
  };
  return { log, find };
}

describe('the summary', () => {
  test('counts levels in their order, services and smeshers by how often', async () => {
    const { summary } = await open(
      [
        entry(1, 'ERROR', 'node.b'),
        entry(2, 'DEBUG', 'node.a', '"M":"m","smesher":"aaaaaa"'),
        entry(3, 'ERROR', 'node.b', '"M":"m","smesher":"bbbbbb"'),
        entry(4, 'WARN', 'node.b', '"M":"m","smesher":"bbbbbbb"'),
      ].join('\n'),
    );
    expect(summary).toMatchObject({
      lines: 4,
      entries: 4,
      strayLines: 0,
      fromMs: 1000,
      toMs: 4000,
      levels: [
        { name: 'DEBUG', count: 1 },
        { name: 'WARN', count: 1 },
        { name: 'ERROR', count: 2 },
      ],
      services: [
        { name: 'node.b', count: 3 },
        { name: 'node.a', count: 1 },
      ],
      smeshers: [
        { name: 'bbbbbb', count: 2 },
        { name: 'aaaaaa', count: 1 },
      ],
      warnings: [],
    });
  });

  test('stray lines are those before the first entry', async () => {
    expect((await open(`a\nb\n${entry(1)}\n\tat c\n`)).summary).toMatchObject({
      lines: 4,
      entries: 1,
      strayLines: 2,
    });
    const { warnings } = (await open('a\nb')).summary;
    expect(warnings).toEqual([expect.stringContaining('looks like a log') as string]);
    expect((await open('')).summary).toMatchObject({ lines: 0, strayLines: 0, warnings: [] });
    expect((await open('a\nb')).summary).toMatchObject({
      lines: 2,
      entries: 0,
      strayLines: 2,
      fromMs: undefined,
      toMs: undefined,
      levels: [],
      histogram: { startMs: 0 },
    });
  });

  test('times are those of all entries, in whatever order', async () => {
    const { summary } = await open([5, 3, 9, 4].map((second) => entry(second)).join('\n'));
    expect([summary.fromMs, summary.toMs]).toEqual([3000, 9000]);
  });

  test('names beyond the bound are counted together, at the end', async () => {
    const lines = Array.from({ length: 205 }, (_, i) => entry(i, 'INFO', `s${i % 203}`));
    const { services } = (await open(lines.join('\n'))).summary;
    expect(services).toHaveLength(201);
    expect(services.slice(0, 3)).toEqual([
      { name: 's0', count: 2 },
      { name: 's1', count: 2 },
      { name: 's2', count: 1 },
    ]);
    expect(services.at(-1)).toEqual({ name: '…', count: 3 });
    const whole = (await open(lines.slice(0, 200).join('\n'))).summary.services;
    expect(whole.map(({ name }) => name)).not.toContain('…');
  });

  test('progress ends at the total', async () => {
    const done: number[] = [];
    const text = `${entry(1)}\n`.repeat(30_000);
    await LogFile.open(new Blob([text]), {
      onProgress: (progress) => {
        done.push(progress.done);
        expect(progress.unit).toBe('bytes');
      },
    });
    expect(done.length).toBeGreaterThan(1);
    expect(done.at(-1)).toBe(text.length);
  });

  test('lines as they came through docker, journalctl and a terminal', async () => {
    const inner = '2026-11-21T08:45:42.711Z\tWARN\tnode\tcommittee';
    for (const line of [
      inner,
      `Nov 21 08:45:42 vm go-spacemesh[242]: ${inner}`,
      `Nov  1 08:45:42 vm.lan go-spacemesh: ${inner}`,
      `Nov 21 08:45:42 vm post[1]: [2026-11-21T08:45:42.711Z WARN  post] committee`,
      `2026-11-21T08:45:42.711Z {"L":"WARN","T":"2026-11-21T08:45:42.711Z","M":"committee"}`,
      `2026-11-21T08:45:42.711123456Z [2026-11-21T08:45:42.711Z WARN  post] committee`,
      `\u001b[1;33m${inner}\u001b[0m`,
      `${inner}\r`,
    ]) {
      const { entries } = await (await open(line)).find({});
      expect([line, entries.map(({ message, timeMs }) => [message, timeMs])]).toEqual([
        line,
        [['committee', Date.parse('2026-11-21T08:45:42.711Z')]],
      ]);
    }
    for (const line of [
      `nov 21 08:45:42 vm go-spacemesh[242]: ${inner}`,
      `Nov 21 08:45:42 vm go-spacemesh[242] ${inner}`,
      `Nov 21 08:45 vm go-spacemesh[242]: ${inner}`,
      `> Nov 21 08:45:42 vm go-spacemesh[242]: ${inner}`,
    ])
      expect((await open(line)).summary.entries).toBe(0);
  });
});

describe('the histogram', () => {
  const histogram = async (...lines: string[]) => (await open(lines.join('\n'))).summary.histogram;
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);

  test('in seconds, errors and warnings by themselves', async () => {
    const levels = ['DEBUG', 'INFO', 'WARN', 'ERROR', 'DPANIC', 'PANIC', 'FATAL'];
    const { startMs, bucketMs, errors, warnings, others } = await histogram(
      ...levels.map((level, i) => entry(100 + i, level)),
    );
    expect([startMs, bucketMs, errors.length]).toEqual([100_000, 1000, 240]);
    expect(others.slice(0, 8)).toEqual([1, 1, 0, 0, 0, 0, 0, 0]);
    expect(warnings.slice(0, 8)).toEqual([0, 0, 1, 0, 0, 0, 0, 0]);
    expect(errors.slice(0, 8)).toEqual([0, 0, 0, 1, 1, 1, 1, 0]);
  });

  test('buckets double when time runs past the last one', async () => {
    const to239 = await histogram(entry(0), entry(1), entry(239));
    expect([to239.bucketMs, to239.others[239]]).toEqual([1000, 1]);
    const to240 = await histogram(entry(0), entry(1), entry(3, 'WARN'), entry(239), entry(240));
    expect(to240.bucketMs).toBe(2000);
    expect(to240.others).toHaveLength(240);
    expect([0, 1, 119, 120, 121].map((i) => to240.others[i])).toEqual([2, 0, 1, 1, 0]);
    expect(to240.warnings[1]).toBe(1);
    expect([sum(to240.others), sum(to240.warnings)]).toEqual([4, 1]);
    expect((await histogram(entry(0), entry(1000))).bucketMs).toBe(8000);
  });

  test('a clock that was set back counts where the log began', async () => {
    const { startMs, others } = await histogram(entry(100), entry(50));
    expect([startMs, others[0]]).toEqual([100_000, 2]);
  });
});

describe('a search', () => {
  test('goes on behind the limit, also at the end of a block', async () => {
    const log = await open(blockOf(1) + blockOf(2) + [3, 4, 5].map((s) => entry(s)).join('\n'));
    const first = await log.find({}, { limit: 2 });
    expect([seconds(first), first.next]).toEqual([[1, 2], { block: 2, skip: 0 }]);
    const second = await log.find({}, { limit: 2, after: first.next });
    expect([seconds(second), second.next]).toEqual([[3, 4], { block: 2, skip: 2 }]);
    const third = await log.find({}, { limit: 2, after: second.next });
    expect([seconds(third), third.next]).toEqual([[5], undefined]);
    const three = await log.find({}, { limit: 3 });
    expect([seconds(three), three.next]).toEqual([[1, 2, 3], { block: 2, skip: 1 }]);
    const all = await log.find({}, { limit: 5 });
    expect([seconds(all), all.next]).toEqual([[1, 2, 3, 4, 5], undefined]);
  });

  test('newest first likewise', async () => {
    const log = await open(blockOf(1) + blockOf(2) + [3, 4, 5].map((s) => entry(s)).join('\n'));
    const first = await log.find({}, { limit: 2, newestFirst: true });
    expect([seconds(first), first.next]).toEqual([[5, 4], { block: 2, skip: 2 }]);
    const second = await log.find({}, { limit: 2, newestFirst: true, after: first.next });
    expect([seconds(second), second.next]).toEqual([[3, 2], { block: 0, skip: 0 }]);
    const third = await log.find({}, { limit: 1, newestFirst: true, after: second.next });
    expect([seconds(third), third.next]).toEqual([[1], undefined]);
  });

  test('reads no further than it must', async () => {
    const { find } = await watched('no entry\n'.repeat(2 ** 17), blockOf(1), blockOf(2));
    expect(await find({}, { limit: 1 })).toMatchObject({ blocks: 1, next: { skip: 0 } });
    expect(await find({}, { limit: 2 })).toMatchObject({ blocks: 2, next: undefined });
    expect(await find({}, { limit: 9 })).toMatchObject({ blocks: 2, next: undefined });
  });

  test('gives 500 by default', async () => {
    const log = await open(Array.from({ length: 501 }, (_, i) => entry(i)).join('\n'));
    const { entries, next } = await log.find({});
    expect([entries.length, next]).toEqual([500, { block: 0, skip: 500 }]);
  });

  test('reports its progress and stops on request', async () => {
    const log = await open(blockOf(1) + blockOf(2) + entry(3));
    const done: number[] = [];
    await log.find(
      {},
      {
        onProgress: (progress) => {
          done.push(progress.done);
          expect(progress.unit).toBe('bytes');
        },
      },
    );
    expect(done).toEqual([mebibyte, 2 * mebibyte, 2 * mebibyte + entry(3).length]);
    const stop = new AbortController();
    const stopped = log.find({}, { signal: stop.signal, onProgress: () => stop.abort() });
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
  });

  test.each<[string, LogFilter, number[], blocks: number]>([
    ['everything', {}, [1, 2, 3, 4], 4],
    ['one level', { levels: ['WARN'] }, [2], 1],
    ['two levels', { levels: ['ERROR', 'WARN'] }, [2, 3], 2],
    ['no level', { levels: [] }, [], 0],
    ['a service', { services: ['node.hare'] }, [2], 1],
    ['a tree of services', { services: ['node'] }, [1, 2, 3], 3],
    ['a name that begins alike', { services: ['nod'] }, [], 0],
    ['two services', { services: ['other', 'node.hare'] }, [2, 4], 2],
    ['from a time on', { fromMs: 3000 }, [3, 4], 2],
    ['up to a time', { toMs: 2000 }, [1, 2], 2],
    ['between', { fromMs: 2000, toMs: 2000 }, [2], 1],
    ['nothing between', { fromMs: 2001, toMs: 2999 }, [], 0],
    ['all of it together', { levels: ['WARN'], services: ['node'], fromMs: 2000 }, [2], 1],
    ['what excludes itself', { levels: ['WARN'], services: ['other'] }, [], 0],
  ])('for %s reads only the blocks that can hold it', async (_what, filter, expected, blocks) => {
    const { find } = await watched(
      blockOf(1, 'INFO', 'node'),
      blockOf(2, 'WARN', 'node.hare'),
      blockOf(3, 'ERROR', 'node.beacon'),
      blockOf(4, 'INFO', 'other'),
    );
    const found = await find(filter);
    expect([seconds(found), found.blocks]).toEqual([expected, blocks]);
  });

  test('within a block distinguishes entries by the same rules', async () => {
    const log = await open(
      [
        entry(1, 'INFO', 'node', '"M":"one","smesher":"31b356d7"'),
        entry(2, 'WARN', 'node.hare', '"M":"two","smesher":"d7e9c5"'),
        entry(3, 'ERROR', 'nodes', '"M":"three"'),
      ].join('\n'),
    );
    const find = async (filter: LogFilter) => seconds(await log.find(filter));
    expect(await find({ levels: ['WARN'] })).toEqual([2]);
    expect(await find({ services: ['node'] })).toEqual([1, 2]);
    expect(await find({ fromMs: 2000 })).toEqual([2, 3]);
    expect(await find({ toMs: 2000 })).toEqual([1, 2]);
    expect(await find({ smesher: '31b356' })).toEqual([1]);
    // As a user types or pastes it: in capitals, whole, with 0x; or only its beginning.
    for (const smesher of ['31B356D7425A', '0x31b356', '0X31b3', '3'])
      expect([smesher, await find({ smesher })]).toEqual([smesher, [1]]);
    expect(await find({ smesher: '' })).toEqual([1, 2, 3]);
    expect(await find({ smesher: '1b356' })).toEqual([]);
  });

  test('for text looks at the entire line, whatever the case', async () => {
    const log = await open(
      [
        entry(1, 'INFO', 'node', '"M":"Some Thing"'),
        entry(2, 'INFO', 'node', '"M":"x","k":7'),
      ].join('\n'),
    );
    const find = async (text: string) => seconds(await log.find({ text }));
    expect(await find('sOME tHING')).toEqual([1]);
    expect(await find('"k":7')).toEqual([2]);
    expect(await find('')).toEqual([1, 2]);
    expect(await find('absent')).toEqual([]);
  });

  test('a trace belongs to the entry before it', async () => {
    const log = await open(
      [
        'stray needle',
        entry(1),
        '\tat alpha',
        '',
        '\tat beta',
        entry(2, 'WARN'),
        '\tneedle',
        entry(3),
      ].join('\n'),
    );
    const all = await log.find({});
    expect(all.entries.map(({ more, line }) => [line, more])).toEqual([
      [2, ['\tat alpha', '\tat beta']],
      [6, ['\tneedle']],
      [8, []],
    ]);
    expect(seconds(await log.find({ text: 'NEEDLE' }))).toEqual([2]);
    expect(seconds(await log.find({ text: 'at' }))).toEqual([1]);
    // Of an entry that is not asked for, the trace is not either.
    expect(await log.find({ levels: ['INFO'], text: 'needle' })).toMatchObject({ entries: [] });
    expect((await log.find({ levels: ['INFO'] })).entries.map(({ more }) => more.length)).toEqual([
      2, 0,
    ]);
  });

  test('of an endless trace a hundred lines', async () => {
    const trace = Array.from({ length: 120 }, (_, i) => `\tat ${i}`);
    const log = await open([entry(1), ...trace].join('\n'));
    const [{ more } = { more: [] }] = (await log.find({})).entries;
    expect(more).toEqual(trace.slice(0, 100));
    expect((await log.find({ text: 'at 99' })).entries).toHaveLength(1);
    expect((await log.find({ text: 'at 100' })).entries).toHaveLength(0);
  });

  test('entries come with all that is in them', async () => {
    const log = await open(`\n${entry(7, 'WARN', 'node.x', '"M":"m","signer":"31b356","n":3')}`);
    expect((await log.find({})).entries).toEqual([
      {
        line: 2,
        timeMs: 7000,
        level: 'WARN',
        service: 'node.x',
        message: 'm',
        smesher: '31b356',
        fields: { signer: '31b356', n: 3 },
        more: [],
      },
    ]);
  });

  test('services beyond the bound are still found', async () => {
    const many = Array.from({ length: 201 }, (_, i) => entry(i, 'INFO', `s${i}`)).join('\n');
    const log = await open(many);
    expect(seconds(await log.find({ services: ['s200'] }))).toEqual([200]);
    expect(seconds(await log.find({ services: ['s0'] }))).toEqual([0]);
    expect(seconds(await log.find({ services: ['s201'] }))).toEqual([]);
  });
});

describe('long lines', () => {
  test('a line of a block and more is cut, and the next one is found', async () => {
    const long = `${entry(1, 'INFO', 'node', '"M":"m"').slice(0, -1)},"pad":"${'x'.repeat(mebibyte)}"}`;
    const log = await open(
      `${long}\n${entry(2)}\n${long}${'y'.repeat(3 * mebibyte)}\n${entry(3)}\n`,
    );
    expect(log.summary.warnings).toEqual([
      '2 lines are longer than a mebibyte; only the beginning was read.',
    ]);
    expect(log.summary.entries).toBe(4);
    expect((await log.find({})).entries.map(({ timeMs }) => timeMs)).toEqual([
      1000, 2000, 1000, 3000,
    ]);
    expect((await open(`${long}\n${entry(2)}`)).summary.warnings).toEqual([
      '1 line is longer than a mebibyte; only the beginning was read.',
    ]);
  });

  test('of a line within a block 64 KiB are read', async () => {
    const line = entry(1, 'INFO', 'node', `"M":"m","pad":"${'x'.repeat(2 ** 16)}needle"`);
    const log = await open(`${line}\n${entry(2)}`);
    expect(log.summary).toMatchObject({ entries: 2, warnings: [] });
    expect((await log.find({ text: 'needle' })).entries).toEqual([]);
    const fitting = entry(1, 'INFO', 'node', `"M":"m","pad":"${'x'.repeat(60_000)}needle"`);
    expect((await (await open(fitting)).find({ text: 'needle' })).entries).toHaveLength(1);
  });

  test('what looks like an entry in the middle of a line is none', async () => {
    const { summary } = await open('x'.repeat(mebibyte) + entry(1));
    expect(summary).toMatchObject({ entries: 0, lines: 1, strayLines: 1 });
  });

  test('a line that ends with its block ends it', async () => {
    const alone = await open(blockOf(1));
    expect(await alone.find({}, { limit: 1 })).toMatchObject({ next: undefined });
    const log = await open(blockOf(1) + entry(2));
    expect(log.summary).toMatchObject({ lines: 2, entries: 2, warnings: [] });
    expect(seconds(await log.find({}))).toEqual([1, 2]);
  });

  test('all of it likewise where blobs have no byte streams', async () => {
    /** As in Safari: a stream of chunks, which cannot be read into a buffer. */
    class PlainBlob extends Blob {
      override stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
        return new ReadableStream({});
      }
    }
    const parts = [
      blockOf(1),
      [2, 3, 4].map((second) => entry(second)).join('\n'),
      `\n${blockOf(5)}`,
      `${'x'.repeat(2.5 * mebibyte)}\n`,
      entry(6),
    ];
    const [plain, streamed] = [await open(new PlainBlob(parts)), await open(new Blob(parts))];
    expect(plain.summary).toEqual(streamed.summary);
    expect(plain.summary).toMatchObject({ entries: 6, lines: 7 });
    const found = await plain.find({});
    expect(seconds(found)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(found).toEqual(await streamed.find({}));
  });

  test('line numbers go on behind a long line', async () => {
    const log = await open(`${'x'.repeat(mebibyte + 10)}\n${entry(1)}\n${entry(2)}`);
    // A long line is counted where it begins.
    expect(log.summary.lines).toBe(3);
    expect((await log.find({})).entries.map(({ line }) => line)).toEqual([2, 3]);
  });
});

describe('files that are not plain logs', () => {
  test('a search in a log that has changed states what to do', async () => {
    class Changing extends Blob {
      gone: Error | undefined;
      override slice(...range: Parameters<Blob['slice']>): Blob {
        const part = super.slice(...range);
        const { gone } = this;
        if (gone) part.arrayBuffer = () => Promise.reject(gone);
        return part;
      }
    }
    const blob = new Changing([entry(1)]);
    const log = await open(blob);
    for (const name of ['NotReadableError', 'NotFoundError']) {
      blob.gone = new DOMException('gone', name);
      await expect(log.find({})).rejects.toMatchObject({ code: 'log-changed', cause: blob.gone });
    }
    for (const other of [
      new DOMException('no', 'SecurityError'),
      new DOMException('no', 'SomeNotReadableError'),
      Object.assign(new Error('no'), { name: 'NotReadableError' }),
    ]) {
      blob.gone = other;
      await expect(log.find({})).rejects.toBe(other);
    }
  });

  test('gzip is recognized by its first two bytes', async () => {
    const packed = gzipSync(`${entry(1)}\n${entry(2)}`);
    expect((await open(new Blob([packed]))).summary).toMatchObject({
      entries: 2,
      sizeBytes: entry(1).length * 2 + 1,
    });
    expect((await open(new Blob([Uint8Array.of(0x1f, 0x0a)]))).summary.lines).toBe(1);
    expect((await open(new Blob([Uint8Array.of(0x0a, 0x8b)]))).summary.lines).toBe(2);
  });

  test('gzip that is cut off, or none behind its head', async () => {
    const packed = gzipSync(Array.from({ length: 999 }, (_, i) => entry(i)).join('\n'));
    for (const bytes of [packed.subarray(0, packed.length >> 1), Uint8Array.of(0x1f, 0x8b, 1, 2)])
      await expect(open(new Blob([new Uint8Array(bytes)]))).rejects.toMatchObject({
        code: 'log-archive-damaged',
        details: { unpackedBytes: expect.any(Number) as number },
        cause: expect.any(Error) as Error,
      });
  });

  test('a file is never read completely', async () => {
    class Huge extends Blob {
      override arrayBuffer(): Promise<ArrayBuffer> {
        throw new RangeError('too large');
      }
    }
    const log = await open(new Huge([entry(1)]));
    expect(seconds(await log.find({}))).toEqual([1]);
  });

  test('unpacking stops on request', async () => {
    const stop = new AbortController();
    stop.abort();
    await expect(
      LogFile.open(new Blob([gzipSync(entry(1))]), { signal: stop.signal }),
    ).rejects.toMatchObject({ name: 'AbortError' });
  });
});
