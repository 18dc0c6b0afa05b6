/** How fast this machine scans, in the terms of post-rs's profiler: the data is in memory, and no label is good. */
import { provingJob } from '../../kernels/proving';
import { WorkbenchError } from '../../base/error';
import { nonceProblem } from '../../protocol/nonces';
import { noncesPerGroup } from '../../protocol/units';
import { ProgressMeter, type JobOptions } from '../../base/progress';
import { openEngine, type ProvingEngine, type ScannerOptions } from '../prove/scanner';

export interface ProvingProfileRequest extends ScannerOptions {
  /** A multiple of 16 up to 4096; 64 by default, as in the profiler. */
  readonly nonces?: number | undefined;
  /** Measured after a warm-up; 10 by default. */
  readonly durationS?: number | undefined;
  /** Size of the data that is gone through over and over, 1 by default. At most 16 MiB per worker are kept. */
  readonly dataSizeGiB?: number | undefined;
}

/** Keys as post-rs's profiler prints them, and what it does not. */
export interface ProvingProfile {
  readonly time_s: number;
  readonly speed_gib_s: number;
  readonly nonces: number;
  /** "2 threads", "GPU (nvidia ampere)". */
  readonly backend: string;
}

const gibibyte = 2 ** 30;
const warmUpS = 1;

/**
 * @param given what scans; else what the request asks for, in workers of the page
 * @throws WorkbenchError `nonces-invalid`, `duration-invalid`, `threads-invalid`, `gpu-missing`; AbortError
 */
export async function profileProving(
  request: ProvingProfileRequest = {},
  { signal, onProgress }: JobOptions = {},
  given?: ProvingEngine,
): Promise<ProvingProfile> {
  const { nonces = 64, durationS = 10, dataSizeGiB = 1 } = request;
  const problem = nonceProblem(nonces);
  if (problem !== undefined) throw new WorkbenchError('nonces-invalid', problem, { nonces });
  if (!(durationS > 0 && durationS <= 86_400))
    throw new WorkbenchError(
      'duration-invalid',
      `durationS must be above 0 and at most a day, but it is ${durationS}.`,
      { field: 'durationS', value: durationS },
    );
  const engine = given ?? (await openEngine(request));
  const atOnce = Math.min(engine.sliceBytes(nonces), Math.ceil(dataSizeGiB * gibibyte));
  const job = provingJob(
    new TextEncoder().encode('hello world, challenge me!!!!!!!'),
    0,
    Array.from({ length: nonces / noncesPerGroup }, () => 0n),
    { msb: 0, lsb: 0n },
  );
  const pool = engine.open(job);
  try {
    await scanFor(pool, atOnce, Math.min(warmUpS, durationS), signal);
    const { bytes, timeS } = await scanFor(pool, atOnce, durationS, signal, onProgress);
    return {
      time_s: timeS,
      speed_gib_s: bytes / gibibyte / timeS,
      nonces,
      backend: engine.description,
    };
  } finally {
    pool.close();
  }
}

async function scanFor(
  pool: ReturnType<ProvingEngine['open']>,
  atOnce: number,
  seconds: number,
  signal: AbortSignal | undefined,
  onProgress?: JobOptions['onProgress'],
): Promise<{ bytes: number; timeS: number }> {
  const meter = new ProgressMeter(seconds, 's');
  const startMs = performance.now();
  let lastMs = startMs;
  let bytes = 0;
  await pool.run(
    forever(atOnce),
    (api, size) => api.scanMemory(size),
    (size) => {
      const nowMs = performance.now();
      bytes += size;
      onProgress?.(meter.advance((nowMs - lastMs) / 1000));
      lastMs = nowMs;
      return nowMs - startMs >= seconds * 1000 ? 'stop' : undefined;
    },
    { signal },
  );
  return { bytes, timeS: (lastMs - startMs) / 1000 };
}

function* forever<T>(value: T): Generator<T> {
  for (;;) yield value;
}
