/** What this browser offers on this machine: shown next to every figure that was measured with it. */
import { hasSharedMemory } from '../base/shared-memory';
import { describeGpu, type GpuDescription } from '../kernels/gpu/device';
import { hasRelaxedSimd, hasSimd } from '../kernels/wasm/features';

export interface Capabilities {
  /** Logical cores that the browser admits to. */
  readonly threads: number;
  readonly crossOriginIsolated: boolean;
  /** Threads can share memory: SQL is stopped in the middle of a step, and k2pow holds its cache once for all threads. */
  readonly sharedMemory: boolean;
  readonly wasmSimd: boolean;
  readonly relaxedSimd: boolean;
  readonly webgpu: GpuDescription | null;
}

export async function capabilities(): Promise<Capabilities> {
  return {
    threads: navigator.hardwareConcurrency,
    crossOriginIsolated: globalThis.crossOriginIsolated,
    sharedMemory: hasSharedMemory(),
    wasmSimd: hasSimd(),
    relaxedSimd: hasRelaxedSimd(),
    webgpu: await describeGpu(),
  };
}
