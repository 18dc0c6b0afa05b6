import { describe, expect, test } from 'vitest';
import { ProgressMeter } from '../../../src/base/progress';

const hourMs = 3_600_000;

/** Ten units a second for 30 s, from `nowMs` = 0 on. */
function running(): ProgressMeter {
  const meter = new ProgressMeter(100_000, 'labels', { nowMs: 0 });
  for (let second = 1; second <= 30; second++) meter.advance(10, second * 1000);
  return meter;
}

describe('ProgressMeter', () => {
  test('ProgressMeter: steady work, its rate and the seconds left', () => {
    expect(running().progress).toMatchObject({ done: 300, ratePerS: 10, etaS: 9970 });
  });

  test('ProgressMeter: the machine sleeps for eight hours between two steps, rate and time left as before', () => {
    const meter = running();
    const { ratePerS, etaS } = meter.advance(10, 31_000 + 8 * hourMs);
    expect(ratePerS).toBe(10);
    expect(etaS).toBe(9969);
    expect(meter.advance(10, 32_000 + 8 * hourMs)).toMatchObject({ done: 320, ratePerS: 10 });
  });

  test('ProgressMeter: the clock is set back, the next steps are measured from there', () => {
    const meter = running();
    expect(meter.advance(10, 31_000 - 8 * hourMs).ratePerS).toBe(10);
    const { ratePerS } = meter.advance(20, 32_000 - 8 * hourMs);
    expect(ratePerS).toBeCloseTo(11, 9);
  });

  test('ProgressMeter: steps of five minutes each, their own rate', () => {
    const meter = new ProgressMeter(1000, 'hashes', { nowMs: 0 });
    for (let step = 1; step <= 5; step++) meter.advance(300, step * 300_000);
    expect(meter.progress.ratePerS).toBe(1);
  });

  test('ProgressMeter: work that becomes ten times slower, the slower rate', () => {
    const meter = running();
    for (let step = 1; step <= 10; step++) meter.advance(10, 30_000 + step * 10_000);
    expect(meter.progress.ratePerS).toBeCloseTo(1, 5);
  });
});
