/** The epoch calendar of a network, and as a file for a calendar program (RFC 5545). */
import {
  cycleGap,
  epochMs,
  epochStartMs,
  firstLayerOf,
  mainnetTiming,
  poetRound,
  type Interval,
  type NetworkTiming,
} from '../../protocol/epochs';
import { invalid, whole } from '../inputs';

export interface CalendarEpoch {
  readonly epoch: number;
  readonly firstLayer: number;
  readonly lastLayer: number;
  readonly epochTime: Interval;
  /** The PoET round that ends in this epoch; register before it starts. */
  readonly poetRound: Interval;
  /** When the PoST of ATXs published in this epoch is made. */
  readonly cycleGap: Interval;
  /** Rewards for those ATXs begin here: the start of the next epoch. */
  readonly eligibleFromMs: number;
}

/** @throws WorkbenchError `input-not-valid` */
export function calendar(
  fromEpoch: number,
  count: number,
  timing: NetworkTiming = mainnetTiming,
): CalendarEpoch[] {
  whole(fromEpoch, 'fromEpoch', 0, 1_000_000);
  whole(count, 'count', 0, 10_000);
  if (timing.poetPhaseShiftMs < timing.poetCycleGapMs || timing.poetPhaseShiftMs > epochMs(timing))
    throw invalid(
      'poetPhaseShiftMs',
      'at least the cycle gap and at most one epoch',
      timing.poetPhaseShiftMs,
    );
  return Array.from({ length: count }, (_, i) => {
    const epoch = fromEpoch + i;
    const firstLayer = firstLayerOf(timing, epoch);
    return {
      epoch,
      firstLayer,
      lastLayer: firstLayer + timing.layersPerEpoch - 1,
      epochTime: { startMs: epochStartMs(timing, epoch), endMs: epochStartMs(timing, epoch + 1) },
      poetRound: poetRound(timing, epoch),
      cycleGap: cycleGap(timing, epoch),
      eligibleFromMs: epochStartMs(timing, epoch + 1),
    };
  });
}

/** What `icsText` writes. */
export interface CalendarFile {
  readonly epochs: readonly CalendarEpoch[];
  /** Prefix of every title: "Spacemesh". */
  readonly network: string;
  /** When the file was made: RFC 5545 wants a stamp in every event. */
  readonly madeAtMs: number;
  /** Warn this long before a cycle gap opens; no alarm when absent. */
  readonly alarmBeforeMin?: number | undefined;
}

/** Text of an .ics file: every epoch, PoET round and cycle gap, in UTC. */
export function icsText({ epochs, network, madeAtMs, alarmBeforeMin }: CalendarFile): string {
  const stamp = icsTime(madeAtMs);
  const event = (
    uid: string,
    { startMs, endMs }: Interval,
    summary: string,
    description: string,
    alarm: boolean,
  ): string[] => [
    'BEGIN:VEVENT',
    `UID:${uid}@post-workbench`,
    `DTSTAMP:${stamp}`,
    `DTSTART:${icsTime(startMs)}`,
    `DTEND:${icsTime(endMs)}`,
    `SUMMARY:${icsEscape(summary)}`,
    `DESCRIPTION:${icsEscape(description)}`,
    'TRANSP:TRANSPARENT',
    ...(alarm && alarmBeforeMin !== undefined
      ? [
          'BEGIN:VALARM',
          'ACTION:DISPLAY',
          `DESCRIPTION:${icsEscape(summary)}`,
          `TRIGGER:-PT${Math.max(0, Math.round(alarmBeforeMin))}M`,
          'END:VALARM',
        ]
      : []),
    'END:VEVENT',
  ];
  const slug = network.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//PoST Workbench//Epoch calendar//EN',
    'CALSCALE:GREGORIAN',
    ...epochs.flatMap((entry) => [
      ...event(
        `${slug}-epoch-${entry.epoch}`,
        entry.epochTime,
        `${network}: epoch ${entry.epoch}`,
        `Layers ${entry.firstLayer} to ${entry.lastLayer}.`,
        false,
      ),
      ...event(
        `${slug}-poet-${entry.epoch}`,
        entry.poetRound,
        `${network}: PoET round for epoch ${entry.epoch}`,
        'Be registered and online before it starts.',
        false,
      ),
      ...event(
        `${slug}-gap-${entry.epoch}`,
        entry.cycleGap,
        `${network}: cycle gap of epoch ${entry.epoch}`,
        `Prove your PoST data now; the ATX counts from epoch ${entry.epoch + 1}.`,
        true,
      ),
    ]),
    'END:VCALENDAR',
  ];
  return lines.map((line) => `${icsFold(line)}\r\n`).join('');
}

/** 20230714T080000Z */
const icsTime = (ms: number): string =>
  new Date(Math.round(ms / 1000) * 1000).toISOString().replace(/[-:]|\.\d+/g, '');

/** RFC 5545 3.3.11: backslash, semicolon, comma and line breaks. */
const icsEscape = (text: string): string =>
  text.replace(/[\\;,]/g, (sign) => `\\${sign}`).replace(/\r\n|\r|\n/g, '\\n');

/** RFC 5545 3.1: no line over 75 octets; the rest goes on after a line break and a blank. */
function icsFold(line: string): string {
  let folded = '';
  let octets = 0;
  for (const character of line) {
    const point = character.codePointAt(0) ?? 0;
    const size = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    if (octets + size > 75) {
      folded += '\r\n ';
      octets = 1;
    }
    folded += character;
    octets += size;
  }
  return folded;
}
