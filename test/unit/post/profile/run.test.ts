import { describe, expect, test } from 'vitest';
import { Pause } from '../../../../src/base/pause';
import {
  estimateS,
  passPow,
  runMatrix,
  sameCell,
  summarise,
  type MatrixCell,
  type MatrixProgress,
} from '../../../../src/post/profile/run';
import { ReadPlan, rotated } from '../../../../src/post/profile/read-plan';
import { mergeRuns } from '../../../../src/storage/runs';

const proving = (nonces: number, threads = 1): MatrixCell => ({
  kind: 'proving',
  backend: 'cpu',
  nonces,
  threads,
});
const plan = (...cells: MatrixCell[]) => ({ cells, samples: 3, sampleS: 0.01 });

describe('a matrix', () => {
  test('discards the warm-up and keeps every sample, in order', async () => {
    const asked: number[] = [];
    let next = 0;
    const results = await runMatrix(plan(proving(16)), () =>
      Promise.resolve({
        sample: (durationS) => {
          asked.push(durationS);
          return Promise.resolve({ perS: next++, timeS: durationS });
        },
        close: () => asked.push(-1),
      }),
    );
    expect(asked).toEqual([0.005, 0.01, 0.01, 0.01, -1]);
    expect(results).toEqual([{ cell: proving(16), samples: [1, 2, 3], timeS: 0.03, remarks: [] }]);
  });

  test('goes on after a cell that fails, and closes it', async () => {
    let closed = 0;
    const results = await runMatrix(plan(proving(16), proving(32), proving(64)), (cell) => {
      if (cell.kind === 'proving' && cell.nonces === 16)
        return Promise.reject(new Error('no adapter'));
      return Promise.resolve({
        sample: () =>
          cell.kind === 'proving' && cell.nonces === 32
            ? Promise.reject(new Error('device lost'))
            : Promise.resolve({ perS: 5, timeS: 1, remark: 'same' }),
        close: () => closed++,
      });
    });
    expect(results.map(({ error }) => error)).toEqual(['no adapter', 'device lost', undefined]);
    expect(results[2]?.remarks).toEqual(['same']);
    expect(closed).toBe(2);
  });

  test('an abort ends it immediately and leaves what is done; a pause holds it up', async () => {
    const abort = new AbortController();
    const pause = new Pause();
    let last: MatrixProgress | undefined;
    let samples = 0;
    const run = runMatrix(
      plan(proving(16), proving(32)),
      (cell) =>
        Promise.resolve({
          sample: () => {
            samples++;
            if (cell.kind === 'proving' && cell.nonces === 32) abort.abort();
            return Promise.resolve({ perS: 1, timeS: 1 });
          },
          close: () => undefined,
        }),
      { signal: abort.signal, pause, onProgress: (progress) => (last = progress) },
    );
    pause.pause();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(samples).toBeLessThanOrEqual(1);
    pause.resume();
    await expect(run).rejects.toThrow('abort');
    expect(last?.results).toHaveLength(1);
    expect(last?.results[0]?.samples).toHaveLength(3);
  });

  test('reports seconds that grow to the estimate', async () => {
    const seen: MatrixProgress[] = [];
    const cells = plan(proving(16), { kind: 'read', streams: 2 });
    await runMatrix(
      cells,
      () =>
        Promise.resolve({
          sample: () => Promise.resolve({ perS: 1, timeS: 1 }),
          close: () => undefined,
        }),
      { onProgress: (progress) => seen.push(progress) },
    );
    const done = seen.map((progress) => progress.done);
    expect(done).toEqual(done.toSorted((a, b) => a - b));
    expect(done.at(-1)).toBeCloseTo(estimateS(cells), 10);
  });
});

test('summarises by median and range', () => {
  expect(summarise([])).toBeUndefined();
  expect(summarise([3, 1, 2])).toEqual({ median: 2, low: 1, high: 3, spread: 1 });
  expect(summarise([4, 1])).toEqual({ median: 2.5, low: 1, high: 4, spread: 1.2 });
});

test('distinguishes cells by what they measure', () => {
  expect(sameCell(proving(16), proving(16))).toBe(true);
  expect(sameCell(proving(16), proving(32))).toBe(false);
  expect(
    sameCell(
      { kind: 'labels', backend: 'cpu', threads: 1 },
      { kind: 'k2pow', mode: 'light', threads: 1 },
    ),
  ).toBe(false);
});

test('gives the k2pow time of post-rs’s manual: 4 SU, 64 nonces, 500 hashes/s in 150 s', () => {
  const { meanS, q50, q99 } = passPow(500, { nonces: 64, numUnits: 4 });
  expect(meanS).toBeCloseTo(150, 1);
  expect(q50).toBeLessThan(meanS);
  expect(q99).toBeGreaterThan(meanS);
});

describe('where a reading goes on', () => {
  const text = (blobs: readonly Blob[]) =>
    Promise.all(blobs.map((blob) => blob.text())).then((texts) => texts.join(''));
  const files = [new Blob(['abc']), new Blob([]), new Blob(['defgh'])];

  test('turns the files so that every place can come first', async () => {
    for (let start = 0; start <= 8; start++)
      expect(await text(rotated(files, start))).toBe(
        `${'abcdefgh'.slice(start)}${'abcdefgh'.slice(0, start)}`,
      );
  });

  test('goes on from where it ended, and states what may have come from memory', () => {
    const reads = new ReadPlan(files, 100, () => 0);
    expect(reads.next()).toEqual([0]);
    expect(reads.advance([3])).toContain('small enough');
    expect(reads.next()).toEqual([3]);
    expect(reads.advance([6])).toContain('more than once');
    // All was read: it goes round again, and reports it.
    expect(reads.next()).toEqual([0]);
    expect(reads.advance([1])).toContain('more than once');
    const large = new ReadPlan(files, 4, () => 0);
    large.next();
    expect(large.advance([3])).toBeUndefined();
  });

  test('puts streams far apart, into what none has read', () => {
    const one = [new Blob([new Uint8Array(1200)])];
    const reads = new ReadPlan(one, 100, () => 0);
    expect(reads.next(4)).toEqual([0, 300, 600, 900]);
    expect(reads.advance([100, 100, 150, 100])).toBeUndefined();
    // Each goes on where one ended.
    expect(reads.next(4)).toEqual([100, 400, 750, 1000]);
    expect(reads.advance([0, 0, 0, 0])).toBeUndefined();
    expect(reads.next(1)).toEqual([100]);
    expect(reads.advance([0])).toBeUndefined();
    expect(reads.next(6)).toEqual([100, 200, 400, 500, 750, 1000]);
    // One that runs into the next one's place reads what that one has read.
    expect(reads.advance([100, 150, 50, 50, 50, 50])).toContain('more than once');
    // Streams may be more than bytes.
    const few = new ReadPlan(files, 4, () => 0);
    expect(few.next(64)).toHaveLength(64);
    expect(new ReadPlan(files, 4, () => 0.999).next(1)).toEqual([0]);
  });
});

test('keeps runs by id, newest first', () => {
  const old = { id: 'a', startedMs: 1, name: 'old' };
  expect(
    mergeRuns(
      [old],
      [
        { id: 'b', startedMs: 2, name: 'new' },
        { ...old, name: 'renamed' },
      ],
    ),
  ).toEqual([
    { id: 'b', startedMs: 2, name: 'new' },
    { id: 'a', startedMs: 1, name: 'renamed' },
  ]);
});
