// Mutation testing of one area; `npm run mutate` (scripts/mutate.mjs) goes through them. See docs/mutation-testing.md.
import { fileURLToPath } from 'node:url';
import { chosenArea } from './areas.mjs';

const { name, mutate } = chosenArea();

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  packageManager: 'npm',
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner', fileURLToPath(new URL('prose.mjs', import.meta.url))],
  vitest: { configFile: 'test/mutation/vitest.config.ts', related: false },
  coverageAnalysis: 'perTest',
  mutate,
  ignorers: ['prose'],
  // A mutant in a table or constant at the top of a module would need every test for itself.
  ignoreStatic: true,
  // docs/mutation-testing.md has the minimums of single files.
  thresholds: { high: 95, low: 90, break: 80 },
  // Vite strips the types unchecked.
  disableTypeChecks: false,
  concurrency: 1,
  timeoutMS: 5_000,
  dryRunTimeoutMinutes: 60,
  incremental: true,
  incrementalFile: `.cache/mutation/${name}.json`,
  tempDirName: '.cache/mutation/sandbox',
  ignorePatterns: ['.cache', 'assembly', 'dist', 'docs', 'test-results', 'test/browser'],
  reporters: ['progress-append-only', 'clear-text', 'html'],
  clearTextReporter: { allowColor: false, allowEmojis: false, logTests: false, reportTests: false },
  htmlReporter: { fileName: `.cache/mutation/${name}.html` },
};
