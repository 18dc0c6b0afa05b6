/**
 * Plans a farm: which identities on which drives, with how many nonces, in which order and when; what that brings, and
 * what to change where it fails. The objective is the expected weight that is proved inside the gap, or its reward
 * less what it costs; that all identities are proved with a probability is an option.
 *
 * Candidates are compared by the closed form (estimate.ts), the best of them by the simulation (epoch.ts), whose
 * figures the plan shows. Machines that are alike are searched and simulated once.
 */
import { mainnetPost } from '../../protocol/units';
import { invalid, positive, whole } from '../inputs';
import { epoch } from './epoch';
import { chooseAlternative, usualFewerShare, type Choice } from './farm-alternatives';
import {
  FarmContext,
  identityCount,
  mostPerDrive,
  type Candidate,
  type Setup,
} from './farm-context';
import type { FarmFailure, FarmInput, FarmPlan } from './farm-plan';
import { placements, type Placement } from './farm-placement';
import { refine } from './farm-refine';
import { reportFarm } from './farm-report';
import { searchCaps, searchOrders } from './farm-search';

const mostDrives = 5000;
const mostIdentities = 20_000;

/**
 * `farmRun` without progress, for scripts and tests: one or two seconds.
 * @throws WorkbenchError `input-not-valid`
 */
export function farm(input: FarmInput): FarmPlan {
  const steps = farmRun(input);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/**
 * Plans a farm and yields the share of the work that is done, so that a worker can report and stop. Memory: the
 * identities of the plan, and a few numbers for each that is simulated.
 * @throws WorkbenchError `input-not-valid`
 */
export function* farmRun(input: FarmInput): Generator<number, FarmPlan> {
  const context = new FarmContext(checkInput(input));
  // Names and references are checked before anything is searched.
  const { machines, drives } = input;
  epoch({ ...context.settings, machines, drives, identities: [] }, { epochs: 1 });
  const options = placements(context);
  let best: Searched | undefined;
  for (const [i, placement] of options.entries()) {
    const searched = yield* search(context, placement, {
      from: (0.6 * i) / options.length,
      to: (0.6 * (i + 1)) / options.length,
    });
    if (!best || searched.value > best.value) best = searched;
  }
  const { kinds, setups, keys, candidates, choice, unplaced } = best as Searched;
  const chosen = new Map<string, Candidate>();
  for (const [key, setup] of kinds) {
    const start = choice.candidates.get(key) ?? context.empty(setup);
    const isEmpty = identityCount(start.layout) === 0;
    // Fewer identities than are best were chosen for their number: it stays.
    const identitiesPerDrive =
      (input.fewerIdentitiesShare ?? usualFewerShare) > 0
        ? mostPerDrive(start.layout)
        : (input.maxIdentitiesPerDrive ?? Infinity);
    const limits = { kinds: kinds.size, identitiesPerDrive };
    const others = (candidates.get(key) ?? []).filter(
      (other) => other !== start && mostPerDrive(other.layout) <= identitiesPerDrive,
    );
    chosen.set(key, isEmpty ? start : refine(context, setup, [start, ...others], limits));
    yield 0.6 + (0.3 * chosen.size) / kinds.size;
  }
  return reportFarm(context, {
    planned: setups.map((setup, i) => {
      const key = keys[i] as string;
      return { setup, key, ...(chosen.get(key) ?? context.empty(setup)) };
    }),
    unplaced,
    alternatives: choice.alternatives,
  });
}

/** What is best with one placement of the identities that exist. */
interface Searched {
  readonly setups: readonly Setup[];
  /** Of each setup; those with the same key are alike. */
  readonly keys: readonly string[];
  readonly kinds: ReadonlyMap<string, Setup>;
  /** Of each kind, the best first. */
  readonly candidates: ReadonlyMap<string, readonly Candidate[]>;
  readonly choice: Choice;
  readonly unplaced: readonly FarmFailure[];
  readonly value: number;
}

function* search(
  context: FarmContext,
  { placed, unplaced, timeFactor }: Placement,
  { from, to }: { readonly from: number; readonly to: number },
): Generator<number, Searched> {
  const { machines, drives } = context.input;
  const setups = machines.map((machine): Setup => {
    const own = drives.filter((drive) => drive.machine === machine.name);
    const given = placed && own.map(({ name }) => placed.get(name) ?? []);
    return { machine, drives: own, given, timeFactor };
  });
  const keys = setups.map((setup) => context.keyOf(setup));
  const kinds = new Map(keys.map((key, i) => [key, setups[i] as Setup]));
  const candidates = new Map<string, readonly Candidate[]>();
  const step = (to - from) / kinds.size;
  for (const [key, setup] of kinds) {
    const start = from + step * candidates.size;
    const range = { from: start, to: start + step };
    candidates.set(
      key,
      setup.given ? searchOrders(context, setup) : yield* searchCaps(context, setup, range),
    );
    yield start + step;
  }
  const choice = chooseAlternative(context, keys, candidates);
  const isGiven = placed !== undefined;
  const sorted = new Map(
    [...candidates].map(([key, all]) => [
      key,
      all.toSorted((a, b) => context.valueOf(b, isGiven) - context.valueOf(a, isGiven)),
    ]),
  );
  const value = keys.reduce((sum, key) => {
    const candidate = choice.candidates.get(key);
    return candidate ? sum + context.valueOf(candidate, isGiven) : sum;
  }, 0);
  return { setups, keys, kinds, candidates: sorted, choice, unplaced, value };
}

function checkInput(input: FarmInput): FarmInput {
  const { reserve = 0.02, probability = 0.99, fewerIdentitiesShare = usualFewerShare } = input;
  if (!(reserve >= 0 && reserve < 1)) throw invalid('reserve', 'from 0 to below 100', reserve);
  if (!(probability > 0 && probability < 1))
    throw invalid('probability', 'above 0 and below 100', probability);
  if (!(fewerIdentitiesShare >= 0 && fewerIdentitiesShare < 1))
    throw invalid('fewerIdentitiesShare', 'from 0 to below 100', fewerIdentitiesShare);
  if (input.machines.length === 0) throw invalid('machines', 'at least one machine', 0);
  whole(input.drives.length, 'drives', 1, mostDrives);
  whole(input.identities?.length ?? 0, 'identities', 0, mostIdentities);
  whole(input.maxIdentitiesPerDrive ?? 1, 'maxIdentitiesPerDrive', 1, mostIdentities);
  const smallest = positive(
    input.minUnitsPerIdentity ?? mainnetPost.minNumUnits,
    'minUnitsPerIdentity',
  );
  if (!((input.maxUnitsPerIdentity ?? Infinity) >= smallest))
    throw invalid('maxUnitsPerIdentity', `at least ${smallest}`, input.maxUnitsPerIdentity);
  return input;
}
