import { describe, expect, it } from 'vitest';
import {
  fieldError,
  fleetMachines,
  formatFleet,
  newMachine,
  parseFleet,
} from '../../../src/pages/plan/fleet-text';

describe('the machines in the address', () => {
  it('come back as they were typed', () => {
    const machines = [
      { ...newMachine(1), name: 'nas', mode: 'raid5' as const },
      {
        ...newMachine(2),
        threads: 'many',
        drives: [
          { count: '2', size: '0.5', speed: '3000' },
          { count: '', size: '16', speed: '250' },
        ],
      },
    ];
    expect(parseFleet(formatFleet(machines))).toEqual(machines);
  });

  it('keep their fields apart whatever is typed, and open what is not understood', () => {
    const odd = { ...newMachine(1), name: 'a;b~c', threads: '4,5' };
    expect(parseFleet(formatFleet([odd]))).toHaveLength(1);
    expect(parseFleet(formatFleet([odd]))[0]).toMatchObject({ name: 'a b c', threads: '4 5' });
    expect(parseFleet('~x;1;2;3;raid9;nonsense')).toMatchObject([
      { name: '', drives: [] },
      { name: 'x', mode: 'separate', drives: [{ count: 'nonsense', size: '', speed: '' }] },
    ]);
  });

  it('are numbers with units, drives numbered through', () => {
    const [machine] = fleetMachines(parseFleet('nas;4;0.5;1000;lvm;2*8@180,1*16@250'));
    expect(machine).toMatchObject({
      name: 'nas',
      threads: 4,
      scan: { bytesPerSPerThread: 2 ** 29 },
      mode: 'lvm',
    });
    expect(machine?.drives.map(({ name, sizeBytes }) => [name, sizeBytes])).toEqual([
      ['drive 1', 8e12],
      ['drive 2', 8e12],
      ['drive 3', 16e12],
    ]);
    expect(fleetMachines(parseFleet(';x;;;;1e9*1@1'))[0]?.drives).toHaveLength(1000);
    expect(fleetMachines(parseFleet('a;b'))[0]?.threads).toBeNaN();
    expect(fieldError('')).toBeDefined();
    expect(fieldError('1.5')).toBeUndefined();
  });
});
