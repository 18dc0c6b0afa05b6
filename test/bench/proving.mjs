// The proving scan in Chromium, side by side with native post-rs on the same threads, in turns:
//   POST_RS_PROFILER=<path of post-rs's profiler> CHROMIUM=<path> node test/bench/proving.mjs [seconds a turn] [rounds]
// Rates are by CPU time (Linux), so that other work on the machine does not decide; wall time is shown beside.
// The profiler's data file is in /dev/shm (1 GiB; BENCH_DATA_DIR elsewhere), so that the scan itself is timed.
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { buildAssembly } from '../../scripts/build-assembly.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const gibibyte = 2 ** 30;
const windowBytes = 2 ** 20;
const nonceCounts = [16, 64, 288];
const threadCounts = [1, 2];

/** What each worker in the page runs: 1 MiB of random labels, over and over. */
const workerSource = `
  let kernel;
  onmessage = async ({ data: { wasm, nonces, seconds } }) => {
    if (wasm) {
      const { instance } = await WebAssembly.instantiate(wasm, { env: { found() {} } });
      kernel = instance.exports;
      return postMessage(0);
    }
    kernel.setJob(nonces / 16, 0, 0);
    const fill = (at, length) => {
      for (let i = 0; i < length; i += 16384)
        crypto.getRandomValues(new Uint8Array(kernel.memory.buffer, at + i, Math.min(16384, length - i)));
    };
    fill(kernel.windowAt(), ${windowBytes});
    fill(kernel.groupKeysAt(), 11 * nonces);
    fill(kernel.lazyKeysAt(), 176 * nonces);
    let bytes = 0;
    const end = performance.now() + seconds * 1000;
    while (performance.now() < end) {
      kernel.scan(${windowBytes / 16}, 0);
      bytes += ${windowBytes};
    }
    postMessage(bytes);
  };`;

const parentOf = (pid) =>
  Number(
    readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')[1],
  );

/** CPU seconds that the browser's renderers have used, all threads. */
function rendererCpuS(browserPid) {
  let nanoseconds = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
    try {
      if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--type=renderer')) continue;
      let ancestor = Number(pid);
      while (ancestor > 1 && ancestor !== browserPid) ancestor = parentOf(ancestor);
      if (ancestor !== browserPid) continue;
      for (const task of readdirSync(`/proc/${pid}/task`))
        nanoseconds += Number(
          readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0],
        );
    } catch {
      // The process ended meanwhile.
    }
  return nanoseconds / 1e9;
}

async function openPage(server) {
  const browser = await chromium.connect(server.wsEndpoint());
  const page = await browser.newPage();
  const wasm = readFileSync(join(root, 'src/kernels/wasm/build/proving.wasm')).toString('base64');
  await page.evaluate(
    async ({ wasm, workerSource, threads }) => {
      const bytes = Uint8Array.from(atob(wasm), (character) => character.charCodeAt(0));
      const url = URL.createObjectURL(new Blob([workerSource], { type: 'text/javascript' }));
      const ask = (worker, message) =>
        new Promise((resolve, reject) => {
          worker.onmessage = ({ data }) => resolve(data);
          worker.onerror = reject;
          worker.postMessage(message);
        });
      const workers = Array.from({ length: threads }, () => new Worker(url));
      await Promise.all(workers.map((worker) => ask(worker, { wasm: bytes })));
      globalThis.scanWith = (count, nonces, seconds) =>
        Promise.all(workers.slice(0, count).map((worker) => ask(worker, { nonces, seconds })));
    },
    { wasm, workerSource, threads: Math.max(...threadCounts) },
  );
  return async (threads, nonces, seconds) => {
    const scan = (seconds) =>
      page.evaluate(
        ({ threads, nonces, seconds }) => globalThis.scanWith(threads, nonces, seconds),
        { threads, nonces, seconds },
      );
    // The compiler's second tier takes over within the first windows.
    await scan(0.3);
    const cpuS = rendererCpuS(server.process().pid);
    const startMs = performance.now();
    const bytes = (await scan(seconds)).reduce((sum, part) => sum + part, 0);
    const wallS = (performance.now() - startMs) / 1000;
    return {
      perCpuS: bytes / gibibyte / (rendererCpuS(server.process().pid) - cpuS),
      perS: bytes / gibibyte / wallS,
    };
  };
}

const dataFile = join(process.env.BENCH_DATA_DIR ?? '/dev/shm', 'proving-bench.bin');

function measureNative(profiler, threads, nonces, seconds) {
  const script = `TIMEFORMAT='%U %S %R'; time "$0" proving --data-file "${dataFile}" --data-size 1 --duration ${Math.ceil(seconds)} --threads ${threads} --nonces ${nonces}`;
  const run = spawnSync('bash', ['-c', script, profiler], { encoding: 'utf8' });
  const [user, system] = run.stderr.trim().split(/\s+/).slice(-3).map(Number);
  if (run.status !== 0 || !(user > 0)) throw new Error(`${profiler}: ${run.stderr}`);
  const { time_s, speed_gib_s } = JSON.parse(run.stdout);
  return { perCpuS: Math.round(time_s * speed_gib_s) / (user + system), perS: speed_gib_s };
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

await buildAssembly({ only: 'proving' });
const seconds = Number(process.argv[2] ?? 2);
const rounds = Number(process.argv[3] ?? 5);
const profiler = process.env.POST_RS_PROFILER;
const server = await chromium.launchServer({
  args: ['--no-sandbox'],
  ...(process.env.CHROMIUM && { executablePath: process.env.CHROMIUM }),
});
try {
  const measurePage = await openPage(server);
  // The first run writes the file.
  if (profiler) measureNative(profiler, 2, 16, 1);
  console.log(`${cpus()[0]?.model}, medians of ${rounds} turns of ${seconds} s, GiB of labels`);
  for (const nonces of nonceCounts) {
    const perThreads = [];
    for (const threads of threadCounts) {
      const turns = { page: [], native: [] };
      for (let round = 0; round < rounds; round++) {
        turns.page.push(await measurePage(threads, nonces, seconds));
        if (profiler) turns.native.push(measureNative(profiler, threads, nonces, seconds));
      }
      const rate = (of, unit) => median(turns[of].map((turn) => turn[unit]));
      const line = (of) =>
        `${of} ${rate(of, 'perCpuS').toFixed(4)} a CPU second, ${rate(of, 'perS').toFixed(4)} a second`;
      const against = profiler
        ? `; ${line('native')}; ratio by CPU time ${(rate('page', 'perCpuS') / rate('native', 'perCpuS')).toFixed(3)}`
        : '';
      console.log(`${nonces} nonces, ${threads} thread(s): ${line('page')}${against}`);
      perThreads.push(rate('page', 'perS'));
    }
    console.log(
      `${nonces} nonces: 2 threads / 1 by wall time ${(perThreads[1] / perThreads[0]).toFixed(2)}`,
    );
  }
  if (!profiler) console.log('Set POST_RS_PROFILER to compare with native post-rs.');
} finally {
  await server.close();
  rmSync(dataFile, { force: true });
}
