import { describe, expect, test } from 'vitest';
import { csvText } from '../../../src/base/csv';

describe('csvText', () => {
  test.each([
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-2', "'-2"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t=1"],
    ['\r=1', '"\'\r=1"'],
    ['=HYPERLINK("http://x","y")', '"\'=HYPERLINK(""http://x"",""y"")"'],
    ['a=1', 'a=1'],
    ['', '""'],
  ])('csvText: %j, no formula for a spreadsheet', (text, field) => {
    expect(csvText(text, { escapeFormulas: true })).toBe(field);
  });

  test.each(['=1+1', '@x', '-2'])('csvText: %j with the option off, unchanged', (text) => {
    expect(csvText(text, { escapeFormulas: false })).toBe(text);
  });
});
