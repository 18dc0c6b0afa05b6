// The audit's workers in the page: RandomX, labels on CPU and software GPU, signatures; about 8 s.
import { expect, test, type Page } from '@playwright/test';
import { drop, expectNoViolations, watch } from './support/page';

test.beforeEach(async ({ page }) => {
  await watch(page);
  await page.goto('./');
  await drop(page, 'public/sample/state.sql');
  await expect(page.getByRole('heading', { name: 'state.sql' })).toBeVisible();
});

test.afterEach(async ({ page }) => {
  await page.goto('./#/scripting');
  await expectNoViolations(page);
});

const auditSample = (page: Page, backend: 'cpu' | 'gpu', size: number) =>
  page.evaluate(
    async ({ backend, size }) => {
      const outcomes: string[] = [];
      const tally = await window.workbench.audit.run({
        of: 'all',
        sample: { size, seed: 'a browser' },
        indices: { subset: 1, seed: '00' },
        backend,
        threads: 2,
        onReport: ({ checks }) => outcomes.push(...checks.map(({ outcome }) => outcome)),
      });
      const { passed, population, statement } = tally;
      return { passed, population, statement, outcomes: [...new Set(outcomes)] };
    },
    { backend, size },
  );

for (const [backend, size] of [
  ['cpu', 4],
  ['gpu', 1],
] as const)
  test(`a sample of ATXs holds, labels on the ${backend}`, async ({ page }) => {
    const { statement, ...rest } = await auditSample(page, backend, size);
    expect(rest).toEqual({ passed: size, population: 72, outcomes: ['pass'] });
    expect(statement).toContain(`${size} ${size === 1 ? 'was' : 'were'} audited, none fails.`);
  });

test('an aborted audit ends immediately, and the next one runs', async ({ page }) => {
  const { name, passed } = await page.evaluate(async () => {
    const { audit } = window.workbench;
    const controller = new AbortController();
    const { signal } = controller;
    const name = await audit.run({ of: 'all', signal, onReport: () => controller.abort() }).then(
      () => 'it ended',
      (error: unknown) => (error as Error).name,
    );
    const { passed } = await audit.run({ of: { publishEpoch: 3 }, indices: 'none' });
    return { name, passed };
  });
  expect({ name, passed }).toEqual({ name: 'AbortError', passed: 6 });
});
