/** The Network page: scenarios side by side, the arithmetic of splitting, the advice, the assumptions. */
import { expect, type Page } from '@playwright/test';
import { drop, expectNoViolations, expectQuiet, watch } from './support/page';
import { test } from './support/shared-page';

const sample = 'public/sample/state.sql';

test.beforeEach(async ({ page }) => {
  await watch(page);
});
test.afterEach(({ page }) => expectQuiet(page));

const table = (page: Page) => page.getByRole('region', { name: 'Scenarios side by side' });
/** The cells of a row of the table of results, by the row's name. */
const cells = (page: Page, name: string): Promise<string[]> =>
  table(page)
    .getByRole('row')
    .filter({ has: page.getByRole('rowheader', { name, exact: true }) })
    .getByRole('cell')
    .allInnerTexts();
const numbers = async (page: Page, name: string): Promise<number[]> =>
  (await cells(page, name)).map((text) => parseFloat(text.replaceAll(',', '')));

test('runs measures side by side with doing nothing; the same seed gives the same run', async ({
  page,
}) => {
  await page.goto('./#/network?n=20&pf=8&alone=1');
  await expectNoViolations(page);
  await page.getByRole('button', { name: 'Run 4 scenarios' }).click();
  await expect(page.getByRole('heading', { name: 'Epoch 79, simulated' })).toBeVisible({
    timeout: 60_000,
  });
  await expect(table(page).getByRole('columnheader')).toHaveText([
    'Last epoch',
    'Do nothing',
    'ATX Merge',
    'New PoST',
    'ATX Merge + New PoST',
  ]);
  const [nothing = 0, merged = 0, , both = 0] = await numbers(
    page,
    'Ballots and proposals per layer',
  );
  expect(merged).toBeLessThan(nothing / 2);
  expect(both).toBeLessThan(nothing / 2);
  // Merging alone leaves the proofs, the new PoST is what reduces them.
  const [proofs = 0, mergedProofs = 0, , proofsOfBoth = 0] = await numbers(page, 'PoST proofs');
  expect(mergedProofs).toBeGreaterThan(proofs * 0.8);
  expect(proofsOfBoth).toBeLessThan(proofs / 2);
  expect((await cells(page, 'Limits exceeded'))[0]).toContain('Growth of state.sql');
  expect((await cells(page, 'Pays best, industrial'))[0]).toContain('split, 4 SU each');
  expect((await cells(page, 'Pays best, industrial'))[2]).toContain('one identity');
  await expect(page.getByText('estimate').first()).toBeVisible();
  await expectNoViolations(page);

  const before = await table(page).innerText();
  await page.getByRole('button', { name: 'Run 4 scenarios' }).click();
  await expect(page.getByRole('group', { name: 'Simulating' })).toBeVisible();
  await expect(page.getByRole('group', { name: 'Simulating' })).toBeHidden({ timeout: 60_000 });
  expect(await table(page).innerText()).toBe(before);
  await page.getByLabel('Seed').fill('2');
  await expect(page.getByText('These results belong to other inputs')).toBeVisible();
  // The results stay while another part of the page is looked at.
  await page.getByRole('link', { name: 'Why split?' }).click();
  await page.getByRole('link', { name: 'Scenarios', exact: true }).click();
  expect(await table(page).innerText()).toBe(before);
  await expect(page.getByLabel('Seed')).toHaveValue('2');
});

test('cancels a run', async ({ page }) => {
  await page.goto('./#/network?n=5000&a=home.leaving:0.005');
  await page.getByRole('button', { name: 'Run 2 scenarios' }).click();
  const job = page.getByRole('group', { name: 'Simulating' });
  await expect(job).toContainText('epochs');
  await job.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByText('The run was cancelled.')).toBeVisible();
  await page.getByLabel('Epochs', { exact: true }).fill('2');
  await page.getByRole('button', { name: 'Run 2 scenarios' }).click();
  await expect(page.getByRole('heading', { name: 'Epoch 61, simulated' })).toBeVisible();
});

test('comes back from its address as it was', async ({ page }) => {
  await page.goto('./#/network');
  await page.getByRole('radio', { name: 'As it was expected' }).check();
  await page.getByRole('button', { name: 'Emergency: at least 64 SU' }).click();
  await page.getByLabel('Smallest ATX that counts').fill('128');
  await page.getByLabel('Seed').fill('7');
  await expect(page).toHaveURL(/seed=7/);
  const url = page.url();
  await page.goto('about:blank');
  await page.goto(url);
  await expect(page.getByRole('radio', { name: 'As it was expected' })).toBeChecked();
  await expect(page.getByRole('checkbox', { name: 'Emergency: higher minimum' })).toBeChecked();
  await expect(page.getByRole('checkbox', { name: 'ATX Merge' })).not.toBeChecked();
  await expect(page.getByLabel('Smallest ATX that counts')).toHaveValue('128');
  await expect(page.getByLabel('Seed')).toHaveValue('7');
});

test('starts from the network of the open state.sql', async ({ page }) => {
  await page.goto('./#/network?start=yours');
  await expect(page.getByText('No state.sql is open')).toBeVisible();
  await page.goto('./#/state');
  await drop(page, sample);
  await expect(page.getByRole('heading', { name: 'state.sql' })).toBeVisible();
  await page
    .getByRole('navigation', { name: 'Pages' })
    .getByRole('link', { name: 'Network' })
    .click();
  await page.getByRole('radio', { name: 'Your network, today' }).check();
  await page.getByRole('button', { name: 'Read the network from state.sql' }).click();
  await expect(page.getByText('state.sql, ATXs published in epoch 14')).toBeVisible();
  await expect(
    page.locator('.stat', { hasText: 'Known to be malicious' }).locator('dd').first(),
  ).toHaveText('1');
  await expect(page.getByText('3 of them in merged ATXs')).toBeVisible();
  await expect(page.getByText(/^3 identities, stest1/)).toBeVisible();
  await expect(page.getByLabel('First epoch')).toHaveValue('15');
  await page.getByLabel('Epochs', { exact: true }).fill('3');
  await page.getByRole('button', { name: 'Run 2 scenarios' }).click();
  await expect(page.getByRole('heading', { name: 'Epoch 17, simulated' })).toBeVisible();
  expect((await numbers(page, 'Identities'))[0]).toBe(5);
  // The three that are merged stay so, whatever is done.
  expect((await numbers(page, 'ATXs, merged'))[0]).toBe(1);
  await expectNoViolations(page);

  await page.getByRole('link', { name: 'Should I merge, split or wait?' }).click();
  await page.getByLabel('A coinbase of state.sql').selectOption({ index: 1 });
  await expect(page.getByLabel('Your identities')).toHaveValue('2, 2 × 1');
  // The sample's network allows identities of 1 SU, mainnet does not.
  await expect(page.getByText('An identity of 2 SU is below the network')).toBeVisible();
  await page.goto(`${page.url()}&a=minUnits:1`);
  await expect(page.getByText('For 3 identities: wait')).toBeVisible();
  await expect(page.getByText(/^Merging brings you nothing/)).toBeVisible();
});

test('shows the arithmetic of splitting under both rules', async ({ page }) => {
  await page.goto('./#/network/split');
  const today = page.getByRole('region', { name: 'Today’s rules: every way' });
  const after = page.getByRole('region', { name: 'New PoST: every way' });
  await expect(today.getByRole('row').filter({ hasText: 'earns most' })).toContainText(
    '810 of 4 SU',
  );
  await expect(after.getByRole('row').filter({ hasText: 'earns most' })).toContainText(
    'one identity of',
  );
  await expectNoViolations(page);
  await page.getByLabel('Whose machines').selectOption('Home');
  await page.getByLabel('Storage of the smesher').fill('80');
  await expect(today.getByRole('row').nth(1)).toContainText('one identity of 80 SU');
  await expect(page).toHaveURL(/class=home/);
});

test('advises on own identities', async ({ page }) => {
  await page.goto('./#/network/advice?own=600%20%C3%97%204');
  await expect(page.getByText('For 600 identities: merge')).toBeVisible();
  const ways = page.getByRole('region', { name: 'The three ways side by side' });
  await expect(ways.getByRole('row', { name: /^ATXs per epoch/ })).toContainText('600');
  await expect(
    ways
      .getByRole('row', { name: /^ATXs per epoch/ })
      .getByRole('cell')
      .nth(1),
  ).toHaveText('3');
  await expect(ways).toContainText('it cannot be undone');
  await expectNoViolations(page);
  await page.getByLabel('Your identities').fill('many');
  await expect(page.getByRole('alert')).toContainText('“many” is not an identity size');
});

test('changes an assumption, with its source, in the address', async ({ page }) => {
  await page.goto('./#/network/assumptions');
  await expect(page.getByText('go-spacemesh config/mainnet.go, LayerAvgSize')).toBeVisible();
  const price = page.getByRole('textbox', { name: 'Price of 1 SMH' });
  await price.fill('0.25');
  await price.press('Tab');
  await expect(page).toHaveURL(/a=smhUsd%3A0\.25/);
  await expectNoViolations(page);
  await page.getByLabel(/^Cycle gap/).fill('-1');
  await page.getByLabel(/^Cycle gap/).press('Tab');
  await expect(page.getByRole('alert')).toContainText('not a number of 0 or more');
  await page.reload();
  await expect(price).toHaveValue('0.25');
  await page.getByRole('link', { name: 'Why split?' }).click();
  await expect(page.getByText('at $0.25 and over')).toBeVisible();
  await page.getByRole('link', { name: 'Assumptions', exact: true }).click();
  await page.getByRole('button', { name: 'Reset all' }).click();
  await expect(price).toHaveValue('0.5');
});
