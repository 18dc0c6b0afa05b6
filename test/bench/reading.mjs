// The page's reading pipeline alone, in MiB/s, against dd on the same file in turns:
//   CHROMIUM=<path> node test/bench/reading.mjs [path/to/a/large/file] [--rounds 5]
// Without a path it writes 2 GiB into the temporary folder. Cold turns drop the file from the system's cache first
// (dd's nocache, which wants a file that is not open elsewhere): they measure the disk; warm ones the pipeline.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { build, preview } from 'vite';
import { loadServer } from '../../scripts/server.mjs';

const { developmentHeaders } = await loadServer('headers');
const here = dirname(fileURLToPath(import.meta.url));
const scratch = join(tmpdir(), 'reading-bench');
mkdirSync(scratch, { recursive: true });
const args = process.argv.slice(2);
const roundsAt = args.indexOf('--rounds');
const rounds = roundsAt < 0 ? 5 : Number(args.splice(roundsAt, 2)[1]);
const path = args[0] ?? generated();

function generated() {
  const target = join(scratch, 'data.bin');
  if (!existsSync(target))
    execFileSync('dd', ['if=/dev/urandom', `of=${target}`, 'bs=1M', 'count=2048', 'conv=fsync']);
  return target;
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const fileMiB = statSync(path).size / 2 ** 20;

function forget() {
  execFileSync('dd', [`of=${path}`, 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0'], {
    input: '',
    stdio: ['pipe', 'ignore', 'ignore'],
  });
}

/** MiB/s of one reading from begin to end. */
function dd() {
  const begin = performance.now();
  const { status, stderr } = spawnSync('dd', [`if=${path}`, 'of=/dev/null', 'bs=1M'], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return fileMiB / ((performance.now() - begin) / 1000);
}

const root = join(here, 'reading-page');
const outDir = join(scratch, 'dist');
await build({
  configFile: false,
  root,
  base: './',
  publicDir: false,
  logLevel: 'error',
  worker: { format: 'es' },
  build: { outDir, emptyOutDir: true, target: 'es2023', assetsInlineLimit: 0 },
});
const server = await preview({
  configFile: false,
  root,
  logLevel: 'error',
  build: { outDir },
  preview: { headers: developmentHeaders('/'), host: '127.0.0.1', port: 4598 },
});
const browser = await chromium.launch({
  args: ['--no-sandbox'],
  ...(process.env.CHROMIUM && { executablePath: process.env.CHROMIUM }),
});
try {
  const page = await browser.newPage();
  await page.goto(server.resolvedUrls.local[0]);
  await page.setInputFiles('input', path);
  /** As long as one reading of the entire file takes, and no longer: what comes again would be cached. */
  const read = (streams, durationS) =>
    page.evaluate(
      async ([streams, durationS]) => {
        const { files } = document.querySelector('input');
        const { mib_per_s } = await globalThis.profileRead([...files], { streams, durationS });
        return mib_per_s;
      },
      [streams, durationS],
    );
  console.log(`${path}: ${fileMiB.toFixed(0)} MiB; medians of ${rounds} turns, MiB/s`);
  await read(1, 1);
  for (const cold of [true, false]) {
    const rates = { dd: [], 1: [], 2: [] };
    for (let round = 0; round < rounds; round++) {
      const prepare = cold ? forget : () => undefined;
      prepare();
      rates.dd.push(dd());
      // A little less than dd took, so that a cold turn never comes round to what it has just read.
      const durationS = Math.max(0.5, (0.8 * fileMiB) / rates.dd.at(-1));
      for (const streams of [1, 2]) {
        prepare();
        rates[streams].push(await read(streams, durationS));
      }
    }
    const [native, one, two] = [rates.dd, rates[1], rates[2]].map(median);
    console.log(
      `${cold ? 'from the disk' : 'from the cache'}: dd ${native.toFixed(0)}; page, 1 stream ${one.toFixed(0)} (${(one / native).toFixed(2)}x); 2 streams ${two.toFixed(0)} (${(two / native).toFixed(2)}x)`,
    );
  }
} finally {
  await browser.close();
  await server.close();
}
