import { afterEach, expect, test, vi } from 'vitest';
import { hasByteStreams } from '../../../src/base/byte-stream';

afterEach(() => vi.restoreAllMocks());

test('hasByteStreams: blobs with byte streams, is true', () => {
  expect(hasByteStreams()).toBe(true);
});

test('hasByteStreams: blobs with default streams only, as in WebKit, is false', () => {
  vi.spyOn(Blob.prototype, 'stream').mockReturnValue(new ReadableStream());
  expect(hasByteStreams()).toBe(false);
});
