// npm run test:engines [-- name …]: builds the app and runs test/browsers: Firefox, WebKitGTK, and Chromium without shared
// memory. A name selects files: `-- webkit`. What begins with a dash is passed on to Vitest. --no-build takes dist/ as it is.
import { ensureBrowsers, ensurePackages, ensureSqlite, run } from './environment.mjs';

ensurePackages();
ensureSqlite();
ensureBrowsers();
const args = process.argv.slice(2);
if (!args.includes('--no-build')) run('npm', ['run', '--silent', 'build']);
run('npx', [
  'vitest',
  'run',
  '--config',
  'test/browsers/vitest.config.ts',
  '--reporter=verbose',
  '--reporter=json',
  '--outputFile.json=test-results/other-browsers.json',
  ...args.filter((arg) => arg !== '--no-build'),
]);
