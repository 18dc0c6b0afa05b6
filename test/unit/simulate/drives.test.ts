import { describe, expect, it } from 'vitest';
import { tebibyte } from '../../../src/protocol/units';
import {
  fewestDrives,
  fillDrives,
  joinDrives,
  joinModes,
  packIdentities,
  processorShare,
  serviceOptions,
  type FleetOnDrivesInput,
  type JoinMode,
} from '../../../src/simulate/drives';
import { fleet } from '../../../src/simulate/fleet';
import { hdd, near, refusal } from '../../support/simulate';

describe('drives', () => {
  const drives = ['a', 'b', 'c', 'd'].map((name) => ({
    name,
    sizeBytes: 8 * tebibyte,
    readBytesPerS: 200e6,
  }));

  it('joins them as RAID and LVM do', () => {
    expect(joinDrives(drives, 'separate').usableBytes).toBe(32 * tebibyte);
    expect(joinDrives(drives, 'raid0').volumes[0]).toMatchObject({
      sizeBytes: 32 * tebibyte,
      readBytesPerS: 800e6,
    });
    expect(joinDrives(drives, 'raid5').volumes[0]).toMatchObject({
      sizeBytes: 24 * tebibyte,
      readBytesPerS: 600e6,
    });
    expect(joinDrives(drives, 'lvm').volumes[0]?.readBytesPerS).toBeCloseTo(200e6, 3);
    expect(joinDrives(drives, 'raid5').lossOnOneDeath).toBe(0);
    expect(joinDrives(drives, 'raid0').yearlyLoss).toBeGreaterThan(
      joinDrives(drives, 'separate').yearlyLoss,
    );
    expect(() => joinDrives(drives.slice(0, 2), 'raid5')).toThrow('at least 3 drives');
  });

  it('fills each drive with the fewest identities that are proved in time', () => {
    const plan = fillDrives({ ...hdd, volumes: drives, probability: 0.99 });
    expect(plan.volumes).toHaveLength(4);
    for (const volume of plan.volumes) {
      expect(volume.probabilityAll).toBeGreaterThanOrEqual(0.99);
      expect(volume.unitsPerIdentity).toBeGreaterThanOrEqual(4);
      expect(volume.identities * volume.unitsPerIdentity + volume.idleUnits).toBe(
        volume.capacityUnits,
      );
    }
    const stuck = fillDrives({
      ...hdd,
      volumes: [{ name: 'x', sizeBytes: tebibyte, readBytesPerS: 0 }],
      probability: 0.99,
    });
    expect(stuck.units).toBe(0);
    expect(stuck.volumes[0]?.reason).toContain('Too slow');
    const tiny = fillDrives({
      ...hdd,
      volumes: [{ name: 'x', sizeBytes: 1e9, readBytesPerS: 1 }],
      probability: 0.99,
    });
    expect(tiny.volumes[0]?.reason).toContain('at least 4');
  });

  it('packs identities without overfilling, and says what has no room', () => {
    const small = [
      { name: 'fast', sizeBytes: tebibyte, readBytesPerS: 400e6 },
      { name: 'slow', sizeBytes: tebibyte, readBytesPerS: 100e6 },
    ];
    const packing = packIdentities([4, 8, 4, 10, 4, 40], small, { reserve: 0 });
    expect(packing.placed[5]).toBeUndefined();
    expect(packing.placed.filter((name) => name !== undefined)).toHaveLength(5);
    for (const { units, freeUnits } of packing.volumes) {
      expect(units + freeUnits).toBe(16);
      expect(freeUnits).toBeGreaterThanOrEqual(0);
    }
    expect(packing.placed[3]).toBe('fast');
  });

  it('compares one node with many', () => {
    const [one, many] = serviceOptions({ identities: 16 });
    expect(one?.nodes).toBe(1);
    expect(many?.diskBytes).toBe(16 * (one?.diskBytes ?? 0));
    expect(one?.memoryBytes).toBeLessThan(many?.memoryBytes ?? 0);
  });
});

describe('unequal drives, joined', () => {
  const drives = [
    { name: 'a', sizeBytes: 4e12, readBytesPerS: 100e6 },
    { name: 'b', sizeBytes: 2e12, readBytesPerS: 200e6 },
    { name: 'c', sizeBytes: 2e12, readBytesPerS: 50e6 },
  ];
  const names = ['a', 'b', 'c'];

  it('not at all, are volumes of their own', () => {
    expect(joinDrives(drives, 'separate')).toMatchObject({
      mode: 'separate',
      volumes: drives.map((drive) => ({ ...drive, drives: [drive.name] })),
      usableBytes: 8e12,
      // The largest is half of everything.
      lossOnOneDeath: 0.5,
      yearlyLoss: 0.015,
    });
  });

  it('as RAID 0, are as many times the smallest and the slowest', () => {
    expect(joinDrives(drives, 'raid0')).toMatchObject({
      mode: 'raid0',
      volumes: [{ name: 'raid0', sizeBytes: 6e12, readBytesPerS: 150e6, drives: names }],
      usableBytes: 6e12,
      lossOnOneDeath: 1,
      // Not all three survive.
      yearlyLoss: near(1 - 0.985 ** 3, 12),
    });
  });

  it('as RAID 5, give one away, and are lost with a second during the rebuild', () => {
    expect(joinDrives(drives, 'raid5')).toMatchObject({
      mode: 'raid5',
      volumes: [{ name: 'raid5', sizeBytes: 4e12, readBytesPerS: 100e6, drives: names }],
      usableBytes: 4e12,
      lossOnOneDeath: 0,
      yearlyLoss: near(0.045 * 0.03 * (3 / 365.25), 12),
    });
    const loss = (yearlyFailureRate: number, rebuildDays: number) =>
      joinDrives(drives, 'raid5', { yearlyFailureRate, rebuildDays }).yearlyLoss;
    expect(loss(0.1, 365.25 / 5)).toBeCloseTo(0.3 * 0.2 * 0.2, 12);
    expect(loss(1, 365.25)).toBe(1);
    expect(loss(0.5, 0)).toBe(0);
  });

  it('as LVM, are read one after the other', () => {
    // 40,000 s for a, 10,000 s for b, 40,000 s for c.
    expect(joinDrives(drives, 'lvm')).toMatchObject({
      mode: 'lvm',
      volumes: [{ name: 'lvm', sizeBytes: 8e12, readBytesPerS: near(8e12 / 90_000, 3) }],
      usableBytes: 8e12,
      lossOnOneDeath: 1,
      yearlyLoss: near(1 - 0.985 ** 3, 12),
    });
    expect(joinDrives(drives, 'lvm').volumes[0]?.drives).toEqual(names);
  });

  it.each(joinModes)('as %s, are as many as it takes, at any share of deaths', (mode) => {
    const join = (count: number, yearlyFailureRate = 0.5) =>
      refusal(() => joinDrives(drives.slice(0, count), mode, { yearlyFailureRate }));
    expect(join(fewestDrives[mode])).toBeUndefined();
    expect(join(fewestDrives[mode] - 1)).toMatchObject({ what: 'drives' });
    expect(join(3, 0)).toBeUndefined();
    expect(join(3, 1)).toBeUndefined();
    for (const share of [-0.1, 1.1, NaN])
      expect(join(3, share)).toMatchObject({ what: 'yearlyFailureRate' });
  });

  it.each<JoinMode>(['separate', 'raid5'])('as %s, have sizes and speeds', (mode) => {
    const join = (change: object) =>
      refusal(() => joinDrives([...drives, { ...drives[0], name: 'd', ...change }] as never, mode));
    expect(join({ sizeBytes: 0 })).toMatchObject({ what: 'sizeBytes' });
    expect(join({ readBytesPerS: -1 })).toMatchObject({ what: 'readBytesPerS' });
    expect(join({ readBytesPerS: 0 })).toBeUndefined();
    expect(join({ readBytesPerS: Infinity })).toBeUndefined();
  });
});

describe('volumes filled', () => {
  const scan = { bytesPerSPerThread: 1e12 };
  const base = { nonces: 128, threads: 8, scan, hashesPerS: 1e6, probability: 0.9, reserve: 0 };
  const unit = 2 ** 36;
  const volume = (units: number, megabytes = 100, name = 'x') => ({
    name,
    sizeBytes: units * unit,
    readBytesPerS: megabytes * 1e6,
  });
  /** Fills one volume, and says how likely any other way of filling it is proved in time. */
  const fill = (units: number, change: Partial<FleetOnDrivesInput> = {}, megabytes = 100) => {
    const input = { ...base, volumes: [volume(units, megabytes)], ...change };
    const plan = fillDrives(input);
    const [filled = expect.fail()] = plan.volumes;
    const odds = (unitsEach: number, identities: number) =>
      fleet({
        ...input,
        diskBytesPerS: megabytes * 1e6,
        numUnits: unitsEach * identities,
        identities,
        drives: 1,
      }).probabilityAll;
    return { plan, filled, odds };
  };

  it('hold one identity where that is proved in time', () => {
    const { plan, filled, odds } = fill(30.9);
    expect(filled).toMatchObject({
      name: 'x',
      capacityUnits: 30,
      identities: 1,
      unitsPerIdentity: 30,
      idleUnits: 0,
      reason: 'One identity of this size is proved in time.',
    });
    expect(filled.probabilityAll).toBe(odds(30, 1));
    expect(plan).toMatchObject({ identities: 1, units: 30, idleUnits: 0 });
    expect(plan.probabilityAll).toBe(filled.probabilityAll);
  });

  it('hold an identity exactly as sure as it is wanted', () => {
    const { odds } = fill(30);
    expect(fill(30, { probability: odds(30, 1) }).filled.identities).toBe(1);
    expect(fill(30, { probability: odds(30, 1) + 1e-9 }).filled.identities).toBeGreaterThan(1);
  });

  it('are split among the fewest identities that are proved in time', () => {
    // A whole pass takes 9.5 hours: there is no time for a second one.
    const { plan, filled, odds } = fill(50, { probability: 0.97 });
    const { identities, unitsPerIdentity } = filled;
    expect(identities).toBeGreaterThan(1);
    expect(unitsPerIdentity).toBe(Math.floor(50 / identities));
    expect(odds(unitsPerIdentity, identities)).toBeGreaterThanOrEqual(0.97);
    for (let fewer = 1; fewer < identities; fewer++)
      expect(odds(Math.floor(50 / fewer), fewer)).toBeLessThan(0.97);
    expect(filled.reason).toContain(`${identities} identities`);
    expect(plan.units).toBe(identities * unitsPerIdentity);
    expect(plan.idleUnits).toBe(50 - plan.units);
  });

  it('are split among the smallest, where only they are proved in time', () => {
    // Time for one pass over everything, and half of another.
    const { odds } = fill(8, { gapS: 8800 });
    const { filled } = fill(8, { gapS: 8800, probability: odds(4, 2) });
    expect(filled).toMatchObject({ identities: 2, unitsPerIdentity: 4, idleUnits: 0 });
    expect(filled.reason).toContain('2 identities');
  });

  it('hold the smallest identity where nothing larger is proved in time', () => {
    // 7 SU take 4810 s to read, 4 SU 2749 s.
    expect(fill(7, { gapS: 3500 }).filled).toMatchObject({
      identities: 1,
      unitsPerIdentity: 4,
      idleUnits: 3,
    });
  });

  it('hold no identity larger than is allowed', () => {
    const { filled } = fill(30, { maxUnitsPerIdentity: 8 });
    expect(filled).toMatchObject({ identities: 4, unitsPerIdentity: 7, idleUnits: 2 });
    expect(filled.reason).toContain('you allow');
    expect(fill(30, { maxUnitsPerIdentity: 30 }).filled.identities).toBe(1);
    expect(fill(8, { maxUnitsPerIdentity: 4 }).filled).toMatchObject({ identities: 2 });
    for (const maxUnitsPerIdentity of [3, 0, NaN])
      expect(refusal(() => fill(30, { maxUnitsPerIdentity }))).toMatchObject({
        what: 'maxUnitsPerIdentity',
      });
  });

  it('are filled only as far as is proved in time', () => {
    const { filled, odds, plan } = fill(400);
    const { identities, unitsPerIdentity, idleUnits } = filled;
    const proved = identities * unitsPerIdentity;
    expect(idleUnits).toBe(400 - proved);
    expect(plan.idleUnits).toBe(idleUnits);
    expect(odds(unitsPerIdentity, identities)).toBeGreaterThanOrEqual(0.9);
    expect(filled.reason).toContain('holds more');
    // As many of the smallest as are proved in time, in fewer and larger identities where that is as sure.
    let most = 0;
    while (odds(4, most + 1) >= 0.9) most++;
    expect(proved).toBeLessThanOrEqual(4 * most);
    expect(proved).toBeGreaterThan(0.9 * 4 * most);
    for (let fewer = 1; fewer < identities; fewer++)
      expect(odds(Math.floor((4 * most) / fewer), fewer)).toBeLessThan(0.9);
  });

  it('are filled with the fewest of those that are proved in time, where they hold more', () => {
    const { filled, odds } = fill(400, { probability: 0.97 });
    const { identities, unitsPerIdentity } = filled;
    expect(identities).toBeGreaterThan(1);
    expect(unitsPerIdentity).toBeGreaterThan(4);
    expect(odds(unitsPerIdentity, identities)).toBeGreaterThanOrEqual(0.97);
    let most = 0;
    while (odds(4, most + 1) >= 0.97) most++;
    expect(unitsPerIdentity).toBe(Math.floor((4 * most) / identities));
    for (let fewer = 1; fewer < identities; fewer++)
      expect(odds(Math.floor((4 * most) / fewer), fewer)).toBeLessThan(0.97);
    // No larger than is allowed, and as large.
    const largest = { probability: 0.97, maxUnitsPerIdentity: unitsPerIdentity };
    expect(fill(400, largest).filled).toEqual(filled);
    // Exactly as sure as wanted.
    const exactly = { probability: odds(4, most), maxUnitsPerIdentity: 4 };
    expect(fill(400, exactly).filled.identities).toBe(most);
  });

  it('are filled with the largest that are allowed where they hold more', () => {
    const { filled, odds } = fill(400, { maxUnitsPerIdentity: 4 });
    expect(filled.unitsPerIdentity).toBe(4);
    expect(odds(4, filled.identities)).toBeGreaterThanOrEqual(0.9);
    expect(odds(4, filled.identities + 1)).toBeLessThan(0.9);
    expect(fill(400, { maxUnitsPerIdentity: 9 }).filled.unitsPerIdentity).toBeLessThanOrEqual(9);
  });

  it('stay empty where the smallest identity does not fit, or takes too long', () => {
    const empty = { identities: 0, unitsPerIdentity: 0, probabilityAll: 1 };
    expect(fill(3.9).filled).toMatchObject({ ...empty, capacityUnits: 3, idleUnits: 3 });
    expect(fill(3.9).filled.reason).toBe('Holds 3 SU, and an identity needs at least 4.');
    expect(fill(4).filled).toMatchObject({ identities: 1, unitsPerIdentity: 4 });
    expect(fill(20, {}, 1).filled).toMatchObject({ ...empty, idleUnits: 20 });
    expect(fill(20, {}, 1).filled.reason).toContain('Too slow');
  });

  it('keep a part free', () => {
    const capacity = (reserve?: number) => fill(100, { reserve }).filled.capacityUnits;
    expect(capacity(undefined)).toBe(98);
    expect(capacity(0.25)).toBe(75);
    expect(capacity(0)).toBe(100);
    for (const reserve of [-0.1, 1, NaN])
      expect(refusal(() => fill(100, { reserve }))).toMatchObject({ what: 'reserve' });
  });

  it('have units of the network', () => {
    const small = { name: 'x', sizeBytes: 1024 * 16 * 20, readBytesPerS: 1e6 };
    expect(
      fillDrives({ ...base, labelsPerUnit: 1024, volumes: [small] }).volumes[0]?.capacityUnits,
    ).toBe(20);
  });

  it('share the processor, and are as sure together as all of them', () => {
    const volumes = [
      volume(30, 100, 'a'),
      volume(30, 100, 'b'),
      volume(20, 100, 'c'),
      volume(20, 50),
    ];
    const hashesPerS = 1000;
    const plan = fillDrives({ ...base, hashesPerS, volumes });
    expect(plan.volumes.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'x']);
    for (const [i, filled] of plan.volumes.entries()) {
      const own = [volumes[i] ?? expect.fail()];
      const alone = fillDrives({
        ...base,
        ...processorShare({ scan, hashesPerS }, 4),
        volumes: own,
      });
      expect(filled).toEqual(alone.volumes[0]);
    }
    const of = (pick: (of: (typeof plan.volumes)[number]) => number) => plan.volumes.map(pick);
    const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
    expect(plan.identities).toBe(sum(of(({ identities }) => identities)));
    expect(plan.units).toBe(sum(of((v) => v.identities * v.unitsPerIdentity)));
    expect(plan.units + plan.idleUnits).toBe(100);
    expect(plan.probabilityAll).toBeCloseTo(
      of(({ probabilityAll }) => probabilityAll).reduce((a, b) => a * b, 1),
      12,
    );
    expect(plan.probabilityAll).toBeLessThan(1);
  });

  it('are at least one', () => {
    expect(refusal(() => fillDrives({ ...base, volumes: [] }))).toMatchObject({ what: 'volumes' });
  });
});

describe('a volume’s part of a processor', () => {
  it('is the same of each for hashing and scanning, measured or not', () => {
    expect(processorShare({ hashesPerS: 900, scan: { bytesPerSPerThread: 60 } }, 3)).toEqual({
      hashesPerS: 300,
      scan: { bytesPerSPerThread: 20 },
    });
    const cell = { nonces: 64, threads: 4, bytesPerS: 60 };
    expect(processorShare({ hashesPerS: 900, scan: { measured: [cell] } }, 3)).toEqual({
      hashesPerS: 300,
      scan: { measured: [{ ...cell, bytesPerS: 20 }] },
    });
  });
});

describe('identities packed by hand', () => {
  // A unit is 16 bytes: half a second on the fast volume, a second on the slow one. Each holds ten.
  const fast = { name: 'fast', sizeBytes: 160, readBytesPerS: 32 };
  const slow = { name: 'slow', sizeBytes: 160, readBytesPerS: 16 };
  const rules = { reserve: 0, labelsPerUnit: 1 };

  it('go to where all is read soonest, the largest first', () => {
    const packing = packIdentities([4, 8, 4], [slow, fast], rules);
    // 8 to the fast volume (4 s, not 8 s), which then has no room for 4.
    expect(packing.placed).toEqual(['slow', 'fast', 'slow']);
    expect(packing.volumes).toEqual([
      { name: 'slow', units: 8, freeUnits: 2, readS: 8 },
      { name: 'fast', units: 8, freeUnits: 2, readS: 4 },
    ]);
    // 3 on the fast one take 1.5 s, then 2 more 2.5 s there but 2 s on the slow one.
    expect(packIdentities([2, 3], [fast, slow], rules).placed).toEqual(['slow', 'fast']);
  });

  it('go to the first of volumes that are as good', () => {
    const twins = [slow, { ...slow, name: 'other' }];
    expect(packIdentities([1, 1, 1], twins, rules).placed).toEqual(['slow', 'other', 'slow']);
  });

  it('fill a volume to the end, and no further', () => {
    expect(packIdentities([10], [slow], rules).volumes[0]?.freeUnits).toBe(0);
    expect(packIdentities([11, 5], [slow], rules).placed).toEqual([undefined, 'slow']);
    expect(packIdentities([10], [slow], { ...rules, reserve: 0.01 }).placed).toEqual([undefined]);
    expect(packIdentities([], [slow], rules).volumes[0]).toMatchObject({ units: 0, readS: 0 });
  });

  it('leave a fiftieth free unless told', () => {
    const [volume] = packIdentities([], [{ ...slow, sizeBytes: 100 * 2 ** 36 }]).volumes;
    expect(volume?.freeUnits).toBe(98);
  });

  it('go to a dead drive only where nothing else has room', () => {
    const dead = { ...slow, name: 'dead', readBytesPerS: 0 };
    const packing = packIdentities([6], [dead, slow], rules);
    expect(packing.placed).toEqual(['slow']);
    expect(packing.volumes[0]?.readS).toBe(0);
    expect(packIdentities([6, 6], [dead, slow], rules).volumes[0]?.readS).toBe(Infinity);
  });

  it('are refused without sizes and speeds', () => {
    const pack = (units: number, change: object = {}) =>
      refusal(() => packIdentities([units], [{ ...slow, ...change }], rules));
    expect(pack(0)).toMatchObject({ what: 'units' });
    expect(pack(1, { sizeBytes: NaN })).toMatchObject({ what: 'sizeBytes' });
    expect(pack(1, { readBytesPerS: -1 })).toMatchObject({ what: 'readBytesPerS' });
  });
});

describe('nodes and post-services', () => {
  const mebibyte = 2 ** 20;
  const memory = { node: 4096 * mebibyte, service: 256 * mebibyte };
  // RandomX specs.md §4: a data set of 2080 MiB beside the cache of 256 MiB.
  const fast = 2336 * mebibyte;

  it('are counted with the memory and disk of each', () => {
    const proving = 10 * (memory.service + fast);
    expect(serviceOptions({ identities: 10, machines: 4 })).toEqual([
      {
        kind: 'one-node',
        nodes: 1,
        postServices: 10,
        memoryBytes: memory.node + proving,
        diskBytes: 100e9,
      },
      {
        kind: 'many-nodes',
        nodes: 10,
        postServices: 10,
        memoryBytes: 10 * memory.node + proving,
        diskBytes: 1000e9,
      },
      {
        kind: 'node-a-machine',
        nodes: 4,
        postServices: 10,
        memoryBytes: 4 * memory.node + proving,
        diskBytes: 400e9,
      },
    ]);
  });

  it('need RandomX only for the proofs that are made at once', () => {
    const needs = (change: object) =>
      serviceOptions({ identities: 10, nodeBytes: 0, serviceBytes: 1, ...change })[0]?.memoryBytes;
    expect(needs({ provingAtOnce: 2 })).toBe(10 + 2 * fast);
    expect(needs({ provingAtOnce: 20 })).toBe(10 + 10 * fast);
    expect(needs({ provingAtOnce: 2, randomX: 'light' })).toBe(10 + 2 * memory.service);
    expect(serviceOptions({ identities: 1, nodeDiskBytes: 5 })[0]?.diskBytes).toBe(5);
  });

  it('are one a machine only where that is another way', () => {
    const kinds = (machines?: number) =>
      serviceOptions({ identities: 3, machines }).map(({ kind }) => kind);
    expect(kinds()).toEqual(['one-node', 'many-nodes']);
    expect(kinds(1)).toEqual(['one-node', 'many-nodes']);
    expect(kinds(2)).toEqual(['one-node', 'many-nodes', 'node-a-machine']);
    expect(kinds(3)).toEqual(['one-node', 'many-nodes']);
  });

  it.each([
    ['identities', 0],
    ['identities', 1_000_001],
    ['provingAtOnce', 0],
    ['provingAtOnce', 1_000_001],
    ['machines', 0],
    ['machines', 100_001],
  ])('are not counted for %s of %d', (what, value) => {
    expect(refusal(() => serviceOptions({ identities: 3, [what]: value }))).toMatchObject({ what });
  });
});
