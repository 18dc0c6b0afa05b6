import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatAddress, parseAddress } from '../../../src/protocol/address';
import { toBase64, toHex } from '../../../src/base/bytes';
import { parsePastedId, readTypedId, readTypedIds } from '../../../src/protocol/ids';

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

  test('other networks, reserved bytes and lengths are distinguished', () => {
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

describe('refusals', () => {
  const refusal = (text: string) => {
    try {
      return readTypedId(text);
    } catch (error) {
      const { code, details } = error as { code: string; details: unknown };
      return { code, details };
    }
  };

  test.each([
    ['abc', { digits: 3 }],
    ['0xabc', { digits: 3 }],
    ['ab'.repeat(33), { digits: 66 }],
    ['AAAA====', { bytes: 3 }],
    ['AB+/'.repeat(9), { bytes: 27 }],
  ])('readTypedId: %s has a wrong length, id-wrong-length with its length', (text, details) => {
    expect(refusal(text)).toEqual({ code: 'id-wrong-length', details });
  });

  test.each(['no.id', `.${'ab'.repeat(32)}`, `${'ab'.repeat(32)}.`, "id x'00'", "x'00' id", 'é'])(
    'readTypedId: %s is not an id, id-not-readable',
    (text) => {
      const { length } = text.replaceAll(' ', '');
      expect(refusal(text)).toEqual({ code: 'id-not-readable', details: { length } });
    },
  );

  test.each([
    ['31b356d7', 8],
    ['0xd7e9c5ee', 8],
    ['d7e9c', 5],
    ['ab'.repeat(15), 30],
    ['ab'.repeat(16), 32],
  ])('parsePastedId: only the first hex digits %s, id-wrong-length in digits', (text, digits) => {
    expect(() => parsePastedId(text)).toThrow(/hex digits: only the beginning of an id/);
    expect(() => parsePastedId(text)).toThrow(
      expect.objectContaining({ code: 'id-wrong-length', details: { digits } }),
    );
  });
});

describe('prefixes', () => {
  test.each([
    ['d7e9c5ee', 'd7e9c5ee'],
    ['0xD7E9C5EE', 'd7e9c5ee'],
    ['d7e9c', 'd7e9c'],
    [' d7e9… ', 'd7e9'],
    ['d7e9c5...', 'd7e9c5'],
    // 43 and 32 base64 characters are 32 and 24 bytes; hex digits stay hex digits.
    ['a'.repeat(43), 'a'.repeat(43)],
    ['b'.repeat(32), 'b'.repeat(32)],
    ['c'.repeat(63), 'c'.repeat(63)],
  ])('readTypedId: %s, the prefix %s', (text, digits) => {
    expect(readTypedId(text)).toEqual({ kind: 'prefix', digits, coinbase: undefined });
  });

  test('readTypedId: 40 and 48 hex digits, a prefix that may be a complete coinbase', () => {
    const bytes = Uint8Array.from({ length: 24 }, (_, i) => (i < 4 ? 0 : i));
    for (const digits of [toHex(bytes).slice(8), toHex(bytes)])
      expect(readTypedId(digits)).toEqual({ kind: 'prefix', digits, coinbase: bytes });
    expect(parsePastedId(toHex(bytes).slice(8))).toMatchObject({ kind: 'address', bytes });
  });
});

describe('addresses of any network', () => {
  const bytes = Uint8Array.from({ length: 24 }, (_, i) => (i < 4 ? 0 : i * 9));

  test.each(['sm', 'stest', 'standalone', 'dev_net-2'])(
    'readTypedId: %s1…, its bytes',
    (prefix) => {
      const address = formatAddress(bytes, prefix);
      expect(readTypedId(address)).toEqual({ kind: 'address', bytes, prefix });
      expect(readTypedId(address.toUpperCase())).toEqual({ kind: 'address', bytes, prefix });
      expect(
        codeOf(() => readTypedId(`${address.slice(0, -1)}${address.endsWith('q') ? 'p' : 'q'}`)),
      ).toBe('address-not-readable');
    },
  );
});

describe('lists', () => {
  const ids = ['ab', 'cd', 'ef'].map((byte) => byte.repeat(32));

  test.each([' ', ', ', ';', '\n', '\r\n', '\t', ' ;\n, '])(
    'readTypedIds: ids separated by %j, each of them',
    (separator) => {
      const digits = readTypedIds(`${separator}${ids.join(separator)}${separator}`).map((id) =>
        id.kind === 'prefix' ? id.digits : toHex(id.bytes),
      );
      expect(digits).toEqual(ids);
    },
  );

  test('readTypedIds: prefixes separated by spaces, several prefixes', () => {
    expect(readTypedIds('abcd1234 31b356d7').map(({ kind }) => kind)).toEqual(['prefix', 'prefix']);
    expect(codeOf(() => readTypedId('abcd1234 31b356d7'))).toBe('id-several');
  });

  test('readTypedId: one id in wrapped lines, that id', () => {
    const parts = '0102 0304\n'.repeat(8);
    expect(parsePastedId(parts).bytes).toEqual(
      Uint8Array.from({ length: 32 }, (_, i) => (i % 4) + 1),
    );
  });

  test('readTypedIds: a wrong entry, named in the error', () => {
    expect(() => readTypedIds('abcd1234, abc')).toThrow(
      /Entry 2 of the list, "abc": .*3 hex digits/,
    );
    expect(codeOf(() => readTypedIds(' '))).toBe('id-empty');
  });

  test('readTypedIds: 10,000 ids are read, 10,001 are refused', () => {
    expect(readTypedIds('abcd '.repeat(10_000)).length).toBe(10_000);
    expect(codeOf(() => readTypedIds('abcd '.repeat(10_001)))).toBe('id-too-many');
  });
});
