/**
 * The WebGPU device: asked for with everything that the adapter can give (a default device has 128 MiB
 * a binding, and labels want gigabytes), described for the user, and replaced when it is lost.
 */
import { WorkbenchError } from '../../base/error';

export interface GpuDescription {
  readonly vendor: string;
  readonly architecture: string;
  /** As the browser names it; often empty, because browsers hide it. */
  readonly description: string;
  /** A software adapter: right results, no speed. */
  readonly isFallback: boolean;
  readonly limits: {
    readonly maxBufferSize: number;
    readonly maxStorageBufferBindingSize: number;
    readonly maxStorageBuffersPerShaderStage: number;
    readonly maxComputeInvocationsPerWorkgroup: number;
    readonly maxComputeWorkgroupStorageSize: number;
    readonly maxComputeWorkgroupsPerDimension: number;
  };
}

export interface Gpu {
  readonly device: GPUDevice;
  readonly description: GpuDescription;
}

const limitNames = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
] as const;

/** What the browser's adapter is and allows, or null where there is none. Asks for no device. */
export async function describeGpu(): Promise<GpuDescription | null> {
  const adapter = await requestAdapter();
  return adapter ? describe(adapter) : null;
}

/**
 * A device with the adapter's own limits.
 * @throws WorkbenchError `gpu-missing` without WebGPU or an adapter
 */
async function openGpu(): Promise<Gpu> {
  const adapter = await requestAdapter();
  if (!adapter)
    throw new WorkbenchError(
      'gpu-missing',
      'This browser offers no GPU to the page. Use the CPU, or a browser with WebGPU and hardware acceleration turned on.',
    );
  const requiredLimits = Object.fromEntries(limitNames.map((name) => [name, adapter.limits[name]]));
  const device = await adapter.requestDevice({ requiredLimits });
  return { device, description: describe(adapter) };
}

async function requestAdapter(): Promise<GPUAdapter | null> {
  // The types say that it is always there; older browsers and insecure origins have none.
  const gpu = navigator.gpu as GPU | undefined;
  return (await gpu?.requestAdapter({ powerPreference: 'high-performance' })) ?? null;
}

function describe({ info, limits }: GPUAdapter): GpuDescription {
  const { vendor, architecture, description } = info;
  return {
    vendor,
    architecture,
    description,
    isFallback: info.isFallbackAdapter,
    limits: {
      maxBufferSize: limits.maxBufferSize,
      maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
      maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
      maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
      maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
      maxComputeWorkgroupsPerDimension: limits.maxComputeWorkgroupsPerDimension,
    },
  };
}

/** A device that is lost this often within one call has a cause that trying again will not fix. */
const maxLosses = 3;
/** A browser needs a moment to start its GPU process again. */
const restartMs = 500;

interface Held<Engine> {
  readonly gpu: Gpu;
  readonly engine: Promise<Engine>;
  lost: GPUDeviceLostInfo | undefined;
}

/**
 * Keeps one engine (pipelines and buffers) on one device. A driver reset, a watchdog or a laptop that
 * sleeps takes the device away: then the engine is rebuilt on a new one, and the call runs again.
 */
export class GpuHost<Engine> {
  readonly #build: (gpu: Gpu) => Promise<Engine>;
  #current: Held<Engine> | undefined;
  #closed = false;

  constructor(build: (gpu: Gpu) => Promise<Engine>) {
    this.#build = build;
  }

  /**
   * Runs `use` on a live engine; `use` must be repeatable. One call at a time.
   * @throws WorkbenchError `gpu-missing`, `gpu-lost`
   */
  async run<R>(use: (engine: Engine, gpu: Gpu) => Promise<R>): Promise<R> {
    for (let losses = 0; ;) {
      const held = await this.#live(losses > 0);
      try {
        return await use(await held.engine, held.gpu);
      } catch (error) {
        // `lost` settles after the operation that it made fail.
        await pause(0);
        if (!held.lost || this.#closed) throw error;
        if (++losses < maxLosses) continue;
        throw new WorkbenchError(
          'gpu-lost',
          `The GPU stopped answering ${losses} times in a row (${held.lost.message || held.lost.reason}). Use the CPU, or close what else uses the GPU and try again.`,
          { reason: held.lost.reason, message: held.lost.message },
          { cause: error },
        );
      }
    }
  }

  close(): void {
    this.#closed = true;
    this.#current?.gpu.device.destroy();
    this.#current = undefined;
  }

  async #live(afterLoss: boolean): Promise<Held<Engine>> {
    if (this.#current && !this.#current.lost) return this.#current;
    if (afterLoss) await pause(restartMs);
    const gpu = await openGpu().catch(async (error: unknown) => {
      if (!afterLoss) throw error;
      await pause(4 * restartMs);
      return openGpu();
    });
    const current: Held<Engine> = { gpu, engine: this.#build(gpu), lost: undefined };
    void gpu.device.lost.then((info) => (current.lost = info));
    // The next run awaits it; until then its failure must not count as unhandled.
    current.engine.catch(() => undefined);
    return (this.#current = current);
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
