import { describe, expect, test } from 'vitest';
import { serviceOptions, serviceScripts } from '../../../../src/simulate/farm/services';
import { refusal } from '../../../support/simulate';

describe('nodes and post-services', () => {
  const mebibyte = 2 ** 20;
  const memory = { node: 4096 * mebibyte, service: 256 * mebibyte };
  // RandomX specs.md §4: a data set of 2080 MiB beside the cache of 256 MiB.
  const fast = 2336 * mebibyte;

  test('are counted with the memory and disk of each', () => {
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

  test('need RandomX only for the proofs that are made at the same time', () => {
    const needs = (change: object) =>
      serviceOptions({ identities: 10, nodeBytes: 0, serviceBytes: 1, ...change })[0]?.memoryBytes;
    expect(needs({ provingAtOnce: 2 })).toBe(10 + 2 * fast);
    expect(needs({ provingAtOnce: 20 })).toBe(10 + 10 * fast);
    expect(needs({ provingAtOnce: 2, randomX: 'light' })).toBe(10 + 2 * memory.service);
    expect(serviceOptions({ identities: 1, nodeDiskBytes: 5 })[0]?.diskBytes).toBe(5);
  });

  test('are one a machine only where that is another way', () => {
    const kinds = (machines?: number) =>
      serviceOptions({ identities: 3, machines }).map(({ kind }) => kind);
    expect(kinds()).toEqual(['one-node', 'many-nodes']);
    expect(kinds(1)).toEqual(['one-node', 'many-nodes']);
    expect(kinds(2)).toEqual(['one-node', 'many-nodes', 'node-a-machine']);
    expect(kinds(3)).toEqual(['one-node', 'many-nodes']);
  });

  test.each([
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

describe('serviceScripts', () => {
  const machines = ['nas', 'idle'].map((name) => ({ name, threads: 4, hashesPerS: 1 }));
  const drives = ['nas/drive 1', 'nas/drive 2'].map((name) => ({
    ...{ name, machine: 'nas', bytes: 1, bytesPerS: 1 },
  }));
  const identity = (name: string, drive: string, nonces: number) => ({
    ...{ name, drive, machine: 'nas', numUnits: 4, nonces, threads: 3, expectedShare: 1 },
    ...{ startS: 0, endS: 1 },
  });

  test('one command per identity, in the order of its drive, with its nonces and threads', () => {
    const identities = [
      identity('a', 'nas/drive 1', 64),
      identity('b; rm -rf /', 'nas/drive 1', 80),
      identity('c', 'nas/drive 2', 96),
    ];
    expect(serviceScripts({ machines, drives, identities })).toEqual([
      {
        machine: 'nas',
        text: `# nas/drive 1: one of these at a time, in this order
service --address http://NODE:9094 --dir /PATH/OF/a --nonces 64 --threads 3 --operator-address 127.0.0.1:50051
service --address http://NODE:9094 --dir /PATH/OF/b-rm--rf-/ --nonces 80 --threads 3 --operator-address 127.0.0.1:50052
# nas/drive 2: one of these at a time, in this order
service --address http://NODE:9094 --dir /PATH/OF/c --nonces 96 --threads 3 --operator-address 127.0.0.1:50053
`,
      },
    ]);
  });
});
