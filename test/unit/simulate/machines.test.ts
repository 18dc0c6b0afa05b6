import { describe, expect, it } from 'vitest';
import { tebibyte } from '../../../src/protocol/units';
import { fillDrives } from '../../../src/simulate/drives';
import {
  fillMachines,
  packMachines,
  serviceScripts,
  type FleetMachine,
} from '../../../src/simulate/machines';
import { Random } from '../../../src/simulate/random';
import { inGap, provingPlan } from '../../../src/simulate/throughput';

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
    expect(filled.units).toBe(0);
    expect(filled.probabilityAll).toBe(1);
  });
});

it('writes a post-service an identity, with the machine’s threads shared by its volumes', () => {
  const [first, second] = serviceScripts(
    [
      {
        machine: nas,
        volumes: [
          { name: 'disk 1', identities: 2 },
          { name: 'disk 2', identities: 20 },
          { name: 'disk 3', identities: 0 },
        ],
      },
      { machine: desk, volumes: [{ name: 'nvme', identities: 1 }] },
    ],
    128,
  );
  expect(first?.threads).toBe(2);
  expect(first?.text).toContain(
    'service --address http://NODE:9094 --dir /PATH/OF/disk-1/identity-2 --nonces 128 --threads 2 --operator-address 127.0.0.1:50052',
  );
  expect(first?.text).toContain('… and 4 more');
  expect(first?.text).not.toContain('disk-3');
  expect(second?.threads).toBe(16);
});
