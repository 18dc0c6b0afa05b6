import { expect, test } from 'vitest';
import { duplicates } from '../../../scripts/check-duplicates.mjs';

const block = (count: number, indent = ''): string =>
  Array.from({ length: count }, (_, i) => `${indent}step(${i});\n`).join('');

test('duplicates: ten equal lines in two files, both places', () => {
  expect(duplicates({ 'a.ts': `first();\n${block(10)}`, 'b.ts': block(10) })).toEqual([
    { lines: 10, places: ['a.ts:2', 'b.ts:1'] },
  ]);
});

test('duplicates: nine equal lines, none', () => {
  expect(duplicates({ 'a.ts': block(9), 'b.ts': block(9) })).toEqual([]);
});

test('duplicates: more than ten lines, one stretch of their length', () => {
  expect(duplicates({ 'a.ts': block(14), 'b.ts': `${block(14)}other();\n` })).toEqual([
    { lines: 14, places: ['a.ts:1', 'b.ts:1'] },
  ]);
});

test('duplicates: other indentation and blank lines, found all the same', () => {
  const spaced = block(12, '  ').replaceAll('\n', '\n\n');
  expect(duplicates({ 'a.ts': block(12), 'b.ts': spaced })).toHaveLength(1);
});

test('duplicates: within one file, found', () => {
  expect(duplicates({ 'a.ts': `${block(10)}between();\n${block(10)}` })).toEqual([
    { lines: 10, places: ['a.ts:1', 'a.ts:12'] },
  ]);
});

test('duplicates: the same imports, not compared', () => {
  const names = Array.from({ length: 12 }, (_, i) => `  name${i},\n`).join('');
  const list = `import {\n${names}} from './names';\n`;
  expect(duplicates({ 'a.ts': list, 'b.ts': list })).toEqual([]);
});
