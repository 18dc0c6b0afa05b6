import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { labelLayout } from '../../../src/kernels/gpu/labels';
import { checkedKernel, indexRange, type LabelKernel } from '../../../src/kernels/labels';
import { wasmLabelKernel } from '../../../src/kernels/wasm/labels';

const kernel = (): LabelKernel =>
  wasmLabelKernel(
    new WebAssembly.Module(
      readFileSync(new URL('../../../src/kernels/wasm/build/labels.wasm', import.meta.url)),
    ),
  );
const request = {
  commitment: new Uint8Array(32).fill(7),
  scryptN: 16,
  indices: indexRange(100n, 10),
  labelBytes: 16 as const,
};

describe('a checked kernel', () => {
  test('passes right labels on', async () => {
    const below = new Uint8Array(32).fill(0xff);
    const batch = await checkedKernel(kernel(), kernel()).compute({ ...request, below });
    expect(batch).toEqual(await kernel().compute({ ...request, below }));
  });

  test('refuses a batch whose last label or smallest label is wrong', async () => {
    const good = kernel();
    const erring: LabelKernel = {
      ...good,
      compute: async (wanted) => {
        const batch = await good.compute(wanted);
        batch.labels.reverse();
        batch.smallest?.label.fill(0, 16, 17);
        return batch;
      },
    };
    const checked = checkedKernel(erring, kernel());
    await expect(checked.compute(request)).rejects.toMatchObject({
      code: 'labels-wrong',
      details: { index: 109n },
    });
    const search = { ...request, labelBytes: 0 as const, below: new Uint8Array(32).fill(0xff) };
    await expect(checked.compute(search)).rejects.toMatchObject({ code: 'labels-wrong' });
  });
});

test('one kernel serves any N in turn, growing and shrinking', async () => {
  const one = kernel();
  for (const scryptN of [2, 512, 16, 1024, 2]) {
    const { labels } = await one.compute({ ...request, scryptN });
    expect(labels).toEqual((await kernel().compute({ ...request, scryptN })).labels);
  }
});

test('a batch of any size, in pieces of the kernel’s capacity and odd numbers', async () => {
  const indices = indexRange(2n ** 64n - 5000n, 4999);
  const { labels } = await kernel().compute({ ...request, scryptN: 2, indices });
  const { labels: last } = await kernel().compute({
    ...request,
    scryptN: 2,
    indices: indices.subarray(-3),
  });
  expect(labels.subarray(-48)).toEqual(last);
});

describe('the GPU’s layout', () => {
  const gib = 2 ** 30;
  test.each([
    ['4 GiB in two banks hold 8192 labels at gap 2', 8192, 2 * gib, 2, { gap: 2, labels: 8192 }],
    [
      '128 MiB hold 256 labels at gap 2: a larger gap takes more',
      8192,
      gib / 8,
      1,
      { gap: 16, labels: 2048 },
    ],
    ['1 GiB: gap 4 gives 4096', 8192, gib, 1, { gap: 4, labels: 4096 }],
    ['a small N is bounded by states, not by scratch', 2, gib, 1, { gap: 2, labels: 65536 }],
    ['a tiny bank still holds one label', 8192, 2 ** 17, 1, { gap: 16, labels: 2 }],
  ])('%s', (_, scryptN, bankBytes, banks, expected) => {
    const layout = labelLayout(scryptN, bankBytes, banks);
    expect(layout).toMatchObject(expected);
    expect(layout.rowsPerLabel * 128 * layout.labelsPerBank).toBeLessThanOrEqual(bankBytes);
  });
});
