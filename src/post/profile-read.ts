/** How fast files come in through the page's reading pipeline alone: what the scan could reach at best. */
import { WorkbenchError } from '../protocol/error';
import { ProgressMeter, type JobOptions } from '../workers/job';
import type { FileSlice } from './read-slice';
import { openReaders } from './scanner';

export interface ReadProfileRequest {
  /** 10 unless said. The files are read from the start again when they end before. */
  readonly durationS?: number | undefined;
  /** Workers that read at once; 1 reads in sequence. */
  readonly streams?: number | undefined;
}

export interface ReadProfile {
  readonly time_s: number;
  readonly mib_per_s: number;
  readonly bytes: number;
}

const mib = 2 ** 20;
const sliceBytes = 16 * mib;

/**
 * Reads files in order, as the scan does. The operating system's cache counts: a file that was read
 * just before comes from memory.
 * Memory: 32 MiB a stream.
 * @throws WorkbenchError `no-data`, `duration-invalid`, `threads-invalid`, `file-not-readable`; AbortError
 */
export async function profileRead(
  files: readonly Blob[],
  { durationS = 10, streams = 1 }: ReadProfileRequest = {},
  { signal, onProgress }: JobOptions = {},
): Promise<ReadProfile> {
  if (!files.some((file) => file.size > 0))
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
  const pool = openReaders(streams);
  const meter = new ProgressMeter(durationS, 's');
  const startMs = performance.now();
  let lastMs = startMs;
  let bytes = 0;
  try {
    await pool.run(
      overAndOver(files),
      (api, slice) => api.read(slice),
      (size) => {
        const nowMs = performance.now();
        bytes += size;
        onProgress?.(meter.advance((nowMs - lastMs) / 1000));
        lastMs = nowMs;
        return nowMs - startMs >= durationS * 1000 ? 'stop' : undefined;
      },
      { signal, depth: 2 },
    );
  } finally {
    pool.close();
  }
  const timeS = (lastMs - startMs) / 1000;
  return { time_s: timeS, mib_per_s: bytes / mib / timeS, bytes };
}

function* overAndOver(files: readonly Blob[]): Generator<FileSlice> {
  for (;;)
    for (const file of files)
      for (let from = 0; from < file.size; from += sliceBytes)
        yield { file, from, to: Math.min(file.size, from + sliceBytes) };
}
