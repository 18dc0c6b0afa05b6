/**
 * What keeps the page from answering: tasks of its main thread over 50 ms, on load and during jobs, and how much its layout
 * moves by itself.
 *   node test/bench/page.mjs [--rounds 3] [--only text] [--causes]
 * Each step runs in a window of its own; of the rounds the best one counts. Tasks are given by processor time, which other work
 * on the machine does not lengthen, with wall time beside. --causes lists what the longest task consisted of.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/environment.mjs';
import { measureSteps } from './main-thread.mjs';

const vectors = join(root, 'test/data/post');
const proof = JSON.parse(readFileSync(join(vectors, 'proof.json'), 'utf8')).dirs.find(
  ({ name }) => name === 'n2-large',
);
const heading = (page, name) => page.getByRole('heading', { name }).first().waitFor();
const openSample = async (page) => {
  await page.goto('./');
  await page.getByRole('button', { name: 'Try the sample' }).click();
  await heading(page, 'state.sql');
};
const openFiles = async (page, ...files) => {
  await page.goto('./');
  await page.getByLabel('Files to open').setInputFiles(files);
};

await measureSteps({
  ...Object.fromEntries(
    [
      '',
      '#/state',
      '#/post',
      '#/post/initialize',
      '#/profile',
      '#/plan',
      '#/plan/gap',
      '#/plan/rewards',
      '#/network',
      'identity.html',
      'node.html',
    ].map((address) => [
      `load ${address || 'the start page'}`,
      {
        run: async (page) => {
          await page.goto(`./${address}`);
          await page.locator('h1').first().waitFor();
        },
      },
    ]),
  ),
  'open the sample database': { run: openSample },
  'its rewards, with charts': {
    prepare: openSample,
    run: async (page) => {
      await page.evaluate(() => (location.hash = '#/state/rewards'));
      await page.getByRole('heading').first().waitFor();
    },
  },
  'a query of 100,000 rows, then sort': {
    prepare: async (page) => {
      await openSample(page);
      await page.evaluate(() => (location.hash = '#/state/sql'));
      await page.locator('.cm-content').waitFor();
    },
    run: async (page) => {
      await page
        .locator('.cm-content')
        .fill(
          "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 100000) SELECT n, hex(randomblob(16)) AS id, n * 7919 % 100003 AS hash, 'text ' || n % 977 AS text FROM c",
        );
      await page.getByLabel(/At most/).selectOption('100,000');
      await page.getByRole('button', { name: 'Run', exact: true }).click();
      await page
        .getByText(/100,000 rows/)
        .first()
        .waitFor();
      await page.getByRole('button', { name: /^text/ }).first().click();
    },
  },
  'open a PoST directory and prove': {
    run: async (page) => {
      const folder = join(vectors, proof.dir.replace(/^.*posdata/, 'posdata'));
      await openFiles(page, join(folder, 'postdata_0.bin'), join(folder, 'postdata_metadata.json'));
      await page.getByRole('link', { name: 'Prove' }).click();
      await page.getByLabel('Challenge').fill(proof.challenge);
      await page.getByLabel('K1 (').fill(String(proof.k1));
      await page.getByLabel('K2 (').fill(String(proof.k2));
      await page.getByLabel('k2pow difficulty').fill(proof.pow_difficulty);
      await page.getByLabel('Nonces per pass').fill(String(proof.nonces_per_pass));
      await page.getByRole('button', { name: 'Prove', exact: true }).click();
      await page.getByText('Proof found with nonce').waitFor();
    },
  },
  'initialise a unit': {
    run: async (page) => {
      await page.goto(
        `./#/post/initialize?network=standalone&numUnits=1&maxFileSize=1024&nodeId=${'11'.repeat(32)}&commitmentAtxId=${'22'.repeat(32)}`,
      );
      await page.getByRole('button', { name: /own storage/ }).click();
      await page.getByText('1 SU are complete').waitFor();
    },
  },
  'a proving epoch drawn a million times': {
    prepare: async (page) => {
      await page.goto('./#/plan/gap');
      await page.locator('h1').first().waitFor();
    },
    run: async (page) => {
      await page.getByRole('button', { name: /^Draw/ }).first().click();
    },
  },
  'simulate the network': {
    prepare: async (page) => {
      await page.goto('./#/network');
      await page.locator('h1').first().waitFor();
    },
    run: async (page) => {
      await page.getByRole('button', { name: /^Run / }).click();
      await heading(page, /simulated/);
    },
  },
});
