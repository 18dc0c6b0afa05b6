import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { takeInventory, type InventoryInput } from '../../../src/identity/inventory';
import { parse } from '../../../src/identity/keys';
import { readBytes } from '../../../src/protocol/bytes';

const text = (path: string) =>
  readFileSync(new URL(`../../data/node/keys/${path}`, import.meta.url), 'utf8');

const key = (
  place: string,
  fixture: string,
  path = `identities/${fixture.split('/')[1] ?? ''}`,
) => ({
  place,
  path,
  ...parse(text(fixture)),
});

const post = (place: string, fixture: string) => {
  const metadata = JSON.parse(text(`${fixture}/postdata_metadata.json`)) as {
    NodeId: string;
    CommitmentAtxId: string;
    NumUnits: number;
  };
  return {
    place,
    path: fixture,
    nodeId: readBytes(metadata.NodeId, 32, 'NodeId'),
    commitmentAtxId: readBytes(metadata.CommitmentAtxId, 32, 'CommitmentAtxId'),
    numUnits: metadata.NumUnits,
  };
};

const none: InventoryInput = { keys: [], posts: [], configs: [], malfeasance: [] };
const codes = (input: Partial<InventoryInput>) =>
  takeInventory({ ...none, ...input }).findings.map(({ code, severity }) => `${severity} ${code}`);

describe('inventory', () => {
  it('has nothing to say about a whole machine', () => {
    const names = ['b1', 'b2', 'b3'];
    const { rows, findings } = takeInventory({
      ...none,
      keys: names.map((name) => key('B', `B_1toN/${name}.key`)),
      posts: names.map((name) => post('B', `B_1toN/post_${name}`)),
    });
    expect(rows).toHaveLength(3);
    expect(findings).toEqual([]);
  });

  it('finds one key in two places, and says so first', () => {
    const { findings } = takeInventory({
      ...none,
      keys: [key('home', 'A_supervised/local.key'), key('cloud', 'A_supervised/local.key')],
      posts: [post('home', 'A_supervised/post'), post('cloud', 'A_supervised/post')],
    });
    expect(findings.map(({ code }) => code)).toEqual(['key-in-two-places', 'data-in-two-places']);
    expect(findings[0]?.message).toMatch(/home, cloud.*equivocation/s);
    expect(findings[0]?.identity).toBe(parse(text('A_supervised/local.key')).forms.hex);
  });

  it('a public half elsewhere is no second key', () => {
    const { forms, publicKey } = parse(text('A_supervised/local.key'));
    expect(
      codes({
        keys: [
          key('home', 'A_supervised/local.key'),
          { place: 'note', path: forms.hex, publicKey, hasPrivateKey: false },
        ],
      }),
    ).toEqual([]);
  });

  it('data without key, key without data', () => {
    expect(
      codes({
        keys: [key('C', 'C_supervised/local.key')],
        posts: [post('A', 'A_supervised/post')],
      }),
    ).toEqual(['danger data-without-key', 'warning key-without-data']);
    expect(codes({ posts: [post('A', 'A_supervised/post')] })).toEqual(['note data-without-key']);
  });

  it('a malfeasance row', () => {
    const { publicKey } = parse(text('A_supervised/local.key'));
    expect(
      codes({
        keys: [key('A', 'A_supervised/local.key')],
        malfeasance: [{ nodeId: publicKey, why: 'two ballots in layer 93' }],
      }),
    ).toEqual(['danger malicious']);
  });

  it('what the node refuses to start with', () => {
    expect(
      codes({
        keys: [
          key('B', 'A_supervised/local.key'),
          key('B', 'B_1toN/b1.key'),
          key('B', 'B_1toN/b1.key', 'identities/copy.key'),
        ],
      }),
    ).toEqual(['warning supervised-key-beside-others', 'warning same-key-twice-in-a-folder']);
  });

  it('files of one name were not in one folder', () => {
    expect(
      codes({
        keys: [
          key('drop 1', 'A_supervised/local.key', 'local.key'),
          key('drop 1', 'C_supervised/local.key', 'local.key'),
        ],
      }),
    ).toEqual([]);
  });

  it('two commitments for one identity', () => {
    const one = post('A', 'A_supervised/post');
    expect(
      codes({
        keys: [key('A', 'A_supervised/local.key')],
        posts: [one, { ...one, commitmentAtxId: new Uint8Array(32) }],
      }),
    ).toEqual(['danger two-commitments']);
  });

  it('two configs that smesh with one folder', () => {
    const config = {
      smeshing: true,
      dataFolder: '/data',
      postFolder: '/post',
      coinbase: 'sm1a',
    };
    const configs = ['a', 'b'].map((place) => ({ ...config, place, path: 'node-config.json' }));
    expect(codes({ configs })).toEqual(['warning two-smeshing-configs']);
    expect(codes({ configs: configs.map((c) => ({ ...c, smeshing: false })) })).toEqual([]);
  });

  it('configs that pay to different coinbases', () => {
    const config = { place: 'a', path: 'a.json', smeshing: true, dataFolder: undefined };
    const of = (coinbase: string | undefined, postFolder: string) => ({
      ...config,
      coinbase,
      postFolder,
    });
    expect(codes({ configs: [of('sm1a', '/1'), of('sm1b', '/2')] })).toEqual([
      'note different-coinbases',
    ]);
    expect(codes({ configs: [of('sm1a', '/1'), of('sm1a', '/2'), of(undefined, '/3')] })).toEqual(
      [],
    );
  });

  it('never carries a key along', () => {
    const secret = text('A_supervised/local.key').slice(0, 16);
    const inventory = takeInventory({
      ...none,
      keys: [key('A', 'A_supervised/local.key'), key('B', 'A_supervised/local.key')],
    });
    expect(JSON.stringify(inventory)).not.toContain(secret);
  });
});
