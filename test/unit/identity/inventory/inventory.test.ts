import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { collectDrop } from '../../../../src/identity/collect';
import { takeInventory } from '../../../../src/identity/inventory/inventory';
import type { InventoryInput } from '../../../../src/identity/inventory/types';
import { parse } from '../../../../src/identity/keys';
import { readBytes } from '../../../../src/base/bytes';

const text = (path: string) =>
  readFileSync(new URL(`../../../data/node/keys/${path}`, import.meta.url), 'utf8');

/** Drops of one machine each, in this order. */
const machines = ['home', 'cloud'];
const drops = (...names: readonly string[]): InventoryInput['drops'] =>
  names.map((machine, i) => ({ id: i, machine, unread: [], foldersWithoutMetadata: [] }));

const key = (drop: number, fixture: string, path = `identities/${fixture.split('/')[1] ?? ''}`) => {
  const { publicKey, hasPrivateKey } = parse(text(fixture));
  return { drop, path, publicKey, hasPrivateKey };
};

const post = (drop: number, fixture: string) => {
  const metadata = JSON.parse(text(`${fixture}/postdata_metadata.json`)) as {
    NodeId: string;
    CommitmentAtxId: string;
    NumUnits: number;
  };
  return {
    drop,
    path: `${fixture}/postdata_metadata.json`,
    nodeId: readBytes(metadata.NodeId, 32, 'NodeId'),
    commitmentAtxId: readBytes(metadata.CommitmentAtxId, 32, 'CommitmentAtxId'),
    numUnits: metadata.NumUnits,
    data: 'complete' as const,
  };
};

const none: InventoryInput = {
  drops: drops(...machines),
  keys: [],
  posts: [],
  configs: [],
  malfeasance: [],
  databasesAsked: 1,
};
const take = (input: Partial<InventoryInput>) => takeInventory({ ...none, ...input });
const codes = (input: Partial<InventoryInput>) =>
  take(input).findings.map(({ code, severity }) => `${severity} ${code}`);

describe('takeInventory: copies of one private key', () => {
  const fixture = 'A_supervised/local.key';
  const copies: readonly (readonly [name: string, InventoryInput['keys'], code: string])[] = [
    [
      'two folders of one name, in two drops',
      [key(0, fixture), key(1, fixture)],
      'danger key-in-two-places',
    ],
    [
      'two folders of one name, in one drop',
      [key(0, fixture), key(0, fixture)],
      'danger key-twice-on-one-machine',
    ],
    [
      'two folders of one machine',
      [key(0, fixture, 'a/identities/local.key'), key(0, fixture, 'b/identities/local.key')],
      'danger key-twice-on-one-machine',
    ],
    [
      'loose files of one name',
      [key(0, fixture, 'local.key'), key(0, fixture, 'local.key')],
      'danger key-twice-on-one-machine',
    ],
    [
      'loose files of two names',
      [key(0, fixture, 'a.key'), key(0, fixture, 'b.key')],
      'danger key-twice-on-one-machine',
    ],
    [
      'a renamed copy beside the key',
      [key(0, fixture), key(0, fixture, 'identities/local.key.bak')],
      'danger key-twice-on-one-machine',
    ],
    [
      'two keys of one folder that the node loads',
      [key(0, fixture, 'identities/a.key'), key(0, fixture, 'identities/b.key')],
      'warning same-key-twice-in-a-folder',
    ],
    [
      'names with backslashes, as archives made on Windows have them',
      [key(0, fixture, 'a\\identities\\local.key'), key(0, fixture, 'b\\identities\\local.key')],
      'danger key-twice-on-one-machine',
    ],
  ];
  test.each(copies)('takeInventory: %s, named and no all-clear', (_name, keys, code) => {
    const { conclusion } = take({ keys });
    expect(codes({ keys })).toContain(code);
    expect(conclusion.outcome).toBe('fail');
  });

  test('takeInventory: the same folder dropped again as the same machine, named', () => {
    const input = { drops: drops('home', ' HOME '), keys: [key(0, fixture), key(1, fixture)] };
    const [first] = take(input).findings;
    expect(first?.code).toBe('key-twice-on-one-machine');
    expect(first?.message).toContain('dropped twice');
  });

  test('takeInventory: drops without a machine name are two places', () => {
    const [first] = take({
      drops: drops('', ''),
      keys: [key(0, fixture), key(1, fixture)],
    }).findings;
    expect(first?.code).toBe('key-in-two-places');
    expect(first?.message).toContain('give them the same machine name');
  });

  test('takeInventory: a public half elsewhere, not a second key', () => {
    const { forms, publicKey } = parse(text(fixture));
    expect(
      codes({
        keys: [key(0, fixture), { drop: 1, path: forms.hex, publicKey, hasPrivateKey: false }],
      }),
    ).toEqual([]);
  });

  test('takeInventory: two machines, sorted with the danger first', () => {
    const { findings } = take({
      keys: [key(0, fixture), key(1, fixture)],
      posts: [post(0, 'A_supervised/post'), post(1, 'A_supervised/post')],
    });
    expect(findings.map(({ code }) => code)).toEqual(['key-in-two-places', 'data-in-two-places']);
    expect(findings[0]?.message).toMatch(/home.*cloud.*equivocation/s);
    expect(findings[0]?.identity).toBe(parse(text(fixture)).forms.hex);
  });
});

describe('takeInventory: the all-clear', () => {
  const names = ['b1', 'b2', 'b3'];
  const complete = {
    drops: drops('home'),
    keys: names.map((name) => key(0, `B_1toN/${name}.key`)),
    posts: names.map((name) => post(0, `B_1toN/post_${name}`)),
  };

  test('takeInventory: a complete machine, pass with what was not checked', () => {
    const { rows, findings, conclusion } = take(complete);
    expect(rows).toHaveLength(3);
    expect(findings).toEqual([]);
    expect(conclusion.outcome).toBe('pass');
    expect(conclusion.text).toMatch(
      /3 private keys on home, each in one file only.*Each has its PoST data/,
    );
    expect(conclusion.notChecked).toContain('machines, disks and backups that you did not drop');
  });

  test('takeInventory: keys alone, no claim about data', () => {
    const { conclusion } = take({ ...complete, posts: [] });
    expect(conclusion.outcome).toBe('pass');
    expect(conclusion.text).not.toContain('PoST data');
    expect(conclusion.notChecked.join()).toContain('no PoST folder was dropped');
  });

  test('takeInventory: metadata without data files, no claim about data', () => {
    const posts = complete.posts.map((one) => ({ ...one, data: 'not-seen' as const }));
    const { conclusion, findings } = take({ ...complete, posts });
    expect(findings.map(({ code }) => code)).toEqual(Array(3).fill('data-not-seen'));
    expect(conclusion.text).not.toContain('PoST data');
    expect(conclusion.notChecked.join()).toContain('only the metadata');
  });

  test('takeInventory: a file of the data missing, fail', () => {
    const posts = complete.posts.map((one) => ({ ...one, data: 'incomplete' as const }));
    expect(take({ ...complete, posts }).conclusion.outcome).toBe('fail');
  });

  test('takeInventory: a key file that was not read, fail', () => {
    const unread = [{ path: 'identities/x.key', reason: 'Too short.', mayBeKey: true }];
    const [drop] = drops('home');
    const { conclusion, findings } = take({
      ...complete,
      drops: drop ? [{ ...drop, unread }] : [],
    });
    expect(findings[0]?.message).toContain('Too short.');
    expect(conclusion.outcome).toBe('fail');
  });

  test('takeInventory: no private key, inconclusive', () => {
    const keys = complete.keys.map((one) => ({ ...one, hasPrivateKey: false }));
    expect(take({ ...complete, keys }).conclusion.outcome).toBe('inconclusive');
    expect(take({ configs: [] }).conclusion.outcome).toBe('inconclusive');
  });

  test('takeInventory: no database asked, no machine name, both named as not checked', () => {
    const { conclusion } = take({ ...complete, drops: drops(''), databasesAsked: 0 });
    expect(conclusion.notChecked.join()).toContain('malfeasance');
    expect(conclusion.notChecked.join()).toContain('which machine');
  });
});

describe('takeInventory: keys and data', () => {
  test('takeInventory: a key on one machine and its data on another, named', () => {
    const { findings, conclusion } = take({
      keys: [key(0, 'A_supervised/local.key')],
      posts: [post(1, 'A_supervised/post')],
    });
    expect(findings.map(({ code }) => code)).toEqual(['key-and-data-apart']);
    expect(findings[0]?.message).toMatch(/on home.*on cloud/);
    expect(conclusion.outcome).toBe('fail');
  });

  test('takeInventory: two drops of one machine, nothing apart', () => {
    expect(
      codes({
        drops: drops('home', 'Home'),
        keys: [key(0, 'A_supervised/local.key')],
        posts: [post(1, 'A_supervised/post')],
      }),
    ).toEqual([]);
  });

  test('takeInventory: data without key, key without data', () => {
    expect(
      codes({
        keys: [key(0, 'C_supervised/local.key')],
        posts: [post(0, 'A_supervised/post')],
      }),
    ).toEqual(['danger data-without-key', 'warning key-without-data']);
    expect(codes({ posts: [post(0, 'A_supervised/post')] })).toEqual(['note data-without-key']);
  });

  test('takeInventory: a malfeasance row, danger', () => {
    const { publicKey } = parse(text('A_supervised/local.key'));
    expect(
      codes({
        keys: [key(0, 'A_supervised/local.key')],
        malfeasance: [{ nodeId: publicKey, why: 'two ballots in layer 93' }],
      }),
    ).toEqual(['danger malicious']);
  });

  test('takeInventory: local.key beside other keys, the node does not start', () => {
    expect(codes({ keys: [key(0, 'A_supervised/local.key'), key(0, 'B_1toN/b1.key')] })).toEqual([
      'warning supervised-key-beside-others',
    ]);
  });

  test('takeInventory: loose files of one name, not judged as one folder', () => {
    const { findings, conclusion } = take({
      keys: [
        key(0, 'A_supervised/local.key', 'local.key'),
        key(0, 'C_supervised/local.key', 'local.key'),
      ],
    });
    expect(findings).toEqual([]);
    expect(conclusion.notChecked.join()).toContain('dropped without their folder');
  });

  test('takeInventory: two commitments for one identity, danger', () => {
    const one = post(0, 'A_supervised/post');
    expect(
      codes({
        keys: [key(0, 'A_supervised/local.key')],
        posts: [one, { ...one, commitmentAtxId: new Uint8Array(32) }],
      }),
    ).toEqual(['danger two-commitments', 'warning data-in-two-places']);
  });

  test('takeInventory: never carries a private key along', () => {
    const secret = text('A_supervised/local.key').slice(0, 16);
    const inventory = take({
      keys: [key(0, 'A_supervised/local.key'), key(1, 'A_supervised/local.key')],
    });
    expect(JSON.stringify(inventory)).not.toContain(secret);
  });
});

describe('takeInventory: configs', () => {
  const config = (drop: number, postFolder: string, coinbase: string | undefined = 'sm1a') => ({
    drop,
    path: 'node-config.json',
    smeshing: true,
    dataFolder: '/data',
    postFolder,
    coinbase,
  });

  test('takeInventory: two configs that smesh with one folder, warning', () => {
    const configs = [config(0, '/post'), config(1, '/post/')];
    expect(codes({ configs })).toEqual(['warning two-smeshing-configs']);
    expect(codes({ configs: configs.map((c) => ({ ...c, smeshing: false })) })).toEqual([]);
  });

  test('takeInventory: Windows paths of one folder in two spellings, warning', () => {
    const configs = [config(0, 'D:\\Post'), config(0, 'd:/post/')];
    expect(codes({ configs })).toEqual(['warning two-smeshing-configs']);
  });

  test('takeInventory: configs that pay to different coinbases, note', () => {
    expect(codes({ configs: [config(0, '/1'), config(0, '/2', 'sm1b')] })).toEqual([
      'note different-coinbases',
    ]);
    const unpaid = { ...config(0, '/3'), coinbase: undefined };
    expect(codes({ configs: [config(0, '/1'), config(0, '/2'), unpaid] })).toEqual([]);
  });
});

describe('collectDrop', () => {
  const file = (path: string, contents: string | Uint8Array<ArrayBuffer>) => ({
    path,
    file: new File([contents], path.split('/').at(-1)),
  });
  const files = { keys: [], metadata: [], configs: [], data: [] };
  const numUnits = 2;
  const metadata = (path: string) =>
    file(
      path,
      text('A_supervised/post/postdata_metadata.json')
        .replace(/"NumUnits": *\d+/, `"NumUnits": ${numUnits}`)
        .replace(/"LabelsPerUnit": *\d+/, '"LabelsPerUnit": 64')
        .replace(/"MaxFileSize": *\d+/, '"MaxFileSize": 1024'),
    );
  const data = (folder: string, number: number, sizeBytes = 1024) =>
    file(`${folder}postdata_${number}.bin`, new Uint8Array(sizeBytes));

  test.each([
    ['no data file', [], 'not-seen'],
    ['all data files', [data('post/', 0), data('post/', 1)], 'complete'],
    ['one data file of two', [data('post/', 1)], 'incomplete'],
    ['a short data file', [data('post/', 0), data('post/', 1, 1008)], 'incomplete'],
    ['data files of another folder', [data('x/', 0), data('x/', 1)], 'not-seen'],
    ['two folders of one name', [data('post/', 0), data('post/', 0)], 'unclear'],
  ] as const)('collectDrop: metadata beside %s, %3$s', async (_name, dataFiles, expected) => {
    const { posts } = await collectDrop(1, {
      ...files,
      metadata: [metadata('post/postdata_metadata.json')],
      data: dataFiles,
    });
    expect(posts.map((one) => one.data)).toEqual([expected]);
  });

  test('collectDrop: two metadata files under one path, data not assigned', async () => {
    const { posts } = await collectDrop(1, {
      ...files,
      metadata: [metadata('postdata_metadata.json'), metadata('postdata_metadata.json')],
      data: [data('', 0), data('', 1)],
    });
    expect(posts.map((one) => one.data)).toEqual(['unclear', 'unclear']);
  });

  test('collectDrop: data files without metadata, folder named', async () => {
    const { drop } = await collectDrop(1, { ...files, data: [data('post/', 0)] });
    expect(drop.foldersWithoutMetadata).toEqual(['post']);
  });

  test('collectDrop: a config and metadata beyond their limits, listed with the limit', async () => {
    const { drop } = await collectDrop(1, {
      ...files,
      metadata: [file('post/postdata_metadata.json', ' '.repeat(65_537))],
      configs: [file('config.json', ' '.repeat(131_073))],
    });
    expect(drop.unread.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('at most 64 KiB are read as postdata_metadata.json'),
      expect.stringContaining('at most 128 KiB are read as a node config'),
    ]);
  });

  test('collectDrop: unreadable files, listed and the rest read', async () => {
    const { drop, keys } = await collectDrop(1, {
      ...files,
      keys: [
        file('identities/half.key', 'ab'),
        file('p2p/p2p.key', '{"Key":"AA","ID":"12D3"}'),
        file('identities/local.key', text('A_supervised/local.key')),
      ],
      metadata: [file('post/postdata_metadata.json', '{"NodeId":')],
    });
    expect(keys).toHaveLength(1);
    expect(drop.unread.map(({ path, mayBeKey }) => [path, mayBeKey])).toEqual([
      ['identities/half.key', true],
      ['p2p/p2p.key', false],
      ['post/postdata_metadata.json', false],
    ]);
  });
});
