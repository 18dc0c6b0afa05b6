/** The suites in Firefox, WebKitGTK, and Chromium without shared memory: one browser at a time. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { patienceMs } from './support/patience.ts';

export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    include: ['test/browsers/*.test.ts'],
    fileParallelism: false,
    testTimeout: patienceMs,
    hookTimeout: patienceMs,
    teardownTimeout: patienceMs,
  },
});
