// The one table of words for outcomes, and what a verdict claims.
import { describe, expect, test } from 'vitest';
import {
  byAttention,
  checkTitles,
  eligibilityText,
  failedChecks,
  hasVerifiedProofs,
  notCheckedText,
  outcomePresentation,
  reasons,
  verdictText,
} from '../../../src/audit/presentation';
import {
  atxChecks,
  eligibilityChecks,
  type Check,
  type CheckName,
  type Outcome,
} from '../../../src/audit/types';
import { verdictOf } from '../../../src/audit/verdict';

const check = (name: CheckName, outcome: Outcome, explanation = 'So.'): Check => ({
  check: name,
  outcome,
  explanation,
});

describe('verdictOf', () => {
  test.each<[string, readonly Check[], Outcome, readonly CheckName[]]>([
    ['all needed pass', [check('id', 'pass'), check('k2pow', 'pass')], 'pass', []],
    [
      'another check is inconclusive',
      [check('id', 'pass'), check('k2pow', 'pass'), check('ticks', 'inconclusive')],
      'pass',
      ['ticks'],
    ],
    [
      'a needed check is inconclusive',
      [check('id', 'inconclusive')],
      'inconclusive',
      ['id', 'k2pow'],
    ],
    ['a needed check is absent', [check('id', 'pass')], 'inconclusive', ['k2pow']],
    [
      'a needed check passes on one of two subjects',
      [check('id', 'pass'), check('k2pow', 'pass'), check('k2pow', 'inconclusive')],
      'inconclusive',
      ['k2pow'],
    ],
    ['any check fails', [check('id', 'pass'), check('ticks', 'fail')], 'fail', ['k2pow']],
    ['there are no checks', [], 'inconclusive', ['id', 'k2pow']],
  ])('%s: the outcome, and what was not checked', (_, checks, outcome, notChecked) => {
    const verdict = verdictOf(checks, { needed: ['id', 'k2pow'] });
    expect(verdict).toEqual({ outcome, checks, notChecked, skipped: [] });
  });

  test('checks that were not asked for: not checked, and marked as skipped', () => {
    const verdict = verdictOf([check('id', 'pass'), check('vrf-nonce', 'inconclusive')], {
      needed: ['id'],
      skipped: ['vrf-nonce', 'k2pow'],
    });
    expect(verdict).toMatchObject({
      outcome: 'pass',
      notChecked: ['vrf-nonce', 'k2pow'],
      skipped: ['k2pow'],
    });
  });

  test('a blob that cannot be read: every expected check is listed as not checked', () => {
    const { outcome, notChecked } = verdictOf([check('blob', 'fail')], {
      needed: ['id'],
      expected: atxChecks,
    });
    expect(outcome).toBe('fail');
    expect(notChecked).toEqual(atxChecks.filter((name) => name !== 'blob'));
  });
});

describe('presentation', () => {
  const text = (outcome: Outcome, notChecked: CheckName[] = [], skipped: CheckName[] = []) => [
    verdictText({ outcome, notChecked, skipped }),
    notCheckedText({ outcome, notChecked, skipped }),
  ];

  test('verdictText and notCheckedText: the number and the names of checks that are missing', () => {
    expect(text('pass')).toEqual(['pass', '']);
    expect(text('pass', ['weight'])).toEqual([
      'pass; 1 check not possible',
      'Not possible: Weight.',
    ]);
    expect(text('fail', ['weight', 'ticks'])).toEqual([
      'fail; 2 checks not possible',
      'Not possible: Weight, Ticks.',
    ]);
    expect(text('pass', ['k2pow'], ['k2pow'])).toEqual([
      'pass; 1 check not asked for',
      'Not asked for: k2pow.',
    ]);
    expect(text('inconclusive', ['weight', 'k2pow', 'vrf-nonce'], ['k2pow', 'vrf-nonce'])).toEqual([
      'inconclusive; 1 check not possible, 2 not asked for',
      'Not possible: Weight. Not asked for: k2pow, VRF nonce.',
    ]);
  });

  test('outcomePresentation: words, signs and colours differ from outcome to outcome', () => {
    const rows = Object.values(outcomePresentation);
    for (const column of ['word', 'title', 'sign', 'severity', 'rank', 'meaning'] as const)
      expect(new Set(rows.map((row) => row[column])).size).toBe(3);
    for (const [outcome, { word, meaning }] of Object.entries(outcomePresentation)) {
      expect(word).toBe(outcome);
      expect(meaning).toMatch(/^[A-Z].*\.$/);
    }
  });

  test('checkTitles: no two checks have the same title', () => {
    expect(new Set(Object.values(checkTitles)).size).toBe(Object.keys(checkTitles).length);
  });

  const checks = [
    check('id', 'pass', 'As it must be.'),
    check('weight', 'fail', 'It is 5, not 4.'),
    check('ticks', 'inconclusive', 'No PoET.'),
    check('weight', 'fail', 'It is 7, not 4.'),
  ];

  test('failedChecks and reasons: each failure once, else what was inconclusive', () => {
    expect(failedChecks(checks)).toBe('Weight');
    expect(reasons(checks)).toBe('It is 5, not 4. It is 7, not 4.');
    expect(reasons(checks.slice(2, 3))).toBe('No PoET.');
    expect(reasons(checks.slice(0, 1))).toBe('');
  });

  test('byAttention: failures first, passes last, otherwise in order', () => {
    expect(byAttention(checks).map(({ explanation }) => explanation)).toEqual([
      'It is 5, not 4.',
      'It is 7, not 4.',
      'No PoET.',
      'As it must be.',
    ]);
  });
});

describe('eligibilityText, hasVerifiedProofs', () => {
  const reportWith = (changed: Partial<Record<CheckName, Outcome>>) =>
    verdictOf(
      ['id' as const, ...eligibilityChecks].map((name) => check(name, changed[name] ?? 'pass')),
      { needed: ['id', 'slot-vrf'] },
    );

  test.each<[string, Partial<Record<CheckName, Outcome>>, string, boolean]>([
    ['every check passes', {}, 'verified', true],
    ['a check of something else fails', { id: 'fail' }, 'verified', true],
    [
      'the active set is not available',
      { 'active-set': 'inconclusive', 'slot-count': 'inconclusive' },
      'verified; not checked: Active set, Number of slots',
      true,
    ],
    [
      'the proofs could not be verified',
      { 'slot-vrf': 'inconclusive', 'ballot-atx': 'inconclusive' },
      'not checked: ATX of the ballot, VRF proofs of the slots',
      false,
    ],
    [
      'a check fails beside others without a result',
      { 'slot-numbers': 'fail', 'active-set': 'inconclusive' },
      'failed: Slot numbers',
      true,
    ],
    ['a proof is not valid', { 'slot-vrf': 'fail' }, 'failed: VRF proofs of the slots', false],
  ])('%s: its text', (_, changed, text, isVerified) => {
    const report = reportWith(changed);
    expect(eligibilityText(report)).toBe(text);
    expect(hasVerifiedProofs(report)).toBe(isVerified);
  });

  test('a ballot without content: not checked at all', () => {
    const report = verdictOf([check('blob', 'inconclusive')], {
      needed: ['id'],
      expected: eligibilityChecks,
    });
    expect(eligibilityText(report)).toMatch(/^not checked: ATX of the ballot, Reference ballot/);
    expect(hasVerifiedProofs(report)).toBe(false);
  });
});
