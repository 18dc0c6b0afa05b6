// Compiles every AssemblyScript module: `assembly/<module>/targets.json` maps an output name to its
// entry and flags. Outputs land in src/kernels/wasm/build/ (not committed) and are rebuilt only when
// a source is newer.
import { mkdirSync, readdirSync, readFileSync, statSync, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const sourceDir = join(root, 'assembly');
const outDir = join(root, 'src/kernels/wasm/build');
const commonFlags = ['-O3', '--converge', '--noAssert', '--runtime', 'stub', '--enable', 'simd'];

const filesUnder = (dir) =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

const newest = (files) => Math.max(...files.map((file) => statSync(file).mtimeMs));

/** Compiles what is out of date. Throws with the compiler's own words. */
export async function buildAssembly({ only } = {}) {
  mkdirSync(outDir, { recursive: true });
  const modules = readdirSync(sourceDir, { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && existsSync(join(sourceDir, entry.name, 'targets.json')),
  );
  for (const { name: module } of modules) {
    if (only && only !== module) continue;
    const dir = join(sourceDir, module);
    const targets = JSON.parse(readFileSync(join(dir, 'targets.json'), 'utf8'));
    const changed = newest([...filesUnder(dir), fileURLToPath(import.meta.url)]);
    for (const [name, { entry, flags = [] }] of Object.entries(targets)) {
      const outFile = join(outDir, `${name}.wasm`);
      if (existsSync(outFile) && statSync(outFile).mtimeMs > changed) continue;
      const { error, stderr } = await asc.main([
        join(dir, entry),
        '--outFile',
        outFile,
        ...commonFlags,
        ...flags,
      ]);
      if (error) throw new Error(`assembly/${module}/${entry}: ${stderr.toString() || error}`);
      console.log(`assembly/${module}/${entry} → ${name}.wasm, ${statSync(outFile).size} bytes`);
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await buildAssembly({ only: process.argv[2] });
