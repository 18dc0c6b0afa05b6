// Size budgets of the built app, gzipped: the first screen, and each thing that loads only when needed.
import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { root } from './environment.mjs';

const kB = 1000;
/** What the first screen's scripts may weigh together (the entry and its static imports). */
const firstScreenBudget = 90 * kB;
/** Largest chunk by what it is; anything else must stay below `otherBudget`. */
const budgets = [
  { name: 'plotly', pattern: /plotly/, budget: 500 * kB },
  { name: 'editor (CodeMirror)', pattern: /SqlEditor|codemirror|editor/i, budget: 150 * kB },
];
const otherBudget = 150 * kB;

const dist = join(root, 'dist');
const assets = join(dist, 'assets');
const gzipped = (file) => gzipSync(readFileSync(file)).length;

/** Follows static imports only: what is behind import() loads later. */
function staticClosure(entry, seen = new Set()) {
  if (seen.has(entry)) return seen;
  seen.add(entry);
  const source = readFileSync(entry, 'utf8');
  for (const [, path] of source.matchAll(
    /(?:^|[;}\s])(?:import|export)[^'"()]*?from?\s*["'](\.\/[^"']+\.js)["']/g,
  ))
    staticClosure(join(assets, basename(path)), seen);
  return seen;
}

const failures = [];
function check(name, bytes, budget) {
  const ok = bytes <= budget;
  console.log(
    `${ok ? 'ok  ' : 'OVER'} ${name}: ${(bytes / kB).toFixed(1)} kB of ${budget / kB} kB`,
  );
  if (!ok) failures.push(name);
}

for (const page of readdirSync(dist).filter((file) => file.endsWith('.html'))) {
  const html = readFileSync(join(dist, page), 'utf8');
  const entries = [...html.matchAll(/<script[^>]*src="\.\/assets\/([^"]+)"/g)].map(
    ([, name]) => name,
  );
  const preloads = [
    ...html.matchAll(/<link rel="modulepreload"[^>]*href="\.\/assets\/([^"]+)"/g),
  ].map(([, name]) => name);
  const all = new Set();
  for (const name of [...entries, ...preloads]) staticClosure(join(assets, name), all);
  check(
    `first screen of ${page}`,
    [...all].reduce((sum, file) => sum + gzipped(file), 0),
    firstScreenBudget,
  );
}
for (const file of readdirSync(assets).filter((name) => name.endsWith('.js'))) {
  const special = budgets.find(({ pattern }) => pattern.test(file));
  const budget = special?.budget ?? otherBudget;
  const bytes = gzipped(join(assets, file));
  if (special || bytes > budget / 2)
    check(special ? `${special.name}: ${file}` : file, bytes, budget);
}
const sample = readdirSync(join(dist, 'sample'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .reduce((sum, entry) => sum + readFileSync(join(entry.parentPath, entry.name)).length, 0);
check('sample, uncompressed', sample, 6 * 2 ** 20);
process.exit(failures.length === 0 ? 0 : 1);
