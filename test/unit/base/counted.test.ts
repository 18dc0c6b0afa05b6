import { expect, test } from 'vitest';
import { counted } from '../../../src/base/counted';

test.each([
  [counted(0, 'byte'), '0 bytes'],
  [counted(1, 'byte'), '1 byte'],
  [counted(2, 'byte'), '2 bytes'],
  [counted(1n, 'label'), '1 label'],
  [counted(2n ** 64n + 1n, 'label'), '18,446,744,073,709,551,617 labels'],
  [counted(1.5, 'label'), '1.5 labels'],
  [counted(1, 'identity', 'identities'), '1 identity'],
  [counted(4096, 'identity', 'identities'), '4,096 identities'],
])('%s', (said, expected) => {
  expect(said).toBe(expected);
});
