/**
 * Reads that fail in the worker and in its helper thread: whatever fails, an answer is right or it is refused, and the next
 * one is right. The faults are put into the workers' own scripts, before their first line.
 */
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import type {} from '../../src/app/workbench';

const folder = mkdtempSync(join(tmpdir(), 'state-faults-'));
test.afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** 13 MB in two tables whose pages alternate: larger than SQLite's page cache, and than the cache of the test. */
function alternating(name: string): string {
  const path = join(folder, name);
  execFileSync('sqlite3', [path], {
    input: `CREATE TABLE a (id INTEGER PRIMARY KEY, k INTEGER, b BLOB); CREATE INDEX a_k ON a (k);
      CREATE TABLE c (id INTEGER PRIMARY KEY, t TEXT);
      CREATE TRIGGER fill AFTER INSERT ON a BEGIN INSERT INTO c VALUES (new.id, hex(zeroblob(250)) || new.k); END;
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000)
        INSERT INTO a SELECT i, i * 7919 % 10000, zeroblob(900) FROM n;
      DROP TRIGGER fill;`,
  });
  return path;
}

const queries = {
  scan: 'SELECT count(*), sum(length(b)) FROM a',
  other: 'SELECT sum(length(t)), max(id) FROM c',
  index: 'SELECT count(*), sum(length(b)) FROM a WHERE k BETWEEN 2000 AND 2200',
};
const right = (path: string, sql: string): string =>
  execFileSync('sqlite3', ['-readonly', path, sql], { encoding: 'utf8' }).trim();

/** Counts a worker's reads, and lets those fail that the test's last message on the channel selects. */
const faults = (kind: 'direct' | 'helper'): string => `{
  const channel = new BroadcastChannel('read-faults');
  let from = Infinity, to = Infinity, reads = 0;
  channel.onmessage = ({ data }) => {
    if (data.kind !== '${kind}') return;
    if (data.ask) channel.postMessage({ reads, kind: data.kind, answer: true });
    else { ({ from, to } = data); reads = 0; channel.postMessage({ kind: data.kind, answer: true }); }
  };
  const fails = () => { reads++; return reads >= from && reads <= to; };
  ${
    kind === 'direct'
      ? `const read = FileReaderSync.prototype.readAsArrayBuffer;
  FileReaderSync.prototype.readAsArrayBuffer = function (blob) {
    if (fails()) throw new DOMException('a planned fault', 'NotReadableError');
    return read.call(this, blob);
  };`
      : `const stream = Blob.prototype.stream;
  Blob.prototype.stream = function () {
    if (fails()) throw new DOMException('a planned fault', 'NotReadableError');
    return stream.call(this);
  };`
  }
}
`;

async function withFaults(page: Page): Promise<void> {
  for (const [pattern, kind] of [
    ['**/assets/state.worker-*.js', 'direct'],
    ['**/assets/file-reader.worker-*.js', 'helper'],
  ] as const)
    await page.route(pattern, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: faults(kind) + (await response.text()) });
    });
}

const start = async (page: Page): Promise<void> => {
  await page.goto('./');
  await expect.poll(() => page.evaluate(() => typeof window.workbench)).toBe('object');
};

/** Gives the page real files, as a drop does, and opens them with a cache of the smallest size. */
async function open(page: Page, ...files: string[]): Promise<void> {
  await page.evaluate(() => {
    document.querySelector('#under-test')?.remove();
    const input = Object.assign(document.createElement('input'), { type: 'file', multiple: true });
    input.id = 'under-test';
    document.body.append(input);
  });
  await page.setInputFiles('#under-test', files);
  await page.evaluate(async () => {
    const input = document.querySelector<HTMLInputElement>('#under-test');
    await window.workbench.state.open(input?.files ?? new FileList(), { cacheBytes: 1 });
  });
}

/** The first row as sqlite3 prints it, or the code or name of the error. */
const ask = (page: Page, sql: string): Promise<string> =>
  page.evaluate(async (text) => {
    try {
      const { rows } = await window.workbench.state.query(text);
      return (rows[0] ?? []).join('|');
    } catch (error) {
      return (error as { code?: string }).code ?? (error as Error).name;
    }
  }, sql);

for (const kind of ['direct', 'helper'] as const)
  test(`a read that fails (${kind}): every read of a query, right rows or file-changed, and then right rows`, async ({
    page,
  }) => {
    test.setTimeout(300_000);
    await withFaults(page);
    await start(page);
    const path = alternating(`${kind}.sql`);
    await open(page, path);
    for (const sql of Object.values(queries)) {
      const expected = right(path, sql);
      expect(await ask(page, sql)).toBe(expected);
      const outcomes = await page.evaluate(
        async ({ text, kind }) => {
          const channel = new BroadcastChannel('read-faults');
          const send = (message: object): Promise<{ reads?: number }> =>
            new Promise((resolve) => {
              channel.onmessage = ({
                data,
              }: MessageEvent<{ answer?: boolean; reads?: number }>) => {
                if (data.answer) resolve(data);
              };
              channel.postMessage({ ...message, kind });
            });
          const answer = async (): Promise<string> => {
            try {
              const { rows } = await window.workbench.state.query(text);
              return (rows[0] ?? []).join('|');
            } catch (error) {
              return (error as { code?: string }).code ?? (error as Error).name;
            }
          };
          const counts: Record<string, number> = {};
          const after = new Set<string>();
          let fired = 0;
          const tryWith = async (from: number, to: number): Promise<number> => {
            await send({ from, to });
            const outcome = await answer();
            const { reads = 0 } = await send({ ask: true });
            await send({ from: 1e9, to: 1e9 });
            counts[outcome] = (counts[outcome] ?? 0) + 1;
            if (reads >= from) fired++;
            after.add(await answer());
            return reads;
          };
          for (let read = 1; ; read++) {
            if ((await tryWith(read, read)) < read) break;
            await tryWith(read, read + 1);
            await tryWith(read, 1e9);
          }
          channel.close();
          return { counts, after: [...after], fired };
        },
        { text: sql, kind },
      );
      expect(outcomes.after).toEqual([expected]);
      expect(Object.keys(outcomes.counts).filter((outcome) => outcome !== expected)).toEqual(
        kind === 'direct' ? ['file-changed'] : [],
      );
      expect(outcomes.fired).toBeGreaterThan(3);
    }
  });

test('cancels at hundreds of random moments: AbortError or right rows, and then right rows', async ({
  page,
}) => {
  test.setTimeout(600_000);
  await start(page);
  const path = alternating('cancelled.sql');
  await open(page, path);
  const texts = Object.values(queries);
  const expected = texts.map((sql) => right(path, sql));
  // 10,000 with CANCELS=10000.
  const cancels = Number(process.env['CANCELS'] ?? 400);
  const { wrong, counts, latencies } = await page.evaluate(
    async ({ texts, expected, cancels }) => {
      const answer = async (sql: string, signal?: AbortSignal): Promise<string> => {
        try {
          const { rows } = await window.workbench.state.query(sql, [], signal ? { signal } : {});
          return (rows[0] ?? []).join('|');
        } catch (error) {
          return (error as { code?: unknown }).code === 20
            ? 'AbortError'
            : ((error as { code?: string }).code ?? (error as Error).name);
        }
      };
      const times: number[] = [];
      for (const sql of texts) {
        const began = performance.now();
        await answer(sql);
        times.push(performance.now() - began);
      }
      const wrong: string[] = [];
      const counts = { cancelled: 0, answered: 0 };
      const latencies: number[] = [];
      for (let i = 0; i < cancels; i++) {
        const at = i % texts.length;
        const controller = new AbortController();
        const running = answer(texts[at] ?? '', controller.signal);
        const delay = Math.random() * (times[at] ?? 0) * 1.2;
        // Timers are too coarse for moments within a few milliseconds.
        const until = performance.now() + delay;
        while (performance.now() < until)
          await new Promise((resolve) => queueMicrotask(() => resolve(0)));
        const aborted = performance.now();
        controller.abort();
        const outcome = await running;
        if (outcome === 'AbortError') counts.cancelled++;
        else if (outcome === expected[at]) counts.answered++;
        else wrong.push(`cancelled ${outcome}`);
        const next = (i + 1) % texts.length;
        const after = await answer(texts[next] ?? '');
        if (outcome === 'AbortError')
          latencies.push(performance.now() - aborted - (times[next] ?? 0));
        if (after !== expected[next]) wrong.push(`next ${after}`);
      }
      latencies.sort((a, b) => a - b);
      return { wrong, counts, latencies };
    },
    { texts, expected, cancels },
  );
  expect(wrong).toEqual([]);
  expect(counts.cancelled).toBeGreaterThan(cancels / 10);
  test.info().annotations.push({
    type: 'measured',
    description: `cancelled ${counts.cancelled}, answered ${counts.answered}; cancel to next answer beyond the query itself: median ${latencies[latencies.length >> 1]?.toFixed(1)} ms, longest ${(latencies.at(-1) ?? NaN).toFixed(1)} ms`,
  });
});

test('one byte written, cut off, gone and back: the right rows or the right error each time', async ({
  page,
}) => {
  await start(page);
  const path = alternating('changing.sql');
  const original = join(folder, 'original.sql');
  cpSync(path, original, { preserveTimestamps: true });
  const { mtime, atime } = statSync(path);
  const expected = right(path, queries.scan);
  const restore = (): void => {
    rmSync(path, { force: true });
    cpSync(original, path);
    utimesSync(path, atime, mtime);
  };
  const cases: [() => void, string][] = [
    [() => appendFileSync(path, 'x'), 'file-changed'],
    [() => truncateSync(path, 4_000_000), 'file-changed'],
    [() => renameSync(path, `${path}.moved`), 'file-vanished'],
    [() => writeFileSync(path, 'another file'), 'file-changed'],
  ];
  for (const [change, code] of cases) {
    restore();
    await open(page, path);
    expect(await ask(page, queries.scan)).toBe(expected);
    change();
    for (const sql of Object.values(queries)) expect(await ask(page, sql)).toBe(code);
    restore();
    // The same content with the same time is the file that was opened.
    for (const sql of Object.values(queries))
      expect([code, right(path, sql)]).toContain(await ask(page, sql));
    await open(page, path);
    expect(await ask(page, queries.scan)).toBe(expected);
  }
});

test('words of an error are not damage', async ({ page }) => {
  await start(page);
  await open(page, alternating('words.sql'));
  expect(await ask(page, 'SELECT corrupted FROM a')).toBe('sql-error');
  expect(await ask(page, `SELECT json('{bad')`)).toBe('sql-error');
});
