// npm run quick: what an edit can have broken, in seconds: types (incremental), ESLint (cached) and the unit tests of the files
// that changed since the last commit. `-- --since main` takes the changes since another commit. npm test runs everything.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensurePackages, root } from './environment.mjs';

const { values } = parseArgs({ options: { since: { type: 'string', default: 'HEAD' } } });
ensurePackages();
const cache = join(root, '.cache/quick');
mkdirSync(cache, { recursive: true });

const git = (...args) => spawnSync('git', args, { cwd: root, encoding: 'utf8' }).stdout;
const changed = [
  ...git('diff', '--name-only', '--diff-filter=d', values.since).split('\n'),
  ...git('ls-files', '--others', '--exclude-standard').split('\n'),
].filter((file) => file !== '' && existsSync(join(root, file)));
const matching = (pattern) => changed.filter((file) => pattern.test(file));

const sources = matching(/^(src|test)\/.*\.(ts|svelte)$/);
const linted = matching(/\.(ts|svelte|mjs|js)$/);
const formatted = matching(/\.(ts|svelte|mjs|js|css|json|md|html|yml)$/);

const tsc = (project) => [
  'tsc',
  ...['-p', project, '--incremental'],
  ...['--tsBuildInfoFile', join(cache, `${project.replaceAll('/', '-')}.tsbuildinfo`)],
];
const types = {
  'types: pure': [/^src\/(base|protocol|simulate|runbooks)\//, tsc('src/tsconfig.pure.json')],
  'types: workers': [/^src\/.*\.ts$/, tsc('src/tsconfig.workers.json')],
  'types: server': [/^src\/server\//, tsc('src/tsconfig.server.json')],
  'types: command line': [/^src\/cli\//, tsc('src/tsconfig.cli.json')],
  // Its own incremental mode does not find the modules of a project below the root.
  'types: components': [
    /^src\/(pages|ui|app)\/|\.svelte$/,
    ['svelte-check', '--tsconfig', 'src/tsconfig.pages.json', '--fail-on-warnings'],
  ],
  'types: tests, and the sources without components': [/\.ts$/, tsc('test/tsconfig.json')],
};
const steps = [
  ...Object.entries(types)
    .filter(([, [pattern]]) => sources.some((file) => pattern.test(file)))
    .map(([name, [, command]]) => [name, command]),
  ...(linted.length > 0
    ? [
        [
          'lint',
          [
            'eslint',
            ...['--max-warnings', '0', '--no-warn-ignored'],
            ...['--cache', '--cache-strategy', 'content', '--cache-location', `${cache}/eslint`],
            ...linted,
          ],
        ],
      ]
    : []),
  ...(formatted.length > 0
    ? [['format', ['prettier', '--check', '--log-level', 'warn', '--ignore-unknown', ...formatted]]]
    : []),
  ...(sources.length > 0
    ? [
        [
          'unit tests',
          ['vitest', 'related', '--run', '--dir', 'test/unit', '--passWithNoTests', ...sources],
        ],
      ]
    : []),
];

/** @returns whether the command succeeded; what it printed is shown when it did not */
function runStep([name, [command, ...args]]) {
  const started = Date.now();
  return new Promise((resolve) => {
    const child = spawn('npx', [command, ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1' },
    });
    const printed = [];
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => printed.push(chunk));
    child.on('error', () => resolve(false));
    child.on('close', (status) => {
      const ok = status === 0;
      const seconds = ((Date.now() - started) / 1000).toFixed(1);
      console.log(`${ok ? 'ok    ' : 'FAILED'} ${name}, ${seconds} s`);
      if (!ok) process.stdout.write(Buffer.concat(printed));
      resolve(ok);
    });
  });
}

if (steps.length === 0) console.log(`Nothing that is checked has changed since ${values.since}.`);
// Two at a time: each of them keeps one core busy.
const queue = [...steps];
const results = [];
const worker = async () => {
  for (let step; (step = queue.shift());) results.push(await runStep(step));
};
await Promise.all([worker(), worker()]);
process.exit(results.every((ok) => ok) ? 0 : 1);
