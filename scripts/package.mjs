// npm run package [-- --no-build]: builds the app and packs it into release/post-workbench-<version>.zip, with its
// SHA-256 beside it (`sha256sum -c` reads it). The same sources give the same bytes. --no-build packs dist/ as it is.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePackages, root, run } from './environment.mjs';

ensurePackages();
const { zipFolder } = await import('./zip.mjs');
if (!process.argv.includes('--no-build')) run('npm', ['run', '--silent', 'build']);

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const name = `post-workbench-${version}`;
const zip = zipFolder(join(root, 'dist'), name);
const sum = createHash('sha256').update(zip).digest('hex');

const release = join(root, 'release');
mkdirSync(release, { recursive: true });
writeFileSync(join(release, `${name}.zip`), zip);
writeFileSync(join(release, `${name}.zip.sha256`), `${sum}  ${name}.zip\n`);
console.log(`release/${name}.zip: ${(zip.length / 1e6).toFixed(2)} MB, SHA-256 ${sum}`);
