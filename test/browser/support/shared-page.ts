/**
 * `test` with one page for all tests of a file. A page of its own costs each test three seconds of processor time, most of it for
 * a new process and for compiling the app again. Between two tests the page is blank and its storage empty, so no test sees what
 * another did. After a failure Playwright starts a new worker, and with it a new page.
 *
 * A spec that changes the options of the context, its clock, or what runs before a document uses Playwright's own `test`. A script
 * that one test adds is disposed of at its end.
 */
import { test as base, type Page } from '@playwright/test';

interface Shared {
  file?: string;
  page?: Page;
}

export const test = base.extend<object, { readonly shared: Shared }>({
  shared: [
    async ({}, use) => {
      const shared: Shared = {};
      await use(shared);
      await shared.page?.context().close();
    },
    { scope: 'worker' },
  ],
  page: async ({ browser, shared, viewport, baseURL }, use, { file }) => {
    let page = shared.page;
    if (page && shared.file === file && !page.isClosed()) {
      await clear(page, viewport, baseURL ?? '');
    } else {
      await page?.context().close();
      const context = await browser.newContext();
      page = await context.newPage();
      Object.assign(shared, { file, page });
    }
    await use(page);
  },
});

async function clear(
  page: Page,
  viewport: { width: number; height: number } | null,
  origin: string,
): Promise<void> {
  for (const other of page.context().pages()) if (other !== page) await other.close();
  page.removeAllListeners();
  await page.unrouteAll();
  // Ends the document with its workers.
  await page.goto('about:blank');
  const session = await page.context().newCDPSession(page);
  await session.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' });
  await session.detach();
  await page.emulateMedia({ media: null, colorScheme: null, reducedMotion: null });
  if (viewport) await page.setViewportSize(viewport);
}
