import { describe, expect, it } from 'vitest';
import {
  farmCsv,
  farmJson,
  farmMachines,
  fieldError,
  formatFleet,
  formatIdentities,
  givenIdentities,
  newMachine,
  parseFarm,
  parseFleet,
  parseIdentities,
} from '../../../../src/pages/plan/fleet-text';
import { ganttLanes } from '../../../../src/pages/plan/gantt';
import { planColumns, planRows } from '../../../../src/pages/plan/plan-rows';
import { farm } from '../../../../src/simulate/farm/farm';

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

  it('are numbers with units, drives numbered through and joined', () => {
    const text = 'nas;4;0.5;1000;separate;2*8@180,1*16@250~lvm;2;1;500;lvm;2*8@180';
    const { machines, drives } = farmMachines(parseFleet(text));
    expect(machines[0]).toEqual({
      ...{ name: 'nas', threads: 4, scanBytesPerSPerThread: 2 ** 29, hashesPerS: 1000 },
    });
    expect(drives.map(({ name, bytes }) => [name, bytes])).toEqual([
      ['nas/drive 1', 8e12],
      ['nas/drive 2', 8e12],
      ['nas/drive 3', 16e12],
      ['lvm/lvm', 16e12],
    ]);
    expect(farmMachines(parseFleet(';x;;;;1e9*1@1')).drives).toHaveLength(1000);
    expect(farmMachines(parseFleet('a;b')).machines[0]?.threads).toBeNaN();
    expect(fieldError('')).toBe('Enter a number.');
    expect(fieldError('1.5')).toBeUndefined();
  });

  it('parseIdentities: what formatIdentities wrote, with and without a drive', () => {
    const identities = [
      { name: 'a', units: '64', drive: 'nas/drive 1' },
      { name: '', units: '32', drive: '' },
    ];
    expect(parseIdentities(formatIdentities(identities))).toEqual(identities);
    expect(parseIdentities('')).toEqual([]);
    expect(givenIdentities(identities)).toEqual([
      { name: 'a', numUnits: 64, drive: 'nas/drive 1' },
      { name: 'identity 2', numUnits: 32, drive: undefined },
    ]);
  });
});

describe('parseFarm', () => {
  const file = {
    machines: [
      { ...newMachine(1), name: 'nas, "old"', mode: 'raid5' as const },
      { ...newMachine(2), drives: [{ count: '2', size: '16', speed: '250' }] },
    ],
    identities: [{ name: 'a', units: '64', drive: 'machine 2/drive 1' }],
  };

  it.each([
    ['JSON', farmJson],
    ['CSV', farmCsv],
  ])('what was exported as %s, the same farm', (_, write) => {
    expect(parseFarm(write(file))).toEqual(file);
  });

  it.each([
    ['{', 'it is not valid JSON'],
    ['{"format":"x"}', 'its format is not'],
    ['a,b\n1,2', 'it has no column kind and no column name'],
    ['kind,name\nidentity,a', 'it names no machine'],
    ['kind,name,machine\ndrives,,nas', 'row 2 has drives of “nas”'],
    ['kind,name\nhouse,a', 'row 2 is of kind “house”'],
  ])('%j, refused with the reason', (text, why) => {
    expect(() => parseFarm(text)).toThrow(why);
  });
});

describe('planRows', () => {
  const plan = farm({
    machines: [{ name: 'm', threads: 4, scanBytesPerSPerThread: 2 ** 30, hashesPerS: 2000 }],
    drives: ['d', 'e'].map((name) => ({ name, machine: 'm', bytes: 4e12, bytesPerS: 200e6 })),
    identities: [
      { name: 'first', numUnits: 16, drive: 'd' },
      { name: 'huge', numUnits: 900 },
    ],
  });

  it('an identity with a place and one without, one row each', () => {
    const rows = planRows(plan);
    expect(rows.every((row) => row.length === planColumns.length)).toBe(true);
    expect(rows[0]?.slice(0, 5)).toEqual(['m', 'd', 1, 'first', 16]);
    expect(rows[1]?.at(-1)).toBe('no space');
  });

  it('ganttLanes: a row per drive at work, k2pow before the pass', () => {
    const { lanes, more } = ganttLanes(plan);
    expect(lanes.map(({ drive, bars }) => [drive, bars.map(({ kind }) => kind)])).toEqual([
      ['d', ['k2pow', 'scan']],
    ]);
    expect(more).toBe(0);
  });
});
