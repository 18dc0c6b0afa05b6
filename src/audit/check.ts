/** How all audits make a check. */
import type { Check, CheckName, Outcome } from './types';

/** @param outcome true passes, false fails */
export const judged = (
  check: CheckName,
  outcome: boolean | Outcome,
  explanation: string,
  subject?: string,
): Check => ({
  check,
  outcome: typeof outcome === 'string' ? outcome : outcome ? 'pass' : 'fail',
  explanation,
  subject,
});

/** Whether a column has the value that the blob gives. @param what the column in words, as a sentence begins with it */
export function columnCheck<Value extends bigint | number | string>(
  check: CheckName,
  what: string,
  expected: Value,
  stored: Value,
): Check {
  const same = expected === stored;
  return judged(
    check,
    same,
    same
      ? `${what} is ${expected}, as the table has it.`
      : `${what} is ${expected}, but the table has ${stored}.`,
  );
}
