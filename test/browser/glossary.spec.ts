import { expect } from '@playwright/test';
import { expectNoViolations, watch } from './support/page';
import { test } from './support/shared-page';

test.beforeEach(async ({ page }) => {
  await watch(page);
});

test('glossary: a term at its first use, its definition by keyboard and by pointer', async ({
  page,
}) => {
  for (const [address, id, term] of [
    ['./#/plan', 'cycle-gap', 'Cycle gap'],
    ['./#/post/initialize', 'commitment', 'Commitment'],
    ['./#/network/advice', 'equivocation', 'Equivocation'],
    ['./identity.html#/identity', 'smesher', 'Smesher'],
  ] as const) {
    await page.goto(address);
    const button = page.locator(`main [data-terms~="${id}"]`);
    await expect(button).toHaveCount(1);
    await button.focus();
    await page.keyboard.press('Enter');
    const definition = page.getByRole('dialog', { name: term });
    await expect(definition).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(definition).toBeHidden();
    await expect(button).toBeFocused();
    await button.click();
    await expect(definition).toBeVisible();
    await definition.getByRole('button', { name: 'Close' }).click();
    await expect(definition).toBeHidden();
  }
});

test('glossary: an open definition on a narrow screen, inside it and accessible', async ({
  page,
}) => {
  await page.setViewportSize({ width: 360, height: 720 });
  await page.goto('./#/plan/nonces');
  await page.getByRole('button', { name: 'What is “Nonce”?' }).click();
  const definition = page.getByRole('dialog', { name: 'Nonce' });
  await expect(definition).toContainText('nothing to do with the VRF nonce');
  const box = await definition.boundingBox();
  expect(box?.x).toBeGreaterThanOrEqual(0);
  expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(360);
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
