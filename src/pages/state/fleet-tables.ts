/** A fleet as tables: what is missing, identity by epoch, sums, and income. */
import { toHex } from '../../base/bytes';
import { counted } from '../../base/counted';
import { shortId } from '../../base/format';
import { formatSmh } from '../../protocol/money';
import { fleetTotals, type FleetTotal, type IncomeRow } from '../../state/fleet/totals';
import type { FleetChange } from '../../state/fleet/changes';
import type { FleetMember } from '../../state/fleet/resolve';
import type { Fleet, FleetMiss, FleetRow } from '../../state/queries/fleet';
import { tableOf, type Cell, type TableData } from '../../ui/cells';

const missTexts: Readonly<Record<FleetMiss, string>> = {
  'not-published': 'published no ATX for it',
  'not-yet-published': 'has not published for it yet',
  'nothing-earned': 'earned nothing',
  unknown: 'is not in this database',
};

export const changeTexts: Readonly<Record<FleetChange['what'], string>> = {
  ...missTexts,
  'units-fell': 'its units fell',
};

/** Names by the id in hex. */
export class FleetNames {
  readonly #members: ReadonlyMap<string, FleetMember>;

  constructor(members: readonly FleetMember[]) {
    this.#members = new Map(members.map((member) => [toHex(member.smesher), member]));
  }

  name(smesher: Uint8Array): string {
    const hex = toHex(smesher);
    return this.#members.get(hex)?.name ?? shortId(hex);
  }

  group(smesher: Uint8Array): string {
    return this.#members.get(toHex(smesher))?.group ?? '';
  }
}

export const missingTable = ({ missing }: Fleet, names: FleetNames): TableData =>
  tableOf(
    ['epoch', 'identity', 'group', 'problem', 'smesher'],
    missing.map(({ smesher, epoch, what }): Cell[] => [
      epoch,
      names.name(smesher),
      names.group(smesher),
      missTexts[what],
      smesher,
    ]),
  );

export const fleetTable = ({ rows }: Fleet, names: FleetNames): TableData =>
  tableOf(
    [
      ...[
        'epoch',
        'identity',
        'group',
        'published',
        'units',
        'weight',
        'slots',
        'rewards',
        'missed',
      ],
      ...['smidge', 'SMH', 'members', 'coinbase', 'atx', 'publisher', 'smesher'],
    ],
    rows.map((row): Cell[] => [
      ...[row.epoch, names.name(row.smesher), names.group(row.smesher)],
      row.atx ? 'yes' : 'not in this database',
      ...[row.units, row.weight, row.slots, row.rewards, row.missed],
      ...[row.smidge, formatSmh(row.smidge), row.members],
      ...[row.coinbase, row.atx, row.publisher, row.smesher],
    ]),
  );

export type MatrixFigure = 'SMH' | 'units' | 'slots' | 'rewards' | 'missed';

/** Identities down, epochs across, the newest first. */
export function fleetMatrix(
  { rows }: Fleet,
  members: readonly FleetMember[],
  names: FleetNames,
  figure: MatrixFigure,
): TableData {
  const epochs = [...new Set(rows.map(({ epoch }) => epoch))].sort((a, b) => b - a);
  const byPlace = new Map(rows.map((row) => [`${toHex(row.smesher)} ${row.epoch}`, row]));
  const valueOf = (row: FleetRow | undefined): Cell => {
    if (!row) return null;
    return figure === 'SMH' ? formatSmh(row.smidge).replace(/ SMH$/, '') : row[figure];
  };
  return tableOf(
    ['identity', 'group', ...epochs.map(String)],
    members.map(({ smesher }): Cell[] => [
      names.name(smesher),
      names.group(smesher),
      ...epochs.map((epoch) => valueOf(byPlace.get(`${toHex(smesher)} ${epoch}`))),
    ]),
  );
}

export type TotalBy = 'group' | 'identity' | 'coinbase' | 'epoch';

export function totalsBy(
  { rows }: Fleet,
  names: FleetNames,
  by: TotalBy,
  address: (coinbase: Uint8Array) => string,
): FleetTotal[] {
  const keys: Readonly<Record<TotalBy, (row: FleetRow) => string>> = {
    group: (row) => names.group(row.smesher) || 'no group',
    identity: (row) => names.name(row.smesher),
    coinbase: (row) => (row.coinbase ? address(row.coinbase) : 'unknown'),
    epoch: (row) => String(row.epoch),
  };
  return fleetTotals(rows, keys[by]);
}

export const totalsTable = (totals: readonly FleetTotal[], by: TotalBy): TableData =>
  tableOf(
    [by, 'identities', 'units', 'slots', 'rewards', 'missed', 'smidge', 'SMH'],
    totals.map((row): Cell[] => [
      by === 'epoch' ? Number(row.key) : row.key,
      ...[row.identities, row.units, row.slots, row.rewards, row.missed],
      ...[row.smidge, formatSmh(row.smidge)],
    ]),
  );

export const incomeTable = (
  rows: readonly IncomeRow[],
  {
    hasPrices,
    currency,
    address,
  }: {
    readonly hasPrices: boolean;
    readonly currency: string;
    readonly address: (coinbase: Uint8Array) => string;
  },
): TableData =>
  tableOf(
    [
      ...['period', 'coinbase', 'rewards', 'smidge', 'issuance_smidge', 'fee_smidge', 'SMH'],
      ...(hasPrices ? [currency || 'value'] : []),
    ],
    rows.map((row): Cell[] => [
      ...[row.period, address(row.coinbase), row.rewards, row.smidge],
      ...[
        row.layerSmidge,
        row.smidge - row.layerSmidge,
        formatSmh(row.smidge).replace(/ SMH$/, ''),
      ],
      ...(hasPrices ? [row.value === undefined ? null : row.value.toFixed(2)] : []),
    ]),
  );

export interface FleetVerdict {
  readonly severity: 'info' | 'good' | 'warn' | 'bad';
  readonly title: string;
}

/** All that can be concluded of `count` identities; an all-clear names the epochs whose rewards were judged. */
export function fleetVerdict(
  { missing, lastOver, unnamedUpTo }: Fleet,
  count: number,
): FleetVerdict {
  const identities = counted(count, 'identity', 'identities');
  if (missing.length > 0)
    return {
      severity: missing.every(({ what }) => what === 'not-yet-published') ? 'warn' : 'bad',
      title: `Of ${identities}, look at these first`,
    };
  // The first two epochs pay nothing.
  if (lastOver < 2 || unnamedUpTo >= lastOver)
    return {
      severity: 'info',
      title: `All ${identities} published. Which epochs ${count === 1 ? 'it' : 'they'} earned in was not checked.`,
    };
  const epochs = unnamedUpTo < 2 ? `up to ${lastOver}` : `from ${unnamedUpTo + 1} to ${lastOver}`;
  return {
    severity: 'good',
    title: `All ${identities} published, and earned in each epoch ${epochs}`,
  };
}

/** What is missing, the most urgent first; earlier epochs are counted together. */
export function summariseMisses({ missing, lastOver }: Fleet): readonly string[] {
  const count = (what: FleetMiss, epoch?: number): number =>
    missing.filter((miss) => miss.what === what && (epoch === undefined || miss.epoch === epoch))
      .length;
  const lines: readonly (readonly [number, string])[] = [
    [count('unknown'), 'not in this database: no ATX and no reward'],
    [
      count('not-published', lastOver + 1),
      `published no ATX for epoch ${lastOver + 1}, and earn nothing in it`,
    ],
    [count('not-published', lastOver), `published no ATX for epoch ${lastOver}`],
    [count('nothing-earned', lastOver), `had an ATX and earned nothing in epoch ${lastOver}`],
    [
      count('not-yet-published'),
      `not yet published for epoch ${lastOver + 2}: the epoch for it is running`,
    ],
  ];
  const earlier = missing.length - lines.reduce((sum, [number]) => sum + number, 0);
  return [
    ...lines.flatMap(([number, text]) => (number > 0 ? [`${number} ${text}`] : [])),
    ...(earlier > 0
      ? [`${counted(earlier, 'problem')} in earlier epochs, in the table below`]
      : []),
  ];
}
