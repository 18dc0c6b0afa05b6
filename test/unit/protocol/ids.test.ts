import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatAddress, parseAddress } from '../../../src/protocol/address';
import { toBase64, toHex } from '../../../src/protocol/bytes';
import { parsePastedId } from '../../../src/protocol/ids';

const meta = JSON.parse(readFileSync('test/data/node/meta.json', 'utf8')) as {
  coinbases: Record<string, { bech32: string; hex: string; bech32_mainnet: string }>;
};

const codeOf = (run: () => unknown): string => {
  try {
    run();
    return 'passed';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('addresses', () => {
  test.each(Object.entries(meta.coinbases))('of %s, both networks', (_, known) => {
    const { bytes, prefix } = parseAddress(known.bech32);
    expect([prefix, toHex(bytes)]).toEqual(['stest', known.hex]);
    expect(formatAddress(bytes, 'stest')).toBe(known.bech32);
    expect(formatAddress(bytes)).toBe(known.bech32_mainnet);
    expect(known.bech32_mainnet.length).toBe(48);
  });

  test('any one wrong character is found', () => {
    const address = meta.coinbases['A']?.bech32_mainnet ?? '';
    fc.assert(
      fc.property(
        fc.integer({ min: 3, max: address.length - 1 }),
        fc.constantFrom(...Array.from('qpzry9x8gf2tvdw0s3jn54khce6mua7l')),
        (at, character) => {
          fc.pre(address[at] !== character);
          const wrong = address.slice(0, at) + character + address.slice(at + 1);
          expect(codeOf(() => parseAddress(wrong))).toBe('address-not-readable');
        },
      ),
    );
  });

  test('other networks, reserved bytes and lengths are told apart', () => {
    expect(codeOf(() => parseAddress(formatAddress(new Uint8Array(24), 'bc')))).toBe(
      'address-wrong-network',
    );
    expect(codeOf(() => parseAddress(formatAddress(new Uint8Array(24).fill(1))))).toBe(
      'address-reserved',
    );
    expect(codeOf(() => formatAddress(new Uint8Array(20)))).toBe('address-wrong-length');
  });
});

describe('pasted ids', () => {
  const id = Uint8Array.from({ length: 32 }, (_, i) => i * 7);
  const coinbase = Uint8Array.from({ length: 24 }, (_, i) => (i < 4 ? 0 : i * 11));

  test.each([
    toHex(id),
    `0x${toHex(id)}`,
    toHex(id).toUpperCase(),
    `  "${toHex(id)}" `,
    `x'${toHex(id)}'`,
    toBase64(id),
    toBase64(id).replace(/=+$/, ''),
    toBase64(id).replaceAll('+', '-').replaceAll('/', '_'),
  ])('%s is the id', (text) => {
    expect(parsePastedId(text)).toEqual({ kind: 'id', bytes: id });
  });

  test.each([toHex(coinbase), `0x${toHex(coinbase)}`, toBase64(coinbase)])(
    '%s is the coinbase',
    (text) => {
      expect(parsePastedId(text)).toEqual({ kind: 'address', bytes: coinbase, prefix: undefined });
    },
  );

  test('addresses keep their network', () => {
    expect(parsePastedId(formatAddress(coinbase, 'stest'))).toEqual({
      kind: 'address',
      bytes: coinbase,
      prefix: 'stest',
    });
  });

  test.each([
    ['', 'id-empty'],
    ['what is this?', 'id-not-readable'],
    [toHex(id).slice(1), 'id-wrong-length'],
    [toHex(id).slice(2), 'id-wrong-length'],
    [`0x${toHex(id)}00`, 'id-wrong-length'],
    [`${formatAddress(coinbase)}q`, 'address-not-readable'],
  ])('%j is refused: %s', (text, code) => {
    expect(codeOf(() => parsePastedId(text))).toBe(code);
  });

  test('whatever the bytes, hex and base64 come back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        expect(parsePastedId(toHex(bytes)).bytes).toEqual(bytes);
        expect(parsePastedId(toBase64(bytes)).bytes).toEqual(bytes);
      }),
    );
  });
});

describe('what is no id', () => {
  const refusal = (text: string) => {
    try {
      return parsePastedId(text);
    } catch (error) {
      const { code, details } = error as { code: string; details: unknown };
      return { code, details };
    }
  };

  test.each([
    [`0x${'ab'.repeat(15)}`, 15],
    // Without 0x these could be base64.
    ['ab'.repeat(15), 22],
    ['31b356d7', 6],
    ['AAAA====', 3],
    ['a', 0],
  ])('%s has another length', (text, bytes) => {
    expect(refusal(text)).toEqual({ code: 'id-wrong-length', details: { bytes } });
  });

  test.each(['no.id', `.${'ab'.repeat(32)}`, `${'ab'.repeat(32)}.`, "id x'00'", "x'00' id", 'é'])(
    '%s cannot be read',
    (text) => {
      const { length } = text.replaceAll(' ', '');
      expect(refusal(text)).toEqual({ code: 'id-not-readable', details: { length } });
    },
  );

  test('spaces in the middle do not matter', () => {
    const parts = '0102 0304\n'.repeat(8);
    expect(parsePastedId(parts).bytes).toEqual(
      Uint8Array.from({ length: 32 }, (_, i) => (i % 4) + 1),
    );
  });
});

test.each(['d7e9c5ee', '0xd7e9c5ee', 'd7e9c'])(
  'parsePastedId: the beginning %s, counted in hex digits and not in bytes of base64',
  (text) => {
    expect(() => parsePastedId(text)).toThrow(/hex digits: only the beginning of an id/);
  },
);
