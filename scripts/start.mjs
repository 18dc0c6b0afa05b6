// npm start: installs what is missing, builds, and serves the app with its isolation headers. With --node or
// --post-service it also runs the bridge (bridge.mjs), through which the Node page reaches what speaks gRPC only.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensurePackages, root, run } from './environment.mjs';

ensurePackages();
run('npm', ['run', '--silent', 'build']);

const bridgeWords = [];
const viteWords = [];
for (let i = 2, words = process.argv; i < words.length; i++)
  if (['--node', '--post-service', '--bridge-port', '--origin'].includes(words[i]))
    bridgeWords.push(words[i], words[++i] ?? '');
  else viteWords.push(words[i]);

if (bridgeWords.length > 0) {
  const port = viteWords[viteWords.indexOf('--port') + 1];
  const origin = ['--origin', `http://localhost:${viteWords.includes('--port') ? port : 4173}`];
  // It ends when its input does, which is when this process ends.
  spawn(process.execPath, [join(root, 'scripts/bridge.mjs'), ...origin, ...bridgeWords], {
    stdio: ['pipe', 'inherit', 'inherit'],
  });
}
run('npx', ['vite', 'preview', ...viteWords]);
