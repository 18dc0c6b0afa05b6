/**
 * The README's pictures: the app, worked with as a user would. Each run takes them again into its results;
 * `npm run pictures` puts them into docs/pictures. About 60 s.
 */
import { join } from 'node:path';
import { expect, test, type Locator, type Page } from '@playwright/test';
import { drop, expectQuiet, watch } from './support/page';
import { directoryFiles, proofVector } from './support/post';

const smesher = '31b356d7425a660120b9aafadba779a513c1726d9221c84614dcd320005e2c55';
/** A merged ATX of the sample: three PoSTs of married identities. */
const merged = '23ad9dd7e39ba66928b066083d32e1d5999d1f20e30ea02fe8f5b0c13b3fa5b7';
const slow = { timeout: 60_000 };

interface Picture {
  readonly scheme?: 'dark';
  /** Works with the page and returns what is to stand at the top of the picture; default: the page's own top. */
  readonly show: (page: Page) => Promise<Locator | void>;
}

async function openSample(page: Page): Promise<void> {
  await page.goto('./');
  await page.getByRole('button', { name: 'Try the sample' }).click();
  await expect(page.getByRole('heading', { name: 'state.sql' })).toBeVisible();
}

const pictures: Readonly<Record<string, Picture>> = {
  state: {
    show: async (page) => {
      await openSample(page);
      await page.goto(`./#/state/rewards?smesher=${smesher}`);
      await expect(page.getByText('7,801,351,090,753 smidge')).toBeVisible();
    },
  },
  audit: {
    show: async (page) => {
      await openSample(page);
      await page.goto(`./#/audit?id=${merged}`);
      await expect(page.getByText('This ATX: pass', { exact: true })).toBeVisible(slow);
    },
  },
  post: {
    scheme: 'dark',
    show: async (page) => {
      const vector = proofVector('n2-large');
      await page.goto('./');
      await drop(page, ...directoryFiles('n2-large'));
      await page.getByRole('link', { name: 'Prove', exact: true }).click();
      await page.getByLabel('Challenge').fill(vector.challenge);
      await page.getByLabel('K1 (').fill(String(vector.k1));
      await page.getByLabel('K2 (').fill(String(vector.k2));
      await page.getByLabel('k2pow difficulty').fill(vector.pow_difficulty);
      await page.getByLabel('Nonces per pass').fill(String(vector.nonces_per_pass));
      await page.getByRole('button', { name: 'Prove', exact: true }).click();
      const found = page.getByText(`Proof found with nonce ${vector.proof.nonce}`);
      await expect(found).toBeVisible(slow);
      return found;
    },
  },
  profile: {
    show: async (page) => {
      await page.goto(
        './#/profile?nonces=16%2C+64%2C+288&threads=1%2C+2&samples=3&seconds=0.2&labels=0&pow=0',
      );
      await page.getByRole('button', { name: 'Measure' }).click();
      await expect(page.getByRole('link', { name: 'What follows from it' })).toBeVisible(slow);
    },
  },
  plan: {
    scheme: 'dark',
    show: async (page) => {
      await page.goto('./#/plan/gap?su=64&err=10');
      const question = page.getByText('Proved inside the gap').first();
      await expect(question).toBeVisible();
      return question;
    },
  },
  network: {
    show: async (page) => {
      await page.goto('./#/network?n=40');
      await page.getByRole('button', { name: /^Run / }).click();
      const simulated = page.getByRole('heading', { name: /simulated/ });
      await expect(simulated).toBeVisible(slow);
      return simulated;
    },
  },
  node: {
    scheme: 'dark',
    show: async (page) => {
      await page.goto('./node.html#/node');
      await drop(page, 'test/data/node/logs/A_json.log.gz');
      const life = page.getByRole('heading', { name: 'The life of an epoch' });
      await expect(life).toBeVisible(slow);
      return life;
    },
  },
};

test.use({ viewport: { width: 1200, height: 860 } });

for (const [name, { scheme = 'light', show }] of Object.entries(pictures))
  test(`the picture of ${name}`, async ({ page }, info) => {
    await watch(page);
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    const top = await show(page);
    await top?.evaluate((element) => {
      element.scrollIntoView({ block: 'start' });
      // Below the header, which stays.
      scrollBy(0, -64);
    });
    // Every chart that is seen is drawn.
    const charts = page.locator('figure [role=img]').filter({ visible: true });
    for (const chart of await charts.all())
      await expect(chart.locator('.main-svg').first()).toBeAttached();
    const folder = process.env['PICTURES'] ?? info.outputDir;
    const picture = await page.screenshot({ path: join(folder, `${name}.png`) });
    expect(picture.length, 'something is drawn').toBeGreaterThan(40_000);
    expectQuiet(page);
  });
