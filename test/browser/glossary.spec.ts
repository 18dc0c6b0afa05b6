import { expect, test } from '@playwright/test';
import { expectNoViolations, watch } from './support/page';

test.beforeEach(async ({ page }) => {
  await watch(page);
});

test('glossary: a term of a page, its definition by keyboard and by pointer', async ({ page }) => {
  for (const [address, term] of [
    ['./#/plan', 'Cycle gap'],
    ['./#/post', 'VRF nonce'],
    ['./#/network', 'Equivocation'],
    ['./identity.html#/identity', 'Smesher'],
  ] as const) {
    await page.goto(address);
    const button = page.getByRole('button', { name: `What is “${term}”?` });
    await button.focus();
    await page.keyboard.press('Enter');
    const definition = page.getByRole('dialog', { name: term });
    await expect(definition).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(definition).toBeHidden();
    await button.click();
    await expect(definition).toBeVisible();
    await definition.getByRole('button', { name: 'Close' }).click();
    await expect(definition).toBeHidden();
  }
  await page.goto('./#/plan');
  await page.getByRole('button', { name: 'What is “Nonce”?' }).click();
  await expect(page.getByRole('dialog', { name: 'Nonce' })).toContainText(
    'nothing to do with the VRF nonce',
  );
  await expectNoViolations(page);
});

test('glossary: the page, searched and shared by its address', async ({ page }) => {
  await page.goto('./#/');
  await page.getByRole('link', { name: 'Glossary' }).click();
  await expect(page.getByRole('heading', { name: 'Glossary' })).toBeVisible();
  await page.getByLabel('Search').fill('miner');
  await expect(page.locator('dt')).toHaveText(['Smesher']);
  await expect(page).toHaveURL(/q=miner/);
  await page.getByLabel('Search').fill('xyzzy');
  await expect(page.getByText('No term contains “xyzzy”')).toBeVisible();
  await expectNoViolations(page);
});
