import { describe, expect, test } from 'vitest';
import {
  plotLayout,
  plotTable,
  plotTraces,
  type PlotColours,
  type PlotSeries,
} from '../../../src/ui/plot';

const colours: PlotColours = {
  text: 'rgb(0, 0, 0)',
  muted: 'rgb(9, 9, 9)',
  line: 'rgb(1, 1, 1)',
  surface: 'rgb(255, 255, 255)',
  series: ['rgb(1, 2, 3)', 'rgb(4, 5, 6)'],
};
const line: PlotSeries = { type: 'line', name: 'a', x: [1, 2], y: [10, null] };
const rows = (series: readonly PlotSeries[]) => {
  const table = plotTable(series, { title: 'Epoch' }, { title: 'Reward', unit: 'SMH' });
  return [
    table.columns,
    ...Array.from({ length: table.rowCount }, (_, row) =>
      table.columns.map((_, column) => table.cell(row, column)),
    ),
  ];
};

describe('a chart', () => {
  test('gives each series its colour, going round', () => {
    const traces = plotTraces([line, { ...line, name: 'b' }, { ...line, name: 'c' }], colours);
    expect(traces).toMatchObject(
      ['rgb(1, 2, 3)', 'rgb(4, 5, 6)', 'rgb(1, 2, 3)'].map((color) => ({ line: { color } })),
    );
  });

  test('draws a band under its line, and leaves it out of the legend', () => {
    const traces = plotTraces([{ ...line, band: { low: [8, 9], high: [12, 13] } }], colours);
    expect(traces).toHaveLength(3);
    expect(traces).toMatchObject([{ showlegend: false }, { showlegend: false }, { name: 'a' }]);
    expect(traces[1]).toMatchObject({ fill: 'tonexty', fillcolor: 'rgba(1, 2, 3, 0.16)' });
  });

  test('names axes with their units and marks limits', () => {
    const layout = plotLayout(
      {
        x: { title: 'Size', unit: 'TiB', scale: 'log' },
        y: { title: 'Time', unit: 'h' },
        right: { title: 'Share' },
        marks: [{ axis: 'y', at: 12, text: 'cycle gap' }],
        height: 300,
      },
      [line],
      colours,
      'serif',
    );
    expect(layout.xaxis).toMatchObject({ title: { text: 'Size (TiB)' }, type: 'log' });
    expect(layout.yaxis2).toMatchObject({ title: { text: 'Share' }, side: 'right' });
    expect(layout.shapes).toMatchObject([{ y0: 12, y1: 12, xref: 'paper' }]);
    expect(layout.annotations).toMatchObject([{ text: 'cycle gap' }]);
  });

  test('gives its numbers as a table, series side by side', () => {
    expect(rows([line, { type: 'bar', name: 'b', x: [2, 3], y: [5, 6] }])).toEqual([
      ['Epoch', 'a', 'b'],
      [1, 10, null],
      [2, null, 5],
      [3, null, 6],
    ]);
    expect(rows([{ ...line, band: { low: [1, 2], high: [3, 4] } }])[0]).toEqual([
      'Epoch',
      'a',
      'a, low',
      'a, high',
    ]);
    expect(
      rows([{ type: 'heatmap', name: 'share', x: ['p', 'q'], y: [1], z: [[0.5, null]] }]),
    ).toEqual([
      ['Epoch', 'Reward (SMH)', 'share'],
      ['p', 1, 0.5],
      ['q', 1, null],
    ]);
    expect(rows([{ type: 'histogram', name: 'h', x: [4, 5] }])).toEqual([
      ['series', 'Epoch'],
      ['h', 4],
      ['h', 5],
    ]);
  });
});
