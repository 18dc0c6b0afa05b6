/** The proving scan on the CPU: assembly/proving behind the kernel's interface. */
import { encryptBlock, expandKey, lazyBits } from '../../protocol/aes';
import type { Bytes } from '../../base/bytes';
import { labelBytes, noncesPerGroup } from '../../protocol/units';
import { foldedSchedule, scheduleBytes, splitKeys, zeroSchedule } from '../key-schedules';
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

/** assembly/proving: the maximum of one `scan`. */
const windowLabels = 65536;

/**
 * Memory: 1 MiB of labels, 176 bytes per key, 2.5 KiB per nonce for the labels that wait for its lazy key.
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
      wasm.setJob(groups, next.msb, Number(next.lsb >> 40n));
      const write = (at: number, schedules: readonly Bytes[]): void => {
        const memory = new Uint8Array(wasm.memory.buffer);
        for (const [i, schedule] of schedules.entries())
          memory.set(schedule, at + i * scheduleBytes);
      };
      write(
        wasm.groupKeysAt(),
        splitKeys(next.groupKeys).map(next.msb === 0 ? zeroSchedule : foldedSchedule),
      );
      write(wasm.lazyKeysAt(), splitKeys(next.lazyKeys).map(foldedSchedule));
      lazySchedules = splitKeys(next.lazyKeys).map(expandKey);
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
