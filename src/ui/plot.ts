/** A chart described by what it shows; `Plot.svelte` draws it with plotly. */
import type { Annotations, Data, Layout, LayoutAxis, Shape } from 'plotly.js';
import { tableOf, type Cell, type TableData } from './cells';

/** Positions along an axis: numbers, category names, or dates as `2026-11-21 09:00`. */
export type PlotValue = number | string | null;

interface NamedSeries {
  readonly name: string;
}

/** y over x. A `band` is a range around the line: quantiles, an interval. */
export interface XySeries extends NamedSeries {
  readonly type: 'line' | 'area' | 'bar' | 'scatter' | 'step';
  readonly x: readonly PlotValue[];
  readonly y: readonly (number | null)[];
  readonly band?: { readonly low: readonly number[]; readonly high: readonly number[] };
  /** Measured against the axis on the right. */
  readonly right?: boolean;
  readonly dashed?: boolean;
}

/** How often values fall into bins. */
export interface HistogramSeries extends NamedSeries {
  readonly type: 'histogram';
  readonly x: readonly number[];
  readonly bins?: number;
}

/** `z[row][column]` over the categories or numbers x (columns) and y (rows). */
export interface HeatmapSeries extends NamedSeries {
  readonly type: 'heatmap';
  readonly x: readonly PlotValue[];
  readonly y: readonly PlotValue[];
  readonly z: readonly (readonly (number | null)[])[];
}

export type PlotSeries = XySeries | HistogramSeries | HeatmapSeries;

export interface PlotAxis {
  readonly title: string;
  readonly unit?: string;
  readonly scale?: 'linear' | 'log' | 'date' | 'category';
  readonly range?: readonly [number, number];
  /** A second name of each whole number along the axis, such as its date: a line below the number, and a column of the table. */
  readonly also?: { readonly title: string; readonly of: (value: number) => string } | undefined;
  /** Whether the axis must show zero, where bars and areas begin. Default: as plotly finds best. */
  readonly fromZero?: boolean;
}

/** A line across the chart, with its name: a limit, a moment, a choice. */
export interface PlotMark {
  readonly axis: 'x' | 'y';
  readonly at: number | string;
  readonly text: string;
}

export interface PlotColours {
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  readonly surface: string;
  readonly series: readonly string[];
}

/** More names than this do not fit under a chart. */
const mostNames = 6;

/** Places along the axis that get both names. */
function namedTicks(series: readonly PlotSeries[]): number[] {
  const all = series
    .flatMap((one) => one.x)
    .filter((value): value is number => typeof value === 'number' && Number.isInteger(value));
  if (all.length === 0) return [];
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const step = Math.max(1, Math.ceil((high - low + 1) / mostNames));
  return Array.from({ length: Math.floor((high - low) / step) + 1 }, (_, i) => low + i * step);
}

const withUnit = ({ title, unit }: PlotAxis): string => (unit ? `${title} (${unit})` : title);

/** `rgb(1, 2, 3)` made translucent; other forms of colour stay as they are. */
const translucent = (colour: string, alpha: number): string =>
  colour.replace(/^rgb\((.*)\)$/, `rgba($1, ${alpha})`);

/** Plotly's traces. Colours go round when there are more series than colours. */
export function plotTraces(series: readonly PlotSeries[], colours: PlotColours): Data[] {
  return series.flatMap((one, i): Data[] => {
    const colour = colours.series[i % colours.series.length] ?? colours.text;
    if (one.type === 'heatmap')
      return [
        {
          type: 'heatmap',
          name: one.name,
          x: [...one.x],
          y: [...one.y],
          z: one.z.map((row) => [...row]),
          colorscale: [
            [0, colours.surface],
            [1, colour],
          ],
          colorbar: { title: { text: one.name }, outlinewidth: 0, thickness: 12 },
          hoverongaps: false,
        },
      ];
    if (one.type === 'histogram')
      return [
        {
          type: 'histogram',
          name: one.name,
          x: [...one.x],
          ...(one.bins ? { nbinsx: one.bins } : {}),
          marker: { color: colour },
        },
      ];
    const base = {
      name: one.name,
      x: [...one.x],
      y: [...one.y],
      ...(one.right ? { yaxis: 'y2' as const } : {}),
    };
    if (one.type === 'bar') return [{ ...base, type: 'bar', marker: { color: colour } }];
    const main: Data = {
      ...base,
      type: 'scatter',
      // Points are seen as such while there are few.
      mode: one.type === 'scatter' ? 'markers' : one.x.length > 60 ? 'lines' : 'lines+markers',
      line: {
        color: colour,
        width: 2,
        dash: one.dashed ? 'dash' : 'solid',
        shape: one.type === 'step' ? 'hv' : 'linear',
      },
      marker: { color: colour, size: one.type === 'scatter' ? 6 : 5 },
      ...(one.type === 'area' ? { fill: 'tozeroy', fillcolor: translucent(colour, 0.18) } : {}),
    };
    if (!one.band) return [main];
    const edge = {
      type: 'scatter' as const,
      x: [...one.x],
      mode: 'lines' as const,
      line: { width: 0, color: colour },
      hoverinfo: 'skip' as const,
      showlegend: false,
    };
    return [
      { ...edge, y: [...one.band.low] },
      { ...edge, y: [...one.band.high], fill: 'tonexty', fillcolor: translucent(colour, 0.16) },
      main,
    ];
  });
}

export interface PlotFrame {
  readonly x: PlotAxis;
  readonly y: PlotAxis;
  readonly right?: PlotAxis | undefined;
  readonly stacked?: boolean;
  readonly marks?: readonly PlotMark[];
  readonly height: number;
}

function ticksOf({ also }: PlotAxis, series: readonly PlotSeries[]): Partial<LayoutAxis> {
  if (!also) return {};
  const tickvals = namedTicks(series);
  return { tickvals, ticktext: tickvals.map((value) => `${value}<br>${also.of(value)}`) };
}

/** Plotly's layout. The title is outside, as text of the page. */
export function plotLayout(
  frame: PlotFrame,
  series: readonly PlotSeries[],
  colours: PlotColours,
  font: string,
): Partial<Layout> {
  const axis = (of: PlotAxis): Partial<LayoutAxis> => ({
    title: { text: withUnit(of), font: { size: 12, color: colours.muted }, standoff: 8 },
    ...(of.scale ? { type: of.scale } : {}),
    ...(of.range ? { range: [...of.range] } : {}),
    ...(of.fromZero ? { rangemode: 'tozero' } : {}),
    automargin: true,
    gridcolor: colours.line,
    linecolor: colours.line,
    zerolinecolor: colours.line,
    tickfont: { color: colours.muted, size: 11 },
    exponentformat: 'SI',
    minexponent: 6,
    separatethousands: true,
  });
  // A heat map goes from the surface to the first colour: the second is seen on both.
  const markColour =
    (series.some(({ type }) => type === 'heatmap') ? colours.series[1] : undefined) ??
    colours.muted;
  const { marks = [] } = frame;
  const named = series.length > 1;
  return {
    height: frame.height,
    autosize: true,
    margin: { l: 48, r: frame.right ? 48 : 12, t: named ? 28 : 12, b: 40 },
    paper_bgcolor: 'rgba(0,0,0,0)',
    plot_bgcolor: 'rgba(0,0,0,0)',
    font: { family: font, color: colours.text, size: 12 },
    separators: '.,',
    hovermode: series.some(({ type }) => type === 'heatmap') ? 'closest' : 'x unified',
    hoverlabel: {
      bgcolor: colours.surface,
      bordercolor: colours.line,
      font: { color: colours.text },
    },
    barmode: frame.stacked ? 'stack' : 'group',
    showlegend: named,
    legend: { orientation: 'h', x: 0, y: 1, yanchor: 'bottom' },
    xaxis: { ...axis(frame.x), ...ticksOf(frame.x, series) },
    yaxis: axis(frame.y),
    ...(frame.right
      ? { yaxis2: { ...axis(frame.right), overlaying: 'y', side: 'right', showgrid: false } }
      : {}),
    shapes: marks.map(({ axis: along, at }): Partial<Shape> => ({
      type: 'line',
      line: { color: markColour, width: 1.5, dash: 'dot' },
      ...(along === 'x'
        ? { xref: 'x', yref: 'paper', x0: at, x1: at, y0: 0, y1: 1 }
        : { xref: 'paper', yref: 'y', x0: 0, x1: 1, y0: at, y1: at }),
    })),
    annotations: marks.map(({ axis: along, at, text }): Partial<Annotations> => ({
      text,
      showarrow: false,
      font: { size: 11, color: markColour },
      ...(along === 'x'
        ? { xref: 'x', yref: 'paper', x: at, y: 1, yanchor: 'bottom' }
        : { xref: 'paper', yref: 'y', x: 1, y: at, xanchor: 'right', yanchor: 'bottom' }),
    })),
  };
}

/** The numbers behind a chart: for those who read rather than look, and for CSV. Series share their x. */
export function plotTable(series: readonly PlotSeries[], x: PlotAxis, y: PlotAxis): TableData {
  const heatmap = series.find((one) => one.type === 'heatmap');
  if (heatmap)
    return tableOf(
      [withUnit(x), withUnit(y), heatmap.name],
      heatmap.y.flatMap((row, j) =>
        heatmap.x.map((column, i): Cell[] => [column, row, heatmap.z[j]?.[i] ?? null]),
      ),
    );
  const histograms = series.filter((one) => one.type === 'histogram');
  if (histograms.length > 0)
    return tableOf(
      ['series', withUnit(x)],
      histograms.flatMap(({ name, x: values }) => values.map((value): Cell[] => [name, value])),
    );
  const columns: string[] = [withUnit(x)];
  const rows = new Map<PlotValue, Cell[]>();
  const put = (
    name: string,
    at: readonly PlotValue[],
    values: readonly (number | null)[],
  ): void => {
    const column = columns.push(name) - 1;
    for (const [i, position] of at.entries()) {
      const row = rows.get(position) ?? [position];
      row[column] = values[i] ?? null;
      rows.set(position, row);
    }
  };
  for (const one of series) {
    if (one.type === 'heatmap' || one.type === 'histogram') continue;
    put(one.name, one.x, one.y);
    if (one.band) {
      put(`${one.name}, low`, one.x, one.band.low);
      put(`${one.name}, high`, one.x, one.band.high);
    }
  }
  const { also } = x;
  if (!also) return tableOf(columns, [...rows.values()]);
  return tableOf(
    [...columns.slice(0, 1), also.title, ...columns.slice(1)],
    [...rows.values()].map(([position = null, ...rest]): Cell[] => [
      position,
      typeof position === 'number' ? also.of(position) : null,
      ...rest,
    ]),
  );
}
