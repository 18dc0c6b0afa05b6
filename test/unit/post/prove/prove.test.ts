import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  type FindPow,
  type ProvableDirectory,
  type ProveRequest,
  type ProvingCheckpoint,
  type ProvingProgress,
  prove,
  scanDirectory,
} from '../../../../src/post/prove/prove';
import { readSlice } from '../../../../src/base/read-slice';
import { kernelScanner } from '../../../../src/post/prove/scanner';
import { readBytes } from '../../../../src/base/bytes';
import { expectedHashes, scalePowDifficulty } from '../../../../src/protocol/k2pow';
import { wasmKernel } from '../../kernels/proving-engines';
import { lateScanner } from './late-scanner';

const root = new URL('../../../data/post/', import.meta.url);
const { dirs } = JSON.parse(readFileSync(new URL('proof.json', root), 'utf8')) as {
  dirs: readonly {
    name: string;
    node_id: string;
    challenge: string;
    k1: number;
    k2: number;
    pow_difficulty: string;
    nonces_per_pass: number;
    pass_pows: readonly { pow: string }[];
    proof: { nonce: number; indices: string; pow: string };
  }[];
};
const vector = dirs.find(({ name }) => name === 'n2-single');
if (!vector) throw new Error('proof.json has no n2-single');
const pows = vector.pass_pows.map(({ pow }) => BigInt(pow));
const file = new File(
  [readFileSync(new URL('posdata/n2-single/postdata_0.bin', root))],
  'postdata_0.bin',
);
const directory: ProvableDirectory = {
  metadata: {
    nodeId: readBytes(vector.node_id, 32, 'node id'),
    numUnits: 2,
    labelsPerUnit: 8192n,
    maxFileSize: 262144n,
  },
  files: [{ file, sizeBytes: file.size }],
};
const request: ProveRequest = {
  challenge: vector.challenge,
  k1: vector.k1,
  k2: vector.k2,
  powDifficulty: vector.pow_difficulty,
  nonces: vector.nonces_per_pass,
};
const findPow: FindPow = ({ nonceGroup }) => Promise.resolve(pows[nonceGroup] ?? 0n);
const expected = {
  nonce: vector.proof.nonce,
  pow: BigInt(vector.proof.pow),
  indices: new Uint8Array(Buffer.from(vector.proof.indices, 'base64')),
};
const small = () => kernelScanner(wasmKernel(), 16384);

describe('prove', () => {
  test.each([1, 2, 3])('gives the same proof in whatever order slices end (%i)', async (seed) => {
    const engines = { scanner: lateScanner(wasmKernel(), 16384, seed), findPow };
    expect(await prove(directory, request, engines)).toEqual(expected);
  });

  test('goes on from a saved position, without new k2pow, to the same proof', async () => {
    const interrupt = new AbortController();
    let saved: ProvingCheckpoint | undefined;
    const stopHalfway = (progress: ProvingProgress): void => {
      if (progress.phase === 'scan' && progress.done >= file.size / 2) {
        saved = JSON.parse(JSON.stringify(progress.checkpoint())) as ProvingCheckpoint;
        interrupt.abort();
      }
    };
    await expect(
      prove(
        directory,
        request,
        { scanner: small(), findPow },
        { signal: interrupt.signal, onProgress: stopHalfway },
      ),
    ).rejects.toMatchObject({ name: 'AbortError' });
    expect(saved).toMatchObject({
      pass: 0,
      file: 0,
      offset: file.size / 2,
      pows: ['3', '11', '0', '12'],
    });
    const noPow: FindPow = () => Promise.reject(new Error('k2pow is known'));
    const done: number[] = [];
    const proof = await prove(
      directory,
      request,
      { scanner: small(), findPow: noPow },
      { resume: saved, onProgress: (progress) => done.push(progress.done) },
    );
    expect(proof).toEqual(expected);
    expect(done[0]).toBe(file.size / 2);
  });

  test('tells how a k2pow comes along, and goes on after the counters that were tried', async () => {
    const interrupt = new AbortController();
    const seen: ProvingProgress[] = [];
    const stuck: FindPow = ({ nonceGroup }, { onProgress }) => {
      if (nonceGroup === 0) return Promise.resolve(3n);
      onProgress?.({ ratePerS: 10, resumeFrom: 77n });
      interrupt.abort();
      return Promise.reject(interrupt.signal.reason as DOMException);
    };
    await expect(
      prove(
        directory,
        request,
        { scanner: small(), findPow: stuck },
        { signal: interrupt.signal, onProgress: (progress) => seen.push(progress) },
      ),
    ).rejects.toMatchObject({ name: 'AbortError' });
    const mean = expectedHashes(
      scalePowDifficulty(
        readBytes(request.powDifficulty, 32, 'powDifficulty'),
        directory.metadata.numUnits,
      ),
    );
    const last = seen.at(-1);
    expect(last).toMatchObject({ phase: 'k2pow', powsDone: 1, pows: 4, unit: 'hashes' });
    expect(last).toMatchObject({ done: mean, total: 4 * mean, ratePerS: 10, etaS: 0.3 * mean });

    const starts: (readonly [number, bigint])[] = [];
    const asked: FindPow = ({ nonceGroup, startNonce }) => {
      starts.push([nonceGroup, startNonce]);
      return Promise.resolve(pows[nonceGroup] ?? 0n);
    };
    const resume = JSON.parse(JSON.stringify(last.checkpoint())) as ProvingCheckpoint;
    await prove(directory, request, { scanner: small(), findPow: asked }, { resume });
    expect(starts).toEqual([
      [1, 77n],
      [2, 0n],
      [3, 0n],
    ]);
  });

  test('refuses a saved position of another request', async () => {
    const checkpoint: ProvingCheckpoint = {
      request: 'another',
      pass: 0,
      pows: [],
      file: 0,
      offset: 0,
      good: [],
    };
    await expect(
      prove(directory, request, { scanner: small(), findPow }, { resume: checkpoint }),
    ).rejects.toMatchObject({ code: 'checkpoint-mismatch' });
  });

  test('refuses a saved position of which the k2pows were found for another difficulty', async () => {
    let checkpoint: ProvingCheckpoint | undefined;
    const easy = { ...request, powDifficulty: 'ff'.repeat(32) };
    await prove(
      directory,
      easy,
      { scanner: small(), findPow },
      { onProgress: (progress) => (checkpoint = progress.checkpoint()) },
    );
    const engines = { scanner: small(), findPow };
    await expect(prove(directory, request, engines, { resume: checkpoint })).rejects.toMatchObject({
      code: 'checkpoint-mismatch',
    });
    expect(await prove(directory, easy, engines, { resume: checkpoint })).toEqual(expected);
  });

  test('states how many good labels each nonce has, all of them at the end', async () => {
    let last: ProvingProgress | undefined;
    const good = await scanDirectory(directory, { ...request, pows }, small(), {
      onProgress: (progress) => (last = progress),
    });
    expect(last).toMatchObject({ done: file.size, total: file.size, unit: 'bytes', phase: 'scan' });
    expect(Array.from(last?.goodPerNonce ?? [])).toEqual(
      Array.from({ length: 64 }, (_, nonce) => good.get(nonce)?.length ?? 0),
    );
  });

  test('tries all nonces, pass after pass, and then states that there are none left', async () => {
    const passes = new Set<number>();
    await expect(
      prove(
        directory,
        { ...request, k2: 1000, nonces: 2048 },
        { scanner: small(), findPow },
        { onProgress: ({ pass }) => passes.add(pass) },
      ),
    ).rejects.toMatchObject({ code: 'nonces-exhausted', details: { tried: 4096 } });
    expect([...passes]).toEqual([0, 1]);
  });

  test.each([0, 8, 17, 4112])('refuses %i nonces', async (nonces) => {
    await expect(
      prove(directory, { ...request, nonces }, { scanner: small(), findPow }),
    ).rejects.toMatchObject({ code: 'nonces-invalid' });
  });
});

describe('readSlice', () => {
  test('reads into the buffer that it is given', async () => {
    const bytes = await readSlice({ file, from: 16, to: 4112 }, new ArrayBuffer(8192));
    expect(bytes).toEqual(new Uint8Array(await file.slice(16, 4112).arrayBuffer()));
  });

  test('states which file is shorter than it was', async () => {
    await expect(
      readSlice({ file, from: file.size - 16, to: file.size + 16 }),
    ).rejects.toMatchObject({ code: 'file-not-readable', details: { name: 'postdata_0.bin' } });
  });
});
