import { describe, expect, test } from 'vitest';
import {
  glossary,
  glossaryEntry,
  searchGlossary,
  splitTerms,
  termsIn,
} from '../../../src/protocol/glossary';
import { mainnetPost } from '../../../src/protocol/units';

describe('glossary', () => {
  test('glossary: ids, unique and in alphabetical order of the terms', () => {
    const terms = glossary.map(({ term }) => term.toLowerCase());
    expect(new Set(glossary.map(({ id }) => id)).size).toBe(glossary.length);
    expect(terms).toEqual(terms.toSorted((a, b) => a.localeCompare(b, 'en')));
  });

  test.each(glossary)('glossary: $id, a sentence and links to entries that exist', (entry) => {
    expect(entry.definition).toMatch(/^[A-Z].*\.$/s);
    for (const id of entry.related) expect(glossaryEntry(id)).toBeDefined();
    expect(entry.related).not.toContain(entry.id);
  });

  test('glossary: nonce and VRF nonce, each states that it is not the other', () => {
    expect(glossaryEntry('nonce')?.definition).toContain('nothing to do with the VRF nonce');
    expect(glossaryEntry('vrf-nonce')?.definition).toContain('not the proving nonce');
  });

  test('glossary: figures of mainnet, those of the parameters', () => {
    const text = (id: string): string => glossaryEntry(id)?.definition ?? '';
    expect(text('k1')).toContain(`${mainnetPost.k1} on mainnet`);
    expect(text('k2')).toContain(`${mainnetPost.k2} on mainnet`);
    expect(text('k3')).toContain(`${mainnetPost.k3} on mainnet`);
    expect(text('su')).toContain(`at least ${mainnetPost.minNumUnits}`);
  });
});

describe('searchGlossary', () => {
  const ids = (query: string): string[] => searchGlossary(query).map(({ id }) => id);

  test('searchGlossary: nothing typed, all entries in order', () => {
    expect(searchGlossary('  ')).toEqual(glossary);
  });

  test('searchGlossary: a term, before entries that only mention it', () => {
    expect(ids('nonce').slice(0, 2)).toEqual(['nonce', 'vrf-nonce']);
    expect(ids('VRF')[0]).toBe('vrf-nonce');
  });

  test('searchGlossary: another word for it, found', () => {
    expect(ids('space unit')[0]).toBe('su');
    expect(ids('miner')[0]).toBe('smesher');
  });

  test('searchGlossary: an unknown word, nothing', () => {
    expect(ids('xyzzy')).toEqual([]);
  });
});

describe('splitTerms', () => {
  test('splitTerms: any text, its parts joined are the text', () => {
    for (const { definition } of glossary)
      expect(
        splitTerms(definition)
          .map(({ text }) => text)
          .join(''),
      ).toBe(definition);
    expect(splitTerms('')).toEqual([]);
  });

  test('splitTerms: terms inside a sentence, cut out as they are written', () => {
    expect(splitTerms('Nonces per pass')).toEqual([
      { text: 'Nonces', id: 'nonce' },
      { text: ' per ', id: undefined },
      { text: 'pass', id: 'pass' },
    ]);
  });

  test('splitTerms: a longer term that contains a shorter one, the longer one', () => {
    expect(termsIn('The VRF nonce is not a nonce.')).toEqual(['vrf-nonce', 'nonce']);
    expect(termsIn('One post-service per PoST.')).toEqual(['post-service', 'post']);
  });

  test('splitTerms: parts of words, file names and paths, not terms', () => {
    expect(termsIn('suffix SUB weighty unlabelled')).toEqual([]);
    expect(termsIn('nonces.csv /data/labels label_count epoch-3.json')).toEqual(['epoch']);
    expect(termsIn('k2pows relabel postlabel_1')).toEqual([]);
  });

  test('splitTerms: names in another case, not terms', () => {
    expect(termsIn('su Su atx post poet')).toEqual([]);
  });

  test.each(glossary)('splitTerms: $id by each of its forms, found', ({ id, forms }) => {
    for (const form of forms) expect(termsIn(`the ${form}.`), form).toEqual([id]);
  });
});

describe('termsIn', () => {
  test('termsIn: a term twice, once, in the order of first use', () => {
    expect(termsIn('SU and weight, SU and ATXs')).toEqual(['su', 'weight', 'atx']);
  });
});
