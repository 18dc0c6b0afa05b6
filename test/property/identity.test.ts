import { inspect } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { takeInventory } from '../../src/identity/inventory/inventory';
import { parse } from '../../src/identity/keys';
import { toBase64, toHex } from '../../src/base/bytes';
import { WorkbenchError } from '../../src/base/error';
import { PrivateKey } from '../../src/protocol/keys';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

test('a key comes back from every way of writing it', () => {
  fc.assert(
    fc.property(bytes(32), fc.nat(3), (seed, how) => {
      const key = new PrivateKey(seed);
      const file = key.toKeyFile();
      const raw = Buffer.from(file, 'hex');
      const written =
        [
          file,
          `0x${file.toUpperCase()}`,
          raw.toString('base64'),
          ` ${raw.toString('base64url')}\n`,
        ][how] ?? '';
      const parsed = parse(written);
      expect(parsed.forms.hex).toBe(toHex(key.publicKey));
      expect(parsed.privateKey?.toKeyFile()).toBe(file);
      expect(parse(parsed.forms.base64).publicKey).toEqual(key.publicKey);
    }),
    { numRuns: 40 },
  );
});

test('whatever is pasted, the answer is a key or a WorkbenchError that does not repeat it', () => {
  const pasted = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    bytes(64).map(toHex),
    bytes(64).map(toBase64),
    bytes(63).map(toHex),
    bytes(65).map(toBase64),
    fc.tuple(bytes(64), fc.nat(127)).map(([raw, at]) => toHex(raw).slice(0, at)),
  );
  fc.assert(
    fc.property(pasted, (text) => {
      try {
        expect(parse(text).publicKey).toHaveLength(32);
      } catch (error) {
        expect(error).toBeInstanceOf(WorkbenchError);
        expect((error as WorkbenchError).code).toMatch(/^key-/);
        if (text.length >= 16)
          expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(text.slice(0, 16));
      }
    }),
    { numRuns: 300 },
  );
});

test('takeInventory: any keys in one file each, no finding', () => {
  const ids = fc.uniqueArray(bytes(32), { maxLength: 8, selector: toHex });
  fc.assert(
    fc.property(ids, (keys) => {
      const { rows, findings } = takeInventory({
        drops: [{ id: 1, machine: 'one', unread: [], foldersWithoutMetadata: [] }],
        databasesAsked: 0,
        keys: keys.map((publicKey, i) => ({
          drop: 1,
          path: `${i}.key`,
          publicKey,
          hasPrivateKey: true,
        })),
        posts: [],
        configs: [],
        malfeasance: [],
      });
      expect(rows).toHaveLength(keys.length);
      expect(findings).toEqual([]);
    }),
    { numRuns: 50 },
  );
});
