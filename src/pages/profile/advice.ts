/** The Advice page: its fields, and the part of the advice that it shows. */
import type { Advice, AdviceInput, JudgedSetting } from '../../simulate/proving/advice';
import type { MachineFigures } from '../shared/machine-figures';

/** The fields of the Advice page. */
export type AdviceField =
  'disk' | 'pow' | 'su' | 't' | 'gap' | 'margin' | 'err' | 'prob' | 'lost' | 'hour';

/**
 * What the advice is calculated from: what the user typed, else what was measured. A disk or k2pow speed that is
 * neither stays missing.
 * @param number value of a field in its own unit; NaN for an empty one
 */
export function adviceInput(
  figures: MachineFigures,
  number: (field: AdviceField) => number,
): AdviceInput {
  const [disk, pow, size] = [number('disk'), number('pow'), number('su')];
  return {
    scan: figures.scan.scan,
    scanIsNative: figures.scanIsNative,
    diskBytesPerS: Number.isNaN(disk) ? figures.diskBytesPerS : disk * 1e6,
    hashesPerS: Number.isNaN(pow) ? figures.hashesPerS : pow,
    threads: number('t'),
    numUnits: size === 0 ? undefined : size,
    gapS: number('gap') * 3600,
    marginS: number('margin') * 3600,
    speedError: number('err') / 100,
    probability: number('prob') / 100,
    prices: { lostEpoch: number('lost'), threadHour: number('hour') },
    spread: figures.spread,
  };
}

/** The table without most of its threads: those recommended, and the node's default. */
export const shownSettings = ({ table, setting, nodeDefault }: Advice): readonly JudgedSetting[] =>
  table.filter(
    ({ nonces, threads }) =>
      threads === setting?.threads ||
      (nonces === nodeDefault.nonces && threads === nodeDefault.threads),
  );
