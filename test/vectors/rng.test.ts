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
