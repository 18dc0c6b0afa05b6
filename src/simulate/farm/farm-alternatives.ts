/**
 * How many identities per drive. Splitting storage proves a little more in the time, and loads the network with an ATX
 * for each identity (“Reducing Network Load”), the operator with a post-service. So every number of identities is
 * compared, and the plan is the one with the fewest whose value is within a share of the best.
 */
import { identityCount, mostPerDrive, type Candidate, type FarmContext } from './farm-context';
import type { FarmAlternative } from './farm-plan';

/** Of the best value, that may be given up for fewer identities. */
export const usualFewerShare = 0.03;

export interface Choice {
  /** For each kind of machine, by its key. */
  readonly candidates: ReadonlyMap<string, Candidate>;
  readonly alternatives: readonly FarmAlternative[];
}

/** @param keys of all machines; those with the same key are alike */
export function chooseAlternative(
  context: FarmContext,
  keys: readonly string[],
  candidates: ReadonlyMap<string, readonly Candidate[]>,
): Choice {
  if (context.input.identities)
    return {
      candidates: new Map([...candidates].flatMap(([key, [best]]) => (best ? [[key, best]] : []))),
      alternatives: [],
    };
  const caps = [
    ...new Set([...candidates.values()].flat().map(({ layout }) => mostPerDrive(layout))),
  ]
    .filter((cap) => cap > 0)
    .toSorted((a, b) => a - b);
  const rows = caps
    .map((cap) => ({ cap, ...atMost(context, cap, keys, candidates) }))
    // Without those where fewer identities are better.
    .filter(({ cap, byKey }) =>
      [...byKey.values()].some(({ layout }) => mostPerDrive(layout) === cap),
    );
  const best = Math.max(...rows.map(({ value }) => value));
  const share = context.input.fewerIdentitiesShare ?? usualFewerShare;
  const chosen = rows.find(({ value }) => value >= best - share * Math.abs(best));
  const mostUnits = Math.max(...rows.map(({ alternative }) => alternative.expectedUnits));
  return {
    candidates: chosen?.byKey ?? new Map(),
    alternatives: rows.map((row) => ({
      ...row.alternative,
      shareOfBest: mostUnits > 0 ? row.alternative.expectedUnits / mostUnits : 0,
      isChosen: row === chosen,
    })),
  };
}

/** The best of each kind of machine with at most this many identities per drive, added up over all machines. */
function atMost(
  context: FarmContext,
  cap: number,
  keys: readonly string[],
  candidates: ReadonlyMap<string, readonly Candidate[]>,
) {
  const byKey = new Map<string, Candidate>();
  for (const [key, all] of candidates) {
    const [best] = all
      .filter(({ layout }) => mostPerDrive(layout) <= cap)
      .toSorted((a, b) => context.valueOf(b, false) - context.valueOf(a, false));
    if (best) byKey.set(key, best);
  }
  const all = keys.flatMap((key) => byKey.get(key) ?? []);
  const laidOut = all.flatMap(({ layout }) => layout.flat());
  const sum = (of: (candidate: Candidate) => number): number =>
    all.reduce((total, candidate) => total + of(candidate), 0);
  const nonces = laidOut.map((identity) => identity.nonces);
  return {
    byKey,
    value: sum((candidate) => context.valueOf(candidate, false)),
    alternative: {
      identitiesPerDrive: cap,
      identities: sum(({ layout }) => identityCount(layout)),
      numUnits: laidOut.reduce((most, { numUnits }) => Math.max(most, numUnits), 0),
      nonces: [
        nonces.reduce((a, b) => Math.min(a, b), Infinity),
        nonces.reduce((a, b) => Math.max(a, b), 0),
      ] as const,
      totalUnits: sum(({ run }) => run.totalUnits),
      expectedUnits: sum(({ run }) => run.expectedUnits),
      standardError: Math.hypot(...all.map(({ run }) => run.standardError)),
      probabilityAll: all.reduce((product, { run }) => product * run.probabilityAll, 1),
      cpuHours: sum(({ run }) => run.cpuS) / 3600,
    },
  };
}
