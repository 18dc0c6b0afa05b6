import { describe, expect, test } from 'vitest';
import { compareFolders } from '../../../src/identity/compare';

describe('comparing two folders', () => {
  const file = (path: string, bytes: Uint8Array<ArrayBuffer> | string) => ({
    path,
    file: new Blob([bytes]),
  });
  const large = new Uint8Array(40 << 20);
  for (let i = 0; i < large.length; i += 4096) large[i] = i >> 12;

  test('names and sizes', async () => {
    const { differences, files } = await compareFolders(
      [file('a', '1'), file('postdata_2.bin', '22'), file('postdata_10.bin', '3')],
      [file('b', '1'), file('postdata_2.bin', '2'), file('postdata_10.bin', '4')],
      { depth: 'names' },
    );
    expect(files).toBe(3);
    expect(differences.map(({ kind, path }) => `${kind} ${path}`)).toEqual([
      'missing a',
      'extra b',
      'size postdata_2.bin',
    ]);
  });

  test('one changed byte, found to the byte; progress to the end', async () => {
    const changed = large.slice();
    changed[12_345_678] = 1;
    let done = 0;
    let total = 0;
    const result = await compareFolders(
      [file('x', large), file('y', 'same')],
      [file('x', changed), file('y', 'same')],
      {
        depth: 'all',
        onProgress: (progress) => ({ done, total } = progress),
      },
    );
    expect(result.differences).toEqual([{ kind: 'content', path: 'x', atByte: 12_345_678 }]);
    expect([done, total]).toEqual([large.length + 4, large.length + 4]);
  });

  test('samples read both ends and no more than they say', async () => {
    const cut = large.slice();
    cut[cut.length - 1] = 9;
    const sampled = await compareFolders([file('x', large)], [file('x', cut)], {
      depth: 'sample',
      samples: 8,
    });
    expect(sampled.differences).toEqual([{ kind: 'content', path: 'x', atByte: large.length - 1 }]);
    expect(sampled.comparedBytes).toBe(8 << 20);
    expect(
      (await compareFolders([file('x', large)], [file('x', large)], { depth: 'sample' }))
        .differences,
    ).toEqual([]);
  });

  test('stops on request', async () => {
    await expect(
      compareFolders([file('x', 'a')], [file('x', 'a')], {
        depth: 'all',
        signal: AbortSignal.abort(),
      }),
    ).rejects.toMatchObject({ name: 'AbortError' });
  });
});
