// npm run package [-- --no-build]: builds the app and packs it into release/post-workbench-<version>.zip, with its
// SHA-256 (`sha256sum -c` reads it) and its bill of materials (CycloneDX) beside it. The same sources give the same bytes.
// --no-build packs dist/ as it is.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePackages, root, run } from './environment.mjs';

ensurePackages();
const { billOfMaterials, shippedPackages } = await import('./notices.mjs');
const { zipFolder } = await import('./zip.mjs');
if (!process.argv.includes('--no-build')) run('npm', ['run', '--silent', 'build']);

const product = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const { version } = product;
const name = `post-workbench-${version}`;
const zip = zipFolder(join(root, 'dist'), name);
const sum = createHash('sha256').update(zip).digest('hex');

const release = join(root, 'release');
mkdirSync(release, { recursive: true });
writeFileSync(join(release, `${name}.zip`), zip);
writeFileSync(join(release, `${name}.zip.sha256`), `${sum}  ${name}.zip\n`);
writeFileSync(join(release, `${name}.cdx.json`), billOfMaterials(shippedPackages(root), product));
console.log(`release/${name}.zip: ${(zip.length / 1e6).toFixed(2)} MB, SHA-256 ${sum}`);
