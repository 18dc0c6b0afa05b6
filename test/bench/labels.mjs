// Labels per second, side by side with native post-rs on the same threads, in turns:
//   POST_RS_INITIALIZER=<path of post-rs's initializer> node test/bench/labels.mjs [seconds a turn] [rounds]
// Rates are by CPU time, so that other work on the machine does not decide; wall time is shown beside.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { buildAssembly } from '../../scripts/build-assembly.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const scryptN = 8192;
const batch = 64;

const kernelModule = (name) =>
  new WebAssembly.Module(readFileSync(join(root, `src/kernels/wasm/build/${name}.wasm`)));

function computeFor(module, seconds) {
  const kernel = new WebAssembly.Instance(module).exports;
  kernel.configure(scryptN);
  const indices = new BigUint64Array(kernel.memory.buffer, kernel.indicesAt(), batch);
  const end = performance.now() + seconds * 1000;
  let labels = 0;
  while (performance.now() < end) {
    for (let i = 0; i < batch; i++) indices[i] = BigInt(labels + i);
    kernel.compute(batch, 16, true);
    labels += batch;
  }
  return labels;
}

/** In as many threads: labels per second of CPU time (per thread) and of wall time. */
async function measureKernel(name, threads, seconds) {
  const module = kernelModule(name);
  const workers = Array.from(
    { length: threads },
    () => new Worker(fileURLToPath(import.meta.url), { workerData: { module } }),
  );
  const each = (message) =>
    Promise.all(
      workers.map(
        (worker) =>
          new Promise((resolve, reject) => {
            worker.once('message', resolve);
            worker.once('error', reject);
            worker.postMessage(message);
          }),
      ),
    );
  // The compiler's second tier takes over within the first batches.
  await each(0.5);
  const startMs = performance.now();
  const cpu = process.cpuUsage();
  const labels = (await each(seconds)).reduce((sum, count) => sum + count);
  const { user, system } = process.cpuUsage(cpu);
  const wallS = (performance.now() - startMs) / 1000;
  await Promise.all(workers.map((worker) => worker.terminate()));
  return { perCpuS: (labels / (user + system)) * 1e6, perS: labels / wallS };
}

function measureNative(initializer, threads, seconds) {
  const labels = Math.round(500 * threads * seconds);
  const output = mkdtempSync(join(tmpdir(), 'labels-'));
  const script = `TIMEFORMAT='%U %S %R'; time "$0" -n ${scryptN} -l ${labels} --output "${output}" cpu >/dev/null 2>"${output}/log"`;
  const run = spawnSync('bash', ['-c', script, initializer], {
    encoding: 'utf8',
    env: { ...process.env, RAYON_NUM_THREADS: String(threads) },
  });
  rmSync(output, { recursive: true });
  const [user, system, wallS] = run.stderr.trim().split(/\s+/).slice(-3).map(Number);
  if (run.status !== 0 || !(user > 0)) throw new Error(`${initializer}: ${run.stderr}`);
  return { perCpuS: labels / (user + system), perS: labels / wallS };
}

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

async function main() {
  await buildAssembly({ only: 'labels' });
  const seconds = Number(process.argv[2] ?? 4);
  const rounds = Number(process.argv[3] ?? 5);
  const native = process.env.POST_RS_INITIALIZER;
  const subjects = {
    'page, 1 thread': () => measureKernel('labels', 1, seconds),
    'page, 2 threads': () => measureKernel('labels', 2, seconds),
    'page without SIMD, 1 thread': () => measureKernel('labels-scalar', 1, seconds),
    ...(native && {
      'native post-rs, 1 thread': () => measureNative(native, 1, seconds),
      'native post-rs, 2 threads': () => measureNative(native, 2, seconds),
    }),
  };
  const results = Object.fromEntries(Object.keys(subjects).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++)
    for (const [name, measure] of Object.entries(subjects)) results[name].push(await measure());
  const cpu = {};
  console.log(`${cpus()[0]?.model}, N = ${scryptN}, medians of ${rounds} turns of ${seconds} s`);
  for (const [name, turns] of Object.entries(results)) {
    cpu[name] = median(turns.map(({ perCpuS }) => perCpuS));
    const wall = median(turns.map(({ perS }) => perS));
    console.log(
      `${name.padEnd(28)} ${cpu[name].toFixed(0).padStart(6)} labels per CPU second, ${wall.toFixed(0).padStart(6)} labels/s`,
    );
  }
  const ratio = (a, b) => (cpu[a] / cpu[b]).toFixed(2);
  if (native)
    console.log(
      `page / native by CPU time: 1 thread ${ratio('page, 1 thread', 'native post-rs, 1 thread')}, 2 threads ${ratio('page, 2 threads', 'native post-rs, 2 threads')}`,
    );
  else console.log('Set POST_RS_INITIALIZER to compare with native post-rs.');
  console.log(
    `2 threads / 1 by CPU time: ${(2 * Number(ratio('page, 2 threads', 'page, 1 thread'))).toFixed(2)}`,
  );
}

if (isMainThread) await main();
else
  parentPort.on('message', (seconds) =>
    parentPort.postMessage(computeFor(workerData.module, seconds)),
  );
