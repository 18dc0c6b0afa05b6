// npm test: every check there is, one after another, then one line that says how it went.
// A failing step does not hide the ones after it.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureChromium, ensurePackages, ensureSqlite, root } from './environment.mjs';

ensurePackages();
ensureSqlite();
const chromium = ensureChromium();

const resultsDir = join(root, 'test-results');
rmSync(resultsDir, { recursive: true, force: true });
mkdirSync(resultsDir, { recursive: true });

const tally = { passed: 0, failed: 0 };
const failures = [];

function step(name, command, args, count) {
  const started = Date.now();
  console.log(`\n── ${name}`);
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, CHROMIUM: chromium, FORCE_COLOR: '0' },
  });
  const ok = status === 0;
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

const vitestResults = () =>
  readResults('vitest.json', (r) => ({
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
step('format', 'npm', npmRun('format:check'));
step('types', 'npm', npmRun('check'));
step('lint', 'npm', npmRun('lint'));
step('boundaries', 'npm', npmRun('boundaries'));
step('dead code', 'npm', npmRun('deadcode'));
const built = step('build', 'npm', npmRun('build'));
if (built) {
  step('size budgets', 'npm', npmRun('size'));
  step('package', 'node', ['scripts/package.mjs', '--no-build']);
}
step(
  'unit, vectors, properties',
  'npx',
  [
    'vitest',
    'run',
    '--reporter=dot',
    '--reporter=json',
    '--outputFile.json=test-results/vitest.json',
  ],
  vitestResults,
);
if (built) step('browser', 'npx', ['playwright', 'test'], playwrightResults);

if (failures.length > 0) console.log(`\nFailed: ${failures.join(', ')}`);
console.log(`\n${tally.passed} passed, ${tally.failed} failed`);
process.exit(tally.failed === 0 ? 0 : 1);
