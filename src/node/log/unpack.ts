/** Logs that are packed with gzip. */
import { WorkbenchError } from '../../base/error';

const largestUnpacked = 512 * 1024 * 1024;

export async function isGzip(blob: Blob): Promise<boolean> {
  const [a, b] = new Uint8Array(await blob.slice(0, 2).arrayBuffer());
  return a === 0x1f && b === 0x8b;
}

/** A compressed file cannot be read from the middle, so it is unpacked completely. */
export async function unpack(blob: Blob, signal: AbortSignal | undefined): Promise<Blob> {
  const parts: Blob[] = [];
  let size = 0;
  const reader = blob.stream().pipeThrough(new DecompressionStream('gzip')).getReader();
  try {
    for (;;) {
      signal?.throwIfAborted();
      const { done, value } = await reader.read();
      if (done) return new Blob(parts);
      size += value.length;
      if (size > largestUnpacked)
        throw new WorkbenchError(
          'log-archive-too-large',
          `Unpacked, this log has over ${largestUnpacked / 1024 / 1024} MiB. Unpack it with gunzip and drop the file itself, which is read in place.`,
          { largestUnpackedBytes: largestUnpacked },
        );
      parts.push(new Blob([value]));
    }
  } catch (cause) {
    if (cause instanceof WorkbenchError || signal?.aborted) throw cause;
    throw new WorkbenchError(
      'log-archive-damaged',
      'This .gz file cannot be unpacked: it is damaged or was cut off. Try gunzip, or drop the log itself.',
      { unpackedBytes: size },
      { cause },
    );
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
