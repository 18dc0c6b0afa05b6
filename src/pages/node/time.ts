/** "2026-11-21 09:30:05", in UTC, as the node's own logs and every machine of a fleet agree on it. */
export const utcTime = (ms: number): string =>
  new Date(ms).toISOString().slice(0, 19).replace('T', ' ');

/** What a `datetime-local` field holds, taken as UTC; undefined for an empty one. */
export function readUtc(field: string): number | undefined {
  const ms = Date.parse(`${field}Z`);
  return Number.isNaN(ms) ? undefined : ms;
}
