import { expect, test } from 'vitest';
import { resultSeries } from '../../../../src/pages/state/result-series';
import { tableOf } from '../../../../src/ui/cells';

const data = tableOf(
  ['layer', 'smesher', 'reward', 'fees'],
  [
    [1, new Uint8Array([0xab, 0xcd]), 5n, 1],
    [1, new Uint8Array([0x12, 0x34]), 7, 2],
    [2, new Uint8Array([0x12, 0x34]), null, 3],
  ],
);

test('resultSeries: two columns upwards, a series each', () => {
  expect(resultSeries(data, { kind: 'line', x: 0, y: [2, 3] })).toEqual({
    series: [
      { type: 'line', name: 'reward', x: [1, 1, 2], y: [5, 7, null] },
      { type: 'line', name: 'fees', x: [1, 1, 2], y: [1, 2, 3] },
    ],
    leftOut: 0,
  });
});

test('resultSeries: grouped by a column, a series for each value, the one with most rows first', () => {
  expect(resultSeries(data, { kind: 'bar', x: 0, y: [2], group: 1 }).series).toEqual([
    { type: 'bar', name: '1234', x: [1, 2], y: [7, null] },
    { type: 'bar', name: 'abcd', x: [1], y: [5] },
  ]);
});

test('resultSeries: more groups than colours, the rest is counted', () => {
  const many = tableOf(
    ['x', 'group'],
    Array.from({ length: 40 }, (_, i) => [i, `g${i % 20}`]),
  );
  const { series, leftOut } = resultSeries(many, { kind: 'scatter', x: 0, y: [0], group: 1 });
  expect([series.length, leftOut]).toEqual([12, 8]);
});

test('resultSeries: NULL and the text "null", two groups', () => {
  const mixed = tableOf(
    ['x', 'group'],
    [
      [1, null],
      [2, 'null'],
    ],
  );
  expect(
    resultSeries(mixed, { kind: 'histogram', x: 0, y: [0], group: 1 }).series.map(
      ({ name }) => name,
    ),
  ).toEqual(['NULL', 'null']);
});
