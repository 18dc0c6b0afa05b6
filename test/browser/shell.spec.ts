import { readdirSync } from 'node:fs';
import { expect } from '@playwright/test';
import { plainHost } from './support/hosts';
import { drop, expectNoViolations, watch } from './support/page';
import { test } from './support/shared-page';

test.beforeEach(async ({ page }) => {
  await watch(page);
});

test('the first visit shows what this is, and the sample is one click away', async ({ page }) => {
  await page.goto('./');
  await expectNoViolations(page);
  await page.getByRole('button', { name: 'Try the sample' }).click();
  await expect(page.getByRole('heading', { name: 'state.sql' })).toBeVisible();
});

test('the keyboard opens the sample and goes on at its content; the page links its guide', async ({
  page,
}) => {
  await page.goto('./');
  const sample = page.getByRole('button', { name: 'Try the sample' });
  await expect(sample).toBeVisible();
  for (let i = 0; i < 20 && !(await sample.evaluate((it) => it === document.activeElement)); i++)
    await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'state.sql' })).toBeVisible();
  await expect(page.locator('main')).toBeFocused();
  await page.getByRole('link', { name: 'Guide: Rewards and eligibility' }).click();
  await expect(page.getByRole('heading', { name: 'Rewards and eligibility' })).toBeInViewport();
});

test('a drop of what it does not know states what each file is, and what is open stays open', async ({
  page,
}) => {
  await page.goto('./');
  await drop(page, 'public/sample/state.sql');
  await expect(page.getByRole('heading', { name: 'state.sql' })).toBeVisible();
  await drop(page, { name: 'photo.jpg', bytes: Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 1, 2, 3) });
  await expect(page.getByText('photo.jpg: not recognised')).toBeVisible();
  await drop(page, {
    name: 'state.sql',
    bytes: new TextEncoder().encode('this is no database at all'),
  });
  await expect(page.getByRole('alert')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'state.sql' })).toBeVisible();
  await expectNoViolations(page);
});

test('nothing is lost at 360 pixels, and the keyboard reaches the content', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  for (const address of [
    './',
    './#/state',
    './#/post',
    './#/plan',
    './#/plan/gap',
    './identity.html#/identity',
  ]) {
    await page.goto(address);
    await expect(page.locator('h1').first()).toBeVisible();
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow, address).toBeLessThanOrEqual(0);
  }
  await page.goto('./#/plan');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to the content' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.locator('main')).toBeFocused();
});

test('scroll positions: a new page starts at its top, back, forward and reload return to where it was', async ({
  page,
}) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto('./#/plan/gap');
  await expect(page.getByRole('region', { name: 'Results' })).toBeVisible();
  const scrolled = () => page.evaluate(() => scrollY);
  const link = page.getByRole('link', { name: 'Scripting' });
  await link.scrollIntoViewIfNeeded();
  expect(await scrolled()).toBeGreaterThan(844);
  await link.click();
  await expect(page.getByRole('heading', { level: 1, name: 'Scripting' })).toBeInViewport();
  expect(await scrolled()).toBe(0);
  await page.evaluate(() => scrollTo(0, 300));
  expect(await scrolled()).toBe(300);
  await page.goBack();
  await expect.poll(scrolled).toBeGreaterThan(844);
  await page.goForward();
  await expect.poll(scrolled).toBe(300);
  // Written into the history a moment after the last scroll event.
  await expect.poll(() => page.evaluate(() => (history.state as { y?: number }).y)).toBe(300);
  await page.reload();
  await expect.poll(scrolled).toBe(300);
});

test('colours follow the choice, and the choice is remembered', async ({ page }) => {
  await page.goto('./');
  await page.getByRole('button', { name: /Colours/ }).click();
  await page.getByRole('button', { name: /Colours: light/ }).click();
  await expect(page.getByRole('button', { name: /Colours: dark/ })).toBeVisible();
  await expectNoViolations(page);
  await page.reload();
  await expect(page.getByRole('button', { name: /Colours: dark/ })).toBeVisible();
});

test('works from a plain host under a sub-path: isolated by its service worker, then offline', async ({
  browser,
}) => {
  expect(readdirSync('dist')).toContain('service-worker.js');
  const host = await plainHost('/tools/workbench');
  const context = await browser.newContext({ serviceWorkers: 'allow' });
  try {
    const page = await context.newPage();
    await page.goto(`${host.url}/tools/workbench/`);
    // The page loads itself again when its service worker is: waitForFunction lives through that, evaluate does not.
    await page.waitForFunction(() => globalThis.crossOriginIsolated, undefined, {
      timeout: 30_000,
    });
    await context.setOffline(true);
    await host.close();
    await page.reload();
    await page.getByRole('button', { name: 'Try the sample' }).click();
    await expect(page.getByRole('heading', { name: 'state.sql' })).toBeVisible({ timeout: 20_000 });
  } finally {
    await context.close();
    await host.close();
  }
});

test('nothing jumps while a page and its charts are loaded', async ({ page }) => {
  const observer = await page.addInitScript(() => {
    Object.assign(window, { shifted: 0 });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & { value: number })[])
        (window as unknown as { shifted: number }).shifted += entry.value;
    }).observe({ type: 'layout-shift', buffered: true });
  });
  for (const address of ['./', './#/post', './#/profile', './#/plan/gap', './#/network/split']) {
    await page.goto(address.replace('#', `?${Math.random()}#`));
    await expect(page.locator('h1').first()).toBeVisible();
    await page.waitForFunction(() =>
      [...document.querySelectorAll('figure [role=img]')].every((place) =>
        place.querySelector('.main-svg'),
      ),
    );
    // What browsers call good is below 0.1 (web.dev/cls).
    expect(
      await page.evaluate(() => (window as unknown as { shifted: number }).shifted),
      address,
    ).toBeLessThan(0.1);
  }
  await observer.dispose();
});

test('on a phone the current page and its current part are in sight', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto('./#/plan/calendar');
  for (const name of ['Plan', 'Calendar'])
    await expect(page.getByRole('link', { name, exact: true })).toBeInViewport({ ratio: 1 });
  await page.evaluate(() => (location.hash = '#/state'));
  await expect(page.getByRole('link', { name: 'State', exact: true })).toBeInViewport({ ratio: 1 });
});
