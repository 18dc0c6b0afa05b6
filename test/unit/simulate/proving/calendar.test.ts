import { describe, expect, test } from 'vitest';
import { mainnetTiming, type NetworkTiming } from '../../../../src/protocol/epochs';
import { calendar, icsText, type CalendarFile } from '../../../../src/simulate/proving/calendar';

const hourMs = 3_600_000;
const at = (text: string): number => Date.parse(`${text}:00Z`);

describe('the calendar', () => {
  test('counts an epoch from the genesis, 14 days each, with its PoET round and gap', () => {
    // Genesis 2023-07-14 08:00, two weeks an epoch; phase shift ten days, gap twelve hours.
    expect(calendar(2, 1)).toEqual([
      {
        epoch: 2,
        firstLayer: 8064,
        lastLayer: 12_095,
        epochTime: { startMs: at('2023-08-11T08:00'), endMs: at('2023-08-25T08:00') },
        poetRound: { startMs: at('2023-08-07T08:00'), endMs: at('2023-08-20T20:00') },
        cycleGap: { startMs: at('2023-08-20T20:00'), endMs: at('2023-08-21T08:00') },
        eligibleFromMs: at('2023-08-25T08:00'),
      },
    ]);
  });

  test('goes on without a hole', () => {
    const epochs = calendar(0, 5);
    expect(epochs.map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3, 4]);
    for (const [i, { epochTime, firstLayer, poetRound }] of epochs.entries()) {
      const before = epochs[i - 1];
      if (!before) continue;
      expect(epochTime.startMs).toBe(before.epochTime.endMs);
      expect(firstLayer).toBe(before.lastLayer + 1);
      expect(poetRound.startMs).toBe(before.cycleGap.endMs);
    }
    expect(calendar(7, 0)).toEqual([]);
  });

  test('refuses epochs that are none', () => {
    expect(() => calendar(-1, 1)).toThrow('fromEpoch must be');
    expect(() => calendar(1.5, 1)).toThrow('fromEpoch must be');
    expect(() => calendar(0, -1)).toThrow('count must be');
    expect(() => calendar(0, 10_001)).toThrow('count must be');
  });

  test('takes any phase shift from the gap to a whole epoch, and no other', () => {
    const shifted = (poetPhaseShiftMs: number): NetworkTiming => ({
      ...mainnetTiming,
      poetPhaseShiftMs,
    });
    const wrong = expect.objectContaining({
      code: 'input-not-valid',
      message: expect.stringMatching(
        /^PoET phase shift \(hours\) must be at least the cycle gap.*but it is \d/,
      ) as string,
    }) as Error;
    expect(calendar(2, 1, shifted(12 * hourMs))).toHaveLength(1);
    expect(calendar(2, 1, shifted(14 * 24 * hourMs))).toHaveLength(1);
    expect(() => calendar(2, 1, shifted(12 * hourMs - 1))).toThrow(wrong);
    expect(() => calendar(2, 1, shifted(14 * 24 * hourMs + 1))).toThrow(wrong);
  });
});

const file = (changed: Partial<CalendarFile> = {}): string =>
  icsText({
    epochs: calendar(2, 1),
    network: 'Test & Net 12!',
    madeAtMs: at('2026-01-02T03:04') + 5600,
    ...changed,
  });
const linesOf = (text: string): string[] => text.split('\r\n').slice(0, -1);
const withAlarm = (alarmBeforeMin?: number): string => file({ alarmBeforeMin });

describe('the calendar file', () => {
  test('is the three events of each epoch, in UTC, and states what to do', () => {
    const head = (uid: string) => [
      'BEGIN:VEVENT',
      `UID:test-net-12--${uid}-2@post-workbench`,
      // Rounded to the second.
      'DTSTAMP:20260102T030406Z',
    ];
    const tail = ['TRANSP:TRANSPARENT', 'END:VEVENT'];
    expect(linesOf(file())).toEqual([
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'PRODID:-//PoST Workbench//Epoch calendar//EN',
      'CALSCALE:GREGORIAN',
      ...head('epoch'),
      'DTSTART:20230811T080000Z',
      'DTEND:20230825T080000Z',
      'SUMMARY:Test & Net 12!: epoch 2',
      'DESCRIPTION:Layers 8064 to 12095.',
      ...tail,
      ...head('poet'),
      'DTSTART:20230807T080000Z',
      'DTEND:20230820T200000Z',
      'SUMMARY:Test & Net 12!: PoET round for epoch 2',
      'DESCRIPTION:Be registered and online before it starts.',
      ...tail,
      ...head('gap'),
      'DTSTART:20230820T200000Z',
      'DTEND:20230821T080000Z',
      'SUMMARY:Test & Net 12!: cycle gap of epoch 2',
      'DESCRIPTION:Prove your PoST data now\\; the ATX counts from epoch 3.',
      ...tail,
      'END:VCALENDAR',
    ]);
  });

  test('warns of the gap alone, the given number of full minutes before', () => {
    const lines = linesOf(withAlarm(29.6));
    const from = lines.indexOf('BEGIN:VALARM');
    expect(lines[from - 2]).toMatch(/^DESCRIPTION:Prove your PoST data/);
    expect(lines.slice(from, from + 5)).toEqual([
      'BEGIN:VALARM',
      'ACTION:DISPLAY',
      'DESCRIPTION:Test & Net 12!: cycle gap of epoch 2',
      'TRIGGER:-PT30M',
      'END:VALARM',
    ]);
    expect(lines.filter((line) => line === 'BEGIN:VALARM')).toHaveLength(1);
    expect(withAlarm(0)).toContain('TRIGGER:-PT0M');
    expect(withAlarm(-5)).toContain('TRIGGER:-PT0M');
    expect(withAlarm()).not.toContain('VALARM');
  });

  test('escapes what RFC 5545 gives a meaning', () => {
    expect(file({ network: 'a\\b;c,d\r\ne\rf\ng' })).toContain(
      'SUMMARY:a\\\\b\\;c\\,d\\ne\\nf\\ng: epoch 2\r\n',
    );
  });

  // The last character of each length in UTF-8, and the first of the next.
  test.each(['\u007f', '\u0080', '\u07ff', '\u0800', '\uffff', '\u{10000}', '€', '😀'])(
    'folds lines of %j at 75 octets, not before and not inside a character',
    (sign) => {
      for (let shift = 0; shift < 4; shift++) {
        const network = 'x'.repeat(shift) + sign.repeat(100);
        const octets = (text: string): number => new TextEncoder().encode(text).length;
        const text = file({ network });
        const lines = linesOf(text);
        for (const [i, line] of lines.entries()) {
          expect(octets(line)).toBeLessThanOrEqual(75);
          const next = lines[i + 1];
          const [first = ''] = next?.startsWith(' ') ? next.slice(1) : '';
          if (first) expect(octets(line + first)).toBeGreaterThan(75);
        }
        expect(text.replaceAll('\r\n ', '')).toContain(`SUMMARY:${network}: epoch 2\r\n`);
      }
    },
  );
});
