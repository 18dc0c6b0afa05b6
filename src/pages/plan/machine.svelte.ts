/** The machine and identity that the plan is for: inputs that several parts of the page share. */
import { tebibyte, unitBytes } from '../../protocol/units';
import { provingPresets } from '../../simulate/presets';
import type { ProvingInput } from '../../simulate/throughput';
import { Inputs } from '../../ui/inputs.svelte';

const gib = 2 ** 30;
const mb = 1e6;

export const machine = new Inputs({
  su: { label: 'Size', unit: 'SU of 64 GiB', initial: '16' },
  n: {
    label: 'Nonces per pass',
    unit: 'multiple of 16',
    initial: '64',
    rule: { min: 16, max: 4096, step: 16 },
  },
  t: { label: 'Threads', initial: '4' },
  disk: { label: 'Disk read speed', unit: 'MB/s', initial: '150' },
  scan: {
    label: 'Scan speed of one thread at 16 nonces',
    unit: 'GiB/s',
    initial: '0.8',
    hint: 'From the profiler; measure it under Profile.',
  },
  pow: {
    label: 'k2pow',
    unit: 'hashes/s of all threads',
    initial: '1000',
    hint: '“Infinity” with a k2pow service.',
  },
  gap: { label: 'Cycle gap', unit: 'hours', initial: '12' },
  margin: {
    label: 'Safety margin',
    unit: 'hours',
    initial: '1',
    hint: 'What the node waits, and what you want spare.',
  },
  err: { label: 'Speeds may be off by', unit: '%', initial: '15' },
  want: { label: 'Wanted chance to be proved in time', unit: '%', initial: '99' },
});

export const provingInput = (): ProvingInput => ({
  numUnits: machine.number('su'),
  nonces: machine.number('n'),
  threads: machine.number('t'),
  diskBytesPerS: machine.number('disk') * mb,
  scan: { bytesPerSPerThread: machine.number('scan') * gib },
  hashesPerS: machine.number('pow'),
  gapS: machine.number('gap') * 3600,
  marginS: machine.number('margin') * 3600,
  speedError: machine.number('err') / 100,
});

/** Fills in one of the documentation's own examples. */
export function usePreset(id: string): void {
  const preset = provingPresets.find((candidate) => candidate.id === id);
  if (!preset) return;
  const { numUnits, nonces, threads, diskBytesPerS, scan, hashesPerS } = preset.input;
  machine.set({
    su: numUnits,
    n: nonces,
    t: threads,
    disk: diskBytesPerS / mb,
    scan:
      'bytesPerSPerThread' in scan ? Number((scan.bytesPerSPerThread / gib).toPrecision(4)) : NaN,
    pow: hashesPerS,
    margin: 0,
    err: 0,
  });
}

export const unitsText = (units: number): string =>
  `${((units * unitBytes()) / tebibyte).toLocaleString('en', { maximumSignificantDigits: 3 })} TiB`;
