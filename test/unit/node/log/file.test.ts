import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { LogFile } from '../../../../src/node/log/file';
import type { LogFilter } from '../../../../src/node/log/types';
import { atxStages, eligibilityCalendar, goDurationMs } from '../../../../src/node/log/life';
import { readFields, readHead, smesherOf } from '../../../../src/node/log/lines';

const raw = (name: string) =>
  readFileSync(new URL(`../../../data/node/logs/${name}`, import.meta.url));
const text = (name: string) =>
  (name.endsWith('.gz') ? gunzipSync(raw(name)) : raw(name)).toString('utf8');
const open = (content: string | Uint8Array<ArrayBuffer>) => LogFile.open(new Blob([content]));
const count = (counts: readonly { name: string; count: number }[], name: string) =>
  counts.find((one) => one.name === name)?.count;

/** The reference reading of the JSON log: every line through JSON.parse. */
const parsedA = text('A_json.log.gz')
  .split('\n')
  .filter((line) => line.startsWith('{"L"'))
  .map((line) => JSON.parse(line) as { L: string; T: string; N: string; M: string });

describe('lines', () => {
  test('reads every JSON line as JSON.parse does', () => {
    const lines = text('A_json.log.gz')
      .split('\n')
      .filter((line) => line.startsWith('{"L"'));
    expect(lines.length).toBe(1308);
    for (const [i, line] of lines.entries()) {
      const head = readHead(line);
      const truth = parsedA[i];
      expect(head?.level).toBe(truth?.L);
      expect(head?.timeMs).toBe(Date.parse(truth?.T ?? ''));
      if (head?.service === 'post-service') expect(truth?.M.endsWith(head.message)).toBe(true);
      else expect([head?.service, head?.message]).toEqual([truth?.N, truth?.M]);
    }
  });

  test('console and JSON entries say the same', () => {
    const console =
      '2026-11-21T08:48:50.603Z\tINFO\tnode.proposalBuilder\tproposal created\t{"signer": "43057b", "layer_id": 20}';
    const json =
      '{"L":"INFO","T":"2026-11-21T08:48:50.603Z","N":"node.proposalBuilder","M":"proposal created","signer":"43057b","layer_id":20}';
    const [a, b] = [readHead(console), readHead(json)];
    if (!a || !b) throw new Error('not read');
    expect({ ...a, fieldsAt: 0 }).toEqual(b);
    expect(readFields(console, a)).toEqual(readFields(json, b));
    expect([smesherOf(console, a), smesherOf(json, b)]).toEqual(['43057b', '43057b']);
  });

  test.each([
    ['tabs in the message', '2026-11-21T08:48:50.603Z\tWARN\tnode\ta b\tc d', 'node', 'a b\tc d'],
    ['no name', '2026-11-21T08:48:50.603+0100\tINFO\topened round\t{"a": 1}', '', 'opened round'],
    ['one word, no name', '2026-11-21T08:48:50.603Z\tINFO\tstarted\t{"a": 1}', '', 'started'],
    [
      'post-service',
      '[2026-11-21T08:45:46Z INFO  post::prove] finished k2pow in 0m 0s',
      'post-service',
      'finished k2pow in 0m 0s',
    ],
    [
      'escapes',
      '{"L":"INFO","T":"2026-11-21T08:45:29.693Z","N":"node","M":"say \\"x\\" \\u00b5"}',
      'node',
      'say "x" µ',
    ],
  ])('%s', (_what, line, service, message) => {
    expect(readHead(line)).toMatchObject({ service, message });
  });

  test('reads a zone', () => {
    expect(readHead('2026-11-21T08:48:50.603+0130\tINFO\tnode\tx')?.timeMs).toBe(
      Date.parse('2026-11-21T07:18:50.603Z'),
    );
  });

  test.each([
    '',
    'x',
    '{',
    '{"L":"INFO"}',
    '\tat foo',
    '[2026',
    '{"L":"NOPE","T":"2026-11-21T08:45:29.693Z","M":""}',
  ])('no entry: %j', (line) => {
    expect(readHead(line)).toBeUndefined();
  });

  test("reads Go's durations", () => {
    expect(['6s', '1m31.5s', '2h0m0s', '1.5µs', '500ms', '0'].map(goDurationMs)).toEqual([
      6000, 91_500, 7_200_000, 0.0015, 500, 0,
    ]);
    expect(['', '6', 's', '1 s', '-', '1s x'].map(goDurationMs)).toEqual(
      Array.from({ length: 6 }, () => undefined),
    );
  });
});

describe('the logs of real nodes', () => {
  test('A: JSON, supervised, with a PoET inside that logs to the console', async () => {
    const { summary } = await LogFile.open(new Blob([raw('A_json.log.gz')]));
    expect(summary.sizeBytes).toBe(gunzipSync(raw('A_json.log.gz')).length);
    expect(summary.lines).toBe(2127);
    expect(summary.strayLines).toBe(0);
    expect(count(summary.services, 'node.proposalBuilder')).toBe(
      parsedA.filter(({ N }) => N === 'node.proposalBuilder').length,
    );
    expect(count(summary.levels, 'ERROR')).toBe(
      text('A_json.log.gz').match(/"L":"ERROR"|Z\tERROR\t/g)?.length,
    );
    expect(summary.life).toMatchObject({
      version: 'v1.7.6',
      genesisId: 'e0d85b30c51b60bea1fd776ac203a10b80f08f12',
      clock: { genesisMs: Date.parse('2026-11-21T08:46:50Z'), layerMs: 6000 },
    });
    const { errors, warnings, others } = summary.histogram;
    const all = [...errors, ...warnings, ...others].reduce((sum, n) => sum + n, 0);
    expect(all).toBe(summary.entries);
    expect(summary.warnings).toEqual([]);
  });

  test('A: the life of epoch 3, stage by stage', async () => {
    const { summary } = await LogFile.open(new Blob([raw('A_json.log.gz')]));
    const stages = atxStages(summary.life, '31b356', 3).map(({ kind }) => kind);
    const order = [
      'challenge',
      'registered-at-poet',
      'poet-proof',
      'proof-started',
      'k2pow',
      'k2pow-done',
      'reading-data',
      'proof-found',
      'proof-checked',
      'proof-done',
      'atx-published',
    ] as const;
    const places = order.map((kind) => stages.indexOf(kind));
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(stages.filter((kind) => kind === 'atx-published')).toHaveLength(1);
  });

  test('A: eligibilities as a calendar', async () => {
    const { summary } = await LogFile.open(new Blob([raw('A_json.log.gz')]));
    const { eligibilities, clock } = summary.life;
    expect(eligibilities.map(({ epoch }) => epoch)).toEqual(
      Array.from({ length: 13 }, (_, i) => i + 2),
    );
    if (!clock) throw new Error('no clock');
    const calendar = eligibilityCalendar(eligibilities, clock);
    // Epoch 2 has layers 20 to 29; layer 20 begins 120 s after genesis.
    expect(calendar[0]).toEqual({
      smesher: '31b356',
      epoch: 2,
      layer: 20,
      slots: 6,
      startMs: Date.parse('2026-11-21T08:48:50Z'),
    });
    for (const { epoch, slots, layers } of eligibilities)
      expect([epoch, layers.reduce((sum, one) => sum + one.slots, 0)]).toEqual([epoch, slots]);
  });

  test('B: console, three identities', async () => {
    const { summary } = await LogFile.open(new Blob([raw('B_console.log.gz')]));
    expect(summary.lines).toBe(2199);
    expect(
      summary.smeshers
        .slice(0, 3)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['28d847', '43057b', '9be155']);
    expect(summary.life.eligibilities.map(({ smesher }) => smesher)).toContain('9be155');
    expect(summary.life.stages.filter(({ kind }) => kind === 'identity')).toHaveLength(3);
  });

  test('M: its equivocation', async () => {
    const { summary } = await LogFile.open(new Blob([raw('M_json.log.gz')]));
    expect(summary.life.stages.find(({ kind }) => kind === 'equivocation')).toMatchObject({
      smesher: 'd7e9c5',
    });
  });

  test('post-service by itself', async () => {
    const { summary } = await LogFile.open(new Blob([raw('B_post_b1.log')]));
    expect(summary.services).toEqual([{ name: 'post-service', count: summary.entries }]);
    expect(summary.life.stages.filter(({ kind }) => kind === 'proof-checked')).toHaveLength(15);
  });
});

describe('search', () => {
  const all = async (log: LogFile, filter: LogFilter, newestFirst = false) => {
    const found = [];
    let next;
    do {
      const page = await log.find(filter, { limit: 7, newestFirst, after: next });
      found.push(...page.entries);
      next = page.next;
    } while (next);
    return found;
  };

  test('pages through exactly what a plain reading finds, either way round', async () => {
    const log = await LogFile.open(new Blob([raw('A_json.log.gz')]));
    const want = parsedA.filter(({ L, N }) => L === 'WARN' && N === 'node.hare').length;
    const filter: LogFilter = { levels: ['WARN'], services: ['node.hare'] };
    const forward = await all(log, filter);
    expect(forward).toHaveLength(want);
    const backward = await all(log, filter, true);
    expect(backward.reverse()).toEqual(forward);
  });

  test('finds nothing twice over many blocks', async () => {
    const line = (i: number) =>
      `{"L":"${i % 10 ? 'INFO' : 'WARN'}","T":"${new Date(i * 1000).toISOString()}","N":"node.a${i % 3}","M":"m ${i}","pad":"${'é'.repeat(200)}"}`;
    const lines = Array.from({ length: 8000 }, (_, i) => line(i));
    const log = await open(lines.join('\r\n'));
    expect(log.summary.lines).toBe(8000);
    const found = await all(log, { levels: ['WARN'], services: ['node.a0'] });
    expect(found.map(({ message }) => message)).toEqual(
      lines.flatMap((_, i) => (i % 30 === 0 ? [`m ${i}`] : [])),
    );
    expect(found.map((entry) => entry.line - 1)).toEqual(
      lines.flatMap((_, i) => (i % 30 === 0 ? [i] : [])),
    );
    const late = await log.find({ fromMs: 7_998_000, text: 'M 79' });
    expect(late.entries.map(({ message }) => message)).toEqual(['m 7998', 'm 7999']);
  });

  test('by smesher, service tree, time and text', async () => {
    const log = await LogFile.open(new Blob([raw('B_console.log.gz')]));
    const byB3 = await log.find({ smesher: '9be1557bd32e', services: ['node.atxBuilder'] });
    expect(byB3.entries.length).toBeGreaterThan(50);
    expect(new Set(byB3.entries.map(({ smesher }) => smesher))).toEqual(new Set(['9be155']));
    expect((await log.find({ services: ['node.beacon'] }, { limit: 9999 })).entries).toHaveLength(
      46 + 2 + 68,
    );
    const merged = await log.find({ text: 'PUBLISHING merged atx' });
    expect(merged.entries[0]).toMatchObject({
      level: 'WARN',
      fields: { posts: 3, prevs: 3 },
      timeMs: Date.parse('2026-11-21T08:55:00.033Z'),
    });
  });

  test('keeps the lines of a stack trace with their entry', async () => {
    const log = await LogFile.open(new Blob([raw('B_post_b1.log')]));
    const { entries } = await log.find({ text: 'broken pipe' });
    expect(entries).toHaveLength(1);
    expect(entries[0]?.more.join('\n')).toContain('stream closed because of a broken pipe');
  });

  test('through journalctl and docker', async () => {
    const inner = '2026-11-21T08:45:42.711Z\tWARN\tnode\tcommittee\t{"size": 800}';
    const log = await open(
      `Nov 21 08:45:42 vm go-spacemesh[24245]: ${inner}\n2026-11-21T08:45:42.8Z ${inner}\n\u001b[33m${inner}\u001b[0m\n`,
    );
    const { entries } = await log.find({ levels: ['WARN'] });
    expect(entries.map(({ fields }) => fields)).toEqual([
      { size: 800 },
      { size: 800 },
      { size: 800 },
    ]);
  });
});

describe('hostile files', () => {
  test('one endless line, in bounded memory', async () => {
    const log = await open(`${'{"L":"INFO",'.repeat(400_000)}\n${text('B_post_b1.log')}`);
    expect(log.summary.warnings[0]).toContain('longer than a mebibyte');
    expect(log.summary.life.stages.filter(({ kind }) => kind === 'proof-checked')).toHaveLength(15);
  });

  test('binary', async () => {
    const bytes = new Uint8Array(3_000_000);
    for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 2_654_435_761) >>> 24;
    const { summary } = await open(bytes);
    expect(summary.entries).toBe(0);
    expect(summary.fromMs).toBeUndefined();
    expect(summary.warnings[0]).toContain('No line of this file looks like a log');
  });

  test('the same where blobs have no byte streams', async () => {
    /** As in Safari: a stream of chunks, which cannot be read into a buffer. */
    class PlainBlob extends Blob {
      override stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
        return new ReadableStream({});
      }
    }
    const parts = [
      parsedA.map((line) => JSON.stringify(line)).join('\n'),
      '\n',
      text('B_post_b1.log'),
    ];
    const content = [...parts, 'x'.repeat(3_000_000), '\n', ...parts];
    const { summary } = await LogFile.open(new PlainBlob(content));
    expect(summary).toEqual((await LogFile.open(new Blob(content))).summary);
    expect(summary.entries).toBeGreaterThan(2900);
  });

  test('a log that grew: what to do', async () => {
    class GrownBlob extends Blob {
      override slice(): Blob {
        const gone = new Blob();
        gone.arrayBuffer = () =>
          Promise.reject(new DOMException('could not be read', 'NotReadableError'));
        return gone;
      }
    }
    await expect(LogFile.open(new GrownBlob(['x']))).rejects.toMatchObject({ code: 'log-changed' });
  });

  test('nothing', async () => {
    const log = await open('');
    expect(log.summary).toMatchObject({ lines: 0, entries: 0, warnings: [] });
    expect(await log.find({})).toEqual({ entries: [], next: undefined });
  });

  test('a damaged archive', async () => {
    await expect(
      LogFile.open(new Blob([raw('A_json.log.gz').subarray(0, 5000)])),
    ).rejects.toMatchObject({ code: 'log-archive-damaged' });
    expect((await LogFile.open(new Blob([gzipSync('x')]))).summary.lines).toBe(1);
  });

  test('years backwards, and a hundred thousand services', async () => {
    const lines = Array.from(
      { length: 5000 },
      (_, i) =>
        `{"L":"INFO","T":"${new Date(Date.UTC(2030) - i * 86_400_000).toISOString()}","N":"s${i}","M":"x"}`,
    );
    const log = await open(lines.join('\n'));
    expect(log.summary.services).toHaveLength(201);
    expect((await log.find({ services: ['s4999'] })).entries).toHaveLength(1);
    expect(log.summary.histogram.others.reduce((a, b) => a + b)).toBe(5000);
  });

  test('stops on request', async () => {
    const stop = new AbortController();
    const job = LogFile.open(new Blob(['x\n'.repeat(3_000_000)]), {
      signal: stop.signal,
      onProgress: () => {
        stop.abort();
      },
    });
    await expect(job).rejects.toMatchObject({ name: 'AbortError' });
  });
});
