/**
 * What every page test needs: files dropped as a user drops them, and a watch over the page that ends each test
 * with "no error, no policy violation, no request to anywhere else, no accessibility violation".
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import axe from 'axe-core';
import { expect, type Page } from '@playwright/test';

/** A file of the checkout by its path, or bytes under a name. */
export type TestFile = string | { readonly name: string; readonly bytes: Uint8Array };

/** Drops files onto the page: a real DataTransfer with File objects, through the app's own drop target. */
export async function drop(page: Page, ...files: readonly TestFile[]): Promise<void> {
  const contents = files.map((file) =>
    typeof file === 'string'
      ? { name: basename(file), base64: readFileSync(file).toString('base64') }
      : { name: file.name, base64: Buffer.from(file.bytes).toString('base64') },
  );
  const transfer = await page.evaluateHandle((items) => {
    const data = new DataTransfer();
    for (const { name, base64 } of items) {
      const text = atob(base64);
      const bytes = new Uint8Array(text.length);
      for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
      data.items.add(new File([bytes], name));
    }
    return data;
  }, contents);
  for (const type of ['dragenter', 'dragover', 'drop'])
    await page.dispatchEvent('main', type, { dataTransfer: transfer });
}

declare global {
  interface Window {
    axe: typeof axe;
  }
}

interface Watched {
  readonly errors: string[];
  readonly offOrigin: string[];
}
const watched = new WeakMap<Page, Watched>();

/** Begins to watch, from nothing where the page was watched before; call it before the page is opened. */
export async function watch(page: Page): Promise<void> {
  const seen: Watched = { errors: [], offOrigin: [] };
  const isFirst = !watched.has(page);
  watched.set(page, seen);
  page.on('pageerror', (error) => seen.errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') seen.errors.push(message.text());
  });
  page.on('request', (request) => {
    const url = request.url();
    const here = new URL(page.url() === 'about:blank' ? url : page.url()).origin;
    if (!url.startsWith(here) && !/^(blob|data):/.test(url)) seen.offOrigin.push(url);
  });
  if (!isFirst) return;
  // Violations in the page; those of workers reach the console.
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      // eslint-disable-next-line no-console -- the console is how it reaches the test
      console.error(
        `policy violated: ${event.violatedDirective} by ${event.blockedURI} ${event.sample} ${event.sourceFile}:${event.lineNumber}`,
      );
    });
  });
}

/** Nothing wrong so far: no error, no policy violation, no request to anywhere else. */
export function expectQuiet(page: Page): void {
  const seen = watched.get(page);
  expect(seen, 'watch(page) was called').toBeDefined();
  expect(seen?.errors).toEqual([]);
  expect(seen?.offOrigin).toEqual([]);
}

/** As `expectQuiet`, and axe finds nothing on what is shown. Costs a second or two: once for each thing to be seen. */
export async function expectNoViolations(page: Page): Promise<void> {
  expectQuiet(page);
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  const violations = await page.evaluate(async () => {
    const { violations } = await window.axe.run(
      // The inside of a chart is one image to those who cannot see it; its title and table are checked.
      { exclude: ['.js-plotly-plot'] },
      // The same rules run; only what passes is not listed.
      { resultTypes: ['violations'] },
    );
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
  });
  expect(violations).toEqual([]);
}
