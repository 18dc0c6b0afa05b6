/** Builds the command line into dist-cli/: scripts for Node with everything in them, and the WebAssembly files beside. */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const outDir = path('dist-cli');

const wasmFiles = [
  createRequire(import.meta.url).resolve('sql.js/dist/sql-wasm.wasm'),
  ...[
    ...['labels', 'proving'],
    ...['randomx', 'randomx-fma', 'randomx-shared', 'randomx-shared-fma'],
  ].map((name) => path(`src/kernels/wasm/build/${name}.wasm`)),
];

const wasmBeside: Plugin = {
  name: 'wasm-beside',
  writeBundle() {
    const folder = join(outDir, 'wasm');
    mkdirSync(folder, { recursive: true });
    for (const file of wasmFiles) writeFileSync(join(folder, basename(file)), readFileSync(file));
    chmodSync(join(outDir, 'post-workbench.js'), 0o755);
  },
};

export default defineConfig({
  root: path('src'),
  publicDir: false,
  plugins: [wasmBeside],
  // sql.js is CommonJS and asks for its folder, though it is given its module.
  define: { __dirname: 'import.meta.dirname' },
  ssr: { noExternal: true, target: 'node' },
  build: {
    ssr: true,
    outDir,
    emptyOutDir: true,
    target: 'node20.19',
    rolldownOptions: {
      input: {
        'post-workbench': path('src/cli/main.ts'),
        'label-thread': path('src/cli/label-thread.ts'),
        'proving-thread': path('src/cli/threads/proving-thread.ts'),
        'randomx-thread': path('src/cli/threads/randomx-thread.ts'),
      },
      output: {
        entryFileNames: '[name].js',
        chunkFileNames: '[name]-[hash].js',
        banner: ({ name }) => (name === 'post-workbench' ? '#!/usr/bin/env node' : ''),
      },
    },
  },
});
