import { describe, expect, test } from 'vitest';
import { follow, pause } from '../../../../src/node/api/follow';
import { WorkbenchError } from '../../../../src/base/error';

describe('a stream that is meant to last', () => {
  const options = (stop: AbortController) => ({
    signal: stop.signal,
    firstPauseMs: 2,
    longestPauseMs: 5,
  });

  test('is opened again after errors and orderly ends, until it is stopped', async () => {
    const stop = new AbortController();
    const items: number[] = [];
    const breaks: (string | undefined)[] = [];
    let opened = 0;
    const open = async function* () {
      opened++;
      await pause(1, stop.signal);
      if (opened <= 2) throw new WorkbenchError('grpc-node-unreachable', 'away');
      yield opened * 10;
      if (opened === 3) return;
      yield opened * 10 + 1;
      stop.abort();
      yield -1;
    };
    await follow(
      open,
      (item) => items.push(item),
      ({ error, retryInMs }) => {
        breaks.push(error?.code);
        expect(retryInMs).toBeLessThanOrEqual(5 * 1.25);
      },
      options(stop),
    );
    expect(items).toEqual([30, 40, 41, -1]);
    expect(breaks).toEqual(['grpc-node-unreachable', 'grpc-node-unreachable', undefined]);
  });

  test('does not hide a mistake of ours', async () => {
    const stop = new AbortController();
    const open = async function* (): AsyncGenerator<number> {
      await pause(0, stop.signal);
      yield* [].map(() => 0);
      throw new TypeError('ours');
    };
    await expect(
      follow(
        open,
        () => undefined,
        () => undefined,
        options(stop),
      ),
    ).rejects.toThrow('ours');
  });

  test('a pause ends immediately with its signal', async () => {
    const stop = new AbortController();
    setTimeout(() => {
      stop.abort();
    }, 5);
    await pause(60_000, stop.signal);
    await pause(60_000, stop.signal);
    expect(stop.signal.aborted).toBe(true);
  });
});
