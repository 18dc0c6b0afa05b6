/**
 * ATXs that an audit verifies a second, in the page, on the sample network:
 *   CHROMIUM=<path> node test/bench/audit.mjs [rounds] [times that every ATX is audited in a run, 3 by default]
 * Measured from the first report to the last, so that opening RandomX (1 to 2 s, once a run) does not count. The sample's
 * proofs have 4 indices and mainnet's 37; what mainnet's would take is calculated from the rows: an ATX costs one k2pow, the
 * label of its VRF nonce, and the labels of the indices looked at.
 */
import { join } from 'node:path';
import { openBuiltApp } from '../../scripts/built-app.mjs';
import { root } from '../../scripts/environment.mjs';

const rounds = Number(process.argv[2] ?? 2);
const modes = {
  'everything but PoSTs': 'none',
  'one index of each PoST (K3)': { subset: 1, seed: '00' },
  'all 4 indices': 'all',
};
const mainnetIndices = 37;
/** RandomX at 50 ms makes three times some ten seconds. */
const repeats = Number(process.argv[3] ?? 3);

const app = await openBuiltApp();
try {
  const page = await app.browser.newPage();
  await page.goto(app.url);
  await page.getByLabel('Files to open').setInputFiles(join(root, 'public/sample/state.sql'));
  await page.getByRole('heading', { name: 'state.sql' }).waitFor();
  /** ATXs per second. */
  const measure = (indices, threads) =>
    page.evaluate(
      async ({ indices, threads, repeats }) => {
        const { audit, state } = globalThis.workbench;
        // Versions mixed: a first ATX has an initial PoST more, a merged one a PoST for each member.
        const { rows } = await state.query('SELECT id FROM atxs ORDER BY id');
        const atxs = Array.from({ length: Math.ceil(repeats) }, () => rows.map(([id]) => id))
          .flat()
          .slice(0, Math.round(repeats * rows.length));
        let firstMs = 0;
        let lastMs = 0;
        await audit.run({
          of: { atxs },
          indices,
          threads,
          backend: 'cpu',
          onReport: () => {
            lastMs = performance.now();
            firstMs ||= lastMs;
          },
        });
        return ((atxs.length - 1) * 1000) / (lastMs - firstMs);
      },
      { indices, threads, repeats },
    );
  const labelsPerS = await page.evaluate(async () => {
    const run = await globalThis.workbench.profile.labels({
      threads: 1,
      durationS: 3,
      backend: 'cpu',
    });
    return run.labels_per_s;
  });
  console.log(
    `Chromium ${app.browser.version()}, best of ${rounds}; ${Math.round(labelsPerS)} labels/s on one thread`,
  );
  const table = [];
  const best = new Map();
  for (const [name, indices] of Object.entries(modes))
    for (const threads of [1, 2]) {
      let perS = 0;
      for (let round = 0; round < rounds; round++)
        perS = Math.max(perS, await measure(indices, threads));
      best.set(`${name} ${threads}`, perS);
      table.push({
        verified: name,
        threads,
        'ATXs/s': perS.toFixed(1),
        'ATXs/s per thread': (perS / threads).toFixed(1),
      });
    }
  console.table(table);
  const [, sampled] = Object.keys(modes);
  const oneIndexS = 1 / (best.get(`${sampled} 1`) ?? 1);
  const allS = oneIndexS + (mainnetIndices - 1) / labelsPerS;
  console.log(
    `Calculated for mainnet, one PoST an ATX, all ${mainnetIndices} indices: ${(1 / allS).toFixed(1)} ATXs/s per thread`,
  );
} finally {
  await app.close();
}
