// ATXs and a malfeasance proof of a real small network: ids and signatures.
import { readFileSync } from 'node:fs';
import { hex } from '@scure/base';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Atx, AtxV1, AtxV2 } from '../../src/protocol/atx';
import { atxSignedBytes, decodeAtx, postsOf } from '../../src/protocol/atx';
import { formatAddress } from '../../src/protocol/address';
import { toBase64, toHex } from '../../src/base/bytes';
import { WorkbenchError } from '../../src/base/error';
import { decodeMalfeasance } from '../../src/protocol/malfeasance';
import type { Proof } from '../../src/protocol/proof';
import { verifySignature } from '../../src/protocol/signing';

interface Post {
  nonce?: number;
  indices?: string;
  k2pow?: number;
}
interface DecodedV1 {
  challenge: {
    PublishEpoch: number;
    Sequence: number;
    PrevATXID: string;
    PositioningATX: string;
    CommitmentATX?: string;
    InitialPost: Post;
  };
  coinbase: string;
  nipost: { challenge: string; post: Post };
  num_units: number;
  smesher: string;
  vrf_nonce?: number;
}
interface DecodedV2 {
  PublishEpoch: number;
  Coinbase: string;
  PositioningATX: string;
  PreviousATXs: string[];
  Marriages: { ReferenceATX: string; Signature: string }[];
  MarriageATX?: string;
  NiPosts: {
    Challenge: string;
    Posts: {
      MarriageIndex: number;
      MembershipLeafIndex: number;
      NumUnits: number;
      Post: Post;
      PrevATXIndex: number;
    }[];
  }[];
  Signature: string;
  Smesher: string;
  VRFNonce: number;
  _totalUnits: number;
}
interface Malfeasance {
  generated_layer: number;
  msgs: Record<'first' | 'second', { layer: number; msgHash: string }>;
}
interface Vector {
  what: string;
  id: string;
  version?: 1 | 2;
  hex: string;
  decoded: DecodedV1 | DecodedV2 | Malfeasance;
}
const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../data/node/${name}`, import.meta.url), 'utf8'));
const vectors = read('decoded_blobs.json') as Vector[];
const meta = read('meta.json') as { genesis_id: string; smeshers: Record<string, string> };
const network = hex.decode(meta.genesis_id);
const atxs = vectors.filter(({ version }) => version !== undefined);
const decode = ({ hex: digits, version }: Vector) => decodeAtx(hex.decode(digits), version ?? 0);

/** The node prints the first ten digits of an id. */
const short = (id: Uint8Array) => toHex(id).slice(0, 10);
const post = (proof: Proof | undefined): Post =>
  proof ? { nonce: proof.nonce, indices: toHex(proof.indices), k2pow: Number(proof.pow) } : {};

const asDecodedV1 = (atx: AtxV1): DecodedV1 => ({
  challenge: {
    PublishEpoch: atx.publishEpoch,
    Sequence: Number(atx.sequence),
    PrevATXID: short(atx.previousAtx),
    PositioningATX: short(atx.positioningAtx),
    ...(atx.commitmentAtx && { CommitmentATX: short(atx.commitmentAtx) }),
    InitialPost: post(atx.initialPost),
  },
  coinbase: formatAddress(atx.coinbase, 'stest'),
  nipost: {
    challenge: toBase64(atx.nipost?.postMetadata?.challenge ?? new Uint8Array()),
    post: post(atx.nipost?.post),
  },
  num_units: atx.numUnits,
  smesher: toHex(atx.smesher),
  ...(atx.vrfNonce !== undefined && { vrf_nonce: Number(atx.vrfNonce) }),
});

const asDecodedV2 = (atx: AtxV2): DecodedV2 => ({
  PublishEpoch: atx.publishEpoch,
  Coinbase: formatAddress(atx.coinbase, 'stest'),
  PositioningATX: short(atx.positioningAtx),
  PreviousATXs: atx.previousAtxs.map(short),
  Marriages: atx.marriages.map(({ referenceAtx, signature }) => ({
    ReferenceATX: short(referenceAtx),
    Signature: toHex(signature),
  })),
  ...(atx.marriageAtx && { MarriageATX: short(atx.marriageAtx) }),
  NiPosts: atx.niposts.map(({ challenge, posts }) => ({
    Challenge: toHex(challenge),
    Posts: posts.map((sub) => ({
      MarriageIndex: sub.marriageIndex,
      MembershipLeafIndex: Number(sub.membershipLeafIndex),
      NumUnits: sub.numUnits,
      Post: post(sub.post),
      PrevATXIndex: sub.previousAtxIndex,
    })),
  })),
  Signature: toHex(atx.signature),
  Smesher: toHex(atx.smesher),
  VRFNonce: Number(atx.vrfNonce),
  _totalUnits: postsOf(atx).reduce((total, { numUnits }) => total + numUnits, 0),
});

describe.each(atxs)('$what', (vector) => {
  test('the values that the node decodes', () => {
    const atx = decode(vector);
    const ours = atx.version === 1 ? asDecodedV1(atx) : asDecodedV2(atx);
    expect(vector.decoded).toMatchObject(ours);
  });

  test('its id, from its content', () => {
    expect(toHex(decode(vector).id)).toBe(vector.id);
  });

  test('its signature', () => {
    const atx = decode(vector);
    const holds = (message: Uint8Array) =>
      verifySignature(atx.smesher, { network, domain: 'atx', message }, atx.signature);
    expect(holds(atxSignedBytes(atx))).toBe(true);
    expect(holds(atx.version === 1 ? atx.id : new Uint8Array(32))).toBe(false);
  });

  test('cut anywhere, it is refused', () => {
    const blob = hex.decode(vector.hex);
    const { version } = decode(vector);
    for (const length of [0, 1, 36, blob.length - 96, blob.length - 1])
      expect(() => decodeAtx(blob.subarray(0, length), version)).toThrow(WorkbenchError);
    expect(() => decodeAtx(new Uint8Array([...blob, 0]), version)).toThrow('1 byte more');
  });
});

test('every flipped bit of an ATX changes its id, breaks its signature or its form', () => {
  const chosen = fc.constantFrom(...atxs);
  fc.assert(
    fc.property(chosen, fc.nat(), (vector, at) => {
      const blob = hex.decode(vector.hex);
      const bit = at % (blob.length * 8);
      blob[bit >> 3] = (blob[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      let atx: Atx;
      try {
        atx = decodeAtx(blob, vector.version ?? 0);
      } catch (error) {
        expect(error).toBeInstanceOf(WorkbenchError);
        return;
      }
      const unchanged = toHex(atx.id) === vector.id;
      const message = atxSignedBytes(atx);
      expect(
        unchanged &&
          verifySignature(atx.smesher, { network, domain: 'atx', message }, atx.signature),
      ).toBe(false);
    }),
    { numRuns: 60 },
  );
});

test('an unknown version is refused', () => {
  expect(() => decodeAtx(new Uint8Array(), 3)).toThrow(
    expect.objectContaining({ code: 'atx-version-unknown', details: { version: 3 } }),
  );
  expect(() => decodeAtx(new Uint8Array(), 1)).toThrow('This ATX cannot be read');
});

test('the malfeasance proof: two signed ballots of one layer', () => {
  const vector = vectors.find(({ version }) => version === undefined);
  if (!vector) throw new Error('there is no malfeasance proof');
  const { generated_layer, msgs } = vector.decoded as Malfeasance;
  const proof = decodeMalfeasance(hex.decode(vector.hex));
  if (proof.kind !== 'multiple-ballots') throw new Error(`it is ${proof.kind}`);
  expect(proof.generatedLayer).toBe(generated_layer);
  expect(
    proof.messages.map(({ time, messageHash }) => ({ layer: time, msgHash: toHex(messageHash) })),
  ).toEqual([msgs.first, msgs.second]);
  for (const { smesher, signed, signature } of proof.messages) {
    expect(toHex(smesher)).toBe(vector.id);
    expect(
      verifySignature(smesher, { network, domain: proof.domain, message: signed }, signature),
    ).toBe(true);
  }
  expect(() => decodeMalfeasance(Uint8Array.of(0, 9))).toThrow('kind 9');
});
