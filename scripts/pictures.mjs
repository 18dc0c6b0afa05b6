// npm run pictures: builds the app, works with it as a person would, and writes the README's pictures, docs/pictures/*.png.
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { openBuiltApp } from './built-app.mjs';
import { root } from './environment.mjs';

const data = (path) => join(root, 'test/data', path);
const folder = (path) => readdirSync(data(path)).map((file) => join(data(path), file));
const vector = JSON.parse(readFileSync(data('post/proof.json'), 'utf8')).dirs.find(
  ({ name }) => name === 'n2-large',
);
const smesher = '31b356d7425a660120b9aafadba779a513c1726d9221c84614dcd320005e2c55';

/** Drops files as a person drops them; the app takes them to their page. */
async function drop(page, ...paths) {
  const files = paths.map((path) => [basename(path), readFileSync(path).toString('base64')]);
  const transfer = await page.evaluateHandle((items) => {
    const dropped = new DataTransfer();
    for (const [name, base64] of items)
      dropped.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name));
    return dropped;
  }, files);
  for (const type of ['dragenter', 'dragover', 'drop'])
    await page.dispatchEvent('main', type, { dataTransfer: transfer });
}
/** Puts an element below the header. */
const toTop = (locator) =>
  locator.evaluate((element) => {
    element.scrollIntoView({ block: 'start' });
    scrollBy(0, -64);
  });

/** Each leaves the page as it is to be seen, scrolled to where it begins. */
const pictures = {
  state: {
    show: async (page) => {
      await page.goto('./');
      await page.getByRole('button', { name: 'Try the sample' }).click();
      await page.getByRole('heading', { name: 'state.sql' }).waitFor();
      await page.evaluate((id) => (location.hash = `#/state/rewards?smesher=${id}`), smesher);
      await page.locator('.js-plotly-plot .main-svg').first().waitFor();
    },
  },
  post: {
    scheme: 'dark',
    show: async (page) => {
      await page.goto('./');
      await drop(page, ...folder('post/posdata/n2-large'));
      await page.getByRole('link', { name: 'Prove' }).click();
      await page.getByLabel('Challenge').fill(vector.challenge);
      await page.getByLabel('K1 (').fill(String(vector.k1));
      await page.getByLabel('K2 (').fill(String(vector.k2));
      await page.getByLabel('k2pow difficulty').fill(vector.pow_difficulty);
      await page.getByLabel('Nonces a pass').fill(String(vector.nonces_per_pass));
      await page.getByRole('button', { name: 'Prove', exact: true }).click();
      await page.getByText(/Proof found with nonce/).waitFor();
      await toTop(page.getByText(/Proof found with nonce/));
    },
  },
  plan: {
    scheme: 'dark',
    show: async (page) => {
      await page.goto('./#/plan/gap?su=64&err=10');
      await toTop(page.getByText('Proved inside the gap').first());
    },
  },
  network: {
    show: async (page) => {
      await page.goto('./#/network?n=40');
      await page.getByRole('button', { name: /^Run / }).click();
      await toTop(page.getByRole('heading', { name: /simulated/ }));
    },
  },
  node: {
    scheme: 'dark',
    show: async (page) => {
      await page.goto('./node.html#/node');
      await drop(page, data('node/logs/A_json.log.gz'));
      await toTop(page.getByRole('heading', { name: 'The life of an epoch' }));
    },
  },
};

const app = await openBuiltApp();
const target = join(root, 'docs/pictures');
mkdirSync(target, { recursive: true });
const only = process.argv[2];
try {
  for (const [name, { scheme = 'light', show }] of Object.entries(pictures)) {
    if (only && only !== name) continue;
    const context = await app.browser.newContext({
      baseURL: app.url,
      serviceWorkers: 'block',
      viewport: { width: 1200, height: 860 },
      colorScheme: scheme,
      reducedMotion: 'reduce',
    });
    const page = await context.newPage();
    page.setDefaultTimeout(120_000);
    await show(page);
    await page.waitForFunction(() =>
      [...document.querySelectorAll('figure [role=img]')].every(
        (place) => place.clientWidth === 0 || place.querySelector('.main-svg'),
      ),
    );
    const path = join(target, `${name}.png`);
    await page.screenshot({ path });
    console.log(`docs/pictures/${name}.png: ${Math.round(statSync(path).size / 1000)} kB`);
    await context.close();
  }
} finally {
  await app.close();
}
