/**
 * Which engine a job gets: 'auto' becomes the GPU, if there is a real one, or the CPU's threads. Also compiles the module
 * of the CPU's kernel, once per page.
 */
import { counted } from '../base/counted';
import { WorkbenchError } from '../base/error';
import { describeGpu, type GpuDescription } from './gpu/device';

/** 'auto' takes the GPU if it is a real one, else all cores; 'both' is for kernels that share a job. */
export type Backend = 'auto' | 'cpu' | 'gpu' | 'both';

export interface BackendOptions<Choice extends Backend = Backend> {
  readonly backend?: Choice | undefined;
  /** CPU workers; by default one per core. The GPU has one. */
  readonly threads?: number | undefined;
}

/** What a job runs on: threads of the CPU, the GPU, or both. */
export interface EngineChoice {
  readonly threads: { readonly count: number; readonly description: string } | undefined;
  readonly gpu: { readonly description: string } | undefined;
}

/** @throws WorkbenchError `threads-invalid` */
export async function chooseEngine({
  backend = 'auto',
  threads = navigator.hardwareConcurrency,
}: BackendOptions = {}): Promise<EngineChoice> {
  requireThreads(threads);
  const gpu = backend === 'cpu' ? null : await describeGpu();
  const useGpu = backend === 'auto' ? gpu !== null && !gpu.isFallback : backend !== 'cpu';
  const useThreads = backend === 'auto' ? !useGpu : backend !== 'gpu';
  return {
    threads: useThreads ? { count: threads, description: counted(threads, 'thread') } : undefined,
    gpu: useGpu ? { description: gpuText(gpu) } : undefined,
  };
}

function gpuText(gpu: GpuDescription | null): string {
  const name = [gpu?.vendor, gpu?.architecture, gpu?.description].filter(Boolean).join(' ');
  return `GPU (${name || 'unnamed'})`;
}

/** @throws WorkbenchError `threads-invalid` */
export function requireThreads(threads: number): void {
  if (!Number.isInteger(threads) || threads < 1)
    throw new WorkbenchError(
      'threads-invalid',
      `Threads must be a whole number from 1 on, but it is ${threads}.`,
      { threads },
    );
}

export interface KernelBuilds {
  /** "label": for the error. */
  readonly name: string;
  readonly simdUrl: string;
  /** For browsers without 128-bit SIMD, which refuse the other module. */
  readonly scalarUrl: string;
}

/**
 * Compiles the build that the browser accepts, the first time that it is asked for; after a failure the next call tries again.
 * @throws WorkbenchError `kernel-not-loaded`
 */
export function kernelCompiler({
  name,
  simdUrl,
  scalarUrl,
}: KernelBuilds): () => Promise<WebAssembly.Module> {
  let compiled: Promise<WebAssembly.Module> | undefined;
  const compile = async (): Promise<WebAssembly.Module> => {
    try {
      return await WebAssembly.compileStreaming(fetch(simdUrl));
    } catch (error) {
      if (error instanceof WebAssembly.CompileError)
        return WebAssembly.compileStreaming(fetch(scalarUrl));
      throw new WorkbenchError(
        'kernel-not-loaded',
        `The ${name} kernel could not be loaded. Reload the page; offline, it must have been loaded once before.`,
        {},
        { cause: error },
      );
    }
  };
  return () =>
    (compiled ??= compile().catch((error: unknown) => {
      compiled = undefined;
      throw error;
    }));
}
