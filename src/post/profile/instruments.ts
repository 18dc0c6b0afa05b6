/** The benchmarks behind the cells of a run. */
import { WorkbenchError } from '../../base/error';
import { openRandomX } from '../k2pow/engines';
import { searchK2pow } from '../k2pow/k2pow';
import { profileLabels } from './labels';
import { profileProving } from './proving';
import { profileRead } from './read';
import type { MatrixCell, Instrument, OpenInstrument } from './run';
import { ReadPlan } from './read-plan';

const gibibyte = 2 ** 30;
const mebibyte = 2 ** 20;

/** Chromium reports at most 8 (later 32) GiB; other browsers nothing. */
const memoryBytes = (): number =>
  ((navigator as { readonly deviceMemory?: number }).deviceMemory ?? 8) * gibibyte;

/** @param files what the read cells read; the other cells need none */
export function instruments(files: readonly Blob[]): OpenInstrument {
  let readPlan: ReadPlan | undefined;
  return async (cell, signal) => {
    switch (cell.kind) {
      case 'proving':
        return provingInstrument(cell);
      case 'labels':
        return labelInstrument(cell);
      case 'k2pow':
        return powInstrument(cell, signal);
      case 'read':
        return readInstrument(cell, files, (readPlan ??= new ReadPlan(files, memoryBytes())));
    }
  };
}

const nothingToClose = (): void => undefined;
type CellOf<Kind extends MatrixCell['kind']> = Extract<MatrixCell, { kind: Kind }>;

const provingInstrument = ({ nonces, threads, backend }: CellOf<'proving'>): Instrument => ({
  sample: async (durationS, signal) => {
    const { time_s: timeS, speed_gib_s: gibPerS } = await profileProving(
      { nonces, threads, backend, durationS },
      { signal },
    );
    return { perS: gibPerS * gibibyte, timeS };
  },
  close: nothingToClose,
});

const labelInstrument = ({ threads, backend }: CellOf<'labels'>): Instrument => ({
  sample: async (durationS, signal) => {
    const { labels_per_s: perS, time_s: timeS } = await profileLabels(
      { threads, backend, durationS },
      { signal },
    );
    return { perS, timeS };
  },
  close: nothingToClose,
});

/** Hashes that no difficulty lets pass: the rate is what counts, and a search would end by chance. */
async function powInstrument(
  { threads, mode }: CellOf<'k2pow'>,
  signal: AbortSignal | undefined,
): Promise<Instrument> {
  const engines = await openRandomX({ threads, mode }, { signal });
  const search = {
    challenge: new Uint8Array(8),
    nonceGroup: 7,
    nodeId: new Uint8Array(32).fill(7),
    difficulty: new Uint8Array(32),
  };
  return {
    sample: async (durationS, outer) => {
      const enough = new AbortController();
      const joined = outer ? AbortSignal.any([outer, enough.signal]) : enough.signal;
      // From the first answer on, so that what was under way counts neither before nor after.
      let first: { readonly ms: number; readonly hashes: number } | undefined;
      let last = { ms: 0, hashes: 0 };
      await searchK2pow(engines, search, {
        signal: joined,
        onProgress: ({ done }) => {
          last = { ms: performance.now(), hashes: done };
          first ??= last;
          if (last.ms - first.ms >= durationS * 1000) enough.abort();
        },
      }).catch((error: unknown) => {
        if (!enough.signal.aborted) throw error;
      });
      outer?.throwIfAborted();
      const timeS = (last.ms - (first?.ms ?? 0)) / 1000;
      const hashes = last.hashes - (first?.hashes ?? 0);
      return {
        perS: hashes / timeS,
        timeS,
        ...(engines.remark ? { remark: engines.remark } : {}),
      };
    },
    close: () => engines.close(),
  };
}

function readInstrument(
  { streams }: CellOf<'read'>,
  files: readonly Blob[],
  plan: ReadPlan,
): Instrument {
  if (plan.totalBytes === 0)
    throw new WorkbenchError(
      'no-data',
      'No file was given to read. Open a PoST folder or any large file on the disk that is to be measured.',
    );
  return {
    sample: async (durationS, signal) => {
      const {
        time_s: timeS,
        mib_per_s: mibPerS,
        streamBytes,
      } = await profileRead(files, { durationS, starts: plan.next(streams) }, { signal });
      const remark = plan.advance(streamBytes);
      return { perS: mibPerS * mebibyte, timeS, ...(remark ? { remark } : {}) };
    },
    close: nothingToClose,
  };
}
