import { expect, test, vi } from 'vitest';
import { Job } from '../../../src/ui/job.svelte';

/** Work that ends when the test lets it. */
function gate<Value>(): {
  readonly wait: Promise<Value>;
  readonly open: (value: Value) => void;
  readonly fail: (error: Error) => void;
} {
  let open!: (value: Value) => void;
  let fail!: (error: Error) => void;
  const wait = new Promise<Value>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return { wait, open, fail };
}

test('Job: work that ends, finished with its result and its last progress', async () => {
  const job = new Job<number, number>();
  const { wait, open } = gate<number>();
  const ended = job.start(({ onProgress }) => {
    onProgress(1);
    return wait;
  });
  expect(job.state).toBe('running');
  open(42);
  expect(await ended).toBe(42);
  expect([job.state, job.result, job.progress]).toEqual(['done', 42, 1]);
});

test('Job: work that throws, failed with its error', async () => {
  const job = new Job<number, number>();
  const error = new Error('no disk');
  expect(await job.start(() => Promise.reject(error))).toBeUndefined();
  expect([job.state, job.error]).toEqual(['failed', error]);
});

test('Job.cancel: running work, its signal aborts and the job is cancelled', async () => {
  const job = new Job<number, number>();
  const ended = job.start(
    ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      }),
  );
  job.cancel();
  expect(await ended).toBeUndefined();
  expect([job.state, job.error]).toEqual(['cancelled', undefined]);
});

test('Job.start: while other work runs, what the other gives is dropped', async () => {
  const job = new Job<string, string>();
  const first = gate<string>();
  let report: (progress: string) => void = () => undefined;
  const replaced = job.start(({ onProgress }) => {
    report = onProgress;
    return first.wait;
  });
  const ended = job.start(() => Promise.resolve('second'));
  report('late');
  first.open('first');
  expect(await replaced).toBeUndefined();
  expect(await ended).toBe('second');
  expect([job.result, job.progress]).toEqual(['second', undefined]);
});

test('Job.reset: after work that failed, idle without an error', async () => {
  const job = new Job<number, number>();
  await job.start(() => Promise.reject(new Error('no disk')));
  job.reset();
  expect([job.state, job.error, job.result]).toEqual(['idle', undefined, undefined]);
});

test('Job.collect: many parts within a moment, shown at the start and at the end', async () => {
  const job = new Job<number, number>();
  const came: number[] = [];
  const shown: number[][] = [];
  await job.collect(
    () => void shown.push([...came]),
    async ({ changed }) => {
      for (let i = 0; i < 100; i++) {
        came.push(i);
        changed();
      }
      await Promise.resolve();
      return came.length;
    },
  );
  expect(shown.map(({ length }) => length)).toEqual([0, 100]);
  expect(job.result).toBe(100);
});

test('Job.collect: parts over a longer time, shown every 250 ms', async () => {
  vi.useFakeTimers();
  const job = new Job<number, number>();
  const { wait, open } = gate<number>();
  let came = 0;
  const shown: number[] = [];
  const ended = job.collect(
    () => void shown.push(came),
    ({ changed }) => {
      const timer = setInterval(() => {
        came++;
        changed();
      }, 100);
      return wait.finally(() => clearInterval(timer));
    },
  );
  await vi.advanceTimersByTimeAsync(1000);
  open(1);
  vi.useRealTimers();
  await ended;
  expect(shown).toEqual([0, 3, 6, 9, 10]);
});

test('Job.collect: work that fails, what came before is shown', async () => {
  const job = new Job<number, number>();
  const shown: number[] = [];
  let came = 0;
  await job.collect(
    () => void shown.push(came),
    ({ changed }) => {
      came = 3;
      changed();
      return Promise.reject(new Error('no disk'));
    },
  );
  expect([job.state, shown]).toEqual(['failed', [0, 3]]);
});

test('Job.collect: work that other work has replaced, shows nothing any more', async () => {
  const job = new Job<number, number>();
  const first = gate<number>();
  const shown: string[] = [];
  const replaced = job.collect(
    () => void shown.push('first'),
    () => first.wait,
  );
  await job.collect(
    () => void shown.push('second'),
    () => Promise.resolve(2),
  );
  first.open(1);
  await replaced;
  expect(shown).toEqual(['first', 'second', 'second']);
});
