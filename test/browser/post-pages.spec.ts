import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, type Page } from '@playwright/test';
import { drop, expectNoViolations, watch } from './support/page';
import { directoryFiles, proofVector, type ProofVector } from './support/post';
import { test } from './support/shared-page';

test.beforeEach(async ({ page }) => {
  await watch(page);
  await page.goto('./');
});

async function fillParameters(page: Page, vector: ProofVector): Promise<void> {
  await page.getByLabel('Challenge').fill(vector.challenge);
  await page.getByLabel('K1 (').fill(String(vector.k1));
  await page.getByLabel('K2 (').fill(String(vector.k2));
  await page.getByLabel('k2pow difficulty').fill(vector.pow_difficulty);
}

test('the sample directory opens completely', async ({ page }) => {
  await page.goto('./#/post');
  await page.getByRole('button', { name: 'Try the sample directory' }).click();
  await expect(page.getByText('All data is there')).toBeVisible();
  await expect(
    page.getByText('0x31b356d7425a660120b9aafadba779a513c1726d9221c84614dcd320005e2c55'),
  ).toBeVisible();
  await expectNoViolations(page);
});

test('a missing file is named, with what the reference would make of it', async ({ page }) => {
  await drop(page, ...directoryFiles('n2-multi').filter((path) => !path.endsWith('_1.bin')));
  await expect(page.locator('li[data-code]').filter({ hasText: 'postdata_1.bin' })).toBeVisible();
  await expect(page.getByText('(shifted)').first()).toBeVisible();
});

test('proves with the vectors’ k2pow and nonce, byte for byte, and verifies it', async ({
  page,
}) => {
  const vector = proofVector('n2-single');
  await drop(page, ...directoryFiles('n2-single'));
  await page.getByRole('link', { name: 'Prove', exact: true }).click();
  await fillParameters(page, vector);
  await page.getByLabel('Nonces per pass').fill(String(vector.nonces_per_pass));
  await page.getByLabel('Threads').fill('1');
  await page.getByLabel('Provider').selectOption('CPU');
  await page.getByRole('button', { name: 'Prove', exact: true }).click();
  await expect(page.getByText(`Proof found with nonce ${vector.proof.nonce}`)).toBeVisible({
    timeout: 60_000,
  });
  const proof = JSON.parse(
    (await page.locator('pre[aria-label="the proof"]').textContent()) ?? '',
  ) as { nonce: number; indices: string; pow: number };
  expect(proof).toEqual({
    nonce: vector.proof.nonce,
    indices: vector.proof.indices,
    pow: Number(vector.proof.pow),
  });
  await expectNoViolations(page);

  await page.getByRole('button', { name: 'Verify it' }).click();
  await page.getByLabel('Scrypt N').fill(String(vector.scrypt.n));
  await page.getByRole('button', { name: 'Verify', exact: true }).click();
  await expect(page.getByText('The proof is valid')).toBeVisible({ timeout: 30_000 });
});

test('a changed proof is refused, naming the index and its file', async ({ page }) => {
  const vector = proofVector('n2-single');
  const indices = Buffer.from(vector.proof.indices, 'base64');
  indices.writeUInt8(indices.readUInt8(3) ^ 1, 3);
  await drop(page, ...directoryFiles('n2-single'));
  await page.getByRole('link', { name: 'Verify a proof' }).click();
  await fillParameters(page, vector);
  await page.getByLabel('Scrypt N').fill(String(vector.scrypt.n));
  await page
    .getByLabel('Its JSON')
    .fill(JSON.stringify({ ...vector.proof, indices: indices.toString('base64') }));
  await page.getByRole('button', { name: 'Verify', exact: true }).click();
  await expect(page.getByText('The proof is not valid')).toBeVisible({ timeout: 30_000 });
  await expect(page.getByText('postdata_0.bin').first()).toBeVisible();
  await expectNoViolations(page);
});

test('checks the data of a mainnet-hard directory and names the label that is wrong', async ({
  page,
}) => {
  const files = directoryFiles('n8192');
  await drop(page, ...files);
  await page.getByRole('link', { name: 'Check data' }).click();
  await page.getByLabel('Sample of each file').fill('20');
  await page.getByLabel('Provider').selectOption('CPU');
  await page.getByRole('button', { name: 'Check the data' }).click();
  await expect(page.getByText(/All [\d,]+ labels that were checked are right/)).toBeVisible({
    timeout: 60_000,
  });
  await expectNoViolations(page);

  const broken = files.map((path) => {
    const bytes = readFileSync(path);
    if (path.endsWith('postdata_1.bin')) bytes.writeUInt8(bytes.readUInt8(160) ^ 1, 160);
    return { name: basename(path), bytes };
  });
  await drop(page, ...broken);
  await page.getByRole('link', { name: 'Check data' }).click();
  await page.getByLabel('Sample of each file').fill('100');
  await page.getByLabel('Provider').selectOption('CPU');
  await page.getByRole('button', { name: 'Check the data' }).click();
  await expect(page.getByRole('row', { name: 'postdata_1.bin 160 1,034' })).toBeVisible({
    timeout: 60_000,
  });
});

test('tells labels of which none fits from damage, and takes another scrypt N', async ({
  page,
}) => {
  await drop(page, ...directoryFiles('n2-single'));
  await page.getByRole('link', { name: 'Check data' }).click();
  await page.getByLabel('Provider').selectOption('CPU');
  await page.getByRole('button', { name: 'Check the data' }).click();
  await expect(page.getByText('None of the labels fits')).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText('The data is damaged')).toHaveCount(0);
  await page.getByLabel('Scrypt N').fill('2');
  await page.getByRole('button', { name: 'Check the data' }).click();
  await expect(page.getByText('All 16,384 labels that were checked are right')).toBeVisible({
    timeout: 60_000,
  });
  await page.getByRole('button', { name: /Search the data/ }).click();
  await expect(page.getByText(`VRF nonce ${proofVector('n2-single').vrf_nonce}`)).toBeVisible();
});

test('states how far a k2pow is while it proves', async ({ page }) => {
  await drop(page, ...directoryFiles('n2-single'));
  await page.getByRole('link', { name: 'Prove', exact: true }).click();
  await page.getByLabel('Nonces per pass').fill('32');
  // Two units and two groups: on average every 2^24th hash would do.
  await page.getByLabel('k2pow difficulty').fill(`000001${'00'.repeat(29)}`);
  await expect(page.getByText('its k2pow first takes 67,108,864 hashes on average')).toBeVisible();
  await page.getByRole('button', { name: 'Prove', exact: true }).click();
  const bar = page.getByRole('group', { name: 'k2pow 1 of 2, pass 1' });
  await expect(bar.getByText(/of 67,108,864 hashes .* hashes\/s · about .* left/)).toBeVisible({
    timeout: 60_000,
  });
  await bar.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByText('Cancelled.')).toBeVisible();
});

test('finds the VRF nonce in the data', async ({ page }) => {
  await drop(page, ...directoryFiles('n8192'));
  await page.getByRole('link', { name: 'Check data' }).click();
  await page.getByRole('button', { name: /Search the data/ }).click();
  await expect(page.getByText(`VRF nonce ${proofVector('n8192').vrf_nonce}`)).toBeVisible();
});

test('the metadata editor forbids, explains and writes', async ({ page }) => {
  await drop(page, ...directoryFiles('n8192'));
  await page.getByRole('link', { name: 'Metadata' }).click();
  await page.getByLabel(/^MaxFileSize/).fill('32768');
  await expect(page.getByText('Do not use this file unless you are certain')).toBeVisible();
  const newFile = page.locator('pre[aria-label="the new metadata"]');
  const confirm = page.getByLabel(/^Type “MaxFileSize/);
  await confirm.fill('yes');
  await expect(newFile).toHaveCount(0);
  const words = /“(.*)”/.exec(
    (await page.locator('label', { hasText: 'Type “' }).textContent()) ?? '',
  );
  await confirm.fill(words?.[1] ?? '');
  await expect(newFile).toBeVisible();
  await page.getByRole('button', { name: 'Undo all changes' }).click();
  const checks = page.getByRole('region', { name: 'Nonce and NonceValue against the data' });
  await expect(checks.getByText('Pass')).toHaveCount(3);
  await page.getByLabel(/^Nonce always/).fill('7');
  await expect(checks).toContainText('NonceValue is left out');
  await expect(checks).toContainText('not below the VRF difficulty');
  await expect(newFile).toHaveCount(0);
  await page.getByLabel('Type “Nonce” to get the file anyway').fill('nonce');
  await expect(newFile).toContainText('"Nonce": 7');
  await expect(page.getByText('Do not use this file')).toHaveCount(0);
  await expectNoViolations(page);
});

test('initialises byte for byte what the reference wrote', async ({ page }) => {
  const [metadataText, data] = ['postdata_metadata.json', 'postdata_0.bin'].map((name) =>
    readFileSync(`public/sample/post/${name}`),
  );
  const metadata = JSON.parse(String(metadataText)) as { NodeId: string; CommitmentAtxId: string };
  await page.goto('./#/post/initialize');
  await page.getByLabel('Network').selectOption('standalone');
  await page.getByLabel('NodeId').fill(metadata.NodeId);
  await page.getByLabel('Commitment ATX').fill(metadata.CommitmentAtxId);
  await page.getByLabel(/^Size/).fill('1');
  await page.getByLabel('Max file size').fill('1024');
  await page.getByLabel('Provider').selectOption('CPU');
  await expectNoViolations(page);
  await page.getByRole('button', { name: 'Start in the browser’s own storage' }).click();
  await expect(page.getByText('1 SU are complete')).toBeVisible({ timeout: 30_000 });
  const written = await page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle('post-initialisation %2F');
    const read = async (name: string) => {
      const file = await (await folder.getFileHandle(name)).getFile();
      return Array.from(new Uint8Array(await file.arrayBuffer()));
    };
    return { text: await read('postdata_metadata.json'), data: await read('postdata_0.bin') };
  });
  expect(Buffer.from(written.data)).toEqual(data);
  expect(Buffer.from(written.text).toString()).toBe(String(metadataText));
});

test('commits to the highest ATX of the open state.sql', async ({ page }) => {
  await page.goto('./#/state');
  await page.getByRole('button', { name: /Try the sample/ }).click();
  await expect(page.getByRole('heading', { name: 'state.sql' })).toBeVisible();
  await page.goto('./#/post/initialize');
  await page.getByRole('button', { name: 'Commit to the highest ATX in state.sql' }).click();
  // sqlite3: … WHERE epoch = 14 AND validity <> 2 ORDER BY base_tick_height + tick_count DESC, id LIMIT 1
  await expect(page.getByLabel('Commitment ATX')).toHaveValue(
    '23ad9dd7e39ba66928b066083d32e1d5999d1f20e30ea02fe8f5b0c13b3fa5b7',
  );
  await page.getByLabel('NodeId').fill('11'.repeat(32));
  await page.getByLabel('LabelsPerUnit').fill('1024');
  await page.getByLabel('LabelsPerUnit').press('Tab');
  await expect(page).toHaveURL(/labelsPerUnit=1024/);
  await expect(page.getByText('4,096', { exact: true })).toBeVisible();
  await expectNoViolations(page);
});

test('bad input is refused before any work, at its field', async ({ page }) => {
  await page.goto('./#/post/initialize');
  await page.getByLabel('NodeId').fill('0x1234');
  await page.getByLabel('Commitment ATX').fill('00'.repeat(32));
  await expect(page.getByText('must be 32 bytes').first()).toBeVisible();
  await page.getByLabel('NodeId').fill('11'.repeat(32));
  await page.getByLabel(/^Size/).fill('0');
  await expect(page.getByText('must be a whole number from 1 on').first()).toBeVisible();
  await page.getByLabel(/^Size/).fill('4');
  await page.getByLabel('Max file size').fill('1000000');
  await expect(page.getByText(/power of two/).nth(1)).toBeVisible();
  await expect(page.getByRole('button', { name: /own storage/ })).toBeDisabled();
});

test('initialize: too few units, odd threads or no forecast, no start', async ({ page }) => {
  const start = page.getByRole('button', { name: /own storage/ });
  const ids = `nodeId=${'11'.repeat(32)}&commitmentAtxId=${'22'.repeat(32)}&backend=cpu`;
  await page.goto(`./#/post/initialize?${ids}&numUnits=3`);
  await expect(page.getByText('3 SU are below the minimum of mainnet')).toBeVisible();
  await expect(start).toBeDisabled();
  await page.getByLabel(/^Size/).fill('4');
  await expect(page.getByText('Measure this machine first')).toBeVisible();
  await expect(page.getByText(/own storage can hold/)).toBeVisible();
  await expect(start).toBeDisabled();
  await page.getByLabel('CPU threads').fill('many');
  await expect(page.getByText('“many” is not valid for CPU threads').first()).toBeVisible();
  await page.getByLabel('CPU threads').fill('1');
  await page.getByLabel(/^Size/).fill('16777216');
  await expect(page.getByText('This is 1 EiB of data')).toBeVisible();
  await expect(page.getByRole('checkbox', { name: 'Start with these values' })).toBeVisible();
  await expectNoViolations(page);
});
