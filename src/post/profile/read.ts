/** How fast files come in through the page's reading pipeline alone: what the scan could reach at best. */
import { WorkbenchError } from '../../base/error';
import { ProgressMeter, type JobOptions } from '../../base/progress';
import { rotated } from './read-plan';
import type { FileSlice } from '../../base/read-slice';
import { openReaders } from '../prove/scanner';

export interface ReadProfileRequest {
  /** 10 by default. A stream that comes to the end of the files goes on at their beginning. */
  readonly durationS?: number | undefined;
  /** Streams that read in parallel, each in sequence with a worker of its own; 1 by default. */
  readonly streams?: number | undefined;
  /** Where each stream begins, as a byte of the files one after another; evenly apart by default. */
  readonly starts?: readonly number[] | undefined;
}

export interface ReadProfile {
  readonly time_s: number;
  readonly mib_per_s: number;
  /** Of all streams together, and of each. */
  readonly bytes: number;
  readonly streamBytes: readonly number[];
}

const mib = 2 ** 20;
/** As the scan reads, or less where many streams would need much memory. */
const sliceBytes = (streams: number): number =>
  Math.max(2, Math.min(16, Math.floor(128 / streams))) * mib;

/**
 * Reads files from several places in parallel, each stream in sequence. The operating system's cache counts: a file
 * that was read just before comes from memory.
 * Memory: 32 MiB a stream, from 8 streams on 256 MiB in all.
 * @throws WorkbenchError `no-data`, `duration-invalid`, `streams-invalid`, `file-not-readable`; AbortError
 */
export async function profileRead(
  files: readonly Blob[],
  request: ReadProfileRequest = {},
  { signal, onProgress }: JobOptions = {},
): Promise<ReadProfile> {
  const { durationS = 10, streams = 1 } = request;
  const totalBytes = files.reduce((sum, { size }) => sum + size, 0);
  if (totalBytes === 0)
    throw new WorkbenchError(
      'no-data',
      'There is nothing to read: the files are empty. Choose a directory with postdata_N.bin files, or any large file.',
    );
  if (!(durationS > 0 && durationS <= 86_400))
    throw new WorkbenchError(
      'duration-invalid',
      `durationS must be above 0 and at most a day, but it is ${durationS}.`,
      { field: 'durationS', value: durationS },
    );
  if (!Number.isInteger(streams) || streams < 1 || streams > 64)
    throw new WorkbenchError(
      'streams-invalid',
      `streams must be a whole number from 1 to 64, but it is ${streams}.`,
      { field: 'streams', value: streams },
    );
  const {
    starts = Array.from({ length: streams }, (_, i) => Math.floor((i * totalBytes) / streams)),
  } = request;
  // One worker is one stream: workers that shared a list of slices would all read in the same place.
  const pools = starts.map(() => openReaders(1));
  const meter = new ProgressMeter(durationS, 's');
  const startMs = performance.now();
  let lastMs = startMs;
  const streamBytes = starts.map(() => 0);
  const readStream = (pool: (typeof pools)[number], stream: number): Promise<void> =>
    pool.run(
      overAndOver(rotated(files, starts[stream] ?? 0), sliceBytes(starts.length)),
      (api, slice) => api.read(slice),
      (size) => {
        const nowMs = performance.now();
        streamBytes[stream] = (streamBytes[stream] ?? 0) + size;
        onProgress?.(meter.advance((nowMs - lastMs) / 1000));
        lastMs = nowMs;
        return nowMs - startMs >= durationS * 1000 ? 'stop' : undefined;
      },
      { signal, depth: 2 },
    );
  try {
    await Promise.all(pools.map(readStream));
  } finally {
    for (const pool of pools) pool.close();
  }
  const timeS = (lastMs - startMs) / 1000;
  const bytes = streamBytes.reduce((sum, size) => sum + size, 0);
  return { time_s: timeS, mib_per_s: bytes / mib / timeS, bytes, streamBytes };
}

function* overAndOver(files: readonly Blob[], atOnce: number): Generator<FileSlice> {
  for (;;)
    for (const file of files)
      for (let from = 0; from < file.size; from += atOnce)
        yield { file, from, to: Math.min(file.size, from + atOnce) };
}
