// The built app, served as a static host would, and a Chromium to open it with: for what measures the entire page or takes its picture.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { build, preview } from 'vite';
import { chromiumArgs, ensureChromium, root, run } from './environment.mjs';

/**
 * Builds the app into a folder of its own, so that a build beside it does not change what is measured; or takes the
 * build that BUILT_APP names.
 * @param {string[]} args more arguments for Chromium
 * @returns {Promise<{ browser: import('@playwright/test').Browser, url: string, close: () => Promise<void> }>}
 */
export async function openBuiltApp(args = []) {
  const given = process.env.BUILT_APP;
  const outDir = given ?? mkdtempSync(join(tmpdir(), 'workbench-'));
  const configFile = join(root, 'vite.config.ts');
  if (given === undefined) {
    run('npm', ['run', '--silent', 'asbuild']);
    await build({ configFile, logLevel: 'error', build: { outDir, emptyOutDir: true } });
  }
  const server = await preview({
    configFile,
    logLevel: 'error',
    build: { outDir },
    preview: { host: '127.0.0.1', port: 4600, strictPort: false },
  });
  const browser = await chromium.launch({
    executablePath: ensureChromium(),
    args: [...chromiumArgs, ...args],
  });
  return {
    browser,
    url: server.resolvedUrls?.local[0] ?? '',
    close: async () => {
      await browser.close();
      await server.close();
      if (given === undefined) rmSync(outDir, { recursive: true, force: true });
    },
  };
}
