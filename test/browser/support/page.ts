/**
 * What every page test needs: files dropped as a user drops them, and a watch over the page that ends each test
 * with "no error, no policy violation, no request to anywhere else, no accessibility violation".
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
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
    for (const { name, base64 } of items)
      data.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name));
    return data;
  }, contents);
  for (const type of ['dragenter', 'dragover', 'drop'])
    await page.dispatchEvent('main', type, { dataTransfer: transfer });
}

interface Watched {
  readonly errors: string[];
  readonly offOrigin: string[];
}
const watched = new WeakMap<Page, Watched>();

/** Begins to watch; call it before the page is opened. */
export async function watch(page: Page): Promise<void> {
  const seen: Watched = { errors: [], offOrigin: [] };
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

/** As `expectQuiet`, and axe finds nothing on what is shown. Costs seconds: once for each thing to be seen. */
export async function expectNoViolations(page: Page): Promise<void> {
  expectQuiet(page);
  // The inside of a chart is one image to those who cannot see it; its title and table are checked.
  // One run in the page itself: no document here has a frame of another origin. The same rules run; only what passes is not listed.
  const { violations } = await new AxeBuilder({ page })
    .setLegacyMode()
    .options({ resultTypes: ['violations'] })
    .exclude('.js-plotly-plot')
    .analyze();
  expect(
    violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`),
  ).toEqual([]);
}
