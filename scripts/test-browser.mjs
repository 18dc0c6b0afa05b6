// npm run test:browser [-- name …]: builds the app and runs the browser specs whose file name contains one of the names, or all.
// What begins with a dash is passed on to Playwright: `-- state-views --headed`. --no-build takes dist/ as it is.
import { ensureChromium, ensurePackages, ensureSqlite, run } from './environment.mjs';

ensurePackages();
ensureSqlite();
process.env.CHROMIUM = ensureChromium();
const args = process.argv.slice(2);
if (!args.includes('--no-build')) run('npm', ['run', '--silent', 'build']);
run('npx', ['playwright', 'test', ...args.filter((arg) => arg !== '--no-build')]);
