import { describe, expect, test } from 'vitest';
import { Random } from '../../../../src/simulate/probability/random';
import { sentAt, shareLine, type Sender } from '../../../../src/simulate/farm/shared-line';

/** File by file in small steps, each file sent only once it is complete: the same question, another way. */
function bruteForce(
  senders: readonly Sender[],
  lineBytesPerS: number,
  setupS: number,
  stepS: number,
) {
  const states = senders.map(() => ({ sent: 0, endS: Infinity, peak: 0 }));
  for (let atS = setupS; states.some(({ endS }) => endS === Infinity); atS += stepS) {
    const ready = senders.map(({ bytes, fileBytes, writeBytesPerS }, i) => {
      const written = Math.min(bytes, (atS - setupS) * writeBytesPerS);
      const complete = written >= bytes ? bytes : Math.floor(written / fileBytes) * fileBytes;
      const state = states[i] ?? expect.fail();
      state.peak = Math.max(state.peak, written - Math.floor(state.sent / fileBytes) * fileBytes);
      return complete - state.sent;
    });
    const wanting = [...senders.keys()]
      .filter((i) => (ready[i] ?? 0) > 0)
      .sort((a, b) => (senders[a]?.uploadBytesPerS ?? 0) - (senders[b]?.uploadBytesPerS ?? 0));
    let free = lineBytesPerS;
    for (const [at, i] of wanting.entries()) {
      const { uploadBytesPerS, bytes } = senders[i] ?? expect.fail();
      const state = states[i] ?? expect.fail();
      const rate = Math.min(uploadBytesPerS, free / (wanting.length - at));
      free -= rate;
      state.sent += Math.min(rate * stepS, ready[i] ?? 0);
      if (state.sent >= bytes * (1 - 1e-12)) state.endS = atS + stepS;
    }
  }
  return states;
}

const sender = (changed: Partial<Sender> = {}): Sender => ({
  bytes: 16_000,
  fileBytes: 4000,
  writeBytesPerS: 1600,
  uploadBytesPerS: Infinity,
  ...changed,
});

describe('shareLine', () => {
  test('shareLine: random machines, agrees with a simulation file by file', () => {
    const random = new Random(6);
    for (let run = 0; run < 20; run++) {
      const senders = Array.from({ length: 1 + Math.floor(random.uniform() * 4) }, () =>
        sender({
          bytes: 4000 * (1 + Math.floor(random.uniform() * 8)),
          writeBytesPerS: 200 + 2000 * random.uniform(),
          uploadBytesPerS: random.uniform() < 0.5 ? Infinity : 100 + 1000 * random.uniform(),
        }),
      );
      const line = 300 + 2000 * random.uniform();
      const brute = bruteForce(senders, line, 10, 0.02);
      for (const [i, { sentS, peakBytes }] of shareLine(senders, line, 10).entries()) {
        const { endS = NaN, peak = NaN } = brute[i] ?? {};
        // A file's time on the line, when all share it.
        expect(Math.abs(sentS - endS)).toBeLessThan((4000 * senders.length) / line + 0.1);
        expect(Math.abs(peakBytes - peak)).toBeLessThan(4000 * (1 + senders.length));
      }
    }
  });

  test('shareLine: a thousand alike machines, each gets a thousandth', () => {
    const senders = Array.from({ length: 1000 }, () => sender());
    const sendings = shareLine(senders, 1000, 0);
    expect(sendings).toHaveLength(1000);
    for (const { sentS } of sendings) expect(sentS).toBeCloseTo(2.5 + 16_000, 6);
  });

  test('shareLine: no line, nothing is ever sent', () => {
    const [sending = expect.fail()] = shareLine([sender()], 0, 5);
    expect(sending).toMatchObject({
      startS: 7.5,
      writtenS: 15,
      sentS: Infinity,
      peakBytes: 16_000,
    });
    expect(sentAt(sending, 1e9)).toBe(0);
  });

  test('shareLine: no limit at all, ends with the last file', () => {
    const [sending = expect.fail()] = shareLine([sender()], Infinity, 0);
    expect(sending.sentS).toBe(10);
    expect(sentAt(sending, 2)).toBe(0);
    expect(sentAt(sending, 5)).toBeCloseTo(4000, 6);
    expect(sentAt(sending, 11)).toBe(16_000);
  });
});
