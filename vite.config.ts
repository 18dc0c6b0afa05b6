import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { contentSecurityPolicy, isolationHeaders } from './scripts/security-headers.mjs';

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
        content: contentSecurityPolicy(page),
      },
      injectTo: 'head-prepend',
    },
  ],
};

export default defineConfig({
  root: path('src'),
  publicDir: path('public'),
  base: './',
  plugins: [svelte(), securityPolicy],
  worker: { format: 'es' },
  build: {
    outDir: path('dist'),
    emptyOutDir: true,
    target: 'es2023',
    // A wasm file inlined as a data: URL could not be fetched under connect-src 'self'.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 2000,
    rollupOptions: {
      input: readdirSync(path('src'))
        .filter((name) => name.endsWith('.html'))
        .map((name) => path(`src/${name}`)),
    },
  },
  server: { headers: isolationHeaders, fs: { allow: [path('.')] } },
  preview: { headers: isolationHeaders },
  test: {
    root: path('.'),
    include: ['test/{unit,vectors,property}/**/*.test.ts'],
    globalSetup: [path('test/global-setup.ts')],
    testTimeout: 120_000,
    // Two cores: the kernels' suites are CPU-bound, more workers only slow each other down.
    maxWorkers: 2,
  },
});
