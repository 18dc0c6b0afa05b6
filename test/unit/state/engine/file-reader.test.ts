// The reader beside the helper thread: what the thread does not do in time is read without it.
import { describe, expect, test } from 'vitest';
import {
  cellOf,
  fate,
  readThrough,
  readerChannels,
} from '../../../../src/state/engine/file-reader';
import type { ReaderSetup, ReadRequest } from '../../../../src/state/engine/file-reader-api';
import { memorySource, scatter } from '../../../../src/state/engine/source';

const block = 128 * 1024;
const bytes = Uint8Array.from({ length: 16 * block }, (_, i) => (i >> 17) + 1);

/** A helper that answers at once, or when told to. */
function helperOf(answer: (request: ReadRequest) => void) {
  let setup: ReaderSetup | undefined;
  const control = () => new Int32Array(setup?.control ?? new SharedArrayBuffer(0));
  return {
    control,
    worker: {
      postMessage: (message: ReaderSetup | ReadRequest) => {
        if ('file' in message) setup = message;
        else answer(message);
      },
    },
    ready: () => true,
    finish: ({ offset, length, slots, channel, sequence }: ReadRequest) => {
      const cell = cellOf(channel, 'fate');
      if (Atomics.compareExchange(control(), cell, fate.open, fate.written) === fate.abandoned)
        return;
      const arena = new Uint8Array(setup?.arena ?? new SharedArrayBuffer(0));
      scatter(bytes.subarray(offset, offset + length), arena, slots);
      Atomics.store(control(), cellOf(channel, 'done'), sequence);
    },
  };
}

const file = new File([bytes], 'state.sql');
const slots = [0, 1, 2, 3];
const firstOf = (arena: Uint8Array) => slots.map((slot) => arena[slot * block]);

describe('readThrough', () => {
  test('reads through the helper, several in parallel, each on a channel of its own', () => {
    const asked: ReadRequest[] = [];
    const helper = helperOf((request) => asked.push(request));
    const source = readThrough(helper, file, memorySource(new Uint8Array(bytes.length)));
    const arena = source.allocate(16 * block);
    const tickets = Array.from({ length: readerChannels }, (_, i) =>
      source.prefetch?.(
        i * 4 * block,
        4 * block,
        slots.map((slot) => slot + 4 * i),
      ),
    );
    expect(source.prefetch?.(12 * block, 4 * block, slots)).toBeUndefined();
    expect(new Set(asked.map(({ channel }) => channel)).size).toBe(readerChannels);
    for (const [i, ticket] of tickets.entries()) {
      if (!ticket) return expect.fail('a channel was free');
      expect(source.isDone?.(ticket)).toBe(false);
      helper.finish(asked[i] ?? expect.fail('it was asked for'));
      expect(source.isDone?.(ticket)).toBe(true);
      expect(source.settle?.(ticket)).toBe(true);
    }
    expect(firstOf(arena)).toEqual([1, 2, 3, 4]);
    expect(arena[8 * block]).toBe(9);
  });

  test('a channel that is done goes on with another read before the first was awaited', () => {
    const helper = helperOf((request) => helper.finish(request));
    const source = readThrough(helper, file, memorySource(new Uint8Array(bytes.length)), 20);
    const arena = source.allocate(16 * block);
    const first = source.prefetch?.(0, 4 * block, slots);
    const second = source.prefetch?.(
      4 * block,
      4 * block,
      slots.map((slot) => slot + 4),
    );
    if (!first || !second) return expect.fail('a channel was free');
    expect(second.channel).toBe(first.channel);
    for (const ticket of [first, second]) {
      expect(source.isDone?.(ticket)).toBe(true);
      expect(source.settle?.(ticket)).toBe(true);
    }
    expect(firstOf(arena)).toEqual([1, 2, 3, 4]);
    expect(arena[4 * block]).toBe(5);
  });

  test('a read that never ends is given up; what comes of it later goes nowhere', () => {
    const asked: ReadRequest[] = [];
    const helper = helperOf((request) => asked.push(request));
    const source = readThrough(helper, file, memorySource(bytes), 20);
    const arena = source.allocate(4 * block);
    for (let i = 0; i < readerChannels + 2; i++) {
      arena.fill(0);
      source.fill(4 * block, 4 * block, slots);
      expect(firstOf(arena)).toEqual([5, 6, 7, 8]);
    }
    // Each channel was tried once; then nothing is asked of the helper any more.
    expect(asked.length).toBe(readerChannels);
    arena.fill(99);
    for (const request of asked) helper.finish(request);
    expect(firstOf(arena)).toEqual([99, 99, 99, 99]);
  });

  test('after a failure the file is read without the helper, which states what is wrong', () => {
    const helper = helperOf((request) => {
      Atomics.store(helper.control(), cellOf(request.channel, 'failed'), 1);
      Atomics.store(helper.control(), cellOf(request.channel, 'done'), request.sequence);
    });
    const source = readThrough(helper, file, {
      sizeBytes: bytes.length,
      read: () => {
        throw new DOMException('it has changed', 'NotReadableError');
      },
    });
    source.allocate(4 * block);
    expect(() => source.fill(0, 4 * block, slots)).toThrow('it has changed');
  });
});
