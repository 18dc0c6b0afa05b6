/** The machine and identity that the plan is for: inputs that several parts of the page share. */
import { maxNonces, noncesPerGroup, tebibyte, unitBytes } from '../../protocol/units';
import { provingPresets } from '../../simulate/proving/presets';
import type { ProvingInput } from '../../simulate/proving/throughput';
import { Inputs } from '../../ui/inputs.svelte';

const gib = 2 ** 30;
const mb = 1e6;
const speed = { min: 0, takesInfinity: true } as const;
/** Nonces that a pass may try (post-rs service/src/main.rs, parse_nonces). */
export const nonces = { min: noncesPerGroup, max: maxNonces, step: noncesPerGroup } as const;

export const machine = new Inputs({
  su: { label: 'Size', unit: 'SU of 64 GiB', initial: '16', rule: { min: 0, isAboveMin: true } },
  n: { label: 'Nonces per pass', unit: 'multiple of 16', initial: '64', rule: nonces },
  t: { label: 'Threads', initial: '4', rule: { min: 1, max: 4096, step: 1 } },
  disk: { label: 'Disk read speed', unit: 'MB/s', initial: '150', rule: speed },
  scan: {
    label: 'Scan speed of one thread at 16 nonces',
    unit: 'GiB/s',
    initial: '0.8',
    hint: 'From the profiler; measure it under Profile.',
    rule: speed,
  },
  pow: {
    label: 'k2pow',
    unit: 'hashes/s of all threads',
    initial: '1000',
    hint: '“Infinity” with a k2pow service.',
    rule: speed,
  },
  gap: { label: 'Cycle gap', unit: 'hours', initial: '12', rule: { min: 0, isAboveMin: true } },
  margin: {
    label: 'Safety margin',
    unit: 'hours',
    initial: '1',
    hint: 'What the node waits, and what you want spare.',
    rule: { min: 0 },
  },
  err: {
    label: 'Speeds may be off by',
    unit: '%',
    initial: '15',
    rule: { min: 0, max: 100 },
  },
  want: {
    label: 'Wanted chance to be proved in time',
    unit: '%',
    initial: '99',
    rule: { min: 0, max: 100, isAboveMin: true },
  },
});

/** @throws InputError at the first field that has no valid number */
export const provingInput = (): ProvingInput => ({
  numUnits: machine.checked('su'),
  nonces: machine.checked('n'),
  threads: machine.checked('t'),
  diskBytesPerS: machine.checked('disk') * mb,
  scan: { bytesPerSPerThread: machine.checked('scan') * gib },
  hashesPerS: machine.checked('pow'),
  gapS: machine.checked('gap') * 3600,
  marginS: machine.checked('margin') * 3600,
  speedError: machine.checked('err') / 100,
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
