/** The Audit page: the sample holds in every view, and a copy that was tampered with does not. About 25 s. */
import { readFileSync } from 'node:fs';
import { expect, type Page } from '@playwright/test';
import { askUntouched, sqlite3, withPrivateCopy } from '../support/native-sqlite';
import { drop, expectNoViolations, expectQuiet, watch, type TestFile } from './support/page';
import { test } from './support/shared-page';

const sample = 'public/sample/state.sql';
const smesherA = '31b356d7425a660120b9aafadba779a513c1726d9221c84614dcd320005e2c55';
const smesherC = '68c46990cdfc22c6ca3d9160a5cb079c4da86c203fc386fa6a865470391f120e';
const malicious = 'd7e9c5ee5496712b0a8b1a74c890aa62dc11f03da6603e96d7ed7f9e96e6e7ee';
/** A merged ATX: three PoSTs of married identities. */
const merged = '23ad9dd7e39ba66928b066083d32e1d5999d1f20e30ea02fe8f5b0c13b3fa5b7';

/** RandomX starts in every test, which takes long on a busy machine. */
const slow = { timeout: 60_000 };

/** The sample, changed by SQL. */
const tampered = (sql: string): TestFile => ({
  name: 'state.sql',
  bytes: withPrivateCopy(sample, (copy) => {
    sqlite3(copy, sql);
    return readFileSync(copy);
  }),
});

const atxOf = (smesher: string, epoch: number): string =>
  askUntouched(
    sample,
    `SELECT lower(hex(id)) FROM atxs WHERE pubkey = x'${smesher}' AND epoch = ${epoch}`,
  ).trim();

/** The value beside a name in a list of figures. */
const figure = (page: Page, name: string) =>
  page.locator('.stat').filter({ has: page.getByText(name, { exact: true }) });

test.beforeEach(async ({ page }) => {
  test.slow();
  await watch(page);
});
test.afterEach(({ page }) => expectQuiet(page));

test('opens the sample, and audits an ATX of it: its checks, and its tree by keyboard', async ({
  page,
}) => {
  await page.goto('./#/audit');
  await expect(
    page.getByRole('heading', { name: 'Are the proofs and rewards valid?' }),
  ).toBeVisible();
  await expectNoViolations(page);
  await page.getByRole('button', { name: 'Try the sample' }).click();
  await expect(page.getByText('Network: standalone: 64 labels per unit')).toBeVisible();
  const newest = page.getByRole('grid', { name: 'Newest ATXs' });
  await newest.getByRole('link', { name: new RegExp(`^${merged.slice(0, 12)}`) }).click();

  await expect(page.getByText('This ATX: pass', { exact: true })).toBeVisible(slow);
  const checks = page.getByRole('list', { name: 'Checks' });
  await expect(checks.locator('[data-check="post-indices"][data-outcome="pass"]')).toHaveCount(3);
  await expect(checks.locator('[data-outcome="fail"]')).toHaveCount(0);
  await expect(checks).toContainText('every label is good');

  const tree = page.getByRole('tree', { name: 'Fields of the ATX' });
  await expect(tree).toContainText(merged);
  await expect(tree).toContainText('ActivationTxV2.PositioningATX');
  const niposts = tree.getByRole('treeitem', { name: /^NiPoSTs/ });
  await tree.getByRole('treeitem').first().focus();
  await page.keyboard.press('End');
  await page.keyboard.press('Home');
  await expect(tree.getByRole('treeitem').first()).toBeFocused();
  // After id, epoch, positioning ATX, coinbase, initial parts and previous ATXs.
  for (let i = 0; i < 6; i++) await page.keyboard.press('ArrowDown');
  await expect(niposts).toBeFocused();
  await page.keyboard.press('ArrowRight');
  await expect(niposts).toHaveAttribute('aria-expanded', 'true');
  await page.keyboard.press('ArrowLeft');
  await expect(niposts).toHaveAttribute('aria-expanded', 'false');
  await page.getByRole('button', { name: 'Open all' }).click();
  await expect(tree).toContainText('indices');
  await expectNoViolations(page);

  await page.getByRole('link', { name: 'Its columns and bytes in State' }).click();
  await expect(page.getByRole('region', { name: 'Bytes of the ATX' })).toBeVisible();
  await page.getByRole('link', { name: 'Audit this ATX' }).click();
  await expect(page.getByRole('textbox', { name: 'ATX id' })).toHaveValue(merged);
});

test('audits an epoch by sample: the tally, its confidence, and what is saved', async ({
  page,
}) => {
  await page.goto('./#/audit/epoch?epoch=all&sample=12&mode=none&draw=2');
  await drop(page, sample);
  await expect(page.getByText(/with 99 % confidence at most .* of the \d+ fail/)).toBeVisible();
  await page.getByRole('button', { name: 'Audit 12 ATXs' }).click();
  const tally = page.getByRole('region', { name: 'Tally' });
  await expect(figure(page, 'Audited')).toContainText('12 of 12', slow);
  await expect(figure(page, 'Audited')).toContainText('drawn from');
  await expect(figure(page, 'Fail')).toContainText('0');
  await expect(figure(page, 'Pass')).toContainText('12');
  await expect(tally).toContainText('12 ATXs: pass; 4 checks not asked for');
  await expect(tally).toContainText('VRF nonce (12)');

  await page.getByLabel('Publish epoch').selectOption('6');
  await page.getByLabel('Recompute').selectOption('k3');
  await page.getByRole('button', { name: 'Audit 6 ATXs' }).click();
  await expect(tally).toContainText('All 6 ATXs were audited: none fails.', slow);
  await expect(figure(page, 'Pass')).toContainText('6');
  await expect(figure(page, 'Fail or inconclusive')).toContainText('0 %');
  const table = page.getByRole('grid', { name: 'Audited ATXs' });
  await expect(table).toHaveAttribute('aria-rowcount', '7');
  await expect(table).toContainText('pass');
  await expectNoViolations(page);

  const [json] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Save all checks as JSON' }).click(),
  ]);
  const saved = JSON.parse(readFileSync(await json.path(), 'utf8')) as {
    readonly asked: object;
    readonly tally: object;
    readonly reports: readonly { readonly id: string; readonly checks: readonly object[] }[];
  };
  expect(saved.asked).toMatchObject({ epoch: '6', draw: '2' });
  expect(saved.tally).toMatchObject({ outcome: 'pass', population: 6, passed: 6, failed: 0 });
  expect(saved.reports.map(({ id }) => id)).toContain(atxOf(smesherA, 6));
  expect(saved.reports[0]?.checks.length).toBeGreaterThan(15);
  const [csv] = await Promise.all([
    page.waitForEvent('download'),
    tally.getByRole('button', { name: 'CSV' }).click(),
  ]);
  const lines = readFileSync(await csv.path(), 'utf8')
    .trim()
    .split('\n');
  expect(lines).toHaveLength(7);
  expect(lines[1]).toContain('pass');
});

test('audits a smesher, and checks the proof of malfeasance', async ({ page }) => {
  await page.goto(`./#/audit/smesher?id=${smesherC}&mode=none`);
  await drop(page, sample);
  const count = askUntouched(
    sample,
    `SELECT count(*) FROM posts WHERE pubkey = x'${smesherC}'`,
  ).trim();
  await expect(figure(page, 'Audited')).toContainText(`${count} of ${count}`, slow);
  await expect(figure(page, 'Fail')).toContainText('0');
  await expect(page.getByRole('link', { name: 'Its slots and rewards' })).toBeVisible();

  await page.getByRole('link', { name: 'Malfeasance' }).click();
  await expect(page.getByText('The proof is valid: this identity is malicious.')).toBeVisible();
  await expect(page.getByRole('link', { name: malicious }).first()).toBeVisible();
  await expect(page.getByText('It signed two ballots in layer 93.')).toBeVisible();
  await expect(page.locator('[data-check="contradiction"][data-outcome="pass"]')).toBeVisible();
  await expect(page.getByRole('tree', { name: 'Fields of the proof' })).toContainText(
    'two ballots',
  );
  await page.setViewportSize({ width: 360, height: 740 });
  await expectNoViolations(page);
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(overflow).toBeLessThanOrEqual(0);
});

test('rewards add up layer by layer; a smesher’s missed slots are named', async ({ page }) => {
  await page.goto('./#/audit/rewards');
  await drop(page, sample);
  await page.getByRole('button', { name: 'Audit 126 layers' }).click();
  await expect(page.getByText('Rewards: pass', { exact: true })).toBeVisible(slow);
  await expect(page.getByText('604 rewards in 126 layers add up to the smidge.')).toBeVisible();
  const [total = ''] = askUntouched(sample, 'SELECT sum(total_reward) FROM rewards').split('\n');
  const grouped = `${BigInt(total).toLocaleString('en')} smidge`;
  await expect(figure(page, 'In the table')).toContainText(grouped);
  await expect(figure(page, 'Due by the blocks')).toContainText(grouped);
  await expect(figure(page, 'Layers')).toContainText('125 with a block, 1 empty');
  await expect(
    page.getByRole('figure', { name: 'Paid and due' }).locator('.bars .point').last(),
  ).toBeVisible();
  await expect(page.getByRole('grid', { name: 'Layers' })).toHaveAttribute('aria-rowcount', '127');

  await page.getByRole('textbox', { name: 'Smesher id' }).fill(smesherA);
  await page.getByRole('button', { name: 'Show slots' }).click();
  await expect(figure(page, 'Slots missed')).toContainText(
    '11 with a ballot that was not paid, 0 without a ballot',
    slow,
  );
  await expect(figure(page, 'Earned')).toContainText('7,801,351,090,753 smidge');
  await expect(figure(page, 'Slots verified')).toContainText('every ballot’s VRF proofs are valid');
  await expect(page.getByText('Slots of this smesher: pass', { exact: true })).toBeVisible();
  await page.getByLabel('Only missed slots').check();
  const ballots = page.getByRole('grid', { name: 'Ballots' });
  await expect(ballots).toHaveAttribute('aria-rowcount', '3');
  await expect(ballots).toContainText('layer without block');
  await expect(ballots).toContainText('verified');
  await expect(ballots).toContainText('not in the block');
  await expectNoViolations(page);
  await ballots.getByRole('row').nth(1).getByRole('link').nth(1).click();
  await expect(page.getByText('This ballot of layer 20: pass')).toBeVisible();
  await expect(page.getByRole('tree', { name: 'Fields of the ballot' })).toContainText(
    'InnerBallot.Layer',
  );
});

test('ballots of some layers: verified, they pass', async ({ page }) => {
  await page.goto('./#/audit/rewards?from=90&to=92');
  await drop(page, sample);
  await page.getByRole('button', { name: 'Verify ballots of 3 layers' }).click();
  await expect(page.getByText(/^(\d+) ballots of \1 pass$/)).toBeVisible(slow);
  await expectNoViolations(page);
});

test('ballots of some layers: with a changed proof and without active sets, each check is named', async ({
  page,
}) => {
  const changed = `SELECT id FROM ballots WHERE layer = 91 ORDER BY id LIMIT 1`;
  await page.goto('./#/audit/rewards?from=90&to=92');
  await drop(
    page,
    tampered(`
      UPDATE ballots SET ballot = CAST(substr(ballot, 1, length(ballot) - 2) || x'00' || substr(ballot, -1) AS BLOB)
        WHERE id = (${changed});
      DELETE FROM activesets;`),
  );
  await page.getByRole('button', { name: 'Verify ballots of 3 layers' }).click();
  await expect(page.getByText(/1 fail; 2 checks not possible for all/)).toBeVisible(slow);
  await expect(page.getByText('VRF proofs of the slots: fails in 1')).toBeVisible();
  const table = page.getByRole('grid', { name: 'Ballots that do not pass completely' });
  await expect(table).toContainText('Not possible: Active set, Number of slots.');
  await expectNoViolations(page);
});

test('a copy that was tampered with: every change is named', async ({ page }) => {
  const id = (epoch: number): string => atxOf(smesherA, epoch);
  const blob = (epoch: number, change: string): string =>
    `UPDATE atx_blobs SET atx = CAST(${change} AS BLOB) WHERE id = x'${id(epoch)}'`;
  await page.goto('./#/audit/smesher?mode=none');
  await drop(
    page,
    tampered(`
      UPDATE atxs SET weight = weight + 1 WHERE id = x'${id(7)}';
      UPDATE atxs SET coinbase = x'${'00'.repeat(23)}01' WHERE id = x'${id(8)}';
      ${blob(9, "substr(atx, 1, length(atx) - 1) || x'00'")};
      ${blob(10, 'substr(atx, 1, length(atx) - 9)')};
      UPDATE rewards SET total_reward = total_reward + 7 WHERE pubkey = x'${smesherA}' AND layer = 60;`),
  );
  await page.getByRole('textbox', { name: 'Smesher id' }).fill(smesherA);
  await page.getByRole('button', { name: 'Audit', exact: true }).click();
  await expect(figure(page, 'Fail')).toContainText(/[4-9]/, slow);
  const alert = page.getByRole('alert');
  for (const named of [
    'Weight: 1',
    'Coinbase in the table: 1',
    'Signature: 1',
    'Bytes can be read: 1',
  ])
    await expect(alert).toContainText(named);
  const table = page.getByRole('grid', { name: 'Audited ATXs' });
  await expect(table).toContainText('Weight');
  await expectNoViolations(page);

  await page.getByRole('link', { name: 'ATX', exact: true }).click();
  await page.getByRole('textbox', { name: 'ATX id' }).fill(id(9));
  await page.getByRole('button', { name: 'Audit', exact: true }).click();
  await expect(page.getByText(/^This ATX: fail/)).toBeVisible(slow);
  await expect(page.locator('[data-check="signature"]')).toHaveAttribute('data-outcome', 'fail');

  await page.getByRole('link', { name: 'Rewards', exact: true }).click();
  await page.getByLabel('From layer').fill('50');
  await page.getByLabel('To layer').fill('65');
  await page.getByLabel('Also check the weights').uncheck();
  await page.getByRole('button', { name: 'Audit 16 layers' }).click();
  await expect(
    page.getByText('Rewards: fail; 1 check not asked for: weights in the blocks', { exact: true }),
  ).toBeVisible(slow);
  await expect(page.getByText(/^1 difference in /)).toBeVisible();
  const differences = page.getByRole('grid', { name: 'Differences' });
  await expect(differences).toContainText('amount of the reward');
  await expect(differences).toContainText(smesherA.slice(0, 12));
  await page.getByLabel('Only layers with differences').check();
  const layers = page.getByRole('grid', { name: 'Layers' });
  await expect(layers).toHaveAttribute('aria-rowcount', '2');
  await expect(layers.getByRole('row').nth(1)).toContainText('60');
});

test('takes the network from a node’s config, and states which field cannot be read', async ({
  page,
}) => {
  await page.goto('./#/audit?net=config');
  await drop(page, sample, 'test/data/node/config/A.json');
  await expect(page.getByText('Network: as in A.json: 64 labels per unit')).toBeVisible();
  await page.getByText('Network: as in A.json').click();
  await expect(page.getByLabel('Genesis id')).toHaveValue(
    'e0d85b30c51b60bea1fd776ac203a10b80f08f12',
  );
  await page.getByLabel('K1', { exact: true }).fill('many');
  await expect(page.getByText('K1: a whole number is needed here.')).toBeVisible();
  await page.getByLabel('Rules').selectOption('mainnet');
  await expect(page.getByLabel('K1', { exact: true })).toHaveValue('26');
  await expectNoViolations(page);
});
