// VRF proofs: the vectors of RFC 9381, and proofs made and judged by go-spacemesh v1.7.6; about 5 s.
import { readFileSync } from 'node:fs';
import { hex } from '@scure/base';
import { describe, expect, test } from 'vitest';
import { toHex, type Bytes } from '../../src/base/bytes';
import { eligibleLayer, hareVrfMessage, proposalVrfMessage } from '../../src/protocol/eligibility';
import { publicKeyOfSeed } from '../../src/protocol/signing';
import { proveVrf, verifyVrf, vrfOutput } from '../../src/protocol/vrf';

interface Proved {
  readonly seed: string;
  readonly message: string;
  readonly proof: string;
}
interface WithOutput extends Proved {
  readonly publicKey: string;
  readonly output: string;
}

const read = (name: string): unknown =>
  JSON.parse(readFileSync(`test/data/vrf/${name}.json`, 'utf8'));
const bytes = (text: string): Bytes => new Uint8Array(hex.decode(text));

const rfc = read('rfc9381') as { readonly cases: readonly WithOutput[] };
const reference = read('reference') as {
  readonly signed: readonly WithOutput[];
  readonly proposals: readonly (Proved & {
    readonly beacon: string;
    readonly epoch: number;
    readonly vrfNonce: string;
    readonly slot: number;
    readonly layerOf10?: number;
    readonly layerOf4032?: number;
  })[];
  readonly hare: readonly (Proved & {
    readonly beacon: string;
    readonly layer: number;
    readonly round: number;
  })[];
  readonly beacon: readonly Proved[];
  readonly weakCoin: readonly Proved[];
};
const hostile = read('hostile') as {
  readonly cases: readonly {
    readonly what: string;
    readonly publicKey: string;
    readonly message: string;
    readonly proof: string;
    readonly valid: boolean;
    readonly output?: string;
  }[];
};

function expectProved({ seed, message, proof }: Proved): void {
  expect(toHex(proveVrf(bytes(seed), bytes(message)))).toBe(proof);
  expect(verifyVrf(publicKeyOfSeed(bytes(seed)), bytes(proof), bytes(message))).toBe(true);
}

describe('VRF proofs', () => {
  test.each(rfc.cases)(
    'proveVrf, verifyVrf, vrfOutput: example $example of RFC 9381, the values printed there',
    (vector) => {
      expectProved(vector);
      expect(toHex(vrfOutput(bytes(vector.proof)))).toBe(vector.output);
    },
  );

  test('proveVrf, verifyVrf, vrfOutput: messages of 0 to 1000 bytes, the proofs of the node', () => {
    expect(reference.signed).toHaveLength(24);
    for (const vector of reference.signed) {
      expectProved(vector);
      expect(toHex(publicKeyOfSeed(bytes(vector.seed)))).toBe(vector.publicKey);
      expect(toHex(vrfOutput(bytes(vector.proof)))).toBe(vector.output);
    }
  });

  test('proposalVrfMessage: numbers of every width, the bytes and the layer of the node', () => {
    expect(reference.proposals).toHaveLength(12);
    for (const vector of reference.proposals) {
      const { beacon, epoch, vrfNonce, slot, message, proof } = vector;
      const fields = { beacon: bytes(beacon), epoch, vrfNonce: BigInt(vrfNonce), slot };
      expect(toHex(proposalVrfMessage(fields))).toBe(message);
      expectProved(vector);
      if (vector.layerOf10 !== undefined)
        expect(eligibleLayer(bytes(proof), epoch, 10)).toBe(vector.layerOf10);
      if (vector.layerOf4032 !== undefined)
        expect(eligibleLayer(bytes(proof), epoch, 4032)).toBe(vector.layerOf4032);
    }
  });

  test('hareVrfMessage: rounds of Hare and of certificates, the bytes of the node', () => {
    expect(reference.hare).toHaveLength(8);
    for (const vector of reference.hare) {
      const { beacon, layer, round, message } = vector;
      expect(toHex(hareVrfMessage({ beacon: bytes(beacon), layer, round }))).toBe(message);
      expectProved(vector);
    }
  });

  test('verifyVrf: proofs for the beacon and the weak coin, all valid', () => {
    expect(reference.beacon).toHaveLength(5);
    expect(reference.weakCoin).toHaveLength(4);
    [...reference.beacon, ...reference.weakCoin].forEach(expectProved);
  });
});

describe('hostile VRF proofs', () => {
  test('verifyVrf: points and numbers in odd forms, torsion, other lengths, judged as the node judges', () => {
    expect(hostile.cases.length).toBeGreaterThan(250);
    const judged = hostile.cases.map(({ what, publicKey, message, proof }) => ({
      what,
      valid: verifyVrf(bytes(publicKey), bytes(proof), bytes(message)),
    }));
    expect(judged).toEqual(hostile.cases.map(({ what, valid }) => ({ what, valid })));
    expect(judged.filter(({ valid }) => valid).length).toBeGreaterThan(60);
  });

  test('vrfOutput: hostile proofs, the output of the reference or the typed error', () => {
    for (const { what, proof, output } of hostile.cases)
      if (output) expect(toHex(vrfOutput(bytes(proof))), what).toBe(output);
      else
        expect(() => vrfOutput(bytes(proof)), what).toThrow(
          expect.objectContaining({ code: 'vrf-proof-invalid' }),
        );
  });

  test('verifyVrf: any one bit of a proof, key or message changed, false', () => {
    const [, vector] = rfc.cases;
    if (!vector) throw new Error('the vectors have a second case');
    const parts = [vector.publicKey, vector.proof, vector.message].map(bytes);
    parts.forEach((part, which) => {
      for (let bit = 0; bit < part.length * 8; bit++) {
        const changed = parts.map((other) => new Uint8Array(other));
        const target = changed[which];
        if (target) target[bit >> 3] = (target[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const [key = part, proof = part, message = part] = changed;
        expect(verifyVrf(key, proof, message), `part ${which}, bit ${bit}`).toBe(false);
      }
    });
  });
});
