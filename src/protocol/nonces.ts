/** Nonces per pass as a prover takes them: complete groups of 16, up to the last group that a k2pow can name. */
import { maxNonces, noncesPerGroup } from './units';

/** post-rs src/prove.rs, src/pow. */
export const isNonceCount = (nonces: number): boolean =>
  Number.isInteger(nonces / noncesPerGroup) && nonces >= noncesPerGroup && nonces <= maxNonces;

/** The nearest numbers of nonces that a prover takes, as text: "272 or 288". */
export function nearestNonces(nonces: number): string {
  const nearest = [Math.floor(nonces / noncesPerGroup), Math.ceil(nonces / noncesPerGroup)].map(
    (groups) => Math.min(maxNonces, Math.max(noncesPerGroup, groups * noncesPerGroup)),
  );
  return [...new Set(nearest)].join(' or ');
}

/** What is wrong with a number of nonces and what to use instead; undefined where nothing is. */
export function nonceProblem(nonces: number): string | undefined {
  if (isNonceCount(nonces)) return undefined;
  const range = `Use a multiple of ${noncesPerGroup} from ${noncesPerGroup} to ${maxNonces}`;
  return Number.isFinite(nonces)
    ? `${nonces.toLocaleString('en', { maximumFractionDigits: 3 })} nonces per pass are not possible. ${range}, such as ${nearestNonces(nonces)}.`
    : `The number of nonces per pass is missing. ${range}.`;
}
