import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { chosenArea } from './areas.mjs';

export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: { include: chosenArea().tests, testTimeout: 60_000 },
});
