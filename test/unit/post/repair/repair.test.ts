import { createHash } from 'node:crypto';
import {
  cpSync,
  openSync,
  readFileSync,
  readSync,
  writeFileSync,
  writeSync,
  closeSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { verifyData } from '../../../../src/post/check/check';
import type { PostDirectory } from '../../../../src/post/directory/directory';
import {
  repairDirectory,
  type RepairRequest,
  type RepairTarget,
} from '../../../../src/post/repair/repair';
import {
  folderContents,
  labelEngines,
  openContents,
  temporaryFolder,
  vectorDirectory,
} from '../../../support/post-fixtures';

const engines = labelEngines();

/** SHA-256 by file name. */
const hashes = (folder: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(folderContents(folder)).map(([name, bytes]) => [
      name,
      createHash('sha256').update(bytes).digest('hex'),
    ]),
  );

/** A copy of a directory with bytes inverted: name, first byte, number of bytes. */
function damaged(name: string, places: readonly (readonly [string, number, number])[]) {
  const folder = join(temporaryFolder(), 'post');
  cpSync(vectorDirectory(name), folder, { recursive: true });
  for (const [file, at, count] of places) {
    const bytes = readFileSync(join(folder, file));
    for (let i = at; i < at + count; i++) bytes[i] = (bytes[i] ?? 0) ^ 0x5a;
    writeFileSync(join(folder, file), bytes);
  }
  return { folder, open: () => openContents(folderContents(folder)) };
}

function diskTarget(folder: string, originals = temporaryFolder()): RepairTarget {
  const inFile = <R>(name: string, flags: string, use: (file: number) => R): R => {
    const file = openSync(join(folder, name), flags);
    try {
      return use(file);
    } finally {
      closeSync(file);
    }
  };
  return {
    read: (name, from, to) => {
      const bytes = new Uint8Array(to - from);
      inFile(name, 'r', (file) => readSync(file, bytes, 0, bytes.length, from));
      return Promise.resolve(bytes);
    },
    write: (name, offset, bytes) => {
      inFile(name, 'r+', (file) => writeSync(file, bytes, 0, bytes.length, offset));
      return Promise.resolve();
    },
    flush: () => Promise.resolve(),
    keepOriginal: (name, bytes) => {
      writeFileSync(join(originals, name), bytes, { flag: 'wx' });
      return Promise.resolve();
    },
  };
}

const repair = (directory: PostDirectory, request: RepairRequest, target?: RepairTarget) =>
  repairDirectory(directory, request, { target }, engines);

describe('repairDirectory', () => {
  test('repairDirectory: damage of a check, a directory identical to the fresh one and the originals kept', async () => {
    const places = [
      ['postdata_1.bin', 35, 1],
      ['postdata_1.bin', 4000, 500],
      ['postdata_3.bin', 0, 16],
    ] as const;
    const { folder, open } = damaged('go-n16', places);
    const before = folderContents(folder);
    const { bad } = await verifyData(await open(), { scryptN: 16 }, {}, engines);
    const originals = temporaryFolder();
    const result = await repair(await open(), { bad, scryptN: 16 }, diskTarget(folder, originals));
    expect(hashes(folder)).toEqual(hashes(vectorDirectory('go-n16')));
    expect(result).toMatchObject({ written: true, badLabels: bad.length });
    for (const { fileName, offset, sizeBytes, originalName } of result.ranges)
      expect(readFileSync(join(originals, originalName))).toEqual(
        before[fileName]?.subarray(offset, offset + sizeBytes),
      );
    expect(await verifyData(await open(), { scryptN: 16 }, {}, engines)).toMatchObject({ bad: [] });
  });

  test('repairDirectory: one seed in a long region, all of the region repaired and little more computed', async () => {
    const places = [['postdata_0.bin', 20_000, 300_000]] as const;
    const { folder, open } = damaged('n2-large', places);
    const seed = { file: 0, offset: 160_000 };
    const result = await repair(await open(), { bad: [seed], scryptN: 2 }, diskTarget(folder));
    expect(hashes(folder)).toEqual(hashes(vectorDirectory('n2-large')));
    expect(result.ranges).toHaveLength(1);
    expect(result.computed).toBeLessThan(300_000 / 16 + 66 * 256);
  });

  test('repairDirectory: no target, the ranges and not a byte written', async () => {
    const { folder, open } = damaged('go-n16', [['postdata_2.bin', 160, 32]]);
    const before = hashes(folder);
    const bad = [{ file: 2, offset: 160 }];
    expect(await repair(await open(), { bad, scryptN: 16 })).toMatchObject({
      written: false,
      badLabels: 2,
      ranges: [{ file: 2, fileName: 'postdata_2.bin', offset: 160, sizeBytes: 32 }],
    });
    expect(hashes(folder)).toEqual(before);
  });

  test('repairDirectory: a wrong scrypt N, or a file under another number, refused', async () => {
    const { folder, open } = damaged('go-n16', []);
    const bad = [{ file: 1, offset: 0 }];
    const refusal = expect.objectContaining({ code: 'repair-no-evidence' }) as Error;
    await expect(repair(await open(), { bad, scryptN: 32 }, diskTarget(folder))).rejects.toEqual(
      refusal,
    );
    const contents = folderContents(folder);
    const swapped = await openContents({
      ...contents,
      'postdata_1.bin': contents['postdata_2.bin'] ?? Buffer.of(),
      'postdata_2.bin': contents['postdata_1.bin'] ?? Buffer.of(),
    });
    await expect(repair(swapped, { bad, scryptN: 16 }, diskTarget(folder))).rejects.toEqual(
      refusal,
    );
    expect(hashes(folder)).toEqual(hashes(vectorDirectory('go-n16')));
  });

  test('repairDirectory: another folder chosen for the repair, refused before anything is written', async () => {
    const { open } = damaged('go-n16', [['postdata_1.bin', 35, 1]]);
    const other = damaged('n2-multi', []);
    const before = hashes(other.folder);
    await expect(
      repair(
        await open(),
        { bad: [{ file: 1, offset: 32 }], scryptN: 16 },
        diskTarget(other.folder),
      ),
    ).rejects.toMatchObject({ code: 'repair-data-changed' });
    expect(hashes(other.folder)).toEqual(before);
  });

  test('repairDirectory: originals cannot be kept, not a byte written', async () => {
    const { folder, open } = damaged('go-n16', [['postdata_1.bin', 35, 1]]);
    const before = hashes(folder);
    const target = {
      ...diskTarget(folder),
      keepOriginal: () => Promise.reject(new Error('disk full')),
    };
    const bad = [{ file: 1, offset: 32 }];
    await expect(repair(await open(), { bad, scryptN: 16 }, target)).rejects.toThrow('disk full');
    expect(hashes(folder)).toEqual(before);
  });

  test('repairDirectory: a disk that does not keep what is written, reported', async () => {
    const { folder, open } = damaged('go-n16', [['postdata_1.bin', 35, 1]]);
    const target = { ...diskTarget(folder), write: () => Promise.resolve() };
    const bad = [{ file: 1, offset: 32 }];
    await expect(repair(await open(), { bad, scryptN: 16 }, target)).rejects.toMatchObject({
      code: 'repair-not-written',
    });
  });

  test.each([
    [[], 'repair-nothing'],
    [[{ file: 9, offset: 0 }], 'repair-place-invalid'],
    [[{ file: 0, offset: 8 }], 'repair-place-invalid'],
    [[{ file: 0, offset: 1e9 * 16 }], 'repair-place-invalid'],
  ])('repairDirectory: the bad labels %j, %s', async (bad, code) => {
    const { open } = damaged('go-n16', []);
    await expect(repair(await open(), { bad, scryptN: 16 })).rejects.toMatchObject({ code });
  });
});
