// The modules of src/server are TypeScript: Vite's own loader runs them in Node.
import { join } from 'node:path';
import { runnerImport } from 'vite';
import { root } from './environment.mjs';

/** Exports of src/server/<name>.ts. */
export async function loadServer(name) {
  const { module } = await runnerImport(join(root, `src/server/${name}.ts`), {
    configFile: false,
    root,
    logLevel: 'error',
  });
  return module;
}
