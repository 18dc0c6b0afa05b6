import { expect, test } from 'vitest';
import { fleetChanges } from '../../../../src/state/fleet/changes';
import type { Fleet, FleetRow } from '../../../../src/state/queries/fleet';

const smesher = new Uint8Array(32).fill(1);
const row = (epoch: number, units: number): FleetRow => ({
  ...{ smesher, epoch, atx: new Uint8Array(32), publisher: smesher, members: 1, coinbase: null },
  ...{ units, weight: 1n, slots: 1, rewards: 1, missed: 0, smidge: 1n },
});
const of = (rows: readonly FleetRow[], missing: Fleet['missing'] = []): Fleet => ({
  ...{ rows, missing, lastOver: 5, unnamedUpTo: -1 },
});

test('fleetChanges: the same reading twice, nothing', () => {
  const fleet = of([row(3, 8), row(4, 4)], [{ smesher, epoch: 5, what: 'not-published' }]);
  expect(fleetChanges(fleet, fleet)).toEqual([]);
});

test('fleetChanges: a miss and fewer units since, the newest epoch first', () => {
  const before = of([row(3, 8)], [{ smesher, epoch: 5, what: 'not-yet-published' }]);
  const after = of(
    [row(3, 8), row(4, 4)],
    [
      { smesher, epoch: 6, what: 'not-yet-published' },
      { smesher, epoch: 5, what: 'not-published' },
    ],
  );
  expect(fleetChanges(before, after).map(({ epoch, what }) => [epoch, what])).toEqual([
    [5, 'not-published'],
    [4, 'units-fell'],
  ]);
});
