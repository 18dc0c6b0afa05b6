/** Signatures as the node verifies them: Wycheproof's vectors, and edge cases on which ed25519 libraries differ. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { verifyBytes } from '../../src/protocol/signing';

const data = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../data/ed25519/${name}`, import.meta.url), 'utf8'));

interface Wycheproof {
  readonly numberOfTests: number;
  readonly testGroups: readonly {
    readonly publicKey: { readonly pk: string };
    readonly tests: readonly {
      readonly tcId: number;
      readonly comment: string;
      readonly msg: string;
      readonly sig: string;
      readonly result: 'valid' | 'invalid';
    }[];
  }[];
}
interface Verdicts {
  readonly wycheproof: Readonly<Record<string, boolean>>;
  readonly edges: readonly {
    readonly comment: string;
    readonly publicKey: string;
    readonly message: string;
    readonly signature: string;
    readonly valid: boolean;
  }[];
}

const { numberOfTests, testGroups } = data('wycheproof.json') as Wycheproof;
const node = data('node-verdicts.json') as Verdicts;
const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));

describe('verifyBytes', () => {
  const cases = testGroups.flatMap(({ publicKey, tests }) =>
    tests.map((vector) => ({ ...vector, key: publicKey.pk })),
  );

  test('verifyBytes: Wycheproof, has a verdict of the node for each vector', () => {
    expect(cases).toHaveLength(numberOfTests);
    expect(Object.keys(node.wycheproof)).toHaveLength(numberOfTests);
  });

  test.each(cases)(
    'verifyBytes: Wycheproof $tcId ($comment), gives the verdict of the node',
    ({ tcId, key, msg, sig, result }) => {
      const verdict = verifyBytes(bytes(key), bytes(msg), bytes(sig));
      expect(verdict).toBe(node.wycheproof[String(tcId)]);
      // The node follows the vectors; should its library change, this line and not the one above is what changes.
      expect(verdict).toBe(result === 'valid');
    },
  );

  test.each([...new Set(node.edges.map(({ comment }) => comment))])(
    'verifyBytes: %s, gives the verdicts of the node',
    (family) => {
      for (const { publicKey, message, signature, valid } of node.edges.filter(
        ({ comment }) => comment === family,
      ))
        expect(
          verifyBytes(bytes(publicKey), bytes(message), bytes(signature)),
          `${publicKey} ${signature}`,
        ).toBe(valid);
    },
  );
});
