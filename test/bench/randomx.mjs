// RandomX hashes per second on one thread, side by side with the native library, in turns:
//   RANDOMX_BENCHMARK=<path of randomx-benchmark> node --experimental-wasm-relaxed-simd test/bench/randomx.mjs [rounds] [fast]
// (Node from 22 on needs no flag for the build with fused multiply-add.) Light mode is compared by CPU time, so that
// other work on the machine does not decide. With `fast`, the dataset (2080 MiB, a minute) is made as well, and
// hashes of both sides are timed by the clock: run that on an idle machine.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';
import { buildAssembly } from '../../scripts/build-assembly.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const key = new TextEncoder().encode('spacemesh-randomx-cache-key');
const native = process.env.RANDOMX_BENCHMARK;
const rounds = Number(process.argv[2] ?? 5);
const withFast = process.argv[3] === 'fast';

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
const cpuMs = (since) => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
};

await buildAssembly({ only: 'randomx' });
const server = await createServer({
  configFile: join(root, 'vite.config.ts'),
  server: { middlewareMode: true, ws: false },
  logLevel: 'error',
});
const kernel = await server.ssrLoadModule('/kernels/wasm/randomx.ts');

async function open(build, lanes, mode) {
  const code = readFileSync(join(root, `src/kernels/wasm/build/${build}.wasm`));
  if (!WebAssembly.validate(code)) return undefined;
  const layout = kernel.randomxLayout(1, lanes, mode);
  const memory = kernel.randomxMemory(layout, false);
  const datasetCode = await kernel.compileDatasetCode(key, layout, false);
  const machine = await WebAssembly.compile(code);
  const randomx = new kernel.RandomX({ machine, datasetCode, memory, layout, thread: 0 });
  randomx.fillCache(key);
  return randomx;
}

let counter = 0;
function hash(randomx) {
  const inputs = Array.from({ length: randomx.lanes }, () => {
    const input = new Uint8Array(48);
    new DataView(input.buffer).setUint32(0, counter++, true);
    return input;
  });
  randomx.hash(inputs);
}

/** Runs the native benchmark; its own figure, and the CPU time of the entire run. */
function runNative(mode, hashes) {
  const script = `TIMEFORMAT='%U %S'; time "$0" --${mode} --jit --threads 1 --init ${cpus().length} --nonces ${hashes}`;
  const { stdout, stderr, status } = spawnSync('bash', ['-c', script, native], {
    encoding: 'utf8',
  });
  const [user, system] = stderr.trim().split(/\s+/).slice(-2).map(Number);
  const [, figure, unit] = /Performance: ([\d.]+) (ms|hashes)/.exec(stdout) ?? [];
  if (status !== 0 || !figure) throw new Error(`${native}: ${stdout}${stderr}`);
  return { cpuMs: (user + system) * 1000, msPerHash: unit === 'ms' ? +figure : 1000 / +figure };
}

const subjects = {};
for (const build of ['randomx', 'randomx-fma'])
  for (const lanes of [1, 2, 3, 4]) {
    const randomx = await open(build, lanes, 'light');
    if (!randomx) continue;
    for (let i = 0; i < 4; i++) hash(randomx);
    subjects[`${build}, ${lanes} in step`] = () => {
      const before = process.cpuUsage();
      for (let i = 0; i < 12 / lanes; i++) hash(randomx);
      return cpuMs(before) / 12;
    };
  }
if (native)
  // Both runs fill a cache; the difference is the hashes alone.
  subjects['native JIT'] = () =>
    (runNative('verify', 60).cpuMs - runNative('verify', 10).cpuMs) / 50;

console.log(`${cpus()[0]?.model}: CPU ms per hash in light mode, medians of ${rounds} turns`);
const results = Object.fromEntries(Object.keys(subjects).map((name) => [name, []]));
for (let round = 0; round < rounds; round++)
  for (const [name, measure] of Object.entries(subjects)) results[name].push(measure());
const light = Object.fromEntries(
  Object.entries(results).map(([name, values]) => [name, median(values)]),
);
for (const [name, ms] of Object.entries(light)) {
  const ratio = native ? `, ${(light['native JIT'] / ms).toFixed(2)} of native` : '';
  console.log(`${name.padEnd(24)} ${ms.toFixed(1).padStart(6)}${ratio}`);
}

if (withFast) {
  const randomx = (await open('randomx-fma', 1, 'fast')) ?? (await open('randomx', 1, 'fast'));
  const start = performance.now();
  randomx.fillDataset(0, kernel.datasetItems);
  console.log(`dataset on one thread: ${((performance.now() - start) / 1000).toFixed(0)} s`);
  const times = [];
  for (let i = 0; i < 200; i++) {
    const before = performance.now();
    hash(randomx);
    times.push(performance.now() - before);
  }
  const ours = median(times);
  console.log(`fast mode: ${ours.toFixed(2)} ms per hash, ${(1000 / ours).toFixed(0)} hashes/s`);
  if (native) {
    const { msPerHash } = runNative('mine', 2000);
    console.log(
      `native fast mode: ${msPerHash.toFixed(2)} ms; ratio ${(msPerHash / ours).toFixed(2)}`,
    );
  }
}
await server.close();
