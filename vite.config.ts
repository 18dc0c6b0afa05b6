import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import type { Connect, Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { noticesText, shippedPackages } from './scripts/notices.mjs';
import { sameOriginBridge } from './src/server/bridge.ts';
import {
  developmentHeaders,
  headersFile,
  metaPolicy,
  securityHeaders,
} from './src/server/headers.ts';
import type { BridgeTargets } from './src/server/targets.ts';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/**
 * The built pages carry their policy in a <meta>, so that it holds on hosts that cannot set headers.
 * The dev server is left out: Vite injects styles and a client there.
 */
const securityPolicy: Plugin = {
  name: 'security-policy',
  apply: 'build',
  transformIndexHtml: (_html, { path: page }) => [
    {
      tag: 'meta',
      attrs: {
        'http-equiv': 'Content-Security-Policy',
        content: metaPolicy(page),
      },
      injectTo: 'head-prepend',
    },
  ],
};

/**
 * Lists the files of the build for the service worker, which keeps them for offline use, and gives it
 * the hash by which a new build is known.
 */
const offlineFiles: Plugin = {
  name: 'offline-files',
  apply: 'build',
  enforce: 'post',
  generateBundle(_options, bundle) {
    const worker = bundle[serviceWorkerFile];
    if (worker?.type !== 'chunk') throw new Error('the build has no service worker');
    // It is registered as a classic script, which browsers keep as one file.
    if (worker.imports.length > 0)
      throw new Error(`the service worker imports ${worker.imports.join(', ')}`);
    const hash = createHash('sha256');
    const built = Object.values(bundle).filter(({ fileName }) => fileName !== serviceWorkerFile);
    for (const output of built) hash.update(output.type === 'chunk' ? output.code : output.source);
    const copied = readdirSync(path('public'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    for (const file of copied) hash.update(readFileSync(file));
    worker.code = worker.code.replace('__BUILD_ID__', hash.digest('hex').slice(0, 16));
    const files = [
      ...built.map(({ fileName }) => fileName),
      ...copied.map((file) => file.slice(path('public/').length)),
    ].sort();
    this.emitFile({ type: 'asset', fileName: 'build-files.json', source: JSON.stringify(files) });
    // Not in the list: hosts read it, and do not serve it.
    this.emitFile({ type: 'asset', fileName: '_headers', source: headersFile() });
  },
};

/**
 * What the app's own server adds to the files: the security headers of each, and the bridge to what
 * the command line of `npm start` names (src/server/bridge.ts); to nothing by default.
 */
function serveApp(
  middlewares: Connect.Server,
  headersOf: (path: string) => Record<string, string>,
): void {
  middlewares.use((request, response, next) => {
    const [page = ''] = (request.url ?? '').split('?');
    for (const [name, value] of Object.entries(headersOf(page))) response.setHeader(name, value);
    next();
  });
  const targets = JSON.parse(process.env['WORKBENCH_BRIDGE'] ?? '{"nodes":[]}') as BridgeTargets;
  middlewares.use('/bridge', sameOriginBridge(targets));
}
const localServer: Plugin = {
  name: 'local-server',
  configureServer: ({ middlewares }) => {
    serveApp(middlewares, developmentHeaders);
  },
  configurePreviewServer: ({ middlewares }) => {
    serveApp(middlewares, securityHeaders);
  },
};

/** The licences of everything that ends in the build; a package without one ends the build. */
const shipped = shippedPackages(path('.'));
const isShipped = new Set(shipped.map(({ alias }) => alias));
const licences = (): Plugin => ({
  name: 'licences',
  apply: 'build',
  generateBundle(_options, bundle) {
    for (const output of Object.values(bundle))
      for (const id of output.type === 'chunk' ? output.moduleIds : []) {
        const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1];
        if (name !== undefined && !isShipped.has(name))
          throw new Error(`${name} is bundled without its licence: make it a dependency`);
      }
  },
});
const notices: Plugin = {
  name: 'notices',
  apply: 'build',
  generateBundle() {
    this.emitFile({ type: 'asset', fileName: 'THIRD-PARTY-NOTICES', source: noticesText(shipped) });
  },
};

/** Loaded when it is needed: it brings TypeScript with it, which tests and the preview do not need. */
const scriptingApi = async () => (await import('./scripts/api.mjs')).scriptingApi(path('.'));

/** The types of window.workbench, and the reference that the page Scripting shows. */
const scriptingInterface: Plugin = {
  name: 'scripting-interface',
  async generateBundle() {
    const { declarations, reference } = await scriptingApi();
    this.emitFile({ type: 'asset', fileName: 'workbench.d.ts', source: declarations });
    this.emitFile({ type: 'asset', fileName: 'workbench-api.json', source: reference });
  },
  configureServer: ({ middlewares }) => {
    middlewares.use('/workbench.d.ts', (_request, response, next) => {
      scriptingApi().then(({ declarations }) => response.end(declarations), next);
    });
    middlewares.use('/workbench-api.json', (_request, response, next) => {
      scriptingApi().then(({ reference }) => response.end(reference), next);
    });
  },
};

const serviceWorkerFile = 'service-worker.js';

/** One entry a document, and the service worker, which must lie beside them to have them in its scope. */
const entries = Object.fromEntries([
  ...readdirSync(path('src'))
    .filter((name) => name.endsWith('.html'))
    .map((name) => [name.replace('.html', ''), path(`src/${name}`)]),
  ['service-worker', path('src/app/service-worker.worker.ts')],
]) as Record<string, string>;

const pureTests = 'test/unit/{base,protocol,simulate}/**/*.test.ts';

export default defineConfig({
  // An address without a file is not found, instead of being answered with index.html.
  appType: 'mpa',
  root: path('src'),
  publicDir: path('public'),
  base: './',
  plugins: [
    svelte(),
    securityPolicy,
    offlineFiles,
    localServer,
    licences(),
    notices,
    scriptingInterface,
  ],
  worker: {
    format: 'es',
    plugins: () => [licences()],
    // Each worker is a `workers/<name>/worker.ts`: the folder names it, for the network log and for the tests.
    rolldownOptions: {
      output: {
        entryFileNames: ({ facadeModuleId }) =>
          `assets/${basename(dirname(facadeModuleId ?? 'src'))}.worker-[hash].js`,
      },
    },
  },
  build: {
    outDir: path('dist'),
    emptyOutDir: true,
    target: 'es2023',
    // A wasm file inlined as a data: URL could not be fetched under connect-src 'self'.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 2000,
    rolldownOptions: {
      input: entries,
      output: {
        entryFileNames: ({ name }) =>
          name === 'service-worker' ? serviceWorkerFile : 'assets/[name]-[hash].js',
        // V8 then compiles plotly's functions while it loads, off the main thread, which a third less of its start blocks.
        postBanner: ({ name }) => (name.startsWith('plotly') ? '//# allFunctionsCalledOnLoad' : ''),
      },
    },
  },
  server: { fs: { allow: [path('.')] } },
  test: {
    root: path('.'),
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          include: ['test/{unit,vectors,property,fuzz}/**/*.test.ts'],
          exclude: ['**/*.svelte.test.ts', pureTests],
        },
      },
      {
        extends: true,
        test: {
          name: 'pure',
          include: [pureTests],
          exclude: ['**/*.svelte.test.ts'],
          // These modules keep no state, so the files of a worker share them: a quarter less processor time.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'stores',
          include: ['test/unit/**/*.svelte.test.ts'],
          environment: path('test/support/page-environment.ts'),
        },
      },
    ],
    globalSetup: [path('test/global-setup.ts')],
    testTimeout: 120_000,
    // Two cores: the kernels' suites are CPU-bound, more workers only slow each other down.
    maxWorkers: 2,
  },
});
