import { describe, expect, it } from 'vitest';
import { tebibyte } from '../../../src/protocol/units';
import { binomialTail, poissonTail } from '../../../src/simulate/distributions';
import { fillDrives } from '../../../src/simulate/drives';
import {
  fillMachines,
  packMachines,
  serviceScripts,
  type FleetMachine,
} from '../../../src/simulate/machines';
import { Random } from '../../../src/simulate/random';
import { inGap, provingPlan } from '../../../src/simulate/throughput';
import { chancyToy, refusal, toy, toyChance, toysProved, twoHashes } from '../../support/simulate';

const drive = (name: string, tib = 4, megabytes = 200) => ({
  name,
  sizeBytes: tib * tebibyte,
  readBytesPerS: megabytes * 1e6,
});
const nas: FleetMachine = {
  name: 'nas',
  threads: 4,
  scan: { bytesPerSPerThread: 2 ** 30 },
  hashesPerS: 1000,
  mode: 'separate',
  drives: [drive('a'), drive('b', 8), drive('c', 2, 100)],
};
const desk: FleetMachine = { ...nas, name: 'desk', threads: 16, drives: [drive('nvme', 2, 6000)] };
const base = { machines: [nas, desk], nonces: 64, probability: 0.99, reserve: 0 };

describe('machines filled with new identities', () => {
  it('is each machine’s own drives filled with its own processor', () => {
    const filled = fillMachines(base);
    const alone = fillDrives({ ...base, ...nas, volumes: nas.drives });
    expect(filled.machines[0]?.volumes.map(({ identities }) => identities)).toEqual(
      alone.volumes.map(({ identities }) => identities),
    );
    expect(filled.identities).toBe(
      filled.machines.flatMap(({ volumes }) => volumes).reduce((n, v) => n + v.identities, 0),
    );
    expect(filled.probabilityAll).toBeGreaterThan(0.95);
    expect(filled.volumesInUse).toBe(4);
    // The slow drive is waited for, the fast one waits for the processor or k2pow.
    expect(filled.machines[0]?.volumes[2]?.bound).toBe('disk');
    expect(filled.machines[1]?.volumes[0]?.bound).not.toBe('disk');
  });

  it('joins drives machine by machine, and refuses what cannot be joined', () => {
    const raid = fillMachines({ ...base, machines: [{ ...nas, mode: 'raid5' }, desk] });
    expect(raid.machines[0]?.volumes).toHaveLength(1);
    expect(raid.machines[0]?.joined.usableBytes).toBe(2 * 2 * tebibyte);
    expect(() => fillMachines({ ...base, machines: [{ ...desk, mode: 'raid5' }] })).toThrow(
      'at least 3 drives',
    );
    expect(() => fillMachines({ ...base, machines: [] })).toThrow('at least one machine');
  });
});

describe('identities packed onto machines', () => {
  it('places the largest first, overfills nothing, and says what has no room', () => {
    const sizes = [4, 64, 8, 32, 16, 200, 4, 4];
    const packed = packMachines(base, sizes);
    expect(packed.left).toEqual([200]);
    expect(packed.identities).toBe(7);
    expect(packed.units).toBe(132);
    for (const { volumes } of packed.machines)
      for (const { sizes: own, units, freeUnits, volume } of volumes) {
        expect(own.reduce((a, b) => a + b, 0)).toBe(units);
        expect((units + freeUnits) * 2 ** 36).toBeLessThanOrEqual(volume.sizeBytes);
        expect(own).toEqual(own.toSorted((a, b) => b - a));
      }
  });

  it('is the plain plan for a single identity, and 1 where nothing lies', () => {
    const packed = packMachines({ ...base, machines: [desk] }, [16]);
    const { threads, scan, hashesPerS } = desk;
    const plain = { threads, scan, hashesPerS, numUnits: 16, nonces: 64, diskBytesPerS: 6e9 };
    expect(packed.machines[0]?.volumes[0]?.probabilityAll).toBe(inGap(plain));
    expect(packMachines(base, []).probabilityAll).toBe(1);
  });

  it.each([
    [[16, 16]],
    [[20, 10, 6]],
    [[8, 8, 4, 4, 4, 4, 4]],
    [Array.from({ length: 50 }, () => 1)],
  ])('agrees with a drive simulated attempt by attempt: %j', (sizes) => {
    const machine = { ...nas, hashesPerS: 1e4, drives: [drive('x', 8, 100)] };
    const packed = packMachines({ ...base, machines: [machine] }, sizes);
    const { threads, scan, hashesPerS } = machine;
    const plans = sizes.map((numUnits) =>
      provingPlan({ threads, scan, hashesPerS, numUnits, nonces: 64, diskBytesPerS: 100e6 }),
    );
    const random = new Random(3);
    const runs = 6000;
    let all = 0;
    for (let run = 0; run < runs; run++) {
      let timeS = 0;
      for (const { powS, passS, pass } of plans)
        for (let found = false; !found;) {
          found = random.uniform() < pass.success;
          timeS += (powS.mean / 4) * random.gamma(4) + passS * (found ? pass.meanIfFound : 1);
        }
      if (timeS <= 12 * 3600) all++;
    }
    const chance = packed.probabilityAll;
    expect(Math.abs(all / runs - chance)).toBeLessThan(0.03);
    expect(chance).toBeGreaterThan(0);
    expect(chance).toBeLessThan(1);
  });

  it('answers dead disks and absent processors with 0', () => {
    const dead = { ...nas, drives: [drive('x', 4, 0)] };
    expect(packMachines({ ...base, machines: [dead] }, [4, 4]).probabilityAll).toBe(0);
    const noPow = { ...nas, hashesPerS: 0 };
    expect(packMachines({ ...base, machines: [noPow] }, [4, 4, 8, 16]).probabilityAll).toBe(0);
    const filled = fillMachines({ ...base, machines: [dead, noPow] });
    expect(filled).toMatchObject({ units: 0, volumesInUse: 0, probabilityAll: 1 });
  });
});

describe('identities of one volume, one after another', () => {
  /** P(so many toys are all proved in time) by the model. */
  const proved = (count: number, change: Partial<typeof toy> & { powDifficulty?: string } = {}) => {
    const { nonces, k1, k2, labelsPerUnit, gapS, powDifficulty, ...rest } = { ...toy, ...change };
    const drives = [{ name: 'x', sizeBytes: count * 128, readBytesPerS: rest.diskBytesPerS }];
    const machine = { ...rest, name: 'toys', mode: 'separate', drives } as const;
    const rules = {
      nonces,
      k1,
      k2,
      labelsPerUnit,
      gapS,
      powDifficulty,
      reserve: 0,
      probability: 1,
    };
    const sizes = Array.from({ length: count }, () => 1);
    return packMachines({ ...rules, machines: [machine] }, sizes).probabilityAll;
  };

  it.each([2, 47, 48, 200])('%d of them are as sure as there is time', (count) => {
    // Every pass succeeds.
    expect(proved(count, { gapS: 1.08 * 128 * count })).toBeCloseTo(1, 3);
    expect(proved(count, { gapS: 0.92 * 128 * count })).toBeCloseTo(0, 3);
    expect(proved(count, { gapS: 0 })).toBe(0);
    expect(proved(count, { k2: 9 })).toBe(0);
    expect(proved(count, { diskBytesPerS: 0 })).toBe(0);
    expect(proved(count, { hashesPerS: 0 })).toBe(0);
    const instant = { diskBytesPerS: Infinity, scan: { bytesPerSPerThread: Infinity } };
    expect(proved(count, instant)).toBeCloseTo(1, 12);
    expect(proved(count, { ...instant, gapS: 0 })).toBe(0);
  });

  it('alone, is proved as in the plain plan', () => {
    const change = { ...chancyToy, hashesPerS: 0.02, powDifficulty: twoHashes };
    for (const gapS of [150, 300, 600])
      expect(proved(1, { ...change, gapS })).toBe(inGap({ ...change, gapS }));
  });

  it('are not all proved where a single one has too few labels', () => {
    // 9 labels are wanted: those of 2 units have 16, that of one has 8.
    const { nonces, labelsPerUnit } = toy;
    const rules = { nonces, labelsPerUnit, k1: 15, k2: 9, gapS: 1e6, reserve: 0, probability: 1 };
    const drives = [{ name: 'x', sizeBytes: 1e5, readBytesPerS: 1 }];
    const machine = { ...toy, name: 'toys', mode: 'separate', drives } as const;
    for (const count of [3, 60]) {
      const sizes = Array.from({ length: count }, () => 2);
      const all = (units: number[]) =>
        packMachines({ ...rules, machines: [machine] }, units).probabilityAll;
      expect(all(sizes)).toBeCloseTo(1, 6);
      expect(all([...sizes, 1])).toBe(0);
    }
  });

  it.each([2, 5, 10])('%d of them need as many passes as the dice', (count) => {
    for (const passes of [count, 2 * count, 3 * count])
      expect(proved(count, { ...chancyToy, gapS: 128 * (passes + 0.5) })).toBeCloseTo(
        binomialTail(count, passes, toyChance),
        3,
      );
  });

  it.each([
    [2, 0.01],
    [20, 0.01],
    [47, 0.012],
    [60, 0.02],
    [150, 0.015],
  ])('%d of them wait for k2pow before every pass', (count, tolerance) => {
    for (const hashesPerS of [0.01, 0.02, 0.1])
      for (const part of [0.7, 0.9, 1, 1.1, 1.3]) {
        const powS = 2 / hashesPerS;
        const gapS = (part * count * (powS + 128)) / toyChance;
        const exact = toysProved(count, gapS, toyChance, powS);
        const chance = proved(count, { ...chancyToy, hashesPerS, gapS, powDifficulty: twoHashes });
        expect(Math.abs(chance - exact)).toBeLessThan(tolerance);
      }
  });

  it('wait for all groups of their nonces', () => {
    const powDifficulty = twoHashes;
    for (const count of [20, 80])
      for (const deviations of [-1.5, 0, 1.5]) {
        // Four groups of 50 s each.
        const powS = count * 200 + deviations * Math.sqrt(4 * count) * 50;
        const slow = { nonces: 64, threads: 8, powDifficulty, hashesPerS: 0.04 };
        const exact = poissonTail(4 * count, powS / 50);
        expect(Math.abs(proved(count, { ...slow, gapS: 128 * count + powS }) - exact)).toBeLessThan(
          0.012,
        );
      }
  });
});

describe('times on machines, by hand', () => {
  const unit = 2 ** 36;
  // Two volumes share 2000 hashes/s, and 600 MB/s of scanning at 16 nonces: at 32, 1000 hashes/s and 150 MB/s each.
  const machine: FleetMachine = {
    name: 'hand',
    threads: 2,
    scan: { bytesPerSPerThread: 300e6 },
    hashesPerS: 2000,
    mode: 'separate',
    drives: [
      { name: 'slow', sizeBytes: 8 * unit, readBytesPerS: 100e6 },
      { name: 'fast', sizeBytes: 8 * unit, readBytesPerS: 400e6 },
    ],
  };
  const one = { machines: [machine], nonces: 32, probability: 0.1, reserve: 0 };

  it('are those of k2pow and reading once over all that lies there', () => {
    const packed = packMachines(one, [6, 2]);
    const [slow = expect.fail(), fast = expect.fail()] = packed.machines[0]?.volumes ?? [];
    expect([slow.machine, slow.volume.name, fast.volume.name]).toEqual(['hand', 'slow', 'fast']);
    // The larger identity goes to where it is proved sooner.
    expect([slow.units, fast.units]).toEqual([2, 6]);
    expect(slow.powS).toBeCloseTo((2 * 2 * 4687.5) / 1000, 9);
    expect(fast.powS).toBeCloseTo((2 * 6 * 4687.5) / 1000, 9);
    expect(slow.readS).toBeCloseTo((2 * unit) / 100e6, 6);
    expect(fast.readS).toBeCloseTo((6 * unit) / 150e6, 6);
    const filled = fillMachines(one).machines[0]?.volumes[1];
    expect(filled?.powS).toBeCloseTo((2 * 8 * 4687.5) / 1000, 9);
    expect(filled?.readS).toBeCloseTo((8 * unit) / 150e6, 6);
  });

  it('say what they mostly go into', () => {
    const bounds = (change: Partial<FleetMachine>) =>
      packMachines({ ...one, machines: [{ ...machine, ...change }] }, []).machines[0]?.volumes.map(
        ({ bound }) => bound,
      );
    expect(bounds({})).toEqual(['disk', 'processor']);
    expect(bounds({ hashesPerS: 1 })).toEqual(['k2pow', 'k2pow']);
    // As fast as the disk: more threads would not help.
    expect(bounds({ scan: { bytesPerSPerThread: 200e6 } })).toEqual(['disk', 'processor']);
    expect(bounds({ threads: 20 })).toEqual(['disk', 'disk']);
  });

  it('are none where nothing lies, on a dead disk too', () => {
    const dead = { ...machine, drives: [{ name: 'x', sizeBytes: 8 * unit, readBytesPerS: 0 }] };
    const stuck = { ...one, machines: [{ ...dead, hashesPerS: 0 }] };
    expect(packMachines(stuck, []).machines[0]?.volumes[0]).toMatchObject({ powS: 0, readS: 0 });
    expect(packMachines(stuck, [4]).machines[0]?.volumes[0]).toMatchObject({
      powS: Infinity,
      readS: Infinity,
    });
  });

  it('send identities to where hashing and reading end soonest', () => {
    const quick = { ...machine, drives: machine.drives.slice(1), name: 'quick' };
    const weak = { ...quick, name: 'weak', hashesPerS: 1 };
    const packed = packMachines({ ...one, machines: [weak, quick] }, [4]);
    expect(packed.machines.map(({ volumes }) => volumes[0]?.units)).toEqual([0, 4]);
  });
});

describe('machines together', () => {
  it('have drives of the same name, each with its own', () => {
    const packed = packMachines({ ...base, machines: [desk, desk] }, [32, 32, 20]);
    expect(packed.left).toEqual([20]);
    expect(packed.machines.map(({ volumes }) => volumes.map(({ sizes }) => sizes))).toEqual([
      [[32]],
      [[32]],
    ]);
    expect(packed.machines[0]?.volumes[0]?.freeUnits).toBe(0);
  });

  it('have the sums and products of their volumes', () => {
    const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
    const product = (values: readonly number[]) => values.reduce((a, b) => a * b, 1);
    const filled = fillMachines({ ...base, maxUnitsPerIdentity: 30 });
    const volumes = filled.machines.flatMap((plan) => plan.volumes);
    expect(filled.units).toBe(sum(volumes.map((v) => v.identities * v.unitsPerIdentity)));
    // 4 + 8 + 2 + 2 TiB of 16 units.
    expect(filled.units + filled.idleUnits).toBe(256);
    expect(filled.idleUnits).toBe(sum(volumes.map(({ idleUnits }) => idleUnits)));
    expect(filled.probabilityAll).toBeCloseTo(product(volumes.map((v) => v.probabilityAll)), 12);
    expect(filled.probabilityAll).toBeLessThan(1);

    const packed = packMachines(base, [40, 30, 20]);
    const used = packed.machines.flatMap((plan) => plan.volumes).filter(({ units }) => units > 0);
    expect(packed.volumesInUse).toBe(used.length);
    expect(packed).toMatchObject({ identities: 3, units: 90, idleUnits: 256 - 90, left: [] });
    expect(packed.probabilityAll).toBeCloseTo(product(used.map((v) => v.probabilityAll)), 12);
    expect(packed.probabilityAll).toBeLessThan(1);
  });

  it('leave a fiftieth of each volume free unless told, and have units of the network', () => {
    const big = { ...desk, drives: [drive('x', 100 / 16)] };
    const { idleUnits } = packMachines({ ...base, machines: [big], reserve: undefined }, []);
    expect(idleUnits).toBe(98);
    const labelsPerUnit = 2 ** 30;
    expect(packMachines({ ...base, machines: [big], labelsPerUnit }, []).idleUnits).toBe(400);
  });

  it('are one or more, with 2000 drives at most', () => {
    const many = (count: number): FleetMachine => ({
      ...desk,
      mode: 'lvm',
      drives: Array.from({ length: count }, (_, i) => drive(`${i}`)),
    });
    const pack = (...machines: FleetMachine[]) =>
      refusal(() => packMachines({ ...base, machines }, []));
    expect(pack(many(1999), many(1))).toBeUndefined();
    expect(pack(many(1999), many(2))).toEqual({ what: 'drives', value: 2001 });
    expect(pack()).toMatchObject({ what: 'machines' });
  });

  it.each([0, 1.5, 2 ** 32])('take no identity of %d units', (size) => {
    expect(refusal(() => packMachines(base, [4, size]))).toEqual({ what: 'units', value: size });
  });
});

describe('post-services', () => {
  const volumes = [
    { name: 'disk 1', identities: 2 },
    { name: '/dev/sdb (new)', identities: 17 },
    { name: 'empty', identities: 0 },
  ];

  it('are one an identity, with the machine’s threads shared by its volumes', () => {
    const [script = expect.fail()] = serviceScripts([{ machine: nas, volumes }], 128);
    expect(script).toMatchObject({ machine: 'nas', threads: 2 });
    const service = (directory: string, port: number) =>
      `service --address http://NODE:9094 --dir /PATH/OF/${directory} --nonces 128 --threads 2 --operator-address 127.0.0.1:${port}`;
    const listed = Array.from({ length: 16 }, (_, i) =>
      service(`-dev-sdb-new-/identity-${i + 1}`, 50_053 + i),
    );
    expect(script.text.split('\n')).toEqual([
      '# disk 1: one of these at a time',
      service('disk-1/identity-1', 50_051),
      service('disk-1/identity-2', 50_052),
      '# /dev/sdb (new): one of these at a time',
      ...listed,
      '# … and 1 more',
      '',
    ]);
  });

  it('are listed to the sixteenth, and no rest is told where there is none', () => {
    const [script] = serviceScripts(
      [{ machine: nas, volumes: [{ name: 'x', identities: 16 }] }],
      64,
    );
    expect(script?.text).toContain('identity-16');
    expect(script?.text).not.toContain('more');
  });

  it('have a thread each, also with more volumes than threads', () => {
    const many = Array.from({ length: 5 }, (_, i) => ({ name: `${i}`, identities: 1 }));
    const threads = (count: number) =>
      serviceScripts([{ machine: nas, volumes: many.slice(0, count) }], 64)[0]?.threads;
    expect([1, 2, 3, 4, 5].map(threads)).toEqual([4, 2, 1, 1, 1]);
  });

  it('are none for a machine without identities', () => {
    const scripts = serviceScripts(
      [
        { machine: nas, volumes: volumes.slice(2) },
        { machine: desk, volumes: [{ name: 'nvme', identities: 1 }] },
      ],
      64,
    );
    expect(scripts.map(({ machine, threads }) => [machine, threads])).toEqual([['desk', 16]]);
    // Each machine has its own ports.
    expect(scripts[0]?.text).toContain('127.0.0.1:50051');
  });
});
