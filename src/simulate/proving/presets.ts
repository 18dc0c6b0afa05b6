/** The documentation's own worked examples, as inputs of the planner. */
import { mainnetPost, tebibyte, unitBytes } from '../../protocol/units';
import type { CloudInput } from '../farm/cloud';
import type { ProvingInput } from './throughput';

export interface Preset<Input> {
  readonly id: string;
  readonly title: string;
  /** The result that the source states. */
  readonly says: string;
  readonly source: string;
  readonly input: Input;
}

const docs = 'Spacemesh documentation, Additional Advanced Topics';
const profilerManual = 'post-rs docs/profiler.md';

/** One core of the machine that docs/profiler.md of post-rs was written on: 0.19387 GiB/s at 64 nonces. */
const manualScan = { bytesPerSPerThread: 0.19387321542775668 * 2 ** 30 * 4 };

export const passPresets: readonly Preset<{ readonly nonces: number }>[] = [
  { id: 'nonces-64', title: '64 nonces', says: '79.39 %', source: docs, input: { nonces: 64 } },
  { id: 'nonces-128', title: '128 nonces', says: '95.75 %', source: docs, input: { nonces: 128 } },
  { id: 'nonces-288', title: '288 nonces', says: '99.9 %', source: docs, input: { nonces: 288 } },
];

export const provingPresets: readonly Preset<ProvingInput>[] = [
  {
    id: 'hdd-4-tib',
    title: '4 TiB on a hard disk',
    says: 'A little over eight hours; a second pass does not fit into the cycle gap.',
    source: docs,
    input: {
      numUnits: (4 * tebibyte) / unitBytes(),
      nonces: 64,
      threads: 4,
      diskBytesPerS: 150e6,
      scan: manualScan,
      hashesPerS: 2000,
    },
  },
  {
    id: 'low-end-pow',
    title: '4 SU on a low-end processor',
    says: 'k2pow takes 2 minutes and 30 seconds at 500 hashes/s.',
    source: profilerManual,
    input: {
      numUnits: mainnetPost.minNumUnits,
      nonces: 64,
      threads: 1,
      diskBytesPerS: 150e6,
      scan: manualScan,
      hashesPerS: 500,
    },
  },
  {
    id: 'enough-nonces',
    title: '32 SU, just enough nonces',
    says: '64 nonces are in time with 99.12 %, the node’s default of 288 with over 99.999 %: the fewest nonces that reach a wanted 99 % are not the best choice.',
    source: 'ours, with the 500 hashes/s of post-rs docs/profiler.md',
    input: {
      numUnits: 32,
      nonces: 64,
      threads: 4,
      diskBytesPerS: 180e6,
      scan: { bytesPerSPerThread: 0.8 * 2 ** 30 },
      hashesPerS: 500,
    },
  },
];

export const cloudPresets: readonly Preset<CloudInput>[] = [
  {
    id: 'two-machines',
    title: '100 SU on two machines',
    says: '1600 files: 0 to 799 on the first machine, 800 to 1599 on the second.',
    source: 'spacemeshos/post cmd/postcli/README.md',
    input: {
      numUnits: 100,
      machines: [
        // About what an RTX 3090 is reported to make; price and line are ours, to be replaced.
        { name: 'A', labelsPerS: 484_000, pricePerH: 0.4 },
        { name: 'B', labelsPerS: 484_000, pricePerH: 0.4 },
      ],
      downloadBytesPerS: 12.5e6,
      egressPerGB: 0.01,
    },
  },
];
