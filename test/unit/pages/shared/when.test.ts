import { expect, test } from 'vitest';
import { Dates } from '../../../../src/pages/shared/when';
import { mainnetTiming } from '../../../../src/protocol/epochs';
import { tableOf } from '../../../../src/ui/cells';

const mainnet = new Dates(mainnetTiming, 'utc');
const unknown = new Dates(undefined, 'utc');
const table = {
  data: tableOf(['epoch', 'units'], [[2, 7]]),
  columns: [undefined, { title: 'SU' }],
};
const column = { name: 'start', title: 'start', cell: () => mainnet.epochCell(2) };

test('Dates: layer and epoch of mainnet, as the node dates them', () => {
  expect(mainnet.layer(8064)).toBe('2023-08-11 08:00:00');
  expect(mainnet.epoch(2)).toBe('2023-08-11 08:00:00');
  expect(mainnet.epochCell(2)).toBe('2023-08-11T08:00:00Z');
});

test('Dates: a network whose clock is unknown, no date anywhere', () => {
  expect([unknown.layer(1), unknown.epochCell(1), unknown.layerCell(1)]).toEqual([
    undefined,
    null,
    null,
  ]);
  expect(unknown.dated(table, 1, column)).toEqual(table);
  expect(unknown.epochAxis('Epoch')).toEqual({ title: 'Epoch' });
});

test('Dates.dated: a column in the middle, files hold ISO 8601 and the table the short form', () => {
  const { data, columns } = mainnet.dated(table, 1, column);
  expect(data.columns).toEqual(['epoch', 'start', 'units']);
  expect([0, 1, 2].map((place) => data.cell(0, place))).toEqual([2, '2023-08-11T08:00:00Z', 7]);
  expect(columns[1]?.title).toBe('start (UTC)');
  expect(columns[1]?.format?.('2023-08-11T08:00:00Z', 0)).toBe('2023-08-11 08:00:00');
  expect(columns[2]?.title).toBe('SU');
});

test('Dates.epochAxis: the day for epochs of two weeks, the minute for epochs of a minute', () => {
  expect(mainnet.epochAxis('Epoch').also?.of(2)).toBe('2023-08-11');
  const standalone = new Dates({ genesisMs: 0, layerMs: 6000, layersPerEpoch: 10 }, 'utc');
  expect(standalone.epochAxis('Epoch').also?.of(2)).toBe('1970-01-01 00:02');
});
