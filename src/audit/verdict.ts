/** From checks to a verdict: the outcome, and what it does not cover. */
import type { Check, CheckName, Outcome, Report } from './types';

export interface Claims {
  /** Checks without which the verdict is inconclusive. */
  readonly needed: readonly CheckName[];
  /** Checks that belong to the report: each that has no result is listed as not checked. `needed` by default. */
  readonly expected?: readonly CheckName[] | undefined;
  /** Checks that the request left out. */
  readonly skipped?: readonly CheckName[] | undefined;
}

/** 'fail' if any check fails; 'pass' if every needed check passes on all its subjects; else 'inconclusive'. */
export function verdictOf(
  checks: readonly Check[],
  { needed, expected = needed, skipped = [] }: Claims,
): Report {
  const isPassed = (name: CheckName): boolean => {
    const ofName = checks.filter(({ check }) => check === name);
    return ofName.length > 0 && ofName.every(({ outcome }) => outcome === 'pass');
  };
  const outcome: Outcome = checks.some((check) => check.outcome === 'fail')
    ? 'fail'
    : needed.every(isPassed)
      ? 'pass'
      : 'inconclusive';
  const done = new Set(checks.map(({ check }) => check));
  const notChecked = new Set([
    ...checks.filter((check) => check.outcome === 'inconclusive').map(({ check }) => check),
    ...[...expected, ...skipped].filter((name) => !done.has(name)),
  ]);
  return {
    outcome,
    checks,
    notChecked: [...notChecked],
    skipped: skipped.filter((name) => !done.has(name)),
  };
}
