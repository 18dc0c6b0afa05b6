/**
 * A blob's bytes as a stream that fills the caller's own buffer: two to four times as fast as `arrayBuffer()`.
 *
 * Chromium 156 collects such a stream while a read waits for it, if nothing but that read refers to it; the read then
 * never ends. So readers are held here until they are closed.
 */
const held = new Set<ReadableStreamBYOBReader>();

/** Undefined where blobs have no byte streams (Safari). Close it in the end, whatever happens. */
export function openByteStream(blob: Blob): ReadableStreamBYOBReader | undefined {
  try {
    const reader = blob.stream().getReader({ mode: 'byob' });
    held.add(reader);
    return reader;
  } catch {
    return undefined;
  }
}

export function hasByteStreams(): boolean {
  const reader = openByteStream(new Blob());
  if (reader) void closeByteStream(reader);
  return reader !== undefined;
}

/** A stream that is left open keeps its file and its pipe. */
export async function closeByteStream(reader: ReadableStreamBYOBReader): Promise<void> {
  held.delete(reader);
  await reader.cancel().catch(() => undefined);
}
