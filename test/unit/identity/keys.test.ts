import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { generate, keyDangers, parse, readKeyFile, tryKey } from '../../../src/identity/keys';
import { readBytes, toBase64, toHex } from '../../../src/base/bytes';
import { WorkbenchError } from '../../../src/base/error';
import { identityForms } from '../../../src/protocol/keys';
import {
  genesisId,
  goldenAtx,
  mainnetGenesis,
  verifyMarriage,
  verifySignature,
} from '../../../src/protocol/signing';

const fixture = (path: string) =>
  readFileSync(new URL(`../../data/node/keys/${path}`, import.meta.url), 'utf8');

const meta = JSON.parse(fixture('meta.json')) as {
  genesis_id: string;
  smeshers: Record<string, string>;
};
const network = readBytes(meta.genesis_id, 20, 'genesis id');

const keyFiles: [string, string | undefined][] = [
  ['A_supervised/local.key', meta.smeshers.A],
  ['B_1toN/b1.key', meta.smeshers.B1_primary],
  ['B_1toN/b2.key', meta.smeshers.B2],
  ['B_1toN/b3.key', meta.smeshers.B3],
  ['C_supervised/local.key', meta.smeshers.C],
];

describe('key files of real nodes', () => {
  test.each(keyFiles)('%s', (path, smesher) => {
    const text = fixture(path);
    const identity = parse(text);
    expect(identity.forms.hex).toBe(smesher);
    expect(identity.notes).toEqual([]);
    expect(identity.privateKey?.toKeyFile()).toBe(text);
    const bytes = Buffer.from(text, 'hex');
    expect(parse(toBase64(bytes)).forms.hex).toBe(smesher);
    expect(parse(bytes.toString('base64url')).forms.hex).toBe(smesher);
  });

  test('reads a file and refuses a large one unread', async () => {
    const text = fixture('A_supervised/local.key');
    expect((await readKeyFile(new Blob([text]))).forms.hex).toBe(meta.smeshers.A);
    await expect(readKeyFile(new Blob([new Uint8Array(5000)]))).rejects.toMatchObject({
      code: 'key-too-long',
    });
  });
});

describe('what a user may paste', () => {
  const text = fixture('A_supervised/local.key');

  test.each([
    ['a line break at the end', `${text}\n`],
    ['0x', `0x${text}`],
    ['wrapped lines', text.replace(/.{32}/g, '$&\r\n')],
    ['a byte order mark', `\uFEFF${text}`],
  ])('%s: read, with the note that the node would refuse the file', (_what, written) => {
    const { forms, notes } = parse(written);
    expect(forms.hex).toBe(meta.smeshers.A);
    expect(notes.map((note) => note.code)).toEqual(['node-refuses-file']);
  });

  test('upper case: the node reads it', () => {
    expect(parse(text.toUpperCase()).notes.map((note) => note.code)).toEqual(['upper-case']);
  });

  // The smesher ID of the initialisation guide for GPUs, which it converts with base64 and xxd.
  test("converts the documentation's sample both ways", () => {
    const base64 = 'hBGTHs44tav7YR87sRVafuzZwObCZnK1Z/exYpxwqSQ=';
    const hex = '8411931ece38b5abfb611f3bb1155a7eecd9c0e6c26672b567f7b1629c70a924';
    expect(parse(base64).forms).toEqual({
      hex,
      prefixedHex: `0x${hex}`,
      base64,
      short: '841193',
      shortKey: '84119',
    });
    expect(parse(`0x${hex}`).forms.base64).toBe(base64);
    expect(parse(hex).hasPrivateKey).toBe(false);
    expect(parse(hex).notes.map((note) => note.code)).toEqual(['public-key-only']);
  });

  test('short forms are the ones of the log', () => {
    expect(identityForms(readBytes(meta.smeshers.A ?? '', 32, 'A'))).toMatchObject({
      short: '31b356',
      shortKey: '31b35',
    });
  });
});

describe('what must not be taken for a key', () => {
  const text = fixture('A_supervised/local.key');
  const other = fixture('C_supervised/local.key');
  test.each([
    ['halves of two keys', text.slice(0, 64) + other.slice(64), 'key-halves-differ'],
    ['the last digit missing', text.slice(0, -1), 'key-wrong-length'],
    ['a digit too many', `${text}0`, 'key-wrong-length'],
    ['a letter that is no digit', `${text.slice(0, -1)}g`, 'key-not-readable'],
    ['base64 with stray bits', `${'A'.repeat(42)}B`, 'key-not-readable'],
    ['nothing', ' \n', 'key-empty'],
    ['too much', 'ab'.repeat(4000), 'key-too-long'],
    ["the node's network key", fixture('p2p.key'), 'key-of-other-kind'],
    ['metadata', fixture('A_supervised/post/postdata_metadata.json'), 'key-of-other-kind'],
    ['a wallet', '{"meta":{},"crypto":{"cipherText":"00"}}', 'key-of-other-kind'],
    ['PEM', '-----BEGIN OPENSSH PRIVATE KEY-----', 'key-of-other-kind'],
  ])('%s', (_what, written, code) => {
    const error = (() => {
      try {
        parse(written);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(WorkbenchError);
    expect((error as WorkbenchError).code).toBe(code);
    const said = inspect(error, { depth: 9, showHidden: true });
    for (const secret of [text.slice(0, 16), text.slice(40, 56), 'OESORxQP'])
      expect(said).not.toContain(secret);
  });

  test('hints apart where the halves belong', () => {
    expect(() => parse(text.slice(0, 64) + other.slice(64))).toThrow(
      expect.objectContaining({
        details: { statedPublicKey: meta.smeshers.C, derivedPublicKey: meta.smeshers.A },
      }),
    );
  });
});

describe('the private half', () => {
  const text = fixture('A_supervised/local.key');

  test('shows in nothing but the key file that was asked for', () => {
    const identity = parse(text);
    const seed = text.slice(0, 64);
    const shown = [
      JSON.stringify(identity),
      JSON.stringify(structuredClone(identity)),
      inspect(identity, { depth: 9, showHidden: true }),
      Object.keys(identity.privateKey ?? {}).join(),
    ].join('\n');
    expect(shown).not.toContain(seed.slice(0, 12));
    expect(shown).not.toContain(Buffer.from(seed, 'hex').toString('base64').slice(0, 12));
    expect(shown).not.toContain([...Buffer.from(seed, 'hex').subarray(0, 5)].join(', '));
  });

  test('is gone after a wipe', () => {
    const { privateKey, publicKey } = parse(text);
    privateKey?.wipe();
    expect(privateKey?.toKeyFile()).toBe('00'.repeat(32) + toHex(publicKey));
  });
});

describe('a new key', () => {
  test('is complete, different each time, and saved as the node expects', () => {
    const [one, two] = [generate(), generate()];
    expect(one.forms.hex).not.toBe(two.forms.hex);
    const file = one.privateKey?.toKeyFile() ?? '';
    expect(file).toMatch(/^[0-9a-f]{128}$/);
    expect(parse(file)).toMatchObject({ hasPrivateKey: true, notes: [], forms: one.forms });
    expect(keyDangers.join(' ')).toContain('equivocation');
  });

  test('signs', () => {
    const { privateKey } = generate();
    expect(privateKey && tryKey(privateKey, network).works).toBe(true);
  });
});

describe('signatures of the real network', () => {
  const atxs = JSON.parse(fixture('atx_v2.json')) as {
    what: string;
    id: string;
    smesher: string;
    signature: string;
    marriages: { Signature: string }[];
  }[];

  test('the genesis id follows from time and extra data', () => {
    const genesis = JSON.parse(fixture('genesis.json')) as {
      GenesisTime: string;
      ExtraData: string;
    };
    const timeS = Date.parse(genesis.GenesisTime) / 1000;
    expect(toHex(genesisId(timeS, genesis.ExtraData))).toBe(meta.genesis_id);
    const metadata = JSON.parse(fixture('A_supervised/post/postdata_metadata.json')) as {
      CommitmentAtxId: string;
    };
    expect(toBase64(goldenAtx(timeS, genesis.ExtraData))).toBe(metadata.CommitmentAtxId);
  });

  test("mainnet's id is the one its nodes print", () => {
    expect(toHex(genesisId(mainnetGenesis.timeS, mainnetGenesis.extraData))).toBe(
      '9eebff023abb17ccb775c602daade8ed708f0a50',
    );
  });

  test.each(atxs.map((atx) => [atx.what, atx] as const))(
    'ATX: %s',
    (_what, { id, smesher, signature }) => {
      const key = readBytes(smesher, 32, 'smesher');
      const message = readBytes(id, 32, 'id');
      const signed = readBytes(signature, 64, 'signature');
      expect(verifySignature(key, { network, domain: 'atx', message }, signed)).toBe(true);
      expect(verifySignature(key, { network, domain: 'ballot', message }, signed)).toBe(false);
      expect(
        verifySignature(key, { network: new Uint8Array(20), domain: 'atx', message }, signed),
      ).toBe(false);
      expect(
        verifySignature(key, { network, domain: 'atx', message: message.slice(1) }, signed),
      ).toBe(false);
    },
  );

  test('marriage certificates: each identity signs the id of the publisher', () => {
    const married = atxs.find((atx) => atx.marriages.length > 0);
    const publisher = readBytes(married?.smesher ?? '', 32, 'publisher');
    const smeshers = ['B1_primary', 'B2', 'B3'].map((name) =>
      readBytes(meta.smeshers[name] ?? '', 32, name),
    );
    expect(married?.marriages).toHaveLength(3);
    for (const [i, { Signature }] of (married?.marriages ?? []).entries()) {
      const signature = readBytes(Signature, 64, 'signature');
      const verdicts = smeshers.map((smesher) =>
        verifyMarriage({ network, smesher, publisher, signature }),
      );
      expect(verdicts).toEqual(smeshers.map((_, j) => i === j));
    }
  });

  test('our own signature is byte for byte what the node makes', () => {
    const married = atxs.find((atx) => atx.marriages.length > 0);
    const b2 = parse(fixture('B_1toN/b2.key'));
    const publisher = readBytes(married?.smesher ?? '', 32, 'publisher');
    const made = b2.privateKey?.sign(network, 'marriage', publisher);
    expect(made && toHex(made)).toBe(married?.marriages[1]?.Signature);
  });

  test('a signature that cannot be one is false, not an error', () => {
    const zero = new Uint8Array(32);
    expect(
      verifySignature(zero, { network, domain: 'atx', message: zero }, new Uint8Array(64)),
    ).toBe(false);
    expect(
      verifySignature(
        zero.fill(255),
        { network, domain: 'atx', message: zero },
        new Uint8Array(64),
      ),
    ).toBe(false);
    expect(
      verifySignature(zero.slice(1), { network, domain: 'atx', message: zero }, new Uint8Array(64)),
    ).toBe(false);
    expect(
      verifySignature(zero, { network, domain: 'atx', message: zero }, new Uint8Array(63)),
    ).toBe(false);
  });
});
