import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { hex } from '@scure/base';
import { pseudoRandomOrder } from '../../src/protocol/selection';

const { cases } = JSON.parse(
  readFileSync(new URL('../data/post/rng.json', import.meta.url), 'utf8'),
) as { cases: { len: number; seed_parts: string[]; order: number[] }[] };

test.each(cases)('order of $len, seed $seed_parts.0', ({ len, seed_parts, order }) => {
  const seed = seed_parts.map((part) => hex.decode(part));
  expect([...pseudoRandomOrder(len, seed)]).toEqual(order);
});

// The reference takes a draw below 65535 − 65535 % remaining; of 65535 positions that refuses 0xffff alone.
test('a draw that would favour some positions is drawn again', () => {
  // The XOF of this seed begins with ff ff be af.
  const seed = hex.decode('00033d6d');
  expect(pseudoRandomOrder(65535, [seed]).next().value).toBe(0xafbe);
});

test('more positions than the reference can count are refused', () => {
  expect(() => pseudoRandomOrder(65536, []).next()).toThrow(
    expect.objectContaining({ code: 'selection-too-long', details: { count: 65536 } }),
  );
});
