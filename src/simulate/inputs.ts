/** Checks of what the user or a script gave to a model. Errors name a field as the pages do, in its own unit. */
import { WorkbenchError } from '../base/error';
import { isNonceCount, nearestNonces } from '../protocol/nonces';
import { maxNonces, noncesPerGroup } from '../protocol/units';

/** A field of the pages: its label with its unit, and the size of that unit in the model's own. */
type FieldName = readonly [label: string, unit?: number];

const hour = 3600;
const fieldNames: ReadonlyMap<string, FieldName> = new Map<string, FieldName>([
  ['nonces', ['Nonces per pass']],
  ['threads', ['Threads']],
  ['numUnits', ['Size (SU)']],
  ['maxUnitsPerIdentity', ['Largest identity (SU)']],
  ['minUnitsPerIdentity', ['Smallest identity (SU)']],
  ['bytes', ['Drive size (TB)', 1e12]],
  ['sizeBytes', ['Drive size (TB)', 1e12]],
  ['diskBytesPerS', ['Disk speed (MB/s)', 1e6]],
  ['readBytesPerS', ['Disk speed (MB/s)', 1e6]],
  ['scan.bytesPerSPerThread', ['Scan speed per thread at 16 nonces (GiB/s)', 2 ** 30]],
  ['scanBytesPerSPerThread', ['Scan speed per thread at 16 nonces (GiB/s)', 2 ** 30]],
  ['hashesPerS', ['k2pow (hashes/s)']],
  ['gapS', ['Cycle gap (hours)', hour]],
  ['marginS', ['Safety margin (hours)', hour]],
  ['poetPhaseShiftMs', ['PoET phase shift (hours)', hour * 1000]],
  ['speedError', ['Speeds may be off by (%)', 0.01]],
  ['probability', ['Wanted probability (%)', 0.01]],
  ['reserve', ['Left empty on each drive (%)', 0.01]],
]);

/** A number as the pages show it: 32,768, not 3.28e4. */
const shown = (value: number): string =>
  value.toLocaleString('en', { maximumSignificantDigits: 9 }).replace('-', '−');

export function invalid(what: string, wanted: string, value: unknown): WorkbenchError {
  const [label, unit = 1] = fieldNames.get(what) ?? [what];
  const given =
    typeof value === 'number'
      ? Number.isNaN(value)
        ? 'no number was given'
        : `it is ${shown(value / unit)}`
      : `it is ${String(value)}`;
  return new WorkbenchError('input-not-valid', `${label} must be ${wanted}, but ${given}.`, {
    what,
    value,
  });
}

/** A rate, a time or an amount: 0 and Infinity are answers too, NaN and negative numbers are not. */
export function nonNegative(value: number, what: string): number {
  if (!(value >= 0)) throw invalid(what, 'a number, 0 or more', value);
  return value;
}

/** A finite amount above 0. */
export function positive(value: number, what: string): number {
  if (!(value > 0 && value < Infinity)) throw invalid(what, 'a number above 0', value);
  return value;
}

/** A whole number in a range. */
export function whole(value: number, what: string, min: number, max: number): number {
  if (!Number.isInteger(value) || value < min || value > max)
    throw invalid(what, `a whole number from ${shown(min)} to ${shown(max)}`, value);
  return value;
}

/** Nonces per pass, a multiple of 16 up to 4096: a prover takes no other number. */
export function nonceCount(nonces: number, what = 'nonces'): number {
  if (isNonceCount(nonces)) return nonces;
  const range = `a multiple of ${noncesPerGroup} from ${noncesPerGroup} to ${maxNonces}`;
  throw invalid(
    what,
    Number.isFinite(nonces) ? `${range} (${nearestNonces(nonces)})` : range,
    nonces,
  );
}
