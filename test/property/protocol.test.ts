// Formats and rules of the protocol under any input.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hex } from '@scure/base';
import type { Bytes } from '../../src/base/bytes';
import { WorkbenchError } from '../../src/base/error';
import { packIndices, packedLength, requiredBits, unpackIndices } from '../../src/protocol/indices';
import { parseJson, plainJson } from '../../src/base/json';
import type { PostMetadata } from '../../src/protocol/metadata';
import {
  fileCount,
  labelsInFile,
  readMetadata,
  totalLabels,
  writeMetadata,
} from '../../src/protocol/metadata';
import type { Proof } from '../../src/protocol/proof';
import { readProof, writeProof } from '../../src/protocol/proof';
import { pseudoRandomOrder } from '../../src/protocol/selection';

const bytes = (length: number) =>
  fc
    .uint8Array({ minLength: length, maxLength: length })
    .map((values): Bytes => new Uint8Array(values));
const u32 = fc.nat({ max: 0xffff_ffff });
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

/** Whatever happens, it is an answer or a WorkbenchError. */
function answersOrRefuses(attempt: () => unknown): void {
  try {
    attempt();
  } catch (error) {
    if (!(error instanceof WorkbenchError)) throw error;
  }
}

test('packed indices come back', () => {
  const bits = fc.integer({ min: 1, max: 64 });
  const packed = bits.chain((width) =>
    fc.record({
      width: fc.constant(width),
      indices: fc.array(fc.bigInt({ min: 0n, max: 2n ** BigInt(width) - 1n }), { maxLength: 60 }),
    }),
  );
  fc.assert(
    fc.property(packed, ({ width, indices }) => {
      const bytes = packIndices(indices, width);
      expect(bytes).toHaveLength(packedLength(width, indices.length));
      const back = unpackIndices(bytes, width);
      expect(back.slice(0, indices.length)).toEqual(indices);
      expect(back.slice(indices.length).every((index) => index === 0n)).toBe(true);
    }),
  );
});

test('every index below the number of labels fits its bits', () => {
  fc.assert(
    fc.property(u64, (numLabels) => {
      const bits = BigInt(requiredBits(numLabels));
      expect(numLabels >> bits).toBe(0n);
      expect(bits === 0n || numLabels >> (bits - 1n) === 1n).toBe(true);
    }),
  );
});

const metadata: fc.Arbitrary<PostMetadata> = fc.record({
  nodeId: bytes(32),
  commitmentAtxId: bytes(32),
  labelsPerUnit: u64,
  numUnits: u32,
  maxFileSize: u64,
  nonce: fc.option(u64, { nil: undefined }),
  nonceValue: fc.option(bytes(16), { nil: undefined }),
  lastPosition: fc.option(u64, { nil: undefined }),
});

describe('metadata', () => {
  test('written, then read by both references', () => {
    fc.assert(
      fc.property(metadata, (written) => {
        const { metadata: read, node, postRs, remarks } = readMetadata(writeMetadata(written));
        expect(read).toEqual(written);
        expect([node.ok, postRs.ok, remarks]).toEqual([true, true, []]);
      }),
    );
  });

  test('any damage to the text is an answer or an error with a place', () => {
    const damage = fc.record({
      metadata,
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      cut: fc.nat({ max: 20 }),
      insert: fc.string({ maxLength: 5 }),
    });
    fc.assert(
      fc.property(damage, ({ metadata, at, cut, insert }) => {
        const text = writeMetadata(metadata);
        const from = Math.floor(at * text.length);
        answersOrRefuses(() => readMetadata(text.slice(0, from) + insert + text.slice(from + cut)));
      }),
      { numRuns: 500 },
    );
  });

  test('the files hold all labels', () => {
    const geometry = fc.record({
      numUnits: fc.integer({ min: 1, max: 50 }),
      labelsPerUnit: fc.bigInt({ min: 1n, max: 5000n }),
      maxFileSize: fc.bigInt({ min: 1n, max: 3000n }).map((labels) => labels * 16n),
    });
    fc.assert(
      fc.property(geometry, (of) => {
        // Small files of much data would only be a long loop.
        fc.pre(fileCount(of) < 2000n);
        const count = Number(fileCount(of));
        const sizes = Array.from({ length: count }, (_, i) => labelsInFile(of, i));
        expect(sizes.reduce((sum, labels) => sum + labels, 0n)).toBe(totalLabels(of));
        expect(sizes.every((labels) => labels > 0n)).toBe(true);
        expect(labelsInFile(of, count)).toBe(0n);
      }),
    );
  });
});

describe('JSON', () => {
  test('is read as JSON.parse reads it', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(comparable(plainJson(parseJson(text)))).toEqual(comparable(JSON.parse(text)));
      }),
    );
  });

  test('is refused exactly where JSON.parse refuses it', () => {
    const broken = fc
      .tuple(
        fc.json(),
        fc.nat(),
        fc.constantFrom(
          '',
          ',',
          ':',
          '"',
          '{',
          '[',
          '}',
          ']',
          '0',
          '-',
          '.',
          'e',
          '\\',
          '\n',
          'null',
          ' ',
        ),
      )
      .map(([text, at, insert]) => {
        const from = at % (text.length + 1);
        return text.slice(0, from) + insert + text.slice(from + (insert === '' ? 1 : 0));
      });
    const accepts = (parse: (text: string) => unknown, text: string) => {
      try {
        parse(text);
        return true;
      } catch {
        return false;
      }
    };
    fc.assert(
      fc.property(broken, (text) => {
        expect(accepts((t) => parseJson(t), text)).toBe(accepts((t) => JSON.parse(t), text));
      }),
      { numRuns: 1000 },
    );
  });

  const hostile = [
    '['.repeat(2_000_000),
    '{"a":'.repeat(500_000),
    `{"NumUnits": ${'9'.repeat(2_000_000)}}`,
    `{"NumUnits": 1e${'9'.repeat(1_000_000)}}`,
    `{"NodeId": "${'A'.repeat(4_000_000)}"}`,
    `"${'\\u0041'.repeat(500_000)}`,
    ' '.repeat(4_000_000),
    `{${'"a":1,'.repeat(300_000)}}`,
    '\n'.repeat(1_000_000) + '!',
  ];
  test.each(hostile.map((text, i) => [i, text] as const))(
    'hostile input %# ends soon, as metadata, proof or plain',
    (_, text) => {
      answersOrRefuses(() => readMetadata(text));
      answersOrRefuses(() => readProof(text));
      answersOrRefuses(() => plainJson(parseJson(text)));
    },
    20_000,
  );
});

/** Objects without a prototype, and the integers that JSON.parse rounds rounded in ours too. */
function comparable(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== 'object' || value === null) return value;
  const plain = Object.create(null) as Record<string, unknown>;
  for (const [key, inner] of Object.entries(value)) plain[key] = comparable(inner);
  return plain;
}

test('the drawn order is an order of all positions', () => {
  fc.assert(
    fc.property(fc.nat({ max: 600 }), fc.uint8Array({ maxLength: 80 }), (count, seed) => {
      const order = [...pseudoRandomOrder(count, [seed])];
      expect(order.toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
    }),
    { numRuns: 50 },
  );
});

describe('proofs', () => {
  const proof: fc.Arbitrary<Proof> = fc.record({
    nonce: u32,
    indices: fc.uint8Array({ maxLength: 300 }).map((values): Bytes => new Uint8Array(values)),
    pow: u64,
  });

  test('written, then read', () => {
    fc.assert(
      fc.property(proof, (written) => {
        expect(readProof(writeProof(written), written.indices.length)).toEqual(written);
      }),
    );
  });

  test('any bytes and any text are a proof or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.string(), (raw, text) => {
        answersOrRefuses(() => readProof(hex.encode(raw)));
        answersOrRefuses(() => readProof(text));
        answersOrRefuses(() => readProof(`{${text}`));
      }),
      { numRuns: 300 },
    );
  });
});
