// docs/trust.md as the Audit page shows it.
import { expect, test } from 'vitest';
import { markdownTables, trustTables } from '../../../../src/pages/audit/trust';

test('markdownTables: tables apart, cells without marks', () => {
  const text = '# A\n\n| a | b |\n| --- | --- |\n| `x` | |\n\nText\n\n| c |\n| - |\n';
  expect(markdownTables(text)).toEqual([
    { columns: ['a', 'b'], rows: [['x', '']] },
    { columns: ['c'], rows: [] },
  ]);
});

test('docs/trust.md: one row per subject, with a cell in every column', () => {
  const [subjects, columns] = trustTables;
  expect(subjects?.columns).toEqual(['subject', 'verified', 'believed', 'not checked']);
  expect(columns?.columns).toEqual(['column', 'reason']);
  for (const { columns: headings, rows } of trustTables) {
    for (const row of rows) expect(row).toHaveLength(headings.length);
    expect(new Set(rows.map(([subject]) => subject)).size).toBe(rows.length);
  }
  const names = subjects?.rows
    .map(([subject]) => subject)
    .join()
    .toLowerCase();
  for (const subject of [
    'atx',
    'post',
    'vrf',
    'ballot',
    'blocks',
    'certificates',
    'active set',
    'beacon',
    'rewards',
    'accounts',
    'layers',
    'malfeasance',
    'marriages',
    'transactions',
    'local.sql',
  ])
    expect(names).toContain(subject);
});
