import { expect, test } from 'vitest';
import {
  alarmBelow,
  luck,
  rewardedLayers,
  type LuckEpoch,
} from '../../../../src/simulate/rewards/luck';
import { Random } from '../../../../src/simulate/probability/random';
import { refusal } from '../../../support/simulate';

const layers = 4032;

/** Layers in which a node with these slots is rewarded, drawn slot by slot as the node does. */
function draw(random: Random, epoch: Omit<LuckEpoch, 'paid'>, losesShare = 0): number {
  const hit = new Set<number>();
  for (let slot = 0; slot < epoch.slots; slot++) {
    const layer = Math.floor(random.uniform() * epoch.layers);
    if (layer < epoch.paidLayers) hit.add(layer);
  }
  let paid = 0;
  for (let i = 0; i < hit.size; i++)
    if (random.uniform() < epoch.inclusion && random.uniform() >= losesShare) paid++;
  return paid;
}

test('rewardedLayers: one slot, paid if its layer is', () => {
  const pmf = rewardedLayers({ slots: 1, layers: 10, paidLayers: 9, inclusion: 1 });
  expect(Array.from(pmf)).toEqual([expect.closeTo(0.1, 12), expect.closeTo(0.9, 12)]);
});

test('rewardedLayers: slots in the same layer, one reward', () => {
  // Two of two layers: the same one half of the time.
  const pmf = rewardedLayers({ slots: 2, layers: 2, paidLayers: 2, inclusion: 1 });
  expect(Array.from(pmf)).toEqual([0, 0.5, 0.5]);
  const kept = rewardedLayers({ slots: 2, layers: 2, paidLayers: 2, inclusion: 0.5 });
  expect(Array.from(kept)).toEqual([
    expect.closeTo(0.375, 12),
    expect.closeTo(0.5, 12),
    expect.closeTo(0.125, 12),
  ]);
});

test.each([
  { slots: 40, layers: 60, paidLayers: 50, inclusion: 0.9 },
  { slots: 100, layers, paidLayers: 4000, inclusion: 0.98 },
])('rewardedLayers: %j, as drawn slot by slot', (epoch) => {
  const pmf = rewardedLayers(epoch);
  expect(pmf.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 10);
  const random = new Random(2);
  const draws = 20_000;
  const counts = new Float64Array(pmf.length);
  for (let i = 0; i < draws; i++) {
    const paid = draw(random, epoch);
    counts[paid] = (counts[paid] ?? 0) + 1;
  }
  for (const [k, p] of pmf.entries())
    expect(Math.abs((counts[k] ?? 0) / draws - p)).toBeLessThan(
      5 * Math.sqrt((p * (1 - p)) / draws) + 1e-3,
    );
});

test('luck: 100,000 honest epochs, false alarms below 1 %', () => {
  const random = new Random(8);
  let alarms = 0;
  const kinds = [
    { slots: 1, layers, paidLayers: 4000, inclusion: 0.99 },
    { slots: 12, layers, paidLayers: 4032, inclusion: 0.97 },
    { slots: 60, layers, paidLayers: 3900, inclusion: 0.99 },
    { slots: 150, layers, paidLayers: 4020, inclusion: 1 },
  ];
  // The distribution of an epoch is the same each time: its tail is added up once.
  for (const kind of kinds) {
    const pmf = rewardedLayers(kind);
    const tail = pmf.map((_, k) => pmf.subarray(0, k + 1).reduce((a, b) => a + b, 0));
    expect(luck([{ ...kind, paid: kind.slots >> 1 }]).pValue).toBeCloseTo(
      tail[kind.slots >> 1] ?? NaN,
      12,
    );
    for (let epoch = 0; epoch < 25_000; epoch++)
      if ((tail[draw(random, kind)] ?? 1) < alarmBelow) alarms++;
  }
  expect(alarms / 100_000).toBeLessThan(0.01);
});

test('luck: a node that loses 5 % of its slots, found within 10 epochs', () => {
  const random = new Random(5);
  const epoch = { slots: 100, layers, paidLayers: 4020, inclusion: 0.995 };
  const nodes = 200;
  let found = 0;
  for (let node = 0; node < nodes; node++) {
    const epochs: LuckEpoch[] = [];
    for (let i = 0; i < 10; i++) epochs.push({ ...epoch, paid: draw(random, epoch, 0.05) });
    if (luck(epochs).outcome === 'broken') found++;
  }
  expect(found / nodes).toBeGreaterThan(0.98);
});

test('luck: everything paid or nothing due, no alarm', () => {
  expect(luck([])).toEqual({ expectedPaid: 0, paid: 0, pValue: 1, outcome: 'unlucky-or-fine' });
  const epoch = { slots: 20, layers, paidLayers: layers, inclusion: 1, paid: 20 };
  expect(luck([epoch])).toMatchObject({ pValue: 1 });
  expect(luck([{ ...epoch, paid: 0 }])).toMatchObject({ pValue: 0, outcome: 'broken' });
});

test.each([
  ['slots', { slots: 1.5 }],
  ['layers', { layers: 0 }],
  ['paidLayers', { paidLayers: 5000 }],
  ['inclusion', { inclusion: 1.1 }],
])('luck: a wrong %s, refused by name', (what, change) => {
  const epoch = { slots: 1, layers, paidLayers: 1, inclusion: 1, paid: 1, ...change };
  expect(refusal(() => luck([epoch]))).toMatchObject({ what });
});
