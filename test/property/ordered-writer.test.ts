// Whatever order pieces are finished in, files grow from their start and end up whole.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OrderedWriter, type WriterPiece } from '../../src/post/initialize/ordered-writer';
import type { PostSink } from '../../src/post/directory/sink';

/** Keeps what is written and refuses holes. */
function memorySink(): PostSink & { readonly files: Map<string, number[]> } {
  const files = new Map<string, number[]>();
  return {
    files,
    entries: () => Promise.resolve([]),
    readText: () => Promise.resolve(''),
    writeText: () => Promise.resolve(),
    write: async (name, offset, bytes) => {
      await Promise.resolve();
      const file = files.get(name) ?? [];
      if (file.length !== offset) throw new Error(`a hole at ${offset} of ${name}`);
      files.set(name, file.concat(Array.from(bytes)));
    },
    truncate: () => Promise.resolve(),
    flush: () => Promise.resolve(),
    lock: () => Promise.resolve(() => undefined),
    freeBytes: () => Promise.resolve(undefined),
  };
}

const signal = new AbortController().signal;

/** Files of pieces of some sizes. */
const filesOfPieces = fc.array(
  fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 }),
  {
    minLength: 1,
    maxLength: 4,
  },
);

test('any order gives the same files', async () => {
  await fc.assert(
    fc.asyncProperty(filesOfPieces, fc.infiniteStream(fc.nat()), async (files, random) => {
      const sink = memorySink();
      const completed: string[] = [];
      const writer = new OrderedWriter(
        sink,
        () => Promise.resolve(),
        (name) => completed.push(name),
      );
      const pieces = files.flatMap((sizes, file) => {
        let offset = 0;
        return sizes.map((sizeBytes, i): WriterPiece => {
          const piece = { name: `f${file}`, offset, sizeBytes, isLast: i === sizes.length - 1 };
          offset += sizeBytes;
          return piece;
        });
      });
      const contents = pieces.map((piece, i) => new Uint8Array(piece.sizeBytes).fill(i + 1));
      for (const piece of pieces) writer.expect(piece);
      const order = pieces.map((_, i) => i).sort(() => ((random.next().value ?? 0) % 2) - 0.5);
      for (const i of order) {
        const piece = pieces[i];
        const bytes = contents[i];
        if (piece && bytes) writer.accept(piece, bytes);
      }
      await writer.drained(signal);
      await writer.room(0, signal);
      await writer.flush();
      const expected = new Map<string, number[]>();
      pieces.forEach(({ name }, i) =>
        expected.set(name, [...(expected.get(name) ?? []), ...Array.from(contents[i] ?? [])]),
      );
      expect(sink.files).toEqual(expected);
      expect(completed).toEqual(files.map((_, file) => `f${file}`));
    }),
    { numRuns: 200 },
  );
});

test('what is finished out of order is not written before its turn', async () => {
  const sink = memorySink();
  const writer = new OrderedWriter(sink, () => Promise.resolve());
  const first = { name: 'f', offset: 0, sizeBytes: 4, isLast: false };
  const second = { name: 'f', offset: 4, sizeBytes: 4, isLast: true };
  writer.expect(first);
  writer.expect(second);
  writer.accept(second, new Uint8Array(4).fill(2));
  await writer.flush();
  expect(sink.files.size).toBe(0);
  writer.accept(first, new Uint8Array(4).fill(1));
  await writer.flush();
  expect(sink.files.get('f')).toEqual([1, 1, 1, 1, 2, 2, 2, 2]);
});

test('waiting ends with the abort, and with the first write that fails', async () => {
  const controller = new AbortController();
  const sink = { ...memorySink(), write: () => Promise.reject(new Error('disk')) };
  const writer = new OrderedWriter(sink, () => Promise.resolve());
  const piece = { name: 'f', offset: 0, sizeBytes: 16, isLast: true };
  writer.expect(piece);
  const waiting = writer.room(0, controller.signal);
  controller.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  writer.accept(piece, new Uint8Array(16));
  await expect(writer.room(0, signal)).rejects.toThrow('disk');
});
