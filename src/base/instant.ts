/** Instants as text, in the time zone of this machine or in UTC. All times are Unix milliseconds. */

export type TimeZone = 'local' | 'utc';

const two = (value: number): string => String(value).padStart(2, '0');

/** Minutes that the zone is ahead of UTC at that instant. */
const aheadMin = (ms: number, zone: TimeZone): number =>
  zone === 'utc' ? 0 : -new Date(ms).getTimezoneOffset();

/** The clock of the zone as if it were UTC, so that the UTC getters read it. */
const shifted = (ms: number, zone: TimeZone): Date => new Date(ms + aheadMin(ms, zone) * 60_000);

/** `2026-11-21 09:46:50`, without the zone: name it beside. */
export const formatInstant = (ms: number, zone: TimeZone): string =>
  shifted(ms, zone).toISOString().slice(0, 19).replace('T', ' ');

/** ISO 8601 with the offset, for files: `2026-11-21T09:46:50+01:00`, `2026-11-21T08:46:50Z`. */
export function isoInstant(ms: number, zone: TimeZone): string {
  const text = shifted(ms, zone).toISOString().slice(0, 19);
  if (zone === 'utc') return `${text}Z`;
  const ahead = aheadMin(ms, zone);
  const size = Math.abs(ahead);
  return `${text}${ahead < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** `2026-11-21` */
export const dayOf = (ms: number, zone: TimeZone): string => formatInstant(ms, zone).slice(0, 10);
/** `2026-11` */
export const monthOf = (ms: number, zone: TimeZone): string => formatInstant(ms, zone).slice(0, 7);
