/** How a check is put into words that all audits have in common. */
import type { Check, CheckName, Outcome } from './types';

/** @param outcome true holds, false fails */
export const judged = (
  check: CheckName,
  outcome: boolean | Outcome,
  explanation: string,
  subject?: string,
): Check => ({
  check,
  outcome: typeof outcome === 'string' ? outcome : outcome ? 'holds' : 'fails',
  explanation,
  subject,
});

/** Whether a column is what the blob says. @param what the column in words, as a sentence begins with it */
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
