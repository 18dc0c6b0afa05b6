/** Layers and epochs as dates, for tables, charts and files. */
import { formatInstant, isoInstant, type TimeZone } from '../../base/instant';
import { epochStartMs, layerStartMs, type LayerClock } from '../../protocol/epochs';
import type { Cell, TableData } from '../../ui/cells';
import type { PlotAxis } from '../../ui/plot';
import type { TableColumn } from '../../ui/table/columns';

export interface DatedTable {
  readonly data: TableData;
  readonly columns: readonly (TableColumn | undefined)[];
}

export class Dates {
  readonly clock: LayerClock | undefined;
  readonly zone: TimeZone;

  constructor(clock: LayerClock | undefined, zone: TimeZone) {
    this.clock = clock;
    this.zone = zone;
  }

  get zoneName(): string {
    return this.zone === 'utc' ? 'UTC' : 'local time';
  }

  /** `2026-11-21 09:46:50`; undefined where the network's clock is unknown. */
  layer(layer: number): string | undefined {
    return this.clock && formatInstant(layerStartMs(this.clock, layer), this.zone);
  }

  epoch(epoch: number): string | undefined {
    return this.clock && formatInstant(epochStartMs(this.clock, epoch), this.zone);
  }

  instant(ms: number): string {
    return formatInstant(ms, this.zone);
  }

  /** Cells hold ISO 8601 with the offset, for files; the column shows them short. */
  layerCell(layer: number | null): Cell {
    return this.clock && layer !== null
      ? isoInstant(layerStartMs(this.clock, layer), this.zone)
      : null;
  }

  epochCell(epoch: number | null): Cell {
    return this.clock && epoch !== null
      ? isoInstant(epochStartMs(this.clock, epoch), this.zone)
      : null;
  }

  instantCell(ms: number): Cell {
    return isoInstant(ms, this.zone);
  }

  column(title: string): TableColumn {
    return {
      title: `${title} (${this.zoneName})`,
      hint: 'files hold it in ISO 8601, with the offset from UTC',
      format: (value) => (typeof value === 'string' ? value.slice(0, 19).replace('T', ' ') : '–'),
    };
  }

  /** The table with a column of dates before column `at`; as it is where the network's clock is unknown. */
  dated(
    { data, columns }: DatedTable,
    at: number,
    { name, title, cell }: { name: string; title: string; cell: (row: number) => Cell },
  ): DatedTable {
    if (!this.clock) return { data, columns };
    return {
      data: {
        columns: data.columns.toSpliced(at, 0, name),
        rowCount: data.rowCount,
        cell: (row, column) =>
          column === at ? cell(row) : data.cell(row, column < at ? column : column - 1),
      },
      columns: Array.from(data.columns, (_, column) => columns[column]).toSpliced(
        at,
        0,
        this.column(title),
      ),
    };
  }

  /** The axis of epochs, with the day each begins. */
  epochAxis(title: string): PlotAxis {
    const { clock } = this;
    if (!clock) return { title };
    return {
      title,
      also: {
        title: `start (${this.zoneName})`,
        of: (epoch) =>
          formatInstant(epochStartMs(clock, epoch), this.zone).slice(0, dayOrMinute(clock)),
      },
    };
  }
}

const dayMs = 24 * 3600 * 1000;
/** Epochs of a test network last a minute: then the day is not enough. */
const dayOrMinute = ({ layerMs, layersPerEpoch }: LayerClock): number =>
  layerMs * layersPerEpoch >= dayMs ? 10 : 16;
