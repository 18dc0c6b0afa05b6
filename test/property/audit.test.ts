// Blobs of any content: a tree, or a WorkbenchError; never anything else, and never slow.
import { readFileSync } from 'node:fs';
import { hex } from '@scure/base';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { loadBlob, type BlobKind } from '../../src/audit/blobs';
import { blobTree } from '../../src/audit/tree/blob-tree';
import { WorkbenchError } from '../../src/base/error';
import { merkleRoot, paddedMerkleRoot, partialTree } from '../../src/protocol/merkle';
import { poetWorkFailure, decodePoet } from '../../src/protocol/poet';
import { openSample } from '../support/audit';

const vectors = JSON.parse(readFileSync('test/data/node/decoded_blobs.json', 'utf8')) as {
  version?: 1 | 2;
  hex: string;
}[];
interface Sample {
  readonly kind: BlobKind;
  readonly blob: Uint8Array;
  readonly version: number;
}
const samples: Sample[] = vectors.map(({ version, hex: digits }) => ({
  kind: version ? 'atx' : 'malfeasance',
  blob: hex.decode(digits),
  version: version ?? 1,
}));

beforeAll(async () => {
  const database = await openSample();
  for (const kind of ['ballot', 'block', 'poet'] as const) {
    const key = kind === 'poet' ? 'ref' : 'id';
    const { rows } = await database.query(`SELECT ${key} FROM ${kind}s ORDER BY 1 LIMIT 3`);
    for (const [id] of rows) {
      const loaded = await loadBlob(database, kind, id as Uint8Array);
      if (loaded) samples.push({ kind, ...loaded });
    }
  }
});

const treeOrRefusal = ({ kind, blob, version }: Sample): void => {
  try {
    blobTree(kind, blob, { version });
  } catch (error) {
    expect(error).toBeInstanceOf(WorkbenchError);
  }
};

test('bytes without sense', () => {
  const kinds = fc.constantFrom<BlobKind>('atx', 'ballot', 'block', 'malfeasance', 'poet');
  fc.assert(
    fc.property(
      kinds,
      fc.constantFrom(1, 2),
      fc.uint8Array({ maxLength: 600 }),
      (kind, version, blob) => {
        treeOrRefusal({ kind, version, blob });
      },
    ),
  );
});

test('real blobs, cut, lengthened or with bytes changed', () => {
  const edits = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 4 });
  fc.assert(
    fc.property(fc.nat(), edits, fc.integer({ min: -8, max: 8 }), (which, changes, longer) => {
      const sample = samples[which % samples.length];
      if (!sample) return;
      const blob = new Uint8Array(Math.max(0, sample.blob.length + longer));
      blob.set(sample.blob.subarray(0, blob.length));
      for (const [at, value] of changes) blob[at % blob.length] = value;
      treeOrRefusal({ ...sample, blob });
    }),
  );
});

test('a PoET whose work was changed anywhere does not hold', () => {
  const poet = samples.find(({ kind }) => kind === 'poet');
  const blob = poet?.blob ?? new Uint8Array();
  expect(poetWorkFailure(decodePoet(blob))).toBeUndefined();
  // Behind the Merkle proof come the service, the round and its signature, which are no part of the work.
  fc.assert(
    fc.property(fc.nat({ max: blob.length - 300 }), fc.integer({ min: 1, max: 255 }), (at, xor) => {
      const changed = new Uint8Array(blob);
      changed[at] = (changed[at] ?? 0) ^ xor;
      try {
        expect(poetWorkFailure(decodePoet(changed))).toBeDefined();
      } catch (error) {
        expect(error).toBeInstanceOf(WorkbenchError);
      }
    }),
    { numRuns: 10 },
  );
});

const leaf = fc.uint8Array({ minLength: 32, maxLength: 32 });

test('a list filled up with zeros has the root of the filled list', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(leaf, fc.constant(new Uint8Array())), { maxLength: 16 }),
      (leaves) => {
        const filled = [
          ...leaves,
          ...Array<Uint8Array>(16 - leaves.length).fill(new Uint8Array(32)),
        ];
        expect(paddedMerkleRoot(leaves, 4)).toEqual(merkleRoot(filled));
      },
    ),
  );
});

test('some leaves and the nodes beside their ways lead to the root of all', () => {
  const trees = fc.record({
    leaves: fc.array(leaf, { minLength: 8, maxLength: 8 }),
    proven: fc.uniqueArray(fc.nat({ max: 7 }), { minLength: 1, maxLength: 8 }),
  });
  fc.assert(
    fc.property(trees, ({ leaves, proven }) => {
      const chosen = proven.toSorted((a, b) => a - b);
      const given: Uint8Array[] = [];
      /** The node at a height, with the nodes that a verifier cannot compute, in the order of need. */
      const rootOf = (first: number, height: number): Uint8Array =>
        merkleRoot(leaves.slice(first, first + 2 ** height));
      const holds = (first: number, height: number) =>
        chosen.some((index) => index >= first && index < first + 2 ** height);
      const open = (first: number, height: number): void => {
        if (height === 0) return;
        const half = 2 ** (height - 1);
        const [left, right] = [holds(first, height - 1), holds(first + half, height - 1)];
        if (left) open(first, height - 1);
        if (left && !right) given.push(rootOf(first + half, height - 1));
        if (right) open(first + half, height - 1);
        if (!left && right) given.push(rootOf(first, height - 1));
      };
      open(0, 3);
      const parts = chosen.map((index) => ({
        index: BigInt(index),
        node: leaves[index] ?? new Uint8Array(),
      }));
      expect(partialTree(parts, given)?.root).toEqual(merkleRoot(leaves));
      expect(partialTree(parts.toReversed(), given)?.root).toEqual(
        parts.length === 1 ? merkleRoot(leaves) : undefined,
      );
    }),
  );
});
