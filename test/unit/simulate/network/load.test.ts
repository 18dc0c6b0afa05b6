import { describe, expect, test } from 'vitest';
import { eligibleSlots } from '../../../../src/protocol/eligibility';
import { readAssumptions } from '../../../../src/simulate/network/assumptions';
import {
  distinctLayers,
  epochLoad,
  homeLimits,
  mergedAtxBytes,
  mergedProofBytes,
  proofBytes,
  slotsOf,
  soloAtxBytes,
  type Load,
} from '../../../../src/simulate/network/load';

describe('bytes of an ATX', () => {
  test('has indices as wide as the number of labels, packed', () => {
    // floor(log2(units × 2^32)) + 1 bits: 33 for one unit, 34 for two and three, 35 for four.
    expect(proofBytes(1, 8)).toBe(12 + 33);
    expect(proofBytes(2, 8)).toBe(12 + 34);
    expect(proofBytes(3, 8)).toBe(12 + 34);
    expect(proofBytes(4, 8)).toBe(12 + 35);
    // 37 × 35 bits are 161.9 bytes.
    expect(proofBytes(4, 37)).toBe(12 + 162);
  });

  test('has a path of the PoET’s tree, a node for each doubling of the members', () => {
    const path = (members: number): number => (soloAtxBytes(members) - soloAtxBytes(2)) / 32;
    expect([0, 1, 2, 3, 4, 1024, 1025].map(path)).toEqual([0, 0, 0, 1, 1, 9, 10]);
    expect(mergedAtxBytes(1025) - mergedAtxBytes(2)).toBe(320);
  });

  test('adds up the fields of both versions', () => {
    // Numbers, two ids, coinbase, path of one node, challenge with its length and LabelsPerUnit, smesher, signature.
    expect(soloAtxBytes(2)).toBe(16 + 64 + 24 + (1 + 32 + 4) + 42 + 32 + 64);
    // Numbers, three ids, coinbase, challenge, path, smesher, signature.
    expect(mergedAtxBytes(2)).toBe(16 + 96 + 24 + 32 + (1 + 32 + 4) + 32 + 64);
    expect(mergedProofBytes).toBe(9);
  });
});

describe('slots', () => {
  test('are counted as the node counts them, up to products of 2^53', () => {
    const perEpoch = 50 * 4032;
    const node = (weight: number, totalWeight: number): number =>
      eligibleSlots({ weight, minWeight: 0, totalWeight, committeeSize: 50, layersPerEpoch: 4032 });
    for (const totalWeight of [1, 3, 7, 1000, 26_481_043, 2 ** 35 - 1, 2 ** 35])
      for (const slots of [1, 2, 3, 1000, 201_600]) {
        // Just enough weight for so many slots, and one less.
        const weight = Math.ceil((slots * totalWeight) / perEpoch);
        if (weight === 0 || weight * perEpoch >= 2 ** 53) continue;
        for (const each of [weight, weight - 1, weight + 1])
          expect(Math.max(1, slotsOf(each, totalWeight, perEpoch))).toBe(node(each, totalWeight));
      }
  });

  test('share a ballot where they fall into one layer', () => {
    expect(distinctLayers(0, 4032)).toBe(0);
    expect(distinctLayers(1, 4032)).toBe(1);
    // The second falls into the layer of the first once in 4032 times.
    expect(distinctLayers(2, 4032)).toBeCloseTo(2 - 1 / 4032, 9);
    expect(distinctLayers(3, 4)).toBeCloseTo(4 * (1 - 0.75 ** 3), 12);
  });
});

const assumptions = readAssumptions({
  layersPerEpoch: 1000,
  layerS: 20,
  gossipCopies: 3,
  txsPerProposal: 7,
  verifyPostS: 0.5,
  verifyBallotS: 0.25,
  atxRowBytes: 11,
  ballotRowBytes: 13,
  rewardRowBytes: 17,
  baseGossipBytesPerLayer: 1e4,
});

test('the load of an epoch is the sum of its messages', () => {
  const load = epochLoad(
    { atxs: 10, atxBytes: 5000, posts: 20, slots: 30, ballots: 25 },
    assumptions,
  );
  // Ballot: layer, ATX, smesher, beacon or reference, flag, signature, hash; then the votes; 82 bytes a slot.
  const ballot = 4 + 32 + 32 + 20 + 1 + 64 + 32 + (20 + 4 + 20 + 4 + 8);
  const votes = 25 * ballot + 30 * 82;
  const proposals = votes + 25 * (7 * 32 + 32 + 64);
  expect(load).toEqual({
    ballotsPerLayer: 0.025,
    gossipBytes: 3 * (5000 + proposals) + 1e7,
    gossipBytesPerS: (3 * (5000 + proposals) + 1e7) / 20_000,
    validationCpuS: 20 * 0.5 + 25 * 0.25,
    validationCores: (20 * 0.5 + 25 * 0.25) / 20_000,
    stateGrowthBytes: 5000 + 10 * 11 + votes + 25 * (13 + 17),
  });
});

describe('limits of a home node', () => {
  const bearable = readAssumptions({
    maxAtxs: 100,
    // 9 ballots a layer come to 27 in the busiest, six deviations up.
    maxBallotsPerLayer: 27,
    homeBandwidthBytesPerS: 300,
    homeCpuShare: 0.5,
    homeStateBytesPerEpoch: 700,
  });
  const load: Load = {
    ballotsPerLayer: 9,
    gossipBytes: 1,
    gossipBytesPerS: 300,
    validationCpuS: 2,
    validationCores: 0.5,
    stateGrowthBytes: 700,
  };

  test('are kept by what just meets them', () => {
    const limits = homeLimits(load, 100, bearable);
    expect(limits.map(({ name, unit, value, limit }) => [name, unit, value, limit])).toEqual([
      ['atxs', 'ATXs', 100, 100],
      ['ballots', 'ballots', 27, 27],
      ['bandwidth', 'bytes/s', 300, 300],
      ['cpu', 'cores', 0.5, 0.5],
      ['state', 'bytes', 700, 700],
    ]);
    expect(limits.some(({ exceeded }) => exceeded)).toBe(false);
    for (const { title } of limits) expect(title).not.toBe('');
  });

  test('are exceeded by any more', () => {
    const more: Load = {
      ...load,
      ballotsPerLayer: 9.1,
      gossipBytesPerS: 301,
      validationCores: 0.51,
      stateGrowthBytes: 701,
    };
    expect(homeLimits(more, 101, bearable).every(({ exceeded }) => exceeded)).toBe(true);
  });
});
