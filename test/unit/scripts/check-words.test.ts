import { describe, expect, test } from 'vitest';
import { findWords } from '../../../scripts/check-words.mjs';
import { rules } from '../../../scripts/words.mjs';

const wordsIn = (path: string, source: string): string[] =>
  findWords(path, source).map(({ word }) => word);

describe('rules', () => {
  test.each(rules)('words: "$bad", is rejected', ({ bad, instead }) => {
    expect(findWords('README.md', bad).map((match) => match.instead)).toContain(instead);
  });

  test.each(rules)('words: "$good", is accepted', ({ good, instead }) => {
    expect(findWords('README.md', good).map((match) => match.instead)).not.toContain(instead);
  });
});

describe('findWords', () => {
  test('findWords: TypeScript, reads comments, strings and templates but not names', () => {
    const source = [
      '// It stands',
      'const told = `said ${told} anew`;',
      "export const lies = { told: 'nobody' };",
      "import x from './people';",
      '/** At',
      ' * once. */',
    ].join('\n');
    expect(wordsIn('src/x.ts', source)).toEqual(['stands', 'said', 'anew', 'nobody', 'At once']);
  });

  test('findWords: Svelte, reads markup, attributes and expressions', () => {
    const source = [
      '<script lang="ts">',
      "  const told: string = 'afresh';",
      '</script>',
      '<!-- reckoned -->',
      '<p title="in vain" class={told}>It says {told ? `nobody` : "said"}</p>',
    ].join('\n');
    expect(findWords('src/X.svelte', source).map(({ line, word }) => `${line} ${word}`)).toEqual([
      '2 afresh',
      '4 reckoned',
      '5 says',
      '5 said',
      '5 in vain',
      '5 nobody',
    ]);
  });

  test('findWords: a test, reads its titles only', () => {
    const source = [
      "describe('what it says', () => {",
      "  test.each([1])('stands %i', () => { const word = 'nobody'; });",
      '  it(`lies ${word}`, () => {}); // told',
      '});',
    ].join('\n');
    expect(wordsIn('test/unit/x.test.ts', source)).toEqual(['says', 'stands', 'lies']);
  });
});
