// npm run pictures: builds the app, and lets the browser tests that take the README's pictures put them into docs/pictures.
import { join } from 'node:path';
import { ensureChromium, root, run } from './environment.mjs';

process.env.CHROMIUM = ensureChromium();
process.env.PICTURES = join(root, 'docs/pictures');
run('npm', ['run', '--silent', 'build']);
run('npx', ['playwright', 'test', 'pictures', ...process.argv.slice(2)]);
