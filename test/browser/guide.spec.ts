import { expect, test } from '@playwright/test';
import { guideTopics } from '../../src/protocol/guide';
import { projectHostsBelow } from '../support/project-hosts';
import { expectNoViolations, expectQuiet, watch } from './support/page';

test('the built app: no host of the Spacemesh project in any file', () => {
  expect(projectHostsBelow('dist')).toEqual([]);
});

test('guide: from the foot of a page to its topic, searched, on a narrow dark screen', async ({
  page,
}) => {
  await watch(page);
  await page.setViewportSize({ width: 360, height: 720 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.goto('./#/plan');
  await page.getByRole('link', { name: 'Guide: PoET rounds and the cycle gap' }).click();
  await expect(page.getByRole('heading', { name: 'PoET rounds and the cycle gap' })).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  await expectNoViolations(page);
  await page.getByLabel('Search').fill('backup snapshot');
  await expect(page.getByRole('heading', { level: 2 })).toHaveText(['Backing up the state']);
  await page.getByLabel('Search').fill('xyzzy');
  await expect(page.getByText('No topic contains “xyzzy”')).toBeVisible();
});

test('guide: the view of every topic, a page that exists', async ({ page }) => {
  await watch(page);
  for (const { view } of guideTopics) {
    await page.goto(`./${view.document}#/${view.route}`);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expect(page.getByText('There is no such page')).toBeHidden();
  }
  expectQuiet(page);
});
