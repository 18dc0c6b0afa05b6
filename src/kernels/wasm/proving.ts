/** The proving scan on the CPU: assembly/proving behind the kernel's interface. */
import {
  encryptBlock,
  expandKey,
  inverseSBox,
  lazyBits,
  shiftRowsSource,
} from '../../protocol/aes';
import type { Bytes } from '../../protocol/bytes';
import { labelBytes, noncesPerGroup } from '../../protocol/units';
import type { GoodLabels, ProvingJob, ProvingKernel } from '../proving';

interface ProvingExports {
  readonly memory: WebAssembly.Memory;
  setJob(groups: number, msb: number, lsbTop: number): void;
  windowAt(): number;
  groupKeysAt(): number;
  lazyKeysAt(): number;
  scan(count: number, base: number): void;
  finish(): void;
}

/** assembly/proving: what `scan` takes at once. */
const windowLabels = 65536;
const scheduleBytes = 176;

/** Round keys as assembly/proving wants them: with the S-box's constant 0x63 folded in. */
function foldedSchedule(key: Uint8Array): Bytes {
  const schedule = expandKey(key);
  // MixColumns maps 63 63 63 63 to itself (2 + 3 + 1 + 1 = 1), so it passes through every round.
  for (let i = 16; i < scheduleBytes; i++) schedule[i] = (schedule[i] ?? 0) ^ 0x63;
  return schedule;
}

/**
 * For msb = 0 only "output byte = 0" matters: S(x ⊕ k9) = k10 is x = k9 ⊕ S⁻¹(k10), so the last round
 * becomes a comparison with round key 9.
 */
function schedulesForZero(key: Uint8Array): Bytes {
  const plain = expandKey(key);
  const schedule = foldedSchedule(key);
  for (let out = 0; out < 16; out++) {
    const at = 144 + shiftRowsSource(out);
    schedule[at] = (schedule[at] ?? 0) ^ (inverseSBox[plain[160 + out] ?? 0] ?? 0);
  }
  return schedule;
}

/**
 * Memory: 1 MiB of labels, 176 bytes a key, 2.5 KiB a nonce for the labels that wait for its lazy key.
 * @param module assembly/proving, its SIMD or its scalar build
 */
export function wasmProvingKernel(module: WebAssembly.Module): ProvingKernel {
  let job: ProvingJob | undefined;
  let lazySchedules: readonly Bytes[] = [];
  let scanned: Uint8Array = new Uint8Array();
  let labels: number[] = [];
  let nonces: number[] = [];
  const found = (label: number, nonce: number, sure: number): void => {
    const schedule = lazySchedules[nonce];
    if (!job || !schedule) return;
    if (!sure && lazyBits(encryptBlock(schedule, scanned, label * labelBytes)) >= job.lsb) return;
    labels.push(label);
    nonces.push(job.firstNonce + nonce);
  };
  const instance = new WebAssembly.Instance(module, { env: { found } });
  const wasm = instance.exports as unknown as ProvingExports;

  return {
    setJob(next) {
      job = next;
      const groups = next.groupKeys.length / labelBytes;
      const keys = (bytes: Bytes): Bytes[] =>
        Array.from({ length: bytes.length / 16 }, (_, i) => bytes.subarray(i * 16, i * 16 + 16));
      wasm.setJob(groups, next.msb, Number(next.lsb >> 40n));
      const write = (at: number, schedules: readonly Bytes[]): void => {
        const memory = new Uint8Array(wasm.memory.buffer);
        for (const [i, schedule] of schedules.entries())
          memory.set(schedule, at + i * scheduleBytes);
      };
      write(
        wasm.groupKeysAt(),
        keys(next.groupKeys).map(next.msb === 0 ? schedulesForZero : foldedSchedule),
      );
      write(wasm.lazyKeysAt(), keys(next.lazyKeys).map(foldedSchedule));
      lazySchedules = keys(next.lazyKeys).map(expandKey);
      if (lazySchedules.length !== groups * noncesPerGroup)
        throw new RangeError('A job needs 16 lazy keys for each group key.');
    },
    scan(bytes): GoodLabels {
      scanned = bytes;
      labels = [];
      nonces = [];
      const count = Math.floor(bytes.length / labelBytes);
      for (let base = 0; base < count; base += windowLabels) {
        const end = Math.min(count, base + windowLabels);
        new Uint8Array(wasm.memory.buffer).set(
          bytes.subarray(base * labelBytes, end * labelBytes),
          wasm.windowAt(),
        );
        wasm.scan(end - base, base);
      }
      wasm.finish();
      return { labels: Uint32Array.from(labels), nonces: Uint32Array.from(nonces) };
    },
    close() {
      lazySchedules = [];
    },
  };
}
