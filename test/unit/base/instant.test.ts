import { afterAll, beforeAll, expect, test } from 'vitest';
import { dayOf, formatInstant, isoInstant, monthOf } from '../../../src/base/instant';

const before = process.env['TZ'];
beforeAll(() => (process.env['TZ'] = 'Europe/Berlin'));
afterAll(() => {
  if (before === undefined) delete process.env['TZ'];
  else process.env['TZ'] = before;
});

test.each([
  ['2026-11-21T08:46:50Z', '2026-11-21 09:46:50', '2026-11-21T09:46:50+01:00'],
  ['2026-07-01T22:30:00Z', '2026-07-02 00:30:00', '2026-07-02T00:30:00+02:00'],
])('isoInstant and formatInstant: %s, in local time with its offset', (utc, shown, iso) => {
  const ms = Date.parse(utc);
  expect(formatInstant(ms, 'local')).toBe(shown);
  expect(isoInstant(ms, 'local')).toBe(iso);
  expect(Date.parse(iso)).toBe(ms);
  expect(isoInstant(ms, 'utc')).toBe(utc);
});

test('isoInstant: a zone west of UTC with half an hour, a negative offset', () => {
  process.env['TZ'] = 'America/St_Johns';
  expect(isoInstant(Date.parse('2026-01-01T00:00:00Z'), 'local')).toBe('2025-12-31T20:30:00-03:30');
  process.env['TZ'] = 'Europe/Berlin';
});

test('dayOf and monthOf: the last minutes of a month in UTC, the next month in local time', () => {
  const ms = Date.parse('2026-01-31T23:30:00Z');
  expect([dayOf(ms, 'utc'), monthOf(ms, 'utc')]).toEqual(['2026-01-31', '2026-01']);
  expect([dayOf(ms, 'local'), monthOf(ms, 'local')]).toEqual(['2026-02-01', '2026-02']);
});
