// npm run fuzz: generated inputs for every parser and for the database engine, until a time is over.
//   --minutes N   shared by all targets; without it one round of 5,000 cases each, as in npm test
//   --seed S      repeats a run; a new one is chosen and printed otherwise
//   --cases N     cases of a round
//   --target T    only targets whose name contains T
// A finding is printed with its seed, and its smallest input written to test-results/fuzz/.
import { parseArgs } from 'node:util';
import { ensurePackages, run } from './environment.mjs';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '' },
    seed: {
      type: 'string',
      default: String(Math.floor(Math.random() * 2 ** 31)),
    },
    cases: { type: 'string', default: '' },
    target: { type: 'string', default: '' },
  },
});
ensurePackages();
console.log(`Seed ${values.seed}`);
run('npx', ['vitest', 'run', 'test/fuzz', '--reporter=verbose'], {
  env: {
    ...process.env,
    FUZZ_SEED: values.seed,
    FUZZ_MINUTES: values.minutes,
    FUZZ_CASES: values.cases,
    FUZZ_TARGET: values.target,
  },
});
