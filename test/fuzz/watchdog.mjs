// A thread that looks whether the case under way ever ends. One that does not is saved, and the process stopped: nothing
// else can end a loop.
import { mkdirSync, writeFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { workerData } from 'node:worker_threads';

const { counter, length, input, path, deadlineMs } = workerData;
const cases = new Int32Array(counter);
let last = -1;
let sinceMs = performance.now();

setInterval(() => {
  const current = Atomics.load(cases, 0);
  // Even numbers: between two cases.
  if (current !== last || current % 2 === 0) {
    last = current;
    sinceMs = performance.now();
    return;
  }
  if (performance.now() - sinceMs < deadlineMs) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, new Uint8Array(input).slice(0, Atomics.load(new Int32Array(length), 0)));
  writeSync(2, `\nA fuzz case did not end within ${deadlineMs / 1000} s. Its input: ${path}\n`);
  process.kill(process.pid, 'SIGKILL');
}, 500);
