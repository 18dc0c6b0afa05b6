// npm start: installs what is missing, builds, and serves the app with its security headers. With --node, --post-service
// or --k2pow it also proxies the app's own pages there, below /bridge (src/server/bridge.ts). All else is for vite preview.
import { ensurePackages, run } from './environment.mjs';

ensurePackages();
const { loadServer } = await import('./server.mjs');
const { readArguments, targetOptions } = await loadServer('targets');

const bridgeWords = [];
const viteWords = [];
for (let i = 2, words = process.argv; i < words.length; i++)
  if (targetOptions.includes(words[i])) bridgeWords.push(words[i], words[++i] ?? '');
  else viteWords.push(words[i]);

/** Read before the build, so that a mistake is reported immediately. */
function bridgeTargets() {
  try {
    const { nodes, postServices, powServices } = readArguments(bridgeWords);
    return JSON.stringify({ nodes, postServices, powServices });
  } catch (error) {
    console.error(error.message);
    process.exit(2);
  }
}
const bridge = bridgeTargets();

run('npm', ['run', '--silent', 'build']);
run('npx', ['vite', 'preview', ...viteWords], {
  env: { ...process.env, ...(bridgeWords.length > 0 ? { WORKBENCH_BRIDGE: bridge } : {}) },
});
