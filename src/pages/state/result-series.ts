/** The rows of a result as series of a chart: one, or one for each value of a column. */
import { toHex } from '../../base/bytes';
import { shortId } from '../../base/format';
import type { Cell, TableData } from '../../ui/cells';
import type { PlotSeries, PlotValue, XySeries } from '../../ui/plot';

export interface ChartChoice {
  readonly kind: XySeries['type'] | 'histogram';
  readonly x: number;
  readonly y: readonly number[];
  /** A series for each value of this column, with the first y. */
  readonly group?: number | undefined;
}

export interface ResultSeries {
  readonly series: readonly PlotSeries[];
  /** Values of the grouping column that have no series. */
  readonly leftOut: number;
}

/** More points than this are not distinguished, and plotly slows down. */
export const maxPoints = 20_000;
/** There are six colours; beyond twice that number, series are not distinguished. */
const mostGroups = 12;

function placeOf(value: Cell): PlotValue {
  if (value instanceof Uint8Array) return toHex(value).slice(0, 8);
  return typeof value === 'bigint' || typeof value === 'boolean' ? Number(value) : value;
}
const numberOf = (value: Cell): number | null =>
  typeof value === 'number' || typeof value === 'bigint' ? Number(value) : null;

const nameOf = (value: Cell): string =>
  value === null ? 'NULL' : value instanceof Uint8Array ? shortId(toHex(value)) : String(value);

/** Of the first `maxPoints` rows. Groups with the most rows come first; the rest is left out and counted. */
export function resultSeries(data: TableData, { kind, x, y, group }: ChartChoice): ResultSeries {
  const rows = Array.from({ length: Math.min(data.rowCount, maxPoints) }, (_, row) => row);
  const seriesOf = (name: string, own: readonly number[], column: number): PlotSeries =>
    kind === 'histogram'
      ? {
          ...{ type: kind, name },
          x: own.map((row) => numberOf(data.cell(row, column))).filter((value) => value !== null),
        }
      : {
          ...{ type: kind, name },
          x: own.map((row) => placeOf(data.cell(row, x))),
          y: own.map((row) => numberOf(data.cell(row, column))),
        };
  const [first = 0] = y;
  if (group === undefined)
    return {
      series: y.map((column) => seriesOf(data.columns[column] ?? '', rows, column)),
      leftOut: 0,
    };
  const groups = new Map<string, { name: string; rows: number[] }>();
  for (const row of rows) {
    const value = data.cell(row, group);
    const key = `${typeof value} ${value instanceof Uint8Array ? toHex(value) : String(value)}`;
    const known = groups.get(key);
    if (known) known.rows.push(row);
    else groups.set(key, { name: nameOf(value), rows: [row] });
  }
  const largest = [...groups.values()].sort((a, b) => b.rows.length - a.rows.length);
  return {
    series: largest.slice(0, mostGroups).map((one) => seriesOf(one.name, one.rows, first)),
    leftOut: Math.max(0, largest.length - mostGroups),
  };
}
