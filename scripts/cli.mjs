// npm run --silent cli -- <command> …: builds the command line if it is missing or older than its sources, and runs it. What
// the build prints goes to stderr, so that stdout has the results only.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePackages, root, run } from './environment.mjs';

const script = join(root, 'dist-cli/post-workbench.js');
const toStderr = { stdio: ['ignore', 2, 2] };

/** The time of the newest file that the build is made of. */
function newestSourceMs() {
  const files = ['src', 'assembly'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true }).map((name) => join(root, folder, name)),
  );
  const configs = ['package.json', 'package-lock.json', 'vite.cli.config.ts'];
  return [...files, ...configs.map((name) => join(root, name))].reduce(
    (newest, path) => Math.max(newest, statSync(path).mtimeMs),
    0,
  );
}

ensurePackages(toStderr);
if (!existsSync(script) || statSync(script).mtimeMs < newestSourceMs())
  run('npm', ['run', '--silent', 'build:cli'], toStderr);
const { status, signal } = spawnSync(process.execPath, [script, ...process.argv.slice(2)], {
  stdio: 'inherit',
});
process.exit(signal === 'SIGINT' ? 130 : (status ?? 3));
