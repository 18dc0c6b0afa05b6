import { describe, expect, test } from 'vitest';
import { formatQueries, mergeQueries, parseQueries } from '../../../src/storage/queries';

const queries = [
  { name: 'b', sql: 'SELECT 2' },
  { name: 'a', sql: "SELECT 'ü'" },
];

describe('saved queries', () => {
  test('come back from their file', () => {
    expect(parseQueries(formatQueries(queries))).toEqual(queries);
  });

  test('are kept by name, the newer one winning', () => {
    expect(mergeQueries(queries, [{ name: 'b', sql: 'SELECT 3' }])).toEqual([
      { name: 'a', sql: "SELECT 'ü'" },
      { name: 'b', sql: 'SELECT 3' },
    ]);
  });

  test.each([
    ['', 'not JSON'],
    ['[]', 'does not say'],
    ['{"format":"x"}', 'another'],
    ['{"format":"post-workbench-queries","version":2}', 'version'],
    ['{"format":"post-workbench-queries","version":1}', 'no list'],
    ['{"format":"post-workbench-queries","version":1,"queries":[{"name":1}]}', 'lacks'],
  ])('refuse %s', (text, why) => {
    expect(() => parseQueries(text)).toThrow(why);
  });
});
