/** What splitting saves, how expensive an identity may be before it no longer does, and why a large one cannot retry. */
import { formatCount, formatDuration, formatNumber } from '../../base/format';
import type { StrategyOption } from '../../simulate/network/strategy';

/** For one unit of storage and epoch; positive where splitting is the better. */
export const saving = (
  large: StrategyOption,
  split: StrategyOption,
): {
  readonly cpuS: number;
  readonly powS: number;
  readonly scanS: number;
  readonly profitUsd: number;
} => ({
  cpuS: difference(large.cpuSPerUnit, split.cpuSPerUnit),
  powS: difference(large.powCpuSPerUnit, split.powCpuSPerUnit),
  scanS: difference(large.scanCpuSPerUnit, split.scanCpuSPerUnit),
  profitUsd: difference(split.profitUsdPerUnit, large.profitUsdPerUnit),
});

/** 0 where only rounding makes the two differ. */
const difference = (a: number, b: number): number =>
  Math.abs(a - b) <= 1e-12 * Math.max(Math.abs(a), Math.abs(b)) ? 0 : a - b;

/** "14 h less k2pow". @param savedS positive where splitting needs less */
export const savingText = (savedS: number, work: string): string =>
  savedS === 0
    ? `the same ${work}`
    : `${formatNumber(Math.abs(savedS) / 3600)} h ${savedS > 0 ? 'less' : 'more'} ${work}`;

/** Cost of running one identity per epoch at which both earn the same; zero or less: splitting never pays. */
export function breakEvenUsd(large: StrategyOption, split: StrategyOption): number {
  const before = (option: StrategyOption): number => option.rewardUsdPerUnit - option.cpuUsdPerUnit;
  const moreIdentities = 1 / split.unitsPerIdentity - 1 / large.unitsPerIdentity;
  return moreIdentities > 0 ? (before(split) - before(large)) / moreIdentities : 0;
}

/** Why an identity over a complete machine has to succeed with its first pass, or that it need not. */
export function retryText(
  large: Pick<StrategyOption, 'unitsPerIdentity' | 'nonces' | 'passesThatFit'>,
  split: Pick<StrategyOption, 'unitsPerIdentity' | 'nonces'>,
  gapS: number,
): string {
  const size = `${formatNumber(large.unitsPerIdentity)} SU`;
  if (large.passesThatFit >= 2)
    return `An identity of ${size} can retry: ${formatCount(large.passesThatFit)} passes over all of it fit into the cycle gap of ${formatDuration(gapS)}.`;
  return `An identity of ${size} cannot retry: a second pass reads all of its data again, with new k2pow, and two do not fit into the cycle gap of ${formatDuration(gapS)}. So it needs ${formatCount(large.nonces)} nonces to be nearly certain of its one pass. Identities of ${formatNumber(split.unitsPerIdentity)} SU take ${formatCount(split.nonces)}: only those that failed are read again.`;
}
