// npm run package [-- --no-build]: builds the app and packs it into release/post-workbench-<version>.zip, with its
// SHA-256 (`sha256sum -c` reads it) and its bill of materials (CycloneDX) beside it. The same sources give the same bytes.
// post-workbench-identity-<version>.html is the Identity page alone, in one file that runs from disk (identity-file.mjs).
// --no-build packs dist/ as it is. The command line goes into post-workbench-<version>.tgz, which npx runs offline.
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensurePackages, root, run } from './environment.mjs';

ensurePackages();
const { billOfMaterials, noticesText, shippedPackages } = await import('./notices.mjs');
const { writeIdentityFile } = await import('./identity-file.mjs');
const { zipFolder } = await import('./zip.mjs');
if (!process.argv.includes('--no-build')) run('npm', ['run', '--silent', 'build']);
run('npm', ['run', '--silent', 'build:cli']);

const product = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const { version } = product;
const name = `post-workbench-${version}`;
const shipped = shippedPackages(root);
const zip = zipFolder(join(root, 'dist'), name);
const sum = createHash('sha256').update(zip).digest('hex');

const release = join(root, 'release');
mkdirSync(release, { recursive: true });
writeFileSync(join(release, `${name}.zip`), zip);
writeFileSync(join(release, `${name}.zip.sha256`), `${sum}  ${name}.zip\n`);
writeFileSync(join(release, `${name}.cdx.json`), billOfMaterials(shipped, product));
console.log(`release/${name}.zip: ${(zip.length / 1e6).toFixed(2)} MB, SHA-256 ${sum}`);
await writeIdentityFile(release, `post-workbench-identity-${version}.html`);

// The command line as an npm package of its own: everything is in its scripts, so that it has no dependencies. `npm pack` sets
// one time for all files.
const staging = mkdtempSync(join(tmpdir(), 'post-workbench-'));
try {
  const { description, license, homepage, type, bin, engines } = product;
  for (const folder of ['dist', 'dist-cli'])
    cpSync(join(root, folder), join(staging, folder), { recursive: true });
  for (const file of ['README.md', 'LICENSE']) cpSync(join(root, file), join(staging, file));
  writeFileSync(join(staging, 'THIRD-PARTY-NOTICES'), noticesText(shipped));
  writeFileSync(
    join(staging, 'package.json'),
    `${JSON.stringify({ name: product.name, version, description, license, homepage, type, bin, engines }, null, 2)}\n`,
  );
  const quiet = { cwd: staging, stdio: ['ignore', 'ignore', 'inherit'] };
  run('npm', ['pack', '--silent', '--pack-destination', release], quiet);
} finally {
  rmSync(staging, { recursive: true, force: true });
}
const tarball = readFileSync(join(release, `${name}.tgz`));
const tarballSum = createHash('sha256').update(tarball).digest('hex');
writeFileSync(join(release, `${name}.tgz.sha256`), `${tarballSum}  ${name}.tgz\n`);
console.log(`release/${name}.tgz: ${(tarball.length / 1e6).toFixed(2)} MB, SHA-256 ${tarballSum}`);
