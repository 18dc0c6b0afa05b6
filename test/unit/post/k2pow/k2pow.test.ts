import { blake2b } from '@noble/hashes/blake2.js';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { localEngines, type PowEngines } from '../../../../src/post/k2pow/engines';
import {
  exponentialEta,
  readPowRequest,
  searchK2pow,
  type PowProgress,
} from '../../../../src/post/k2pow/k2pow';
import { compareBytes, type Bytes } from '../../../../src/base/bytes';
import {
  expectedHashes,
  k2powInput,
  randomxKey,
  scalePowDifficulty,
} from '../../../../src/protocol/k2pow';
import { mainnetPost } from '../../../../src/protocol/units';
import { openEngine } from '../../../vectors/randomx-engine';

const never = new Uint8Array(32);
const oneIn = (hashes: number): Bytes => scalePowDifficulty(new Uint8Array(32).fill(0xff), hashes);
const request = {
  challenge: new Uint8Array(32).fill(3),
  nonceGroup: 5,
  nodeId: new Uint8Array(32).fill(9),
  difficulty: never,
};

/** Several threads with a cheap hash, which end their tasks in an order that `delays` decides. */
function blakeEngines(threads: number, lanes: number, delays: Iterator<number>): PowEngines {
  const hash = (input: Uint8Array): Bytes => new Uint8Array(blake2b(input, { dkLen: 32 }));
  return {
    threads,
    lanes,
    mode: 'light',
    description: 'blake2b',
    remark: undefined,
    hash: (input) => Promise.resolve(hash(input)),
    async run(tasks, accept, signal) {
      const lane = async (): Promise<void> => {
        for (let next = tasks.next(); !next.done; next = tasks.next()) {
          const { first, count, request: pow } = next.value;
          for (let turns = Number(delays.next().value ?? 0); turns > 0; turns--)
            await Promise.resolve();
          signal?.throwIfAborted();
          const counters = Array.from({ length: count }, (_, i) => first + BigInt(i));
          const good = counters.find(
            (one) => compareBytes(hash(k2powInput(one, pow)), pow.difficulty) < 0,
          );
          accept(good === undefined ? undefined : { counter: good, hash: never }, next.value);
        }
      };
      await Promise.all(Array.from({ length: threads }, lane));
    },
    close: () => undefined,
  };
}

function* forever(values: readonly number[]): Generator<number> {
  for (let i = 0; ; i++) yield values[i % values.length] ?? 0;
}

describe('with threads that end in any order', () => {
  const delays = fc.array(fc.nat(20), { minLength: 1, maxLength: 40 });

  test('the smallest counter is answered', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 5 }),
        delays,
        fc.nat(1000),
        async (threads, lanes, order, startNonce) => {
          const search = { ...request, difficulty: oneIn(40), startNonce: BigInt(startNonce) };
          const found = await searchK2pow(blakeEngines(threads, lanes, forever(order)), search);
          const alone = await searchK2pow(blakeEngines(1, 1, forever([0])), search);
          expect(found?.pow).toBe(alone?.pow);
          expect(alone?.hashes).toBe(Number(alone?.pow ?? 0n) - startNonce + 1);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('what progress calls tried was tried', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 8 }), delays, async (threads, order) => {
        const reports: PowProgress[] = [];
        const engines = blakeEngines(threads, 3, forever(order));
        const search = { ...request, startNonce: 7n, maxHashes: 100 };
        const onProgress = (progress: PowProgress): void => void reports.push(progress);
        expect(await searchK2pow(engines, search, { onProgress })).toBeNull();
        for (const [i, { resumeFrom, done }] of reports.entries()) {
          expect(resumeFrom >= (reports[i - 1]?.resumeFrom ?? 7n)).toBe(true);
          expect(Number(resumeFrom) - 7).toBeLessThanOrEqual(done);
        }
        expect(reports.at(-1)).toMatchObject({ done: 100, resumeFrom: 107n, unit: 'hashes' });
      }),
      { numRuns: 40 },
    );
  });
});

describe('with RandomX in this thread', () => {
  let engines: PowEngines;
  beforeAll(async () => {
    engines = localEngines((await openEngine(randomxKey)).randomx);
  }, 60_000);

  test('a search that was cancelled goes on from where it was', async () => {
    const controller = new AbortController();
    let resumeFrom = 0n;
    const running = searchK2pow(engines, request, {
      signal: controller.signal,
      onProgress: (progress) => {
        resumeFrom = progress.resumeFrom;
        if (progress.done >= 4) controller.abort();
      },
    });
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
    expect(resumeFrom).toBe(4n);
    const search = {
      ...request,
      difficulty: new Uint8Array(32).fill(0xff),
      startNonce: resumeFrom,
    };
    expect(await searchK2pow(engines, search)).toEqual({ pow: 4n, hashes: 2 });
  });

  test('an aborted signal starts nothing', async () => {
    const running = searchK2pow(engines, request, { signal: AbortSignal.abort() });
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('the last counters of 56 bits are the end', async () => {
    const search = { ...request, startNonce: (1n << 56n) - 1n };
    expect(await searchK2pow(engines, search)).toBeNull();
  });
});

test('mean and quantiles of the time to go do not depend on what was done', () => {
  expect(
    expectedHashes(scalePowDifficulty(Buffer.from(mainnetPost.powDifficulty, 'hex'), 4)) / 4,
  ).toBeCloseTo(4687.5, 0);
  expect(expectedHashes(never)).toBe(Infinity);
  const { etaS, etaQuantilesS } = exponentialEta(18750, 50);
  expect(etaS).toBe(375);
  expect(etaQuantilesS?.p50).toBeCloseTo(375 * Math.LN2);
  expect(etaQuantilesS?.p99).toBeCloseTo(375 * Math.log(100));
  expect(exponentialEta(18750, 0)).toEqual({ etaS: undefined, etaQuantilesS: undefined });
});

describe('requests', () => {
  const text = {
    challenge: '0102030405060708',
    nonceGroup: 0,
    nodeId: '11'.repeat(32),
    difficulty: `0x${'ff'.repeat(32)}`,
  };

  test('take text, and a challenge complete or cut to its 8 bytes', () => {
    expect(readPowRequest(text)).toEqual({
      challenge: new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]),
      nonceGroup: 0,
      nodeId: new Uint8Array(32).fill(0x11),
      difficulty: new Uint8Array(32).fill(0xff),
    });
    const whole = readPowRequest({ ...text, challenge: `0102030405060708${'ab'.repeat(24)}` });
    expect(whole.challenge).toEqual(new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]));
  });

  test('say what is wrong', async () => {
    expect(() => readPowRequest({ ...text, nodeId: '11' })).toThrow(/nodeId/);
    const engines = blakeEngines(1, 1, forever([0]));
    for (const nonceGroup of [-1, 256, 1.5])
      await expect(searchK2pow(engines, { ...text, nonceGroup })).rejects.toMatchObject({
        code: 'nonce-group-out-of-bounds',
      });
    for (const startNonce of [-1n, (1n << 56n) + 1n])
      await expect(searchK2pow(engines, { ...text, startNonce })).rejects.toMatchObject({
        code: 'start-nonce-not-valid',
      });
    expect(() => scalePowDifficulty(never, 0)).toThrow(/at least 1/);
  });
});
