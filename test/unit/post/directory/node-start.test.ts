import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compareWithAtxs, nodeStart } from '../../../../src/post/directory/node-start';
import { readSmeshingConfig } from '../../../../src/protocol/node-config';
import type { PostMetadata } from '../../../../src/protocol/metadata';
import { fileCount, labelsInFile } from '../../../../src/protocol/metadata';

const metadata: PostMetadata = {
  nodeId: new Uint8Array(32).fill(1),
  commitmentAtxId: new Uint8Array(32).fill(2),
  labelsPerUnit: 2n ** 32n,
  numUnits: 4,
  maxFileSize: 2n ** 32n,
  nonce: 7n,
  nonceValue: undefined,
  lastPosition: undefined,
};
const complete = Array.from({ length: Number(fileCount(metadata)) }, (_, number) => ({
  name: `postdata_${number}.bin`,
  number,
  rank: number,
  sizeBytes: Number(labelsInFile(metadata, number)) * 16,
}));
const config = (opts: object, rest: object = {}) =>
  readSmeshingConfig(
    JSON.stringify({ smeshing: { 'smeshing-start': true, 'smeshing-opts': opts }, ...rest }),
  );
const units = (numunits: number, rest: object = {}) =>
  config({ 'smeshing-opts-numunits': numunits, 'smeshing-opts-maxfilesize': 2 ** 32, ...rest });
const codes = (...of: Parameters<typeof nodeStart>) => nodeStart(...of).map(({ code }) => code);
const messages = (...of: Parameters<typeof nodeStart>) =>
  nodeStart(...of)
    .map(({ message }) => message)
    .join('\n');

describe('what the node would do', () => {
  const directory = { metadata, files: complete };

  test('nothing, if all agrees', () => {
    expect(codes(directory, units(4))).toEqual(['would-do-nothing']);
  });

  test('leave it alone without smeshing-start', () => {
    const off = readSmeshingConfig(
      '{"smeshing": {"smeshing-opts": {"smeshing-opts-numunits": 4}}}',
    );
    expect(codes(directory, off)).toEqual(['smeshing-off']);
  });

  test('delete files if the config has fewer units', () => {
    const five = { ...metadata, numUnits: 5 };
    const files = Array.from({ length: 80 }, (_, number) => ({
      name: `postdata_${number}.bin`,
      number,
      rank: number,
      sizeBytes: 2 ** 32,
    }));
    expect(codes({ metadata: five, files }, units(4))).toEqual([
      'would-shrink',
      'would-delete-files',
    ]);
    expect(messages({ metadata: five, files }, units(4))).toContain(
      'It would delete files: postdata_64.bin … postdata_79.bin (16 files), 64 GiB in all.',
    );
  });

  test.each([
    [
      'more units than the data has',
      { 'smeshing-opts-numunits': 5 },
      'data that exists cannot be grown',
    ],
    ['fewer than the network wants', { 'smeshing-opts-numunits': 3 }, 'minimum is 4'],
    ['another file size', { 'smeshing-opts-maxfilesize': 2 ** 31 }, 'made with 4294967296'],
    ['a tiny file size', { 'smeshing-opts-maxfilesize': 512 }, 'less than 1024'],
  ])('refuse %s', (_, change, reason) => {
    expect(codes(directory, units(4, change))).toEqual(['would-refuse']);
    expect(messages(directory, units(4, change))).toContain(reason);
  });

  test('refuse data of another identity or network, and data without metadata', () => {
    expect(messages(directory, units(4), new Uint8Array(32))).toContain('the data belongs to 0101');
    const testnet = config({ 'smeshing-opts-numunits': 4 }, { preset: 'testnet' });
    expect(messages(directory, testnet)).toContain('made for another network');
    expect(messages({ ...directory, metadata: undefined }, units(4))).toContain('no metadata');
  });

  test('start again in an empty folder', () => {
    expect(nodeStart({ metadata, files: [] }, units(4))).toMatchObject([
      { code: 'would-start-again', severity: 'error' },
    ]);
    expect(nodeStart({ metadata: undefined, files: [] }, units(4))).toMatchObject([
      { code: 'would-start-again', severity: 'warning' },
    ]);
  });

  test('complete, cut and search', () => {
    const files = complete
      .filter(({ number }) => number !== 3)
      .map((file) => (file.number === 63 ? { ...file, sizeBytes: 2 ** 32 + 16 } : file));
    const directory = { metadata: { ...metadata, nonce: undefined }, files };
    expect(codes(directory, units(4))).toEqual([
      'would-cut-files',
      'would-initialise',
      'would-search-nonce',
    ]);
    expect(messages(directory, units(4))).toContain('compute the 4 GiB that are missing');
  });
});

describe('a node config', () => {
  test('of a real node', () => {
    const text = readFileSync(new URL('../../../data/node/config/A.json', import.meta.url), 'utf8');
    expect(readSmeshingConfig(text)).toEqual({
      preset: 'standalone',
      start: true,
      dataDir: '/srv/spacemesh/r04/A/post',
      dataFolder: '/srv/spacemesh/r04/A',
      coinbase: 'stest1qqqqqqz2ak2pgy0erzzlfyapgj4mntxj3sq44tgjlxzqh',
      numUnits: 1,
      maxFileSize: 1024n,
      network: { labelsPerUnit: 64n, minNumUnits: 1, maxNumUnits: 2 },
    });
  });

  test('defaults, keys in any case, numbers in quotes, own post parameters', () => {
    expect(readSmeshingConfig('{}')).toMatchObject({
      preset: 'mainnet',
      start: false,
      numUnits: 2,
      maxFileSize: 4294967296n,
    });
    expect(
      readSmeshingConfig(
        '{"Smeshing": {"Smeshing-Opts": {"smeshing-opts-NUMUNITS": "8"}}, "post": {"post-min-numunits": 1}}',
      ),
    ).toMatchObject({ numUnits: 8, network: { minNumUnits: 1, labelsPerUnit: 4294967296n } });
  });

  test('errors point at their place', () => {
    expect(() => readSmeshingConfig('{"preset": "moon"}')).toThrow(/“moon”.*line 1, column 12/s);
    expect(() => config({ 'smeshing-opts-numunits': -1 })).toThrow('“smeshing-opts-numunits”');
  });
});

describe('beside the ATXs', () => {
  const first = {
    publishEpoch: 3,
    numUnits: 4,
    commitmentAtxId: metadata.commitmentAtxId,
    vrfNonce: 7n,
  };
  const found = (...atxs: Parameters<typeof compareWithAtxs>[1]) =>
    compareWithAtxs(metadata, atxs).map(({ code }) => code);

  test('agreement, and none at all', () => {
    expect(found(first, { publishEpoch: 4, numUnits: 4 })).toEqual(['atx-agrees']);
    expect(found()).toEqual(['no-atx']);
  });

  test('differences', () => {
    expect(found({ ...first, commitmentAtxId: new Uint8Array(32) })).toEqual([
      'commitment-differs',
    ]);
    expect(found(first, { publishEpoch: 9, numUnits: 5, vrfNonce: 8n })).toEqual([
      'smaller-than-atx',
      'vrf-nonce-differs',
    ]);
    expect(found({ publishEpoch: 9, numUnits: 3 }, first)).toEqual(['larger-than-atx']);
  });
});
