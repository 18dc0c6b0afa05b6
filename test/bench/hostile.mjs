/**
 * What hostile files and pasted texts do to the main thread: the longest task from the drop until the result or the refusal is shown.
 *   node test/bench/hostile.mjs [--rounds 3] [--only text] [--causes]
 * Every input is the largest of its kind that is read, or one that once kept the page busy for seconds. Needs the sqlite3 program.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measureSteps } from './main-thread.mjs';

const folder = mkdtempSync(join(tmpdir(), 'hostile-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

function database(name, sql) {
  const path = join(folder, name);
  execFileSync('sqlite3', [path], { input: sql });
  return path;
}
const times = (count, make) => Array.from({ length: count }, (_, i) => make(i));

const manyTables = database(
  'state.sql',
  `BEGIN; ${times(5000, (i) => `CREATE TABLE t${i} (a INTEGER, b TEXT);`).join('\n')} COMMIT;`,
);
const manyColumns = database(
  'state_wide.sql',
  `CREATE TABLE wide (${times(2000, (i) => `c${i}`).join(',')});
   INSERT INTO wide DEFAULT VALUES; INSERT INTO wide DEFAULT VALUES;`,
);

const braces = `{"speed_gib_s":\n${'{'.repeat(1000)}${'}'.repeat(1000)}`;
const results = '{"time_s": 10.3, "speed_gib_s": 0.19}\n'.repeat(6800);
const runs = JSON.stringify({
  format: 'post-workbench-profile',
  version: 1,
  runs: times(1500, (i) => ({
    id: `r${i}`,
    name: `run ${i}`,
    startedMs: i,
    origin: 'page',
    machine: ['m'],
    results: [{ benchmark: 'proving', nonces: 16, speed_gib_s: 1, samples: [1] }],
  })),
});
const whiteSpace = `ERROR:${'\n '.repeat(100_000)}`;
const openBraces = '{'.repeat(200_000);
const keys = `{${times(3500, (i) => `"smeshing":{},"key-${i}":${i}`).join(',')}}`;
const poets = `{"smeshing":{"smeshing-start":true},"main":{"poet-servers":[${times(1800, (i) => `{"address":"http://poet-${i}.example","pubkey":"AA=="}`).join(',')}]}}`;
const metrics = `# TYPE spacemesh_x gauge\n${times(150_000, (i) => `spacemesh_x{id="${i}",kind="a label of some length"} ${i}`).join('\n')}\n`;
const families = times(100_000, (i) => `# TYPE spacemesh_x${i} gauge\nspacemesh_x${i} ${i}`).join(
  '\n',
);
const id = Buffer.alloc(32, 7).toString('base64');
const events = times(40_000, (i) =>
  JSON.stringify({
    timestamp: new Date(1.7e12 + i * 1000).toISOString(),
    help: 'Node computed eligibilities for the epoch.',
    eligibilities: {
      epoch: i,
      beacon: 'AAAA',
      atx: id,
      activeSetSize: 10,
      smesher: id,
      eligibilities: [{ layer: i * 10, count: 2 }],
    },
  }),
).join('\n');
const rewards = JSON.stringify({
  rewards: times(40_000, (i) => ({ layer: i, total: '5', layerReward: '4', smesher: id })),
});
const openParameters = `SELECT ${'$a('.repeat(50_000)}`;
const columns = `SELECT ${times(15_000, (i) => `${i} AS c${i}`).join(', ')}`;
const statements = 'SELECT 1;\n'.repeat(15_000);
const unions = `SELECT 1 ${'UNION ALL SELECT 2 '.repeat(8000)}`;

/** Files are made in the page before the measurement; the drop is measured. */
function dropped(address, name, text, shown) {
  return {
    prepare: async (page) => {
      await page.goto(address);
      await page.locator('h1').first().waitFor();
      await page.evaluate(
        ([fileName, content]) => {
          globalThis.hostile = new DataTransfer();
          globalThis.hostile.items.add(new File([content], fileName));
        },
        [name, text],
      );
    },
    run: async (page) => {
      await page.evaluate(() => {
        for (const type of ['dragenter', 'dragover', 'drop'])
          document.querySelector('main').dispatchEvent(
            new DragEvent(type, {
              dataTransfer: globalThis.hostile,
              bubbles: true,
              cancelable: true,
            }),
          );
      });
      await shown(page);
    },
  };
}

const paste = async (place, text) => {
  await place.focus();
  await place.evaluate((element, pasted) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.setData('text/plain', pasted);
    element.dispatchEvent(
      new ClipboardEvent('paste', { clipboardData: dataTransfer, bubbles: true, cancelable: true }),
    );
  }, text);
};
const openSql = async (page) => {
  await page.goto('./');
  await page.getByRole('button', { name: 'Try the sample' }).click();
  await page.getByRole('heading', { name: 'state.sql' }).first().waitFor();
  await page.evaluate(() => (location.hash = '#/state/sql'));
  await page.locator('.cm-content').waitFor();
};
/** Pasted into the editor, and then a key is typed and the text is run. */
function pastedSql(sql, shown) {
  return {
    prepare: async (page) => {
      await openSql(page);
      await page.locator('.cm-content').fill('');
    },
    run: async (page) => {
      await paste(page.locator('.cm-content'), sql);
      await page.keyboard.press('End');
      await page.keyboard.type(' ');
      await page.getByRole('button', { name: 'Run', exact: true }).click();
      await shown(page);
    },
  };
}
function pastedText(address, label, button, text, shown, open = () => undefined) {
  return {
    prepare: async (page) => {
      await page.goto(address);
      await page.locator('h1').first().waitFor();
      await open(page);
      // The layout of a long text in its field is the browser's own work, not measured.
      await page.getByLabel(label).fill(text);
    },
    run: async (page) => {
      await page.getByRole('button', { name: button, exact: true }).click();
      await shown(page);
    },
  };
}

const alert = (text) => (page) => page.getByRole('alert').filter({ hasText: text }).waitFor();
const text = (wanted) => (page) => page.getByText(wanted).first().waitFor();
const heading = (name) => (page) => page.getByRole('heading', { name }).first().waitFor();
const openDatabase = (path) => async (page) => {
  await page.getByLabel('Files to open').setInputFiles([path]);
  await page
    .getByRole('heading', { name: /state.*sql/ })
    .first()
    .waitFor();
};
const start = async (page) => {
  await page.goto('./');
  await page.locator('h1').first().waitFor();
};
const view = (path, hash, shown) => ({
  prepare: async (page) => {
    await start(page);
    await openDatabase(path)(page);
  },
  run: async (page) => {
    await page.evaluate((address) => (location.hash = address), hash);
    await shown(page);
  },
});
const editor = (page) => page.locator('.cm-content').waitFor();

await measureSteps({
  'profiler output: 1,000 nested braces': dropped(
    './#/profile/runs',
    'profile.json',
    braces,
    alert('There is no profiler result'),
  ),
  'profiler output: 6,800 results': dropped(
    './#/profile/runs',
    'profile.json',
    results,
    text(/imported/),
  ),
  'profiler output: 1,500 runs': dropped(
    './#/profile/runs',
    'profile.json',
    runs,
    text(/imported/),
  ),
  'grpcurl text: 200 KB of white space': dropped(
    './node.html#/node/events',
    'events.json',
    whiteSpace,
    alert('There is no grpcurl output here'),
  ),
  'grpcurl text, pasted: 200 KB of open braces': pastedText(
    './node.html#/node/events',
    'Paste its output, or drop the file',
    'Read',
    openBraces,
    (page) => page.getByRole('alert').first().waitFor(),
  ),
  'grpcurl text: 40,000 events': dropped(
    './node.html#/node/events',
    'events.json',
    events,
    heading('All events'),
  ),
  'grpcurl text: 40,000 rewards': dropped(
    './node.html#/node',
    'rewards.json',
    rewards,
    text(/rewards are listed/),
  ),
  'config: 3,500 repeated keys': dropped(
    './node.html#/node/config',
    'config.json',
    keys,
    text(/more findings are not listed/),
  ),
  'config: 1,800 PoET servers': dropped(
    './node.html#/node/config',
    'config.json',
    poets,
    text('Open: config.json'),
  ),
  'metrics: 150,000 samples, 8.8 MB': dropped(
    './node.html#/node/metrics',
    'large.prom',
    metrics,
    text('150,000 rows'),
  ),
  'metrics: 100,000 families': dropped(
    './node.html#/node/metrics',
    'large.prom',
    families,
    text('100,000 rows'),
  ),
  'database: 5,000 tables, opened': {
    prepare: start,
    run: openDatabase(manyTables),
  },
  'database: 5,000 tables, space': view(manyTables, '#/state/space', heading(/./)),
  'database: 5,000 tables, SQL': view(manyTables, '#/state/sql', editor),
  'database: 2,000 columns, opened': {
    prepare: start,
    run: openDatabase(manyColumns),
  },
  'database: 2,000 columns, SQL': view(manyColumns, '#/state/sql', editor),
  'database: 2,000 columns, all of them queried': {
    prepare: async (page) => {
      await start(page);
      await openDatabase(manyColumns)(page);
      await page.evaluate(() => (location.hash = '#/state/sql'));
      await editor(page);
      await page.locator('.cm-content').fill('SELECT * FROM wide');
    },
    run: async (page) => {
      await page.getByRole('button', { name: 'Run', exact: true }).click();
      await text(/2 rows in/)(page);
    },
  },
  'SQL: $a( 50,000 times': pastedSql(openParameters, (page) =>
    page.getByRole('alert').first().waitFor(),
  ),
  'SQL: 15,000 columns': pastedSql(columns, (page) => page.getByRole('alert').first().waitFor()),
  'SQL: 15,000 statements': pastedSql(statements, alert('at most 100 are run together')),
  'SQL: 8,000 SELECTs': pastedSql(unions, (page) => page.getByRole('alert').first().waitFor()),
});
