// All of pow.json, 340 hashes; about 15 s.
import { readFileSync } from 'node:fs';
import { hex } from '@scure/base';
import { beforeAll, describe, expect, test } from 'vitest';
import { localEngines, type PowEngines } from '../../src/post/k2pow/engines';
import { k2powHash, searchK2pow } from '../../src/post/k2pow/k2pow';
import { compareBytes, toHex, type Bytes } from '../../src/base/bytes';
import { randomxKey } from '../../src/protocol/k2pow';
import { openEngine } from './randomx-engine';

interface PowCase {
  pow_nonce: string;
  nonce_group: number;
  challenge8: string;
  miner_id: string;
  hash: string;
  note: string;
}
interface VerifyCase extends PowCase {
  what: string;
  difficulty: string;
  valid: boolean;
}
interface SearchCase extends PowCase {
  difficulty: string;
  hashes_tried: string;
}

const vectors = JSON.parse(
  readFileSync(new URL('../data/post/pow.json', import.meta.url), 'utf8'),
) as {
  cases: PowCase[];
  verify: VerifyCase[];
  search: { cases: SearchCase[] };
};

const bytes = (text: string): Bytes => new Uint8Array(hex.decode(text));
const readRequest = (one: Omit<PowCase, 'hash' | 'note'>) => ({
  challenge: bytes(one.challenge8),
  nonceGroup: one.nonce_group,
  nodeId: bytes(one.miner_id),
});

describe('RandomX with the network’s key', () => {
  let engines: PowEngines;
  beforeAll(async () => {
    const { randomx } = await openEngine(randomxKey, { lanes: 4 });
    engines = localEngines(randomx);
  }, 60_000);

  test.each(vectors.cases)('hash of $pow_nonce, group $nonce_group', async (one) => {
    const hash = await k2powHash(engines, BigInt(one.pow_nonce), readRequest(one));
    expect(toHex(hash)).toBe(one.hash);
  });

  test.each(vectors.verify)('$what', async (one) => {
    const hash = await k2powHash(engines, BigInt(one.pow_nonce), readRequest(one));
    expect(toHex(hash)).toBe(one.hash);
    expect(compareBytes(hash, bytes(one.difficulty)) < 0).toBe(one.valid);
  });

  test.each(vectors.search.cases)('search for $pow_nonce', async (one) => {
    // The two long ones (190 hashes, 10 s each) go on from where a search was left, 40 counters before the end.
    const tried = Number(one.hashes_tried);
    const skipped = tried > 150 ? tried - 40 : 0;
    const request = { ...readRequest(one), difficulty: bytes(one.difficulty) };
    const found = await searchK2pow(engines, { ...request, startNonce: BigInt(skipped) });
    expect(found?.pow).toBe(BigInt(one.pow_nonce));
    // Whole batches are hashed: at most three beyond the reference's count.
    expect(found?.hashes).toBe(Math.ceil((tried - skipped) / engines.lanes) * engines.lanes);
    expect(toHex(await k2powHash(engines, found?.pow ?? 0n, request))).toBe(one.hash);
  });
});
