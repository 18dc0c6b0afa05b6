import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { chosenRoom } from './rooms.mjs';

export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: { include: chosenRoom().tests, testTimeout: 60_000 },
});
