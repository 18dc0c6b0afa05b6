// npm start: installs what is missing, builds, and serves the app with its isolation headers.
import { ensurePackages, run } from './environment.mjs';

ensurePackages();
run('npm', ['run', '--silent', 'build']);
run('npx', ['vite', 'preview', ...process.argv.slice(2)]);
