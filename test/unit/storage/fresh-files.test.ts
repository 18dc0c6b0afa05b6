/** Files that change while they are open. No FileSystemFileHandle exists outside a browser: these have its getFile only. */
import { describe, expect, test } from 'vitest';
import { lookAgain, readAgain, type HeldFile } from '../../../src/storage/fresh-files';

const file = (text: string, lastModified: number): File =>
  new File([text], 'state.sql', { lastModified });

const held = (opened: File, getFile: () => Promise<File>): HeldFile => ({
  file: opened,
  handle: { getFile } as FileSystemFileHandle,
});
const gone = (): Promise<File> => Promise.reject(new DOMException('gone', 'NotFoundError'));
const refused = (): Promise<File> => Promise.reject(new DOMException('no', 'NotAllowedError'));

describe('lookAgain', () => {
  const opened = file('abc', 1000);
  test.each([
    ['the same file', () => Promise.resolve(file('abc', 1000)), 'same'],
    ['a longer file', () => Promise.resolve(file('abcd', 1000)), 'changed'],
    ['a file written later', () => Promise.resolve(file('abd', 2000)), 'changed'],
    ['a file that is gone', gone, 'gone'],
    ['a permission taken back, which states nothing', refused, 'same'],
  ])('tells %s', async (_, getFile, state) => {
    expect((await lookAgain([held(opened, getFile)])).state).toBe(state);
  });

  test('cannot look at files without a handle', async () => {
    expect(await lookAgain([{ file: opened }])).toEqual({ state: 'same' });
  });
});

test('reads existing files again, and leaves out what is gone', async () => {
  const newer = file('abcd', 2000);
  const plain = { file: file('x', 1) };
  const refusing = held(file('r', 1), refused);
  const fresh = await readAgain([
    held(file('abc', 1000), () => Promise.resolve(newer)),
    held(file('wal', 1000), gone),
    plain,
    refusing,
  ]);
  expect(fresh.map((one) => one.file)).toEqual([newer, plain.file, refusing.file]);
});
