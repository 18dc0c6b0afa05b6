// Builds the sources once more in a folder elsewhere and compares with dist/: the same sources give the same bytes, from
// whatever path. `npm test` runs it after the build.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, run } from './environment.mjs';
import { filesBelow } from './zip.mjs';

const scratch = mkdtempSync(join(tmpdir(), 'same-build-'));
const copy = join(scratch, 'another path', 'to the sources');
try {
  const sources = ['assembly', 'docs', 'public', 'scripts', 'src'];
  for (const name of sources)
    cpSync(join(root, name), join(copy, name), {
      recursive: true,
      // The kernels are compiled there, too.
      filter: (path) => path !== join(root, 'src/kernels/wasm/build'),
    });
  for (const name of ['package.json', 'package-lock.json', 'tsconfig.json', 'svelte.config.js'])
    cpSync(join(root, name), join(copy, name));
  cpSync(join(root, 'vite.config.ts'), join(copy, 'vite.config.ts'));
  // Made from the same sources, found by their content.
  if (existsSync(join(root, '.cache/api')))
    cpSync(join(root, '.cache/api'), join(copy, '.cache/api'), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'junction');
  run('node', ['scripts/build-assembly.mjs'], { cwd: copy, stdio: 'ignore' });
  run('npx', ['vite', 'build', '--logLevel', 'error'], { cwd: copy });

  const digests = (folder) =>
    new Map(
      filesBelow(folder).map((path) => [
        path,
        createHash('sha256')
          .update(readFileSync(join(folder, path)))
          .digest('hex'),
      ]),
    );
  const [here, there] = [digests(join(root, 'dist')), digests(join(copy, 'dist'))];
  const different = [...new Set([...here.keys(), ...there.keys()])].filter(
    (path) => here.get(path) !== there.get(path),
  );
  for (const path of different) console.error(`differs: ${path}`);
  console.log(`${here.size} files, ${different.length} different when built from another path`);
  process.exitCode = different.length === 0 ? 0 : 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
