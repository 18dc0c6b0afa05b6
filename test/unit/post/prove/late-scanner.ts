import type { GoodLabels, ProvingKernel } from '../../../../src/kernels/proving';
import { readSlice } from '../../../../src/base/read-slice';
import type { Scanner } from '../../../../src/post/prove/scanner';

/** A scanner whose results come in an order drawn from `seed`, as those of many threads may. */
export function lateScanner(kernel: ProvingKernel, sliceBytes: number, seed: number): Scanner {
  return {
    description: 'this thread, in disorder',
    sliceBytes: () => sliceBytes,
    run: async (job, slices, accept) => {
      await kernel.setJob(job);
      type Late = { slice: Parameters<typeof accept>[1]; good: GoodLabels };
      const late: Late[] = [];
      for (const slice of slices)
        late.push({ slice, good: await kernel.scan(await readSlice(slice)) });
      let state = seed;
      const drawn = late.map((result) => {
        state = (Math.imul(state, 1103515245) + 12345) >>> 0;
        return { result, key: state };
      });
      drawn.sort((a, b) => a.key - b.key);
      for (const { result } of drawn) if (accept(result.good, result.slice) === 'stop') return;
    },
  };
}
