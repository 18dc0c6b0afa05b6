import { describe, expect, test } from 'vitest';
import {
  farmCsv,
  farmJson,
  parseFarm,
  settingParameters,
  settingsAsParameters,
  settingsOf,
} from '../../../../src/pages/plan/farm-file';
import {
  farmMachines,
  fieldError,
  formatFleet,
  formatIdentities,
  formatShared,
  givenIdentities,
  newDrive,
  newMachine,
  parseFleet,
  parseIdentities,
  parseShared,
} from '../../../../src/pages/plan/fleet-text';
import { ganttLanes } from '../../../../src/pages/plan/gantt';
import { farmHeadline, planColumns, planRows } from '../../../../src/pages/plan/plan-rows';
import { farm } from '../../../../src/simulate/farm/farm';

describe('the machines in the address', () => {
  test('come back as they were typed', () => {
    const machines = [
      { ...newMachine(1), name: 'nas', mode: 'raid5' as const },
      {
        ...newMachine(2),
        threads: 'many',
        drives: [
          { count: '2', size: '0.5', speed: '3000', controller: 'hba 1' },
          { count: '', size: '16', speed: '250', controller: '' },
        ],
        service: 'pool',
      },
    ];
    expect(parseFleet(formatFleet(machines))).toEqual(machines);
  });

  test('keep their fields apart whatever is typed, and open what is not understood', () => {
    const odd = { ...newMachine(1), name: 'a;b~c', threads: '4,5' };
    expect(parseFleet(formatFleet([odd]))).toHaveLength(1);
    expect(parseFleet(formatFleet([odd]))[0]).toMatchObject({ name: 'a b c', threads: '4 5' });
    expect(parseFleet('~x;1;2;3;raid9;nonsense')).toMatchObject([
      { name: '', drives: [] },
      { name: 'x', mode: 'separate', drives: [{ count: 'nonsense', size: '', speed: '' }] },
    ]);
  });

  test('are numbers with units, drives numbered through and joined', () => {
    const text = 'nas;4;0.5;1000;separate;2*8@180,1*16@250~lvm;2;1;500;lvm;2*8@180';
    const { machines, drives } = farmMachines({ machines: parseFleet(text) });
    expect(machines[0]).toEqual({
      ...{ name: 'nas', threads: 4, scanBytesPerSPerThread: 2 ** 29, hashesPerS: 1000 },
    });
    expect(drives.map(({ name, bytes }) => [name, bytes])).toEqual([
      ['nas/drive 1', 8e12],
      ['nas/drive 2', 8e12],
      ['nas/drive 3', 16e12],
      ['lvm/lvm', 16e12],
    ]);
    expect(farmMachines({ machines: parseFleet(';x;;;;1e9*1@1') }).drives).toHaveLength(1000);
    expect(farmMachines({ machines: parseFleet('a;b') }).machines[0]?.threads).toBeNaN();
    expect(fieldError('')).toBe('Enter a number.');
    expect(fieldError('1.5')).toBeUndefined();
  });

  test('parseIdentities: what formatIdentities wrote, with and without a drive', () => {
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
      {
        ...newMachine(2),
        drives: [{ count: '2', size: '16', speed: '250', controller: 'hba, "1"' }],
        service: 'pool',
      },
    ],
    identities: [{ name: 'a', units: '64', drive: 'machine 2/drive 1' }],
    services: [{ name: 'pool', rate: '4000' }],
    controllers: [{ name: 'hba, "1"', rate: '1000' }],
    settings: {
      cycle_gap_h: '12',
      objective: 'value',
      failed_pass: 'after-all',
      publish_late: '1',
      reward_per_su_epoch: '0.04',
      price_per_thread_hour: '0.02',
    },
  };

  test.each([
    ['JSON', farmJson],
    ['CSV', farmCsv],
  ])('what was exported as %s, the same farm', (_, write) => {
    expect(parseFarm(write(file))).toEqual(file);
  });

  test.each([
    ['{', 'it is not valid JSON'],
    ['{"format":"x"}', 'its format is not'],
    ['a,b\n1,2', 'it has no column kind and no column name'],
    ['kind,name\nidentity,a', 'it names no machine'],
    ['kind,name,machine\ndrives,,nas', 'row 2 has drives of “nas”'],
    ['kind,name\nhouse,a', 'row 2 is of kind “house”'],
    ['kind,name,value\nsetting,colour,red', 'row 2 sets “colour”'],
  ])('%j, refused with the reason', (text, why) => {
    expect(() => parseFarm(text)).toThrow(why);
  });
});

describe('parseFarm, older and settings', () => {
  test('parseFarm: a file of version 1, nothing shared and default settings', () => {
    const machine = {
      name: 'nas',
      threads: '4',
      drives: [{ count: '1', size: '8', speed: '180' }],
    };
    const old = { format: 'post-workbench-farm', version: 1, machines: [machine], identities: [] };
    expect(parseFarm(JSON.stringify(old))).toMatchObject({
      machines: [{ name: 'nas', service: '', drives: [newDrive] }],
      ...{ services: [], controllers: [], settings: {} },
    });
  });

  test('settingsOf: the parameters of an address, by their names in files and back', () => {
    const parameters = new Map([
      ['aim', 'value'],
      ['late', '1'],
      ['su', '16'],
    ]);
    const settings = settingsOf((name) => parameters.get(name) ?? '');
    expect(settings).toEqual({ objective: 'value', publish_late: '1' });
    const back = settingsAsParameters(settings);
    expect(Object.keys(back).toSorted()).toEqual(Object.values(settingParameters).toSorted());
    expect(Object.entries(back).filter(([, value]) => value !== undefined)).toEqual([
      ['aim', 'value'],
      ['late', '1'],
    ]);
  });
});

describe('shared k2pow services and controllers', () => {
  const services = [{ name: 'pool', rate: '4000' }];
  const controllers = [{ name: 'hba', rate: '500' }];

  test('parseShared: what formatShared wrote, with separators in a name replaced', () => {
    expect(parseShared(formatShared(services))).toEqual(services);
    expect(parseShared('')).toEqual([]);
    expect(parseShared(formatShared([{ name: 'a;b~c', rate: '1' }]))).toEqual([
      { name: 'a b c', rate: '1' },
    ]);
  });

  test('farmMachines: names on machines and drives, references in the plan', () => {
    const machine = {
      ...newMachine(1),
      service: 'pool',
      drives: [{ count: '4', size: '8', speed: '180', controller: 'hba' }],
    };
    const input = farmMachines({ machines: [machine], services, controllers });
    expect(input.k2powServices).toEqual([{ name: 'pool', hashesPerS: 4000 }]);
    expect(input.controllers).toEqual([{ name: 'hba', bytesPerS: 500e6 }]);
    expect(input.machines[0]?.k2powService).toBe('pool');
    expect(input.drives.map(({ controller }) => controller)).toEqual(['hba', 'hba', 'hba', 'hba']);
  });

  test('farmMachines: drives that are joined, one volume behind their controller', () => {
    const machine = {
      ...newMachine(1),
      mode: 'raid0' as const,
      drives: [{ count: '2', size: '8', speed: '180', controller: 'hba' }],
    };
    expect(farmMachines({ machines: [machine], controllers }).drives).toMatchObject([
      { name: 'machine 1/raid0', controller: 'hba', bytesPerS: 360e6 },
    ]);
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

  test('an identity with a place and one without, one row each', () => {
    const rows = planRows(plan, Date.UTC(2026, 11, 7, 20));
    expect(rows.every((row) => row.length === planColumns.length)).toBe(true);
    expect(rows[0]?.slice(0, 5)).toEqual(['m', 'd', 1, 'first', 16]);
    const at = planColumns.indexOf('start in the next gap (UTC)');
    expect(rows[0]?.[at]).toMatch(/^2026-12-07 2[0-3]:\d\d$/);
    expect(rows[1]?.slice(-2)).toEqual([
      'no drive has the space',
      'add or join drives, or split it and initialise it again',
    ]);
  });

  test('farmHeadline: what misses the gap given up or published late, the units of each', () => {
    expect(farmHeadline(plan, false).earningUnits).toBe(plan.expectedUnits);
    expect(farmHeadline(plan, false).title).toMatch(/^\d+ of 16 SU proved per epoch, on average$/);
    expect(farmHeadline(plan, true).earningUnits).toBe(plan.lateUnits);
    expect(farmHeadline(plan, true).title).toContain('earn per epoch with late ATXs');
  });

  test('ganttLanes: a row per drive at work, k2pow before the pass', () => {
    const { lanes, more } = ganttLanes(plan);
    expect(lanes.map(({ drive, bars }) => [drive, bars.map(({ kind }) => kind)])).toEqual([
      ['d', ['k2pow', 'scan']],
    ]);
    expect(more).toBe(0);
  });
});
