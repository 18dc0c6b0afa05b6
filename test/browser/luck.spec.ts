/** “Unlucky or broken?” on the State page: what the sample holds about a smesher, counted again by sqlite3. */
import { expect, type Page } from '@playwright/test';
import { askUntouched } from '../support/native-sqlite';
import { expectNoViolations, watch } from './support/page';
import { test } from './support/shared-page';

const sample = 'public/sample/state.sql';
const layersPerEpoch = 10;
const honest = '31b356d7425a660120b9aafadba779a513c1726d9221c84614dcd320005e2c55';

test.beforeEach(async ({ page }) => {
  await watch(page);
});

/** Layers that paid a smesher and the smidge in them, in the epochs that are over. */
function paidOf(smesher: string): { readonly layers: string; readonly smidge: string } {
  const last = Number(askUntouched(sample, 'SELECT max(id) FROM layers WHERE processed = 1'));
  const end = Math.floor((last + 1) / layersPerEpoch) * layersPerEpoch;
  const [layers = '', smidge = ''] = askUntouched(
    sample,
    `SELECT count(DISTINCT layer), coalesce(sum(total_reward), 0) FROM rewards WHERE hex(pubkey) = '${smesher.toUpperCase()}' AND layer < ${end}`,
  ).split('|');
  return { layers, smidge };
}

async function compare(page: Page, smesher: string): Promise<void> {
  await page.goto('./');
  await page.getByRole('button', { name: 'Try the sample' }).click();
  await expect(page.getByRole('heading', { name: 'state.sql' })).toBeVisible();
  await page.goto(`./#/state/smesher?id=${smesher}`);
  await page.getByRole('button', { name: 'Compare' }).click();
}

const card = (page: Page) => page.getByRole('region', { name: 'Unlucky or broken?' });
const figure = (page: Page, label: string | RegExp) =>
  card(page).locator('.stat', { hasText: label }).locator('dd').first();

test('luck: an honest smesher of the sample, its layers and no sign of a fault', async ({
  page,
}) => {
  const { layers, smidge } = paidOf(honest);
  expect(Number(layers)).toBeGreaterThan(100);
  await compare(page, honest);
  await expect(card(page).getByText('No sign of a fault')).toBeVisible();
  await expect(figure(page, 'Layers paid')).toHaveText(layers);
  const due = Number(await figure(page, 'Slots due').textContent());
  expect(due).toBeGreaterThanOrEqual(Number(layers));
  // 9 digits after the point are smidge.
  const paid = Number((await figure(page, /^\s*Paid/).textContent())?.replaceAll(/[^\d.]/g, ''));
  expect(paid).toBeCloseTo(Number(smidge) / 1e9, 0);
  await expectNoViolations(page);
});

test('luck: a smesher that was proved malicious, broken by its own figures', async ({ page }) => {
  const [malicious = ''] = askUntouched(
    sample,
    "SELECT lower(hex(pubkey)) FROM rewards WHERE hex(pubkey) LIKE 'D7E9C5EE%' LIMIT 1",
  ).split('\n');
  const { layers } = paidOf(malicious.trim());
  await compare(page, malicious.trim());
  await expect(card(page).getByText('Broken: chance does not explain this')).toBeVisible();
  await expect(figure(page, 'Layers paid')).toHaveText(layers);
  const due = Number(await figure(page, 'Slots due').textContent());
  expect(due).toBeGreaterThan(Number(layers));
  await expect(card(page)).toContainText('Audit its slots to see which were lost.');
});
