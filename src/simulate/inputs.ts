/** Checks of what a person or a script gave to a model. */
import { WorkbenchError } from '../protocol/error';

export const invalid = (what: string, wanted: string, value: unknown): WorkbenchError =>
  new WorkbenchError(
    'input-not-valid',
    `${what} must be ${wanted}, but ${Number.isNaN(value) ? 'no number was given' : `it is ${String(value)}`}.`,
    { what, value },
  );

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
    throw invalid(what, `a whole number from ${min} to ${max}`, value);
  return value;
}
