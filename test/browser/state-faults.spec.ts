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
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import type {} from '../../src/app/workbench';

const folder = mkdtempSync(join(tmpdir(), 'state-faults-'));
test.afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Two tables whose pages alternate; 9,000 rows are 13 MB, more than SQLite's page cache holds. */
function alternating(name: string, rows = 800): string {
  const path = join(folder, name);
  execFileSync('sqlite3', [path], {
    input: `CREATE TABLE a (id INTEGER PRIMARY KEY, k INTEGER, b BLOB); CREATE INDEX a_k ON a (k);
      CREATE TABLE c (id INTEGER PRIMARY KEY, t TEXT);
      CREATE TRIGGER fill AFTER INSERT ON a BEGIN INSERT INTO c VALUES (new.id, hex(zeroblob(250)) || new.k); END;
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
        INSERT INTO a SELECT i, i * 7919 % 10000, zeroblob(900) FROM n;
      DROP TRIGGER fill;`,
  });
  return path;
}

const queries = {
  scan: 'SELECT count(*), sum(length(b)) FROM a',
  other: 'SELECT sum(length(t)), max(id) FROM c',
  index: 'SELECT count(*), sum(length(b)) FROM a WHERE k % 10000 BETWEEN 2000 AND 3000',
};
const right = (path: string, sql: string): string =>
  execFileSync('sqlite3', ['-readonly', path, sql], { encoding: 'utf8' }).trim();

type Kind = 'direct' | 'helper';

/** Which reads of the workers of a kind fail, counted from 1, and how many there were. */
interface Plan {
  kind: Kind;
  first: number;
  last: number;
  reads: number;
}

/** Put before a worker's script: each of its reads asks the test's server whether it fails. */
const faults = (kind: Kind): string => `{
  const failIfPlanned = () => {
    const request = new XMLHttpRequest();
    request.open('POST', '/planned-fault?${kind}', false);
    request.send();
    if (request.responseText === 'fail') throw new DOMException('a planned fault', 'NotReadableError');
  };
  ${
    kind === 'direct'
      ? `const read = FileReaderSync.prototype.readAsArrayBuffer;
  FileReaderSync.prototype.readAsArrayBuffer = function (blob) {
    failIfPlanned();
    return read.call(this, blob);
  };`
      : `const stream = Blob.prototype.stream;
  Blob.prototype.stream = function () {
    failIfPlanned();
    return stream.call(this);
  };`
  }
}
`;

/** The app behind a server that puts the faults into the two workers; a route of Playwright does not see nested workers. */
async function serveWithFaults(
  appUrl: string,
  plan: Plan,
): Promise<{ url: string; close: () => void }> {
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    if (path.startsWith('/planned-fault')) {
      const isFailing =
        path.endsWith(plan.kind) && ++plan.reads >= plan.first && plan.reads <= plan.last;
      response.end(isFailing ? 'fail' : 'read');
      return;
    }
    // Without its helper the worker reads everything itself.
    if (plan.kind === 'direct' && path.includes('file-reader.worker')) {
      response.writeHead(404).end();
      return;
    }
    void forward(new URL(path, appUrl), response);
  });
  // No browser repeats a POST that meets a connection which is being closed.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, close: () => server.close() };
}

async function forward(url: URL, response: ServerResponse): Promise<void> {
  const answer = await fetch(url);
  const body = Buffer.from(await answer.arrayBuffer());
  const headers = Object.fromEntries(
    [...answer.headers].filter(
      ([name]) =>
        !/^(content-(length|encoding)|transfer-encoding|connection|keep-alive)$/.test(name),
    ),
  );
  const [, worker] = /\/(state|file-reader)\.worker-/.exec(url.pathname) ?? [];
  // The file reader's own policy allows no request, the question for a planned fault included.
  const policy = headers['content-security-policy'];
  if (worker && policy)
    headers['content-security-policy'] = policy.replace(/connect-src [^;]*/, "connect-src 'self'");
  response.writeHead(answer.status, headers);
  response.end(worker ? faults(worker === 'state' ? 'direct' : 'helper') + body.toString() : body);
}

const start = async (page: Page, url = './'): Promise<void> => {
  await page.goto(url);
  await expect.poll(() => page.evaluate(() => typeof window.workbench)).toBe('object');
};

/** Gives the page real files, as a drop does, and opens them. */
async function open(page: Page, cacheBytes: number, ...files: string[]): Promise<void> {
  await page.evaluate(() => {
    document.querySelector('#under-test')?.remove();
    const input = Object.assign(document.createElement('input'), { type: 'file', multiple: true });
    input.id = 'under-test';
    document.body.append(input);
  });
  await page.setInputFiles('#under-test', files);
  await page.evaluate(async (bytes) => {
    const input = document.querySelector<HTMLInputElement>('#under-test');
    await window.workbench.state.open(input?.files ?? new FileList(), { cacheBytes: bytes });
  }, cacheBytes);
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

for (const kind of ['direct', 'helper'] satisfies Kind[])
  test(`a read that fails (${kind}): every read of a query, right rows or file-changed, and then right rows`, async ({
    page,
    baseURL,
  }) => {
    test.setTimeout(300_000);
    const plan: Plan = { kind, first: Infinity, last: Infinity, reads: 0 };
    const { url, close } = await serveWithFaults(baseURL ?? '', plan);
    await start(page, url);
    // The helper is asked for long stretches only.
    const path = alternating(`${kind}.sql`, kind === 'direct' ? 400 : 800);
    // Room for four blocks, each read alone; or for long reads, which go through the helper.
    const cacheBytes = kind === 'direct' ? 1 : 4 * 1024 * 1024;
    for (const sql of Object.values(queries)) {
      const expected = right(path, sql);
      const outcomes = new Set<string>();
      let fired = 0;
      const tryWith = async (first: number, last: number): Promise<number> => {
        // The helper starts beside the first query: one that ends before reads nothing through it and is repeated, later.
        for (let wait = 0; wait < 10; wait++) {
          // Opened for each try, so that nothing is cached.
          await open(page, cacheBytes, path);
          await page.waitForTimeout(100 * wait);
          Object.assign(plan, { first, last, reads: 0 });
          outcomes.add(await ask(page, sql));
          if (plan.reads > 0) break;
        }
        const { reads } = plan;
        if (reads >= first) fired++;
        Object.assign(plan, { first: Infinity, last: Infinity });
        expect(await ask(page, sql)).toBe(expected);
        return reads;
      };
      for (let read = 1; ; read++) {
        if ((await tryWith(read, read)) < read) break;
        await tryWith(read, read + 1);
        await tryWith(read, Infinity);
      }
      outcomes.delete(expected);
      // A read that fails in the helper is repeated without it.
      expect([...outcomes]).toEqual(kind === 'direct' ? ['file-changed'] : []);
      expect(fired).toBeGreaterThan(3);
    }
    close();
  });

test('cancels at random moments: AbortError or right rows, and then right rows', async ({
  page,
}) => {
  // 10,000 with CANCELS=10000.
  const cancels = Number(process.env['CANCELS'] ?? 30);
  test.setTimeout(120_000 + cancels * 300);
  await start(page);
  const path = alternating('cancelled.sql', 9000);
  await open(page, 4 * 1024 * 1024, path);
  const texts = Object.values(queries);
  const expected = texts.map((sql) => right(path, sql));
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
  const quantileMs = (part: number): string =>
    `${latencies[Math.floor((latencies.length - 1) * part)]?.toFixed(1)} ms`;
  test.info().annotations.push({
    type: 'measured',
    description: `cancelled ${counts.cancelled}, answered ${counts.answered}; cancel to next answer beyond the query itself: median ${quantileMs(0.5)}, 99 % within ${quantileMs(0.99)}, longest ${quantileMs(1)}`,
  });
  expect(wrong).toEqual([]);
  expect(counts.cancelled).toBeGreaterThan(cancels / 10);
});

test('one byte written, cut off, gone and back: the right rows or the right error each time', async ({
  page,
}) => {
  await start(page);
  // Larger than SQLite's page cache, so that a scan reads the file again.
  const path = alternating('changing.sql', 9000);
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
    await open(page, 1, path);
    expect(await ask(page, queries.scan)).toBe(expected);
    change();
    for (let i = 0; i < 3; i++) expect(await ask(page, queries.scan)).toBe(code);
    restore();
    // The same content with the same time is the file that was opened.
    for (const sql of Object.values(queries))
      expect([code, right(path, sql)]).toContain(await ask(page, sql));
    await open(page, 1, path);
    expect(await ask(page, queries.scan)).toBe(expected);
  }
});

test('words of an error are not damage', async ({ page }) => {
  await start(page);
  await open(page, 1, alternating('words.sql'));
  expect(await ask(page, 'SELECT corrupted FROM a')).toBe('sql-error');
  expect(await ask(page, `SELECT json('{bad')`)).toBe('sql-error');
});
