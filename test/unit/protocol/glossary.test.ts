import { describe, expect, it } from 'vitest';
import { glossary, glossaryEntry, pageTerms, searchGlossary } from '../../../src/protocol/glossary';
import { mainnetPost } from '../../../src/protocol/units';

describe('glossary', () => {
  it('glossary: ids, unique and in alphabetical order of the terms', () => {
    const terms = glossary.map(({ term }) => term.toLowerCase());
    expect(new Set(glossary.map(({ id }) => id)).size).toBe(glossary.length);
    expect(terms).toEqual(terms.toSorted((a, b) => a.localeCompare(b, 'en')));
  });

  it.each(glossary)('glossary: $id, a sentence and links to entries that exist', (entry) => {
    expect(entry.definition).toMatch(/^[A-Z].*\.$/s);
    for (const id of entry.related) expect(glossaryEntry(id)).toBeDefined();
    expect(entry.related).not.toContain(entry.id);
  });

  it('glossary: nonce and VRF nonce, each states that it is not the other', () => {
    expect(glossaryEntry('nonce')?.definition).toContain('nothing to do with the VRF nonce');
    expect(glossaryEntry('vrf-nonce')?.definition).toContain('not the proving nonce');
  });

  it('glossary: figures of mainnet, those of the parameters', () => {
    const text = (id: string): string => glossaryEntry(id)?.definition ?? '';
    expect(text('k1')).toContain(`${mainnetPost.k1} on mainnet`);
    expect(text('k2')).toContain(`${mainnetPost.k2} on mainnet`);
    expect(text('k3')).toContain(`${mainnetPost.k3} on mainnet`);
    expect(text('su')).toContain(`at least ${mainnetPost.minNumUnits}`);
  });

  it('glossary: the terms of every page, exist', () => {
    for (const ids of Object.values(pageTerms))
      for (const id of ids) expect(glossaryEntry(id), id).toBeDefined();
    // Every term that the style guide calls unknown to a newcomer is on some page.
    const shown = new Set(Object.values(pageTerms).flat());
    for (const { id } of glossary) expect([...shown], id).toContain(id);
  });
});

describe('searchGlossary', () => {
  const ids = (query: string): string[] => searchGlossary(query).map(({ id }) => id);

  it('searchGlossary: nothing typed, all entries in order', () => {
    expect(searchGlossary('  ')).toEqual(glossary);
  });

  it('searchGlossary: a term, before entries that only mention it', () => {
    expect(ids('nonce').slice(0, 2)).toEqual(['nonce', 'vrf-nonce']);
    expect(ids('VRF')[0]).toBe('vrf-nonce');
  });

  it('searchGlossary: another word for it, found', () => {
    expect(ids('space unit')[0]).toBe('su');
    expect(ids('miner')[0]).toBe('smesher');
  });

  it('searchGlossary: an unknown word, nothing', () => {
    expect(ids('xyzzy')).toEqual([]);
  });
});
