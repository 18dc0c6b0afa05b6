/** How fast this machine initialises: labels per second by backend and threads, with the machine's own words. */
import { WorkbenchError } from '../../base/error';
import { checkScryptN } from '../../protocol/labels';
import { ProgressMeter, type JobOptions } from '../../base/progress';
import type { BackendOptions } from '../../kernels/choose';
import { dealRange, withEngines, type LabelEngines } from '../labels';
import { labelBytes, mainnetPost } from '../../protocol/units';

export interface LabelProfileRequest extends BackendOptions {
  /** Measured after a warm-up; 10 by default. */
  readonly durationS?: number | undefined;
  readonly scryptN?: number | undefined;
}

/** Keys in the manner of post-rs's profiler. */
export interface LabelProfile {
  readonly labels_per_s: number;
  /** Of the 16 bytes that go to disk. */
  readonly mib_per_s: number;
  readonly labels: number;
  readonly time_s: number;
  readonly scrypt_n: number;
  /** "2 threads", "GPU (nvidia ampere)". */
  readonly backend: string;
  /**
   * Bytes per second that ROMix moves through memory, had it no cache: with look-up gap 2, as on the GPU, N rows
   * of 128 bytes are read and half that number written per label; on the CPU all are written.
   */
  readonly memory_gib_per_s: number;
}

const warmUpS = 1;

/**
 * @throws WorkbenchError `duration-invalid`, `scrypt-n-invalid`, `threads-invalid`, `gpu-missing`
 */
export async function profileLabels(
  request: LabelProfileRequest = {},
  { signal, onProgress }: JobOptions = {},
  engines?: LabelEngines,
): Promise<LabelProfile> {
  const { durationS = 10, scryptN = mainnetPost.scryptN } = request;
  if (!(durationS > 0 && durationS <= 86_400))
    throw new WorkbenchError(
      'duration-invalid',
      `durationS must be above 0 and at most a day, but it is ${durationS}.`,
      { field: 'durationS', value: durationS },
    );
  const job = {
    commitment: new Uint8Array(32),
    scryptN: checkScryptN(scryptN),
    labelBytes: 16 as const,
  };
  return withEngines(request, engines, async (using) => {
    const run = async (seconds: number, progress?: JobOptions['onProgress']) => {
      const meter = new ProgressMeter(seconds, 's');
      const startMs = performance.now();
      let lastMs = startMs;
      let labels = 0;
      await using.run(
        job,
        dealRange(0n, 2n ** 63n),
        (_, { places }) => {
          const nowMs = performance.now();
          labels += places.count;
          progress?.(meter.advance((nowMs - lastMs) / 1000));
          lastMs = nowMs;
          return nowMs - startMs >= seconds * 1000 ? 'stop' : undefined;
        },
        { signal },
      );
      return { labels, timeS: (lastMs - startMs) / 1000 };
    };
    // Workers start, the compiler's second tier takes over, and a GPU learns its batch.
    await run(Math.min(warmUpS, durationS));
    const { labels, timeS } = await run(durationS, onProgress);
    const perS = labels / timeS;
    const written = using.description.includes('GPU') ? 0.5 : 1;
    return {
      labels_per_s: perS,
      mib_per_s: (perS * labelBytes) / 2 ** 20,
      labels,
      time_s: timeS,
      scrypt_n: scryptN,
      backend: using.description,
      memory_gib_per_s: (perS * scryptN * 128 * (1 + written)) / 2 ** 30,
    };
  });
}
