/** Every term that a page uses has its definition one press away, on that page. */
import { expect, test, type Page } from '@playwright/test';
import { glossaryEntry, termsIn } from '../../src/protocol/glossary';
import { drop, expectQuiet, watch } from './support/page';
import { directoryFiles } from './support/post';

const smesher = '31b356d7425a660120b9aafadba779a513c1726d9221c84614dcd320005e2c55';

test.beforeEach(async ({ page }) => {
  await watch(page);
});

/** The visible text of the page, without what leads elsewhere, is data, or is typed: links, headings, tables, code, inputs. */
const pageText = (page: Page): Promise<string> =>
  page.locator('main').evaluate((main) => {
    const isLeftOut =
      'nav, h1, h2, h3, h4, a, button, select, summary, code, bdi, pre, svg, canvas, table, .table';
    const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
    let text = '';
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const parent = node.parentElement;
      if (parent?.checkVisibility() && !parent.closest(isLeftOut))
        text += `${node.textContent ?? ''}\n`;
    }
    return text;
  });

/** Terms of the page’s text that have no button. */
const unexplained = async (page: Page): Promise<readonly string[]> => {
  const buttons = await page
    .locator('main [data-terms]:visible')
    .evaluateAll((all) =>
      all.flatMap((button) => button.getAttribute('data-terms')?.split(' ') ?? []),
    );
  return termsIn(await pageText(page))
    .filter((id) => !buttons.includes(id))
    .map((id) => glossaryEntry(id)?.term ?? id);
};

async function expectExplained(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await expect(page.locator('main h1')).toBeVisible();
  await expect(page.locator('main [aria-busy=true]')).toHaveCount(0);
  await expect.poll(() => unexplained(page), { message: address }).toEqual([]);
}

const plain = {
  './': [
    ...['guide', 'nonces', 'gap', 'sizes', 'fleet', 'resize', 'cloud', 'rewards', 'calendar'].map(
      (part) => `plan/${part}`,
    ),
    ...['', '/split', '/advice', '/assumptions'].map((part) => `network${part}`),
    ...['', '/runs', '/advice'].map((part) => `profile${part}`),
    ...['/k2pow', '/initialize', '/verify', '/metadata'].map((part) => `post${part}`),
  ],
  './identity.html': ['', '/inventory', '/sign', '/moving', '/state'].map(
    (part) => `identity${part}`,
  ),
  './node.html': ['', '/events', '/logs', '/metrics', '/config', '/proving', '/k2pow'].map(
    (part) => `node${part}`,
  ),
};
for (const [document, parts] of Object.entries(plain))
  test(`terms: the pages of ${document} without files, each has its definition`, async ({
    page,
  }) => {
    // One document, loaded once.
    for (const part of parts) await expectExplained(page, `${document}#/${part}`);
    expectQuiet(page);
  });

test('terms: the pages of an open state.sql, each has its definition', async ({ page }) => {
  await page.goto('./');
  await page.getByRole('button', { name: 'Try the sample' }).click();
  await expect(page.getByRole('heading', { name: 'state.sql' })).toBeVisible();
  for (const part of [
    '',
    '/smeshers',
    `/rewards?smesher=${smesher}`,
    `/smesher?id=${smesher}`,
    '/fleet',
    '/explore?layer=90',
    '/compare',
    '/space',
  ])
    await expectExplained(page, `./#/state${part}`);
  for (const part of ['', '/rewards', '/layers']) await expectExplained(page, `./#/audit${part}`);
  expectQuiet(page);
});

test('terms: a PoST directory, each has its definition', async ({ page }) => {
  await page.goto('./');
  await drop(page, ...directoryFiles('n2-large'));
  for (const part of ['', '/check', '/prove']) await expectExplained(page, `./#/post${part}`);
  expectQuiet(page);
});
