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
import { chooseAlternative } from './farm-alternatives';
import { FarmContext, identityCount, type Candidate, type Setup } from './farm-context';
import type { FarmInput, FarmPlan } from './farm-plan';
import { placeGiven } from './farm-placement';
import { reportFarm } from './farm-report';
import { refine, searchCaps, searchOrders } from './farm-search';

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
  const { placed, unplaced } = placeGiven(context);
  const setups = machines.map((machine): Setup => {
    const own = drives.filter((drive) => drive.machine === machine.name);
    return {
      machine,
      drives: own,
      given: placed && own.map(({ name }) => placed.get(name) ?? []),
    };
  });
  const keys = setups.map((setup) => context.keyOf(setup));
  const kinds = new Map(keys.map((key, i) => [key, setups[i] as Setup]));
  const candidates = new Map<string, readonly Candidate[]>();
  let done = 0;
  for (const [key, setup] of kinds) {
    candidates.set(
      key,
      setup.given
        ? searchOrders(context, setup)
        : yield* searchCaps(context, setup, { from: done, to: done + 0.6 / kinds.size }),
    );
    done += 0.6 / kinds.size;
    yield done;
  }
  const choice = chooseAlternative(context, keys, candidates);
  const chosen = new Map<string, Candidate>();
  for (const [key, setup] of kinds) {
    const start = choice.candidates.get(key) ?? context.empty(setup);
    chosen.set(
      key,
      identityCount(start.layout) === 0 ? start : refine(context, setup, start, kinds.size),
    );
    done += 0.3 / kinds.size;
    yield done;
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

function checkInput(input: FarmInput): FarmInput {
  const { reserve = 0.02, probability = 0.99, fewerIdentitiesShare = 0.03 } = input;
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
