import { defineConfig } from '@playwright/test';
import { chromiumArgs } from './scripts/environment.mjs';

const port = Number(process.env['WORKBENCH_PORT'] ?? 4179);

/** Every spec runs against the built app, served as a static host would, in a real Chromium. */
export default defineConfig({
  testDir: 'test/browser',
  outputDir: 'test-results',
  // While one page waits (it starts, a transition ends), the other computes.
  workers: 2,
  timeout: 90_000,
  // Long enough for a laden machine: what is awaited is whether it comes, never how fast.
  expect: { timeout: 20_000 },
  reporter: [['list'], ['json', { outputFile: 'test-results/browser.json' }]],
  use: {
    baseURL: `http://127.0.0.1:${port}/`,
    viewport: { width: 1280, height: 900 },
    // The one spec about offline use allows it; elsewhere the server itself is what is tested.
    serviceWorkers: 'block',
    launchOptions: {
      ...(process.env['CHROMIUM'] ? { executablePath: process.env['CHROMIUM'] } : {}),
      args: [
        ...chromiumArgs,
        // A software adapter: the GPU kernels are checked for what they compute, never for speed.
        '--enable-unsafe-webgpu',
        '--use-webgpu-adapter=swiftshader',
      ],
    },
  },
  webServer: {
    command: `npx vite preview --host 127.0.0.1 --port ${port} --strictPort`,
    url: `http://127.0.0.1:${port}/`,
    reuseExistingServer: true,
    timeout: 30_000,
  },
});
