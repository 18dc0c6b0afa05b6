import { describe, expect, test } from 'vitest';
import { guideTopic, guideTopics, searchGuide } from '../../../src/protocol/guide';

describe('guide', () => {
  test('guideTopics: ids and titles, each once', () => {
    expect(new Set(guideTopics.map(({ id }) => id)).size).toBe(guideTopics.length);
    expect(new Set(guideTopics.map(({ title }) => title)).size).toBe(guideTopics.length);
  });

  test.each(guideTopics)('guideTopics: $id, sentences', ({ paragraphs }) => {
    for (const paragraph of paragraphs) expect(paragraph).toMatch(/^[A-Z0-9].*[.?]$/s);
  });

  test('guideTopic: an unknown id, undefined', () => {
    expect(guideTopic('xyzzy')).toBeUndefined();
  });

  test('searchGuide: nothing typed, every topic in order', () => {
    expect(searchGuide(' ')).toEqual(guideTopics);
  });

  test('searchGuide: a word of a title, before topics that only mention it', () => {
    expect(searchGuide('equivocation')[0]?.id).toBe('equivocation');
    expect(searchGuide('backup')[0]?.id).toBe('state-backup');
  });

  test('searchGuide: an unknown word, nothing', () => {
    expect(searchGuide('xyzzy')).toEqual([]);
  });
});
