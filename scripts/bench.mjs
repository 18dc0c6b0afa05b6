// npm run bench [-- audit hostile labels proving randomx reading state]: measures ours beside the native peers that the environment names.
// Without a peer our own figure is printed alone. What each needs is at the head of its file in test/bench/.
import { existsSync } from 'node:fs';
import { ensureChromium, ensurePackages, root, run } from './environment.mjs';
import { join } from 'node:path';

ensurePackages();
const known = [
  'audit',
  'hostile',
  'labels',
  'page',
  'proving',
  'randomx',
  'reading',
  'state',
].filter((name) => existsSync(join(root, `test/bench/${name}.mjs`)));
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(', ')}. There are: ${known.join(', ')}.`);
  process.exit(2);
}
const env = { ...process.env, CHROMIUM: ensureChromium() };
for (const name of wanted.length > 0 ? wanted : known) {
  console.log(`\n── ${name}`);
  // Node 20 has relaxed SIMD behind a flag; browsers have it switched on.
  run('node', ['--experimental-wasm-relaxed-simd', `test/bench/${name}.mjs`], { env });
}
