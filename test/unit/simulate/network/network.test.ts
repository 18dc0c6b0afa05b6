import { describe, expect, test } from 'vitest';
import { eligibleSlots } from '../../../../src/protocol/eligibility';
import { labelQuality, newPostDefaults } from '../../../../src/simulate/proving/newpost';
import { advise } from '../../../../src/simulate/network/advice';
import {
  assumptionList,
  classNames,
  readAssumptions,
} from '../../../../src/simulate/network/assumptions';
import { setRisk } from '../../../../src/simulate/network/evolve';
import { distinctLayers, slotsOf } from '../../../../src/simulate/network/load';
import { network, simulateNetwork } from '../../../../src/simulate/network/network';
import { measurePresets, networkPresets } from '../../../../src/simulate/network/presets';
import { chooseStrategy } from '../../../../src/simulate/network/strategy';
import type { Measures, NetworkEpoch, NetworkInput } from '../../../../src/simulate/network/types';
import { epochIssuance } from '../../../../src/simulate/rewards/rewards';
import { poissonTail } from '../../../../src/simulate/probability/distributions';
import { passSuccess } from '../../../../src/simulate/probability/passes';
import { Random } from '../../../../src/simulate/probability/random';

const preset = (id: string) => networkPresets.find((p) => p.id === id)?.input ?? expect.fail();
/** Nobody comes or goes, and every proof is made: what is left is the rules. */
const still = Object.fromEntries(
  classNames.flatMap((name) => [
    [`${name}.growth`, 0],
    [`${name}.leaving`, 0],
    [`${name}.reinitialise`, 0],
  ]),
);
const real = (identities: NetworkInput['identities'], measures: Measures = {}, epochs = 6) =>
  network({
    epochs,
    identities,
    measures,
    assumptions: { ...still, equivocation: 0, minWeight: 0 },
  }).epochs;
const last = (epochs: readonly NetworkEpoch[]): NetworkEpoch => epochs.at(-1) ?? expect.fail();
/** A mean smesher of 1 SU in 20 million, at the assumed price. */
const rewardUsd = (Number(epochIssuance(60)) / 1e9 / 20e6) * readAssumptions().smhUsd;

describe('conservation', () => {
  test('pays out exactly the issuance of every epoch, under every measure', () => {
    for (const { measures } of measurePresets(2)) {
      const { epochs } = network({ epochs: 5, measures, assumptions: { 'home.smeshers': 2000 } });
      for (const { rewardedSmidge, issuanceSmidge, epoch } of epochs) {
        expect(issuanceSmidge).toBe(Number(epochIssuance(epoch)));
        expect(Math.abs(rewardedSmidge / issuanceSmidge - 1)).toBeLessThan(1e-12);
      }
    }
  });

  test('gives each ATX a slot while it is guaranteed, and no more slots than the formula', () => {
    const { epochs } = network({ ...preset('reality'), epochs: 3 });
    for (const epoch of epochs) {
      expect(epoch.eligibleAtxs).toBe(epoch.atxs);
      expect(epoch.slots).toBeGreaterThanOrEqual(epoch.atxs);
      expect(epoch.slots).toBeLessThanOrEqual(epoch.atxs + 50 * 4032);
      expect(epoch.ballots).toBeLessThanOrEqual(epoch.slots);
      expect(epoch.identities).toBeGreaterThanOrEqual(epoch.posts);
      const { home, semi, industrial } = epoch.classes;
      expect(home.atxs + semi.atxs + industrial.atxs).toBe(epoch.atxs);
    }
  });

  test('keeps all units of a real network that does not change', () => {
    const units = [4, 4, 8, 100, 4, 4, 7000];
    const epochs = real({ units, owners: [1, 1, 1, 2, 3, 4, 5] });
    for (const epoch of epochs) {
      expect(epoch.units).toBe(7124);
      expect(epoch.identities).toBe(7);
      expect(epoch.classes.industrial.units).toBe(7000);
    }
  });
});

describe('slots', () => {
  test('are counted as the node counts them', () => {
    const random = new Random(2);
    for (let i = 0; i < 5000; i++) {
      const weight = 1 + Math.floor(random.uniform() * 10 ** (1 + (i % 9)));
      const totalWeight = weight + Math.floor(random.uniform() * 10 ** (1 + (i % 11)));
      const node = eligibleSlots({
        weight,
        minWeight: 0,
        totalWeight,
        committeeSize: 50,
        layersPerEpoch: 4032,
      });
      expect(Math.max(1, slotsOf(weight, totalWeight, 50 * 4032))).toBe(node);
    }
  });

  test('share a ballot when they fall into one layer', () => {
    expect(distinctLayers(1, 4032)).toBe(1);
    expect(distinctLayers(4032, 4032)).toBeCloseTo(4032 * (1 - Math.exp(-1)), -1);
    expect(distinctLayers(1e7, 4032)).toBeCloseTo(4032, 6);
  });
});

describe('the claims of "Reducing Network Load"', () => {
  test('splitting with few nonces earns more for industrial smeshers today', () => {
    const { large, split, best } = chooseStrategy(readAssumptions(), 'industrial', {
      rules: { kind: 'today' },
      rewardUsdPerUnit: rewardUsd,
    });
    expect(best).toBe(split);
    expect(split.nonces).toBeLessThanOrEqual(large.nonces);
    expect(split.weightShare).toBeGreaterThan(large.weightShare);
    expect(split.profitUsdPerUnit).toBeGreaterThan(large.profitUsdPerUnit * 1.02);
  });

  test('splitting no longer pays under the new PoST', () => {
    for (const name of classNames) {
      const { large, options } = chooseStrategy(readAssumptions(), name, {
        rules: { kind: 'new-post', newPost: newPostDefaults },
        rewardUsdPerUnit: rewardUsd,
      });
      for (const option of options)
        expect(large.usdPerWeight).toBeLessThanOrEqual(option.usdPerWeight);
      const smallest = options.at(1) ?? expect.fail();
      // Work per nonce is fixed: twenty identities do it twenty times.
      expect(
        smallest.hashesPerUnit / smallest.nonces / (large.hashesPerUnit / large.nonces),
      ).toBeCloseTo(smallest.identities, 6);
    }
  });

  test('the network has over a hundred times the ATXs that were expected for its storage', () => {
    const expected = last(network({ ...preset('expectation'), epochs: 1 }).epochs);
    const reality = last(network({ ...preset('reality'), epochs: 1 }).epochs);
    expect(Math.abs(reality.units / expected.units - 1)).toBeLessThan(0.1);
    expect(reality.atxs / expected.atxs).toBeGreaterThan(100);
    expect(reality.load.ballotsPerLayer / expected.load.ballotsPerLayer).toBeGreaterThan(10);
    expect(reality.limits.filter(({ exceeded }) => exceeded).length).toBeGreaterThan(0);
    expect(expected.limits.filter(({ exceeded }) => exceeded)).toEqual([]);
  });

  test('an industrial smesher publishes thousands of ATXs instead of a handful', () => {
    const perSmesher = (id: string): number => {
      const { atxs, smeshers } = last(network({ ...preset(id), epochs: 1 }).epochs).classes
        .industrial;
      return atxs / smeshers;
    };
    // One ATX a machine was expected; 3,240 SU are one of the assumed machines.
    expect(perSmesher('expectation')).toBeLessThan(40);
    expect(perSmesher('reality')).toBeGreaterThan(1000);
  });

  test('most identities of a splitter prove at the first attempt, and almost all in the end', () => {
    const { split } = chooseStrategy(readAssumptions(preset('reality').assumptions), 'industrial', {
      rules: { kind: 'today' },
      rewardUsdPerUnit: rewardUsd,
    });
    expect(passSuccess({ nonces: split.nonces })).toBeGreaterThan(0.3);
    expect(split.weightShare).toBeGreaterThan(0.97);
  });

  test('ATX Merge does not end the incentive to split; ATXs keep growing if nothing is done', () => {
    const merge = { fromEpoch: 1, adoption: { home: 0, semi: 0.5, industrial: 0.9 } };
    const base = { ...preset('reality'), epochs: 8 };
    expect(
      last(network({ ...base, measures: { merge } }).epochs).strategies.industrial.best.kind,
    ).toBe('split');
    const { epochs } = network(base);
    for (const [i, { atxs }] of epochs.entries())
      if (i > 0) expect(atxs).toBeGreaterThan(epochs[i - 1]?.atxs ?? NaN);
    expect(last(epochs).atxs / (epochs[0]?.atxs ?? NaN)).toBeGreaterThan(1.05);
  });

  test('the new PoST is adopted immediately where identities are merged already', () => {
    const merge = { fromEpoch: 0, adoption: { home: 0, semi: 1, industrial: 1 } };
    const newPost = { fromEpoch: 4 };
    const start = { units: [8], counts: [100_000] };
    const after = (measures: Measures): number => {
      const epochs = real(start, measures, 5);
      return (epochs[4]?.posts ?? NaN) / (epochs[3]?.posts ?? NaN);
    };
    // One proof for each 256 identities in the very epoch, against one for each identity.
    expect(after({ merge, newPost })).toBeLessThan(1 / 200);
    expect(after({ newPost })).toBeGreaterThan(0.99);
  });

  test('more labels in a proof make faking storage exponentially harder', () => {
    // Nonces until one of them makes 1 SU look like 1.2: the k-th label at (k − 1) / 1.2 or below.
    const nonces = (labels: number) => 1 / poissonTail(labels, (labels - 1) / 1.2);
    const [few, more, many] = [100, 200, 400].map((labels) => Math.log(nonces(labels)));
    // The logarithm grows with the number of labels.
    expect((more ?? 0) / (few ?? 1)).toBeGreaterThan(1.5);
    expect((many ?? 0) / (more ?? 1)).toBeGreaterThan(1.6);
    expect(nonces(400)).toBeGreaterThan(1000);
  });

  test('ballots exceed 50 a layer only with more identities than slots', () => {
    const few = last(real({ units: [10], counts: [100_000] }));
    const many = last(real({ units: [10], counts: [1_000_000] }));
    // Without a guarantee an identity of the first network would have two slots, of the second a fifth of one.
    expect(few.load.ballotsPerLayer).toBeLessThanOrEqual(50);
    expect(many.load.ballotsPerLayer).toBeGreaterThan(5 * few.load.ballotsPerLayer * 0.9);
  });

  test('ATX Merge: fewer ATXs and ballots, the same reward and the same number of proofs', () => {
    // Ten large smeshers with a thousand identities each, one home smesher who does not merge.
    const units = [...Array.from({ length: 10 }, () => 8), 8];
    const counts = [...Array.from({ length: 10 }, () => 100_000), 1];
    const merge = { fromEpoch: 1, adoption: { home: 0, semi: 1, industrial: 1 } };
    const epochs = real({ units, counts }, { merge });
    const [before, announced, waiting, merged] = [epochs[0], epochs[1], epochs[2], epochs[3]];
    if (!before || !announced || !waiting || !merged) expect.fail();
    // Two epochs between the marriage and the first merged ATX.
    expect(announced.mergedAtxs).toBe(0);
    expect(waiting.mergedAtxs).toBe(0);
    // One ATX for each 256 proofs of a smesher; a proof that was missed is in none.
    expect(merged.mergedAtxs).toBeGreaterThanOrEqual(merged.posts / 256 - 1);
    expect(merged.mergedAtxs).toBeLessThanOrEqual(merged.posts / 256 + 10);
    expect(merged.identities).toBe(before.identities);
    expect(merged.ballots).toBeLessThan(before.ballots / 4);
    expect(merged.posts / before.posts).toBeCloseTo(1, 2);
    expect(merged.classes.industrial.rewardSmidge / merged.issuanceSmidge).toBeCloseTo(
      before.classes.industrial.rewardSmidge / before.issuanceSmidge,
      5,
    );
    expect(merged.load.stateGrowthBytes).toBeLessThan(before.load.stateGrowthBytes);
  });

  test('starts with the existing marriages: merged immediately, or two epochs on', () => {
    const identities = { units: [8, 8, 8], counts: [300, 300, 300], owners: [1, 2, 3] };
    const epochs = real({ ...identities, marriedFor: [-1, 0, 2] });
    // An ATX a proof but for those that are merged, 256 at most.
    expect(epochs.map(({ mergedAtxs }) => mergedAtxs).slice(0, 4)).toEqual([2, 2, 4, 4]);
    for (const { identities: all, soloAtxs, posts, mergedAtxs } of epochs) {
      expect(all).toBe(900);
      expect(posts).toBeGreaterThan(soloAtxs);
      expect(soloAtxs).toBeLessThanOrEqual(mergedAtxs === 2 ? 600 : 300);
    }
    // Married identities share the risk from the start.
    const [, second] = network({
      epochs: 20,
      identities: { units: [8], counts: [256], marriedFor: [2] },
      assumptions: { ...still, equivocation: 1e-3 },
    }).epochs;
    expect(second?.classes.semi.condemnedUnits).toBeCloseTo(2048 * setRisk(1e-3, 256), 6);
    expect(second?.identities).toBe(256);
  });

  test('new PoST: proof labels grow with the logarithm of the storage instead of linearly', () => {
    const labels = (units: number): number => {
      const measures: Measures = {
        merge: { fromEpoch: 0, adoption: { home: 1, semi: 1, industrial: 1 } },
        newPost: { fromEpoch: 0 },
      };
      // One smesher of this storage in identities of 64 SU, merged.
      return last(real({ units: [64], counts: [units / 64] }, measures)).proofLabels;
    };
    const today = (units: number) => last(real({ units: [64], counts: [units / 64] })).proofLabels;
    expect(today(64 * 200) / today(64 * 20)).toBeGreaterThan(8);
    expect(labels(64 * 200) / labels(64 * 20)).toBeLessThan(1.2);
  });

  test('new PoST: weight fluctuates from epoch to epoch, but not on average', () => {
    const { mean, deviation } = labelQuality(newPostDefaults, 64, newPostDefaults.referenceNonces);
    expect(mean).toBeCloseTo(1, 12);
    expect(deviation).toBeGreaterThan(0.001);
    expect(deviation).toBeLessThan(0.1);
    const epochs = real({ units: [64], counts: [1000] }, { newPost: { fromEpoch: 0 } }, 200);
    const factors = epochs.map(({ classes: { semi, industrial } }) => {
      const { sampleRewardPerUnitSmidge: drawn, rewardPerUnitSmidge } =
        industrial.units > 0 ? industrial : semi;
      return drawn / rewardPerUnitSmidge;
    });
    const average = factors.reduce((sum, factor) => sum + factor, 0) / factors.length;
    const { rewardDeviation } = last(epochs).classes.industrial;
    expect(new Set(factors).size).toBe(factors.length);
    expect(Math.abs(average - 1)).toBeLessThan((4 * rewardDeviation) / Math.sqrt(factors.length));
  });

  test('every other epoch: half the ballots immediately, the same reward over time, twice as bursty', () => {
    const units = [8, 8];
    const normal = real({ units, counts: [200_000, 200_000] });
    const halved = real(
      { units, counts: [200_000, 200_000] },
      { everyOtherEpoch: { fromEpoch: 0 } },
    );
    expect(last(halved).ballots / last(normal).ballots).toBeCloseTo(0.5, 2);
    // Two smeshers of one identity each take turns: all, then nothing.
    const turns = real({ units: [400, 4], owners: [0, 1] }, { everyOtherEpoch: { fromEpoch: 0 } });
    const rewards = turns.map(
      ({ classes, issuanceSmidge }) => classes.semi.rewardSmidge / issuanceSmidge,
    );
    expect(new Set(rewards.slice(0, 2))).toEqual(new Set([0, 1]));
    expect(rewards[0]).toBe(rewards[2]);
  });

  test('a higher minimum and no guarantee cut ballots at the cost of the small', () => {
    const identities = { units: [4, 4000], counts: [400_000, 500] };
    const normal = last(real(identities));
    const minimum = last(real(identities, { minimum: { fromEpoch: 0, units: 64 } }));
    const none = last(real(identities, { noGuarantee: { fromEpoch: 0 } }));
    const lottery = last(real(identities, { noGuarantee: { fromEpoch: 0, below: 'lottery' } }));
    expect(minimum.ballots).toBeLessThan(normal.ballots / 2);
    expect(minimum.atxs).toBeLessThan(1000);
    expect(none.ballots).toBeLessThan(normal.ballots / 2);
    expect(none.slots).toBeLessThanOrEqual(50 * 4032);
    expect(lottery.slots).toBeLessThanOrEqual(50 * 4032 * 1.02);
    const share = (epoch: NetworkEpoch) => epoch.slots / epoch.load.ballotsPerLayer;
    expect(share(lottery)).toBeGreaterThan(0);
  });

  test('all smeshers are paid alike for a unit that is proved', () => {
    const epochs = real({ units: [4, 100, 6000], counts: [1000, 100, 10], owners: [0, 1, 2] });
    for (const { classes, issuanceSmidge, totalWeight } of epochs)
      for (const name of classNames)
        if (classes[name].weight > 0)
          expect(
            classes[name].rewardSmidge / classes[name].weight / (issuanceSmidge / totalWeight),
          ).toBeCloseTo(1, 9);
  });

  test('network: ATX Merge, leaves every total as it is and shows what is condemned apart', () => {
    const run = (measures: Measures) =>
      last(network({ epochs: 16, measures, assumptions: { 'home.smeshers': 2000 } }).epochs);
    const nothing = run({});
    const merged = run({
      merge: { fromEpoch: 1, adoption: { home: 0, semi: 0.5, industrial: 0.9 } },
    });
    expect(merged.mergedAtxs).toBeGreaterThan(0);
    expect(merged.units / nothing.units).toBeCloseTo(1, 4);
    // But for the luck of single proofs.
    expect(Math.abs(merged.totalWeight / nothing.totalWeight - 1)).toBeLessThan(0.015);
    for (const name of classNames) {
      const [after, before] = [merged, nothing].map(
        ({ classes }) => classes[name].rewardPerUnitSmidge,
      );
      // Losses taken out of the population were shown as a gain of 11.5 % for the rest.
      expect(Math.abs((after ?? 0) / (before ?? 1) - 1)).toBeLessThan(0.02);
    }
    expect(merged.classes.industrial.condemnedUnits).toBeGreaterThan(
      10 * nothing.classes.industrial.condemnedUnits,
    );
  });

  test('the shared risk of a marriage: 256 identities, 256 times the chance to lose each', () => {
    expect(setRisk(1e-5, 1)).toBeCloseTo(1e-5, 12);
    expect(setRisk(1e-5, 256) / 1e-5).toBeGreaterThan(250);
    const run = (adoption: number) =>
      network({
        epochs: 30,
        identities: { units: [8, 8, 8, 8], counts: [20_000, 20_000, 20_000, 20_000] },
        measures: { merge: { fromEpoch: 0, adoption: { home: 0, semi: 0, industrial: adoption } } },
        assumptions: { ...still, equivocation: 1e-4 },
      }).epochs.reduce((sum, { classes }) => sum + classes.industrial.condemnedUnits, 0);
    expect(run(1)).toBeGreaterThan(50 * run(0));
  });
});

describe('runs', () => {
  test('repeat with the seed and differ without', () => {
    const run = (seed: number) =>
      JSON.stringify(network({ epochs: 4, seed, assumptions: { 'home.smeshers': 500 } }).epochs);
    expect(run(9)).toBe(run(9));
    expect(run(9)).not.toBe(run(10));
  });

  test('give way while they work', () => {
    let steps = 0;
    let before = 0;
    const run = simulateNetwork({ epochs: 3, assumptions: { 'home.smeshers': 100 } });
    for (let step = run.next(); !step.done; step = run.next()) {
      expect(step.value).toBeGreaterThanOrEqual(before);
      before = step.value;
      steps++;
    }
    expect(steps).toBeGreaterThan(3);
    expect(before).toBe(1);
  });

  test('list every assumption with its source, and refuse unknown ones', () => {
    const list = assumptionList({ 'home.smeshers': 7 });
    expect(list.find(({ key }) => key === 'home.smeshers')?.value).toBe(7);
    for (const { title, unit, source } of list)
      for (const text of [title, unit, source]) expect(text.length).toBeGreaterThan(0);
    expect(new Set(list.map(({ key }) => key)).size).toBe(list.length);
    expect(() => readAssumptions({ nonsense: 1 })).toThrow('nonsense');
    expect(() => network({ epochs: 0 })).toThrow('epochs');
    expect(() => network({ epochs: 1, identities: { units: [] } })).toThrow('identities.units');
    expect(() => network({ epochs: 1, assumptions: { 'home.growth': NaN } })).toThrow(
      'home.growth',
    );
  });

  test('say so when a network would outgrow them', () => {
    expect(() => network({ epochs: 3, assumptions: { 'home.growth': 1000, smhUsd: 1e9 } })).toThrow(
      'Lower the growth',
    );
  });

  test('survive an empty and a tiny network without NaN', () => {
    const none = Object.fromEntries(classNames.map((name) => [`${name}.smeshers`, 0]));
    for (const input of [{ assumptions: none }, { identities: { units: [4] } }])
      for (const epoch of network({ epochs: 2, ...input }).epochs)
        expect(JSON.stringify(epoch)).not.toContain('null');
  });
});

describe('advice', () => {
  const base = { totalUnits: 20e6, totalIdentities: 3e6, epoch: 60 };

  test('tells small smeshers to wait and large ones to merge, with the price of it', () => {
    const small = advise({ ...base, units: [4, 4, 8] });
    expect(small.favours).toBe('wait');
    const large = advise({ ...base, units: Array.from({ length: 600 }, () => 8) });
    expect(large.favours).toBe('merge');
    const [wait, merge, split] = large.options;
    if (!wait || !merge || !split) expect.fail();
    expect(merge.atxs).toBe(3);
    expect(merge.rewardSmh).toBeCloseTo(wait.rewardSmh, 6);
    expect(merge.slots).toBeLessThan(wait.slots);
    expect(merge.lostUnits).toBeGreaterThan(100 * wait.lostUnits);
    expect(merge.loseAll).toBeGreaterThan(wait.loseAll);
    const one = advise({ ...base, units: [64] });
    expect(one.favours).toBe('wait');
    // The reason has the figures of the table.
    expect(one.reason).toMatch(/Split into \d+ of .* of one thread per epoch instead of/);
    expect(large.reason).toContain(
      `600 ATXs become 3 ATXs and ${wait.slots.toLocaleString('en')} slots become ${merge.slots} slots`,
    );
    expect(() => advise({ ...base, units: [] })).toThrow('units');
  });
});
