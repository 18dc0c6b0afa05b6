import { describe, expect, test } from 'vitest';
import { maxDroppedFiles, readDirectory, readFileList } from '../../../src/ui/drop';

const file = new File(['x'], 'x');

function* many(count: number): Iterable<File> {
  for (let i = 0; i < count; i++) yield file;
}

/** A folder of `count` files, as the browser lists it. */
const folderOf = (count: number): FileSystemDirectoryHandle => {
  const handle = { kind: 'file', name: 'x', getFile: () => Promise.resolve(file) };
  return {
    kind: 'directory',
    name: 'disk',
    async *entries() {
      for (let i = 0; i < count; i++) yield [`${i}`, await Promise.resolve(handle)];
    },
  } as unknown as FileSystemDirectoryHandle;
};

describe('drop', () => {
  test('readFileList: a file list at the limit, complete', () => {
    expect(readFileList(many(maxDroppedFiles)).files).toHaveLength(maxDroppedFiles);
  });

  test('readFileList: one file more than the limit, refused with the limit', () => {
    expect(() => readFileList(many(maxDroppedFiles + 1))).toThrow(/more than 100,000 files/);
  });

  test('readDirectory: one file more than the limit, refused instead of cut', async () => {
    await expect(readDirectory(folderOf(maxDroppedFiles + 1))).rejects.toMatchObject({
      code: 'drop-too-many-files',
    });
    expect((await readDirectory(folderOf(10))).files).toHaveLength(10);
  });
});
