/** What splitting saves, and how dear an identity may be before it no longer does. */
import type { StrategyOption } from '../../simulate/network/strategy';

/** For one unit of storage and epoch; positive where splitting is the better. */
export const saving = (
  large: StrategyOption,
  split: StrategyOption,
): { readonly cpuS: number; readonly profitUsd: number } => ({
  cpuS: large.cpuSPerUnit - split.cpuSPerUnit,
  profitUsd: split.profitUsdPerUnit - large.profitUsdPerUnit,
});

/** Cost of running one identity an epoch at which both earn the same; zero or less: splitting never pays. */
export function breakEvenUsd(large: StrategyOption, split: StrategyOption): number {
  const before = (option: StrategyOption): number => option.rewardUsdPerUnit - option.cpuUsdPerUnit;
  const moreIdentities = 1 / split.unitsPerIdentity - 1 / large.unitsPerIdentity;
  return moreIdentities > 0 ? (before(split) - before(large)) / moreIdentities : 0;
}
