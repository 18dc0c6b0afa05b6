/** What this browser offers on this machine: shown next to every figure that was measured with it. */
import { describeGpu, type GpuDescription } from '../kernels/gpu/device';
import { hasRelaxedSimd, hasSimd } from '../kernels/wasm/features';

export interface Capabilities {
  /** Logical cores that the browser admits to. */
  readonly threads: number;
  readonly crossOriginIsolated: boolean;
  readonly wasmSimd: boolean;
  readonly relaxedSimd: boolean;
  readonly webgpu: GpuDescription | null;
}

export async function capabilities(): Promise<Capabilities> {
  return {
    threads: navigator.hardwareConcurrency,
    crossOriginIsolated: globalThis.crossOriginIsolated,
    wasmSimd: hasSimd(),
    relaxedSimd: hasRelaxedSimd(),
    webgpu: await describeGpu(),
  };
}
