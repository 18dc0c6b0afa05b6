// All of pos_verify.json; about 15 s.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { belongsElsewhere, sampleSize, verifyData } from '../../../../src/post/check/check';
import { requireMetadata } from '../../../../src/post/directory/directory';
import { labelsPerFile } from '../../../../src/protocol/metadata';
import {
  folderContents,
  labelEngines,
  openContents,
  postVectors,
  vectorDirectory,
} from '../../../support/post-fixtures';

type Mutation =
  | { readonly op: 'xor'; readonly file: string; readonly offset: number; readonly mask: number }
  | { readonly op: 'truncate'; readonly file: string; readonly size: number }
  | { readonly op: 'append'; readonly file: string; readonly bytes: string }
  | { readonly op: 'delete'; readonly file: string };
interface Case {
  readonly dir: string;
  readonly what: string;
  readonly mutations: readonly Mutation[];
  readonly fraction_percent: number;
  readonly from_file: number | null;
  readonly to_file: number | null;
  readonly scrypt: { readonly n: number };
  readonly result:
    | { readonly ok: true }
    | {
        readonly ok: false;
        readonly kind: 'InvalidLabel';
        readonly file: number;
        readonly offset: number;
      }
    | { readonly ok: false; readonly kind: 'Io' | 'Unknown' };
}

const { cases, sample_sizes } = postVectors('pos_verify.json') as {
  cases: Case[];
  sample_sizes: { labels_in_file: number; fraction_percent: number; labels_verified: number }[];
};
const engines = labelEngines();

function mutated(dir: string, mutations: readonly Mutation[]): Record<string, Uint8Array> {
  const contents = new Map<string, Uint8Array>(
    Object.entries(folderContents(vectorDirectory(dir.replace('posdata/', '')))),
  );
  for (const mutation of mutations) {
    const { file } = mutation;
    const bytes = contents.get(file) ?? new Uint8Array();
    if (mutation.op === 'xor')
      bytes[mutation.offset] = (bytes[mutation.offset] ?? 0) ^ mutation.mask;
    else if (mutation.op === 'truncate') contents.set(file, bytes.slice(0, mutation.size));
    else if (mutation.op === 'append')
      contents.set(file, Buffer.concat([bytes, Buffer.from(mutation.bytes, 'hex')]));
    else contents.delete(file);
  }
  return Object.fromEntries(contents);
}

describe('whose labels they are', () => {
  const bad = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ file: 0, index: BigInt(i), offset: 16 * i }));

  test.each([
    [0, 0, false],
    [16, 0, false],
    [16, 15, false],
    [16, 16, true],
    [15, 15, false],
    [1024, 1024, true],
  ])('of %i labels %i are wrong: another’s %s', (checked, wrong, elsewhere) => {
    expect(belongsElsewhere({ checked, bad: bad(wrong), stoppedEarly: false })).toBe(elsewhere);
  });
});

describe('as post-rs judges', () => {
  test.each(cases)('$dir: $what', async (one) => {
    const run = async () => {
      const directory = await openContents(mutated(one.dir, one.mutations));
      return verifyData(
        directory,
        {
          fraction: one.fraction_percent,
          scryptN: one.scrypt.n,
          ...(one.from_file === null ? {} : { fromFile: one.from_file }),
          ...(one.to_file === null ? {} : { toFile: one.to_file }),
        },
        {},
        engines,
      );
    };
    if (one.result.ok) {
      expect((await run()).bad).toEqual([]);
      return;
    }
    if (one.result.kind !== 'InvalidLabel') {
      const codes = ['data-file-missing', 'data-file-short', 'metadata-missing'];
      await expect(run()).rejects.toMatchObject({ code: expect.toBeOneOf(codes) as string });
      return;
    }
    const { file, offset } = one.result;
    const [first] = (await run()).bad;
    expect(first).toMatchObject({ file, offset });
  });

  test.each(sample_sizes)('$fraction_percent % of $labels_in_file labels', (size) => {
    expect(sampleSize(size.labels_in_file, size.fraction_percent)).toBe(size.labels_verified);
  });
});

test('the index of a bad label counts through the files, and all of them are named', async () => {
  const directory = await openContents(
    mutated('posdata/go-n16', [
      { op: 'xor', file: 'postdata_3.bin', offset: 35, mask: 4 },
      { op: 'xor', file: 'postdata_1.bin', offset: 8191, mask: 1 },
    ]),
  );
  const seen: number[] = [];
  const result = await verifyData(
    directory,
    { scryptN: 16 },
    { onProgress: ({ done }) => seen.push(done) },
    engines,
  );
  expect(result).toEqual({
    checked: 2048,
    stoppedEarly: false,
    bad: [
      { file: 1, index: 1023n, offset: 8176 },
      { file: 3, index: 1538n, offset: 32 },
    ],
  });
  expect(seen.at(-1)).toBe(2048);
});

test('data of another identity stop the check early', async () => {
  const contents = mutated('posdata/n2-single', []);
  const metadata = Buffer.from(contents['postdata_metadata.json'] ?? []).toString();
  contents['postdata_metadata.json'] = Buffer.from(metadata.replace('"hKe', '"aKe'));
  const result = await verifyData(await openContents(contents), { scryptN: 2 }, {}, engines);
  expect(result.stoppedEarly).toBe(true);
  expect(result.bad.length).toBeGreaterThanOrEqual(1000);
});

test('a fraction that is none', async () => {
  const directory = await openContents(mutated('posdata/go-n16', []));
  for (const fraction of [-1, 101, NaN])
    await expect(
      verifyData(directory, { fraction, scryptN: 16 }, {}, engines),
    ).rejects.toMatchObject({ code: 'fraction-invalid' });
});

test('a sample has the right number of labels, and finds what is damaged over a stretch', async () => {
  const contents = mutated('posdata/go-n16', []);
  const directory = await openContents(contents);
  const perFile = Number(labelsPerFile(requireMetadata(directory)));
  await fc.assert(
    fc.asyncProperty(fc.double({ min: 0, max: 100, noNaN: true }), async (fraction) => {
      const { checked, bad } = await verifyData(directory, { fraction, scryptN: 16 }, {}, engines);
      expect(checked).toBe(4 * sampleSize(perFile, fraction));
      expect(bad).toEqual([]);
    }),
    { numRuns: 15 },
  );
  // A tenth of the labels: every stretch of ten has one of them, so twenty bad ones in a row are met.
  contents['postdata_2.bin']?.fill(0, 1600, 1600 + 20 * 16);
  const { bad } = await verifyData(
    await openContents(contents),
    { fraction: 10, scryptN: 16 },
    {},
    engines,
  );
  expect(bad.length).toBeGreaterThanOrEqual(1);
});
