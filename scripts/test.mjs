// npm test: every check there is, one after another, then one line that states how it went.
// A failing step does not hide the ones after it.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  ensureChromium,
  ensureOperatorTools,
  ensurePackages,
  ensureSqlite,
  root,
} from './environment.mjs';

ensurePackages();
ensureSqlite();
ensureOperatorTools();
const chromium = ensureChromium();

const resultsDir = join(root, 'test-results');
rmSync(resultsDir, { recursive: true, force: true });
mkdirSync(resultsDir, { recursive: true });

const tally = { passed: 0, failed: 0 };
const failures = [];

// Plain text. Some tools take any value of FORCE_COLOR, "0" included, for a wish for colours.
const { FORCE_COLOR: _forced, ...inherited } = process.env;
const env = { ...inherited, CHROMIUM: chromium, NO_COLOR: '1' };

function step(name, command, args, count) {
  const started = Date.now();
  console.log(`\n── ${name}`);
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env });
  return tell(name, started, status === 0, count);
}

/** Steps that need nothing of each other, side by side: each is reported with its output when it has ended. */
const sideBySide = (steps) =>
  Promise.all(
    Object.entries(steps).map(async ([name, [command, args]]) => {
      const started = Date.now();
      const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env });
      const printed = [];
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk) => printed.push(chunk));
      const status = await new Promise((resolve) => {
        child.on('error', () => resolve(1));
        child.on('close', resolve);
      });
      console.log(`\n── ${name}`);
      process.stdout.write(Buffer.concat(printed));
      tell(name, started, status === 0);
    }),
  );

function tell(name, started, ok, count) {
  const { passed, failed } = count?.() ?? { passed: ok ? 1 : 0, failed: ok ? 0 : 1 };
  tally.passed += passed;
  // A runner that died without counting is a failure all the same.
  tally.failed += ok ? failed : Math.max(1, failed);
  if (!ok) failures.push(name);
  console.log(
    `── ${name}: ${ok ? 'ok' : 'FAILED'}, ${((Date.now() - started) / 1000).toFixed(1)} s`,
  );
  return ok;
}

function readResults(file, read) {
  try {
    return read(JSON.parse(readFileSync(join(resultsDir, file), 'utf8')));
  } catch {
    return { passed: 0, failed: 1 };
  }
}

const vitestResults = (file) => () =>
  readResults(file, (r) => ({
    passed: r.numPassedTests,
    failed: r.numTotalTests - r.numPassedTests,
  }));
const playwrightResults = () =>
  readResults('browser.json', ({ stats }) => ({
    passed: stats.expected,
    failed: stats.unexpected + stats.flaky + stats.skipped,
  }));

const npmRun = (script) => ['run', '--silent', script];
step('kernels', 'npm', npmRun('asbuild'));
await sideBySide({
  lint: ['npm', npmRun('lint')],
  types: ['npm', npmRun('check')],
});
await sideBySide({
  format: ['npm', npmRun('format:check')],
  boundaries: ['npm', npmRun('boundaries')],
  'dead code': ['npm', npmRun('deadcode')],
});
const built = step('build', 'npm', npmRun('build'));
if (built) {
  step('size budgets', 'npm', npmRun('size'));
  step('package', 'node', ['scripts/package.mjs', '--no-build']);
  step('same build from another path', 'node', ['scripts/same-build.mjs']);
}
step(
  'unit, vectors, properties',
  'npx',
  [
    'vitest',
    'run',
    '--reporter=default',
    '--reporter=json',
    '--outputFile.json=test-results/vitest.json',
  ],
  vitestResults('vitest.json'),
);
if (built) {
  step('browser', 'npx', ['playwright', 'test'], playwrightResults);
  step(
    'other browsers',
    'node',
    ['scripts/test-other-browsers.mjs', '--no-build'],
    vitestResults('other-browsers.json'),
  );
}

if (failures.length > 0) console.log(`\nFailed: ${failures.join(', ')}`);
console.log(`\n${tally.passed} passed, ${tally.failed} failed`);
process.exit(tally.failed === 0 ? 0 : 1);
