import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { PlacedFile } from '../../../../src/post/directory/directory';
import {
  locateLabel,
  openDirectories,
  openDirectory,
  readLabel,
  requireMetadata,
} from '../../../../src/post/directory/directory';
import type { PostMetadata } from '../../../../src/protocol/metadata';
import { readMetadata, writeMetadata } from '../../../../src/protocol/metadata';
import { toHex } from '../../../../src/base/bytes';

const posdata = new URL('../../../data/post/posdata/', import.meta.url);
const directories = readdirSync(posdata);

function placed(name: string): PlacedFile[] {
  const folder = new URL(`${name}/`, posdata);
  return readdirSync(folder).map((file) => ({
    path: `${name}/${file}`,
    file: new File([readFileSync(new URL(file, folder))], file),
  }));
}

const without = (files: PlacedFile[], ...names: string[]) =>
  files.filter(({ path }) => !names.some((name) => path.endsWith(`/${name}`)));

const withFile = (files: PlacedFile[], name: string, ...content: BlobPart[]): PlacedFile[] => [
  ...without(files, name),
  {
    path: `any/${name}`.replace('any', files[0]?.path.split('/')[0] ?? ''),
    file: new File(content, name),
  },
];

const withMetadata = (files: PlacedFile[], change: Partial<PostMetadata>): PlacedFile[] => {
  const name = files[0]?.path.split('/')[0] ?? '';
  const text = readFileSync(new URL(`${name}/postdata_metadata.json`, posdata), 'utf8');
  return withFile(
    files,
    'postdata_metadata.json',
    writeMetadata({ ...readMetadata(text).metadata, ...change }),
  );
};

const codes = async (files: PlacedFile[]) =>
  (await openDirectory(files)).findings.map(({ code }) => code);
const message = async (files: PlacedFile[], code: string) => {
  const { findings } = await openDirectory(files);
  const found = findings.find((finding) => finding.code === code);
  return `${found?.message ?? `no ${code}`} ${found?.action ?? ''}`;
};
const zeros = (bytes: number) => new Uint8Array(bytes);

describe('directories that a reference wrote', () => {
  test.each(directories)('%s is complete, without a complaint', async (name) => {
    const directory = await openDirectory(placed(name));
    expect(directory.name).toBe(name);
    expect(directory.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(directory.findings.map(({ code }) => code)).toContain('complete');
    expect(directory.files.every(({ number, rank }) => number === rank)).toBe(true);
  });

  test('files come by number, not by name', async () => {
    const { files } = await openDirectory(placed('n4-ragged').reverse());
    expect(files.map(({ number }) => number)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  test("Go's NonceValue is what is at Nonce", async () => {
    expect(await codes(placed('go-n16'))).toEqual(['complete', 'nonce-matches']);
  });
});

test('opening reads no data but the label at Nonce', async () => {
  const reads: string[] = [];
  const watched = placed('go-n16').map(({ path, file }) => {
    const blob = new File([file], file.name);
    for (const method of ['arrayBuffer', 'slice', 'text', 'stream'] as const)
      Object.defineProperty(blob, method, {
        value: (...range: [number?, number?]) => {
          reads.push(`${method} ${file.name} ${range.join('-')}`.trim());
          return (file[method] as (...range: [number?, number?]) => unknown)(...range);
        },
      });
    return { path, file: blob };
  });
  await openDirectory(watched);
  // Nonce 1386 is label 362 of the third file: byte 5792.
  expect(reads.sort()).toEqual([
    'arrayBuffer postdata_metadata.json',
    'slice postdata_2.bin 5792-5808',
  ]);
});

describe('places of labels', () => {
  test('by rank, as the reference reads', async () => {
    const directory = await openDirectory(placed('n2-multi'));
    const place = locateLabel(directory, 8001n);
    expect([place?.file.name, place?.offsetBytes]).toEqual(['postdata_1.bin', 16]);
    expect(locateLabel(directory, 31000n)).toBeUndefined();
    const shifted = await openDirectory(without(placed('n2-multi'), 'postdata_0.bin'));
    expect(locateLabel(shifted, 1n)?.file.name).toBe('postdata_1.bin');
  });

  test('their bytes', async () => {
    const directory = await openDirectory(placed('go-n16'));
    const place = locateLabel(directory, 1386n);
    expect(place && toHex(await readLabel(place))).toBe('0007eabe6ed2d7a121fc88c505c0f0b8');
  });
});

describe('what is wrong', () => {
  test('a gap shifts every later label', async () => {
    const text = await message(
      without(placed('n4-ragged'), 'postdata_3.bin', 'postdata_4.bin', 'postdata_9.bin'),
      'file-missing',
    );
    expect(text).toContain('postdata_3.bin … postdata_4.bin (2 files), postdata_9.bin are missing');
    expect(text).toContain('postdata_5.bin and all after it');
  });

  test('the last files missing', async () => {
    const files = without(placed('n4-ragged'), 'postdata_9.bin', 'postdata_10.bin');
    expect(await message(files, 'files-missing-at-end')).toContain(
      'postdata_9.bin … postdata_10.bin (2 files) are not there',
    );
    expect(await codes(files)).not.toContain('file-missing');
  });

  test('short, misaligned and long files', async () => {
    const short = withFile(placed('n4-ragged'), 'postdata_2.bin', zeros(160));
    expect(await message(short, 'file-short')).toContain('postdata_2.bin has 160 of 1600 bytes');
    expect(await codes(short)).not.toContain('file-misaligned');
    const ragged = withFile(placed('n4-ragged'), 'postdata_2.bin', zeros(165));
    expect(await message(ragged, 'file-misaligned')).toContain('truncate -s 160 postdata_2.bin');
    const long = withFile(placed('n4-ragged'), 'postdata_10.bin', zeros(400));
    expect(await message(long, 'file-long')).toContain('postdata_10.bin has 400 of 384 bytes');
  });

  test('files past the end', async () => {
    const files = withFile(placed('n2-multi'), 'postdata_4.bin', zeros(16));
    expect(await message(files, 'file-extra')).toContain('postdata_4.bin: 16 B past the last');
  });

  test('names', async () => {
    const files = withFile(placed('n2-multi'), 'postdata_03.bin', zeros(16));
    expect(await codes(files)).toEqual(
      expect.arrayContaining(['file-number-twice', 'file-name-padded']),
    );
    const partial = withFile(placed('n2-multi'), 'postdata_1.bin.part', zeros(1));
    expect(await message(partial, 'file-name-unknown')).toContain(
      'postdata_1.bin.part is not used',
    );
  });

  test('no data, no metadata, neither', async () => {
    expect(await codes(placed('n2-single').filter(({ path }) => path.endsWith('.json')))).toContain(
      'no-data',
    );
    const bare = await openDirectory(without(placed('n2-single'), 'postdata_metadata.json'));
    expect(bare.findings.map(({ code }) => code)).toEqual(['metadata-missing']);
    expect(() => requireMetadata(bare)).toThrow('postdata_metadata.json is missing');
    await expect(openDirectory([new File(['x'], 'notes.txt')])).rejects.toMatchObject({
      code: 'no-post-directory',
    });
  });

  test.each([
    ['empty', ''],
    ['only zeros', '\0'.repeat(300)],
    ['cut off after two fields', '{\n\t"NodeId": "QUJD",\n\t"NumUnits": 4,\n\t"MaxFi'],
    ['followed by zeros', '{"NumUnits": 4}\0\0\0'],
  ])(
    'openDirectory: metadata %s, torn with the labels kept and the sources of each field',
    async (_name, text) => {
      const torn = await openDirectory(
        withFile(placed('n2-multi'), 'postdata_metadata.json', text),
      );
      const [finding] = torn.findings;
      expect(torn.metadata).toBeUndefined();
      expect(finding?.code).toBe('metadata-torn');
      if (text.includes('NumUnits')) expect(finding?.message).toContain('Still readable: ');
      expect(finding?.action).toMatch(/labels in \d+ postdata files .* are not affected/);
      for (const field of ['NodeId', 'CommitmentAtxId', 'NumUnits', 'MaxFileSize', 'LabelsPerUnit'])
        expect(finding?.action).toContain(field);
    },
  );

  test("the documentation's malformed sample is pointed at", async () => {
    const text =
      '{\n  "NodeId": "",\n  "CommitmentAtxId": "",\n  "LabelsPerUnit": 4294967296,\n  "NumUnits": 4,\n  "MaxFileSize": :4294967296\n}';
    const directory = await openDirectory(
      withFile(placed('n2-single'), 'postdata_metadata.json', text),
    );
    expect(directory.findings[0]).toMatchObject({ code: 'json-invalid', severity: 'error' });
    expect(directory.findings[0]?.message).toContain(
      'line 6, column 18:\n  "MaxFileSize": :4294967296\n                 ^',
    );
    expect(() => requireMetadata(directory)).toThrow('line 6');
  });

  test('the VRF nonce', async () => {
    const files = placed('go-n16');
    expect(await message(withMetadata(files, { nonce: 7n }), 'nonce-value-mismatch')).toContain(
      'at label 7',
    );
    expect(await codes(withMetadata(files, { nonce: undefined, nonceValue: undefined }))).toContain(
      'nonce-missing',
    );
    expect(await codes(withMetadata(files, { nonceValue: undefined }))).toContain(
      'nonce-value-missing',
    );
    expect(await codes(withMetadata(files, { nonce: 5000n }))).toContain('nonce-beyond-data');
    expect(
      await codes(withMetadata(files, { nonceValue: zeros(16).fill(0xee), nonce: 9999n })),
    ).toContain('nonce-not-good');
    expect(await codes(withMetadata(files, { nonceValue: zeros(32) }))).toContain(
      'nonce-value-length',
    );
  });

  test('sizes and ids that no directory has', async () => {
    const files = placed('n2-single');
    expect(await codes(withMetadata(files, { numUnits: 0 }))).toContain('size-invalid');
    expect(await codes(withMetadata(files, { labelsPerUnit: 2n ** 63n }))).toContain(
      'size-invalid',
    );
    expect(await codes(withMetadata(files, { maxFileSize: 1000n }))).toContain(
      'max-file-size-invalid',
    );
    expect(await codes(withMetadata(files, { maxFileSize: 512n }))).toContain(
      'max-file-size-small',
    );
    expect(await message(withMetadata(files, { nodeId: zeros(48) }), 'id-length')).toContain(
      'It looks like hex',
    );
  });
});

describe('several directories', () => {
  const both = [
    ...placed('n2-single'),
    ...placed('go-n16'),
    { path: 'notes/a.txt', file: new File(['a'], 'a.txt') },
  ];

  test('one cannot be chosen for the user', async () => {
    await expect(openDirectory(both)).rejects.toMatchObject({
      code: 'several-post-directories',
      details: { names: ['n2-single', 'go-n16'] },
    });
  });

  test('all can be opened', async () => {
    expect((await openDirectories(both)).map(({ name }) => name)).toEqual(['n2-single', 'go-n16']);
  });
});

test('16 000 files of a 64 TiB directory open at the same time', async () => {
  // Sizes only: a File of 4 GiB cannot be made here.
  const count = 16384;
  const files = Array.from({ length: count }, (_, number) => {
    const file = new File([], `postdata_${number}.bin`);
    Object.defineProperty(file, 'size', { value: 2 ** 32 });
    return { path: `big/${file.name}`, file };
  });
  const metadata = writeMetadata({
    nodeId: zeros(32),
    commitmentAtxId: zeros(32),
    labelsPerUnit: 2n ** 32n,
    numUnits: 1024,
    maxFileSize: 2n ** 32n,
    nonce: undefined,
    nonceValue: undefined,
    lastPosition: undefined,
  });
  files.push({
    path: 'big/postdata_metadata.json',
    file: new File([metadata], 'postdata_metadata.json'),
  });
  const directory = await openDirectory(files);
  expect(directory.findings.map(({ code }) => code)).toEqual(['complete', 'nonce-missing']);
  expect(directory.findings[0]?.message).toContain('16,384 files, 64 TiB');
  expect(locateLabel(directory, 2n ** 41n + 5n)).toMatchObject({
    file: { name: 'postdata_8192.bin' },
    offsetBytes: 80,
  });
});
