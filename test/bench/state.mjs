/**
 * The database in a real Chromium against the sqlite3 program, on the same file in the same run.
 *   node test/bench/state.mjs [path/to/state.sql] [--rounds 3]
 * Chromium reads through several processes: on a busy machine the ratios say little.
 * Without a path it generates one of 3.1 GiB with a WAL of 24 MiB in the temporary folder (two minutes).
 * Needs chromium and sqlite3; reports medians, ratios to native, and the memory of the page's processes.
 */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { build, preview } from 'vite';
import { chromiumArgs } from '../../scripts/environment.mjs';
import { loadServer } from '../../scripts/server.mjs';

const { developmentHeaders } = await loadServer('headers');
const here = dirname(fileURLToPath(import.meta.url));
const scratch = join(tmpdir(), 'state-bench');
mkdirSync(scratch, { recursive: true });
const args = process.argv.slice(2);
const roundsAt = args.indexOf('--rounds');
const rounds = roundsAt < 0 ? 3 : Number(args.splice(roundsAt, 2)[1]);
const path = args[0] ?? generated();

function generated() {
  const target = join(scratch, 'state.sql');
  if (existsSync(target)) return target;
  const source = join(scratch, 'sample.sql');
  cpSync(join(here, '../../public/sample/state.sql'), source);
  const options = ['--src', source, '--out', target, '--size', '3.1GiB', '--wal', '24MiB'];
  execFileSync('python3', [join(here, 'make_large.py'), ...options], { stdio: 'inherit' });
  return target;
}

const native = (sql) =>
  execFileSync('sqlite3', ['-batch', '-readonly', '-noheader', path], {
    input: `.timer on\n${sql};\n`,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
const nativeMs = (sql) => {
  const [, seconds] = /Run Time: real ([\d.]+)/.exec(native(sql)) ?? [];
  return Number(seconds) * 1000;
};

const answer = (sql) => native(sql).split('\n')[0];
const smesher = answer(
  'SELECT hex(pubkey) FROM atxs WHERE rowid = (SELECT max(rowid) / 2 FROM atxs)',
);
const coinbase = answer(`SELECT hex(coinbase) FROM atxs WHERE pubkey = x'${smesher}' LIMIT 1`);
const questions = {
  'coinbases of a smesher': `SELECT coinbase, count(*) FROM atxs WHERE pubkey = x'${smesher}' GROUP BY coinbase`,
  '100 rewards of a coinbase': `SELECT layer, pubkey, total_reward FROM rewards WHERE coinbase = x'${coinbase}' ORDER BY layer LIMIT 100`,
  'ATX history of a smesher': `SELECT p.publish_epoch, a.id, a.weight, length(b.atx) FROM posts p JOIN atxs a ON a.id = p.atxid JOIN atx_blobs b ON b.id = a.id WHERE p.pubkey = x'${smesher}'`,
  'ATXs per epoch': 'SELECT epoch, count(*) FROM atxs GROUP BY epoch',
  'rewards per epoch, scan':
    'SELECT layer / 4032, count(*), sum(total_reward) FROM rewards GROUP BY 1',
  'weight per epoch, scan':
    'SELECT epoch, sum(weight), count(DISTINCT pubkey) FROM atxs GROUP BY epoch',
  'ATX blobs, scan': 'SELECT count(*), sum(length(atx)) FROM atx_blobs',
};

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

await build({
  configFile: false,
  root: join(here, 'state-page'),
  base: './',
  publicDir: false,
  logLevel: 'error',
  worker: { format: 'es' },
  build: {
    outDir: join(scratch, 'dist'),
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
  },
});
const server = await preview({
  configFile: false,
  root: join(here, 'state-page'),
  logLevel: 'error',
  build: { outDir: join(scratch, 'dist') },
  preview: { headers: developmentHeaders('/'), host: '127.0.0.1', port: 4599 },
});
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: chromiumArgs,
});
const cdp = await browser.newBrowserCDPSession();

/** Proportional memory of the page's own process, MiB. */
async function pageMiB() {
  const { processInfo } = await cdp.send('SystemInfo.getProcessInfo');
  let kib = 0;
  for (const { id, type } of processInfo)
    if (type === 'renderer') {
      const [, pss] = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${id}/smaps_rollup`, 'utf8')) ?? [];
      kib += Number(pss ?? 0);
    }
  return kib / 1024;
}

/** `warm`: SQLite has started, as it does when the State page is shown or files are dragged over any page. */
async function freshPage(files, warm = true) {
  const page = await browser.newPage();
  await page.goto(server.resolvedUrls.local[0]);
  if (warm) await page.evaluate(() => globalThis.warmUp());
  await page.setInputFiles('input', files);
  await page.evaluate(() => performance.now());
  return page;
}

const openAndAsk = (page, sql) =>
  page.evaluate(async (text) => {
    const began = performance.now();
    const database = await globalThis.openDatabase(document.querySelector('input').files);
    globalThis.database = database;
    await database.query(text);
    return performance.now() - began;
  }, sql);

const ask = (page, sql) =>
  page.evaluate(async (text) => {
    const began = performance.now();
    const { rows } = await globalThis.database.query(text);
    return { ms: performance.now() - began, rows: rows.length };
  }, sql);

try {
  const files = ['', '-wal'].map((suffix) => path + suffix).filter((name) => existsSync(name));
  const size = files.map((name) => `${(statSync(name).size / 2 ** 20).toFixed(0)} MiB`).join(' + ');
  console.log(`${path}: ${size}; Chromium ${browser.version()}`);

  for (const [warm, how] of [
    [true, ''],
    [false, ' by a page that has just loaded'],
  ]) {
    const opened = [];
    for (let i = 0; i < rounds + 1; i++) {
      const page = await freshPage(files, warm);
      opened.push(await openAndAsk(page, questions['coinbases of a smesher']));
      await page.close();
    }
    console.log(
      `open to first answer${how}: ${median(opened.slice(1)).toFixed(0)} ms (first ${opened[0].toFixed(0)})`,
    );
  }

  const sparse = join(scratch, 'sparse.sql');
  cpSync(join(here, '../../public/sample/state.sql'), sparse);
  truncateSync(sparse, 100 * 2 ** 30);
  const huge = await freshPage([sparse]);
  await openAndAsk(huge, 'SELECT max(layer) FROM rewards');
  await huge.evaluate(() => globalThis.database.close());
  console.log(
    `the same for a sparse file of 100 GiB: ${(await openAndAsk(huge, 'SELECT max(layer) FROM rewards')).toFixed(0)} ms`,
  );
  await huge.close();
  rmSync(sparse);

  const page = await freshPage(files, false);
  const idle = await pageMiB();
  await openAndAsk(page, 'SELECT 1');
  let peak = 0;
  let sampling = true;
  const sampler = (async () => {
    while (sampling) {
      peak = Math.max(peak, await pageMiB());
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  const table = [];
  for (const [name, sql] of Object.entries(questions)) {
    const first = (await ask(page, sql)).ms;
    const here = [];
    const there = [];
    nativeMs(sql);
    for (let i = 0; i < rounds; i++) {
      here.push((await ask(page, sql)).ms);
      there.push(nativeMs(sql));
    }
    table.push({
      query: name,
      'first ms': Math.round(first),
      'warm ms': Math.round(median(here) * 10) / 10,
      'native ms': Math.round(median(there) * 10) / 10,
      ratio: Math.round((median(here) / median(there)) * 10) / 10,
    });
  }
  sampling = false;
  await sampler;
  console.table(table);
  const statistics = await page.evaluate(() => globalThis.database.statistics());
  console.log(
    `page memory: ${idle.toFixed(0)} MiB idle, ${peak.toFixed(0)} at most (+${(peak - idle).toFixed(0)}); read ${(statistics.readBytes / 2 ** 20).toFixed(0)} MiB in ${statistics.reads} reads`,
  );
} finally {
  await browser.close();
  await server.close();
}
