import { describe, expect, test } from 'vitest';
import type { WorkbenchError } from '../../../src/base/error';
import {
  readJsonResponse,
  readTextFile,
  readTextResponse,
  requireTextSize,
  type ReadLimit,
} from '../../../src/base/read-file';

const limit: ReadLimit = {
  name: 'config.json',
  what: 'a node config',
  mostBytes: 1024,
  advice: 'Choose another.',
};

async function refusal(read: () => unknown): Promise<WorkbenchError> {
  try {
    await read();
  } catch (error) {
    return error as WorkbenchError;
  }
  throw new Error('it was read');
}

describe('readTextFile', () => {
  test('readTextFile: a file of the largest size, its text', async () => {
    const text = 'é'.repeat(512);
    expect(await readTextFile(new Blob([text]), limit)).toBe(text);
  });

  test('readTextFile: one byte more, file-too-large with both sizes and what to do', async () => {
    const error = await refusal(() => readTextFile(new Blob(['a'.repeat(1025)]), limit));
    expect(error.code).toBe('file-too-large');
    expect(error.message).toBe(
      'config.json has 1.1 KiB; at most 1 KiB are read as a node config. Choose another.',
    );
    expect(error.details).toEqual({ name: 'config.json', sizeBytes: 1025, mostBytes: 1024 });
  });

  test('readTextFile: a file that changed since it was chosen, file-not-readable', async () => {
    const changed = new Blob(['a']);
    Object.defineProperty(changed, 'text', {
      value: () => Promise.reject(new DOMException('changed', 'NotReadableError')),
    });
    const error = await refusal(() => readTextFile(changed, limit));
    expect(error.code).toBe('file-not-readable');
    expect(error.message).toContain('Choose it again.');
  });
});

test('requireTextSize: a pasted text that is too long, file-too-large', async () => {
  requireTextSize('a'.repeat(1024), limit);
  const error = await refusal(() => requireTextSize('a'.repeat(1025), limit));
  expect(error.message).toMatch(/^The pasted text has 1\.1 KiB; at most 1 KiB/);
});

/** Sends pieces until the reader has enough; counts them. */
function endless(piece: Uint8Array<ArrayBuffer>): { response: Response; sent: () => number } {
  let pieces = 0;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: (controller) => {
      pieces++;
      controller.enqueue(piece);
    },
  });
  return { response: new Response(body), sent: () => pieces };
}

describe('answers', () => {
  test('readTextResponse: pieces that cut a character, the text', async () => {
    const bytes = new TextEncoder().encode('aé🦊');
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    });
    expect(await readTextResponse(new Response(body), limit)).toBe('aé🦊');
    expect(await readTextResponse(new Response(null), limit)).toBe('');
  });

  test('readTextResponse: a server that sends without end, answer-too-large after the limit', async () => {
    const { response, sent } = endless(new Uint8Array(100).fill(97));
    const error = await refusal(() => readTextResponse(response, limit));
    expect(error.code).toBe('answer-too-large');
    expect(sent()).toBeLessThan(15);
  });

  test('readJsonResponse: a value, what is not JSON, and an answer that breaks off', async () => {
    expect(await readJsonResponse(new Response('{"a":1}'), limit)).toEqual({ a: 1 });
    expect(await readJsonResponse(new Response('<html>'), limit)).toBeUndefined();
    const broken = new ReadableStream({
      pull: (controller) => controller.error(new TypeError('terminated')),
    });
    expect(await readJsonResponse(new Response(broken), limit)).toBeUndefined();
    const { response } = endless(new Uint8Array(100).fill(97));
    expect((await refusal(() => readJsonResponse(response, limit))).code).toBe('answer-too-large');
    const aborted = new ReadableStream({
      pull: (controller) => controller.error(new DOMException('aborted', 'AbortError')),
    });
    expect((await refusal(() => readJsonResponse(new Response(aborted), limit))).name).toBe(
      'AbortError',
    );
  });
});
