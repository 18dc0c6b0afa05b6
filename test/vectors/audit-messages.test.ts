// Malfeasance proofs, ballots, blocks and trees of the small network; about 3 s.
import { readFileSync } from 'node:fs';
import { hex } from '@scure/base';
import { beforeAll, describe, expect, test } from 'vitest';
import { auditBallot } from '../../src/audit/ballots';
import { loadBlob, type BlobKind } from '../../src/audit/blobs';
import { auditMalfeasance, malfeasantSmeshers } from '../../src/audit/malfeasance';
import { auditBlock } from '../../src/audit/messages';
import { auditNetworks, type AuditNetwork } from '../../src/audit/network';
import { blobTree } from '../../src/audit/tree/blob-tree';
import type { TreeNode } from '../../src/audit/tree/node';
import { eligibilityChecks, type CheckName, type Report } from '../../src/audit/types';
import { atxSignedBytes, decodeAtx, postsOf } from '../../src/protocol/atx';
import { concatBytes, type Bytes } from '../../src/base/bytes';
import { decodeMalfeasance } from '../../src/protocol/malfeasance';
import { encodeCompact } from '../../src/protocol/scale';
import { signWithSeed, type SigningDomain } from '../../src/protocol/signing';
import { nodeAuditEngines, openSample, type SampleDatabase } from '../support/audit';

const json = (name: string): unknown => JSON.parse(readFileSync(`test/data/node/${name}`, 'utf8'));
const vectors = json('decoded_blobs.json') as {
  what: string;
  id: string;
  version?: 1 | 2;
  hex: string;
}[];
const { genesis_id } = json('meta.json') as { genesis_id: string };
const network: AuditNetwork = {
  ...auditNetworks.standalone,
  genesisId: new Uint8Array(hex.decode(genesis_id)),
};
const genesisId = network.genesisId ?? new Uint8Array();
const blobOf = (what: string): Bytes => {
  const vector = vectors.find((other) => other.what.startsWith(what));
  return new Uint8Array(hex.decode(vector?.hex ?? ''));
};

let database: SampleDatabase;
const engines = nodeAuditEngines();
beforeAll(async () => {
  database = await openSample();
});

const failing = ({ checks }: Report): CheckName[] =>
  checks.filter(({ outcome }) => outcome === 'fail').map(({ check }) => check);

describe('malfeasance proofs', () => {
  const [malicious = ''] = vectors.filter(({ version }) => !version).map(({ id }) => id);
  /** Signs the first ATXs of version 1 of the fixture. */
  const seed = hex.decode(
    readFileSync('test/data/node/keys/B_1toN/b1.key', 'utf8').trim().slice(0, 64),
  );
  const chained = decodeAtx(blobOf('V1 chained'), 1);
  const { smesher } = chained;

  const auditStored = (key: Uint8Array, proof: Bytes) =>
    database.tampered(
      'INSERT OR REPLACE INTO identities (pubkey, proof, received) VALUES (:key, :proof, 1)',
      { key, proof },
      async () => {
        const report = await auditMalfeasance({ database, engines }, key, { network });
        if (!report) throw new Error('there is no proof');
        return report;
      },
    );

  test('the network has one, and it holds', async () => {
    expect((await malfeasantSmeshers(database)).map(hex.encode)).toEqual([malicious]);
    const report = await auditMalfeasance({ database, engines }, malicious, { network });
    expect(report).toMatchObject({
      kind: 'multiple-ballots',
      outcome: 'pass',
      statement: 'It signed two ballots in layer 93.',
    });
    expect(await auditMalfeasance({ database, engines }, smesher, { network })).toBeNull();
  });

  test('under another genesis id, or against another smesher, it does not', async () => {
    const other = { ...network, genesisId: new Uint8Array(20) };
    const report = await auditMalfeasance({ database, engines }, malicious, { network: other });
    expect(report && failing(report)).toEqual(['first-signature', 'second-signature']);
    expect(failing(await auditStored(smesher, blobOf('malfeasance')))).toEqual(['same-smesher']);
    expect(failing(await auditStored(smesher, blobOf('malfeasance').slice(1)))).toEqual(['blob']);
  });

  const compact = (value: number) => encodeCompact(BigInt(value));
  const hash = (byte: number) => new Uint8Array(32).fill(byte);
  /** Two signed messages: what each is of, and its hash. */
  const twoMessages = (type: number, domain: SigningDomain, messages: [number[], Bytes][]): Bytes =>
    concatBytes(
      compact(7),
      Uint8Array.of(type),
      ...messages.map(([numbers, messageHash]) => {
        const signed = concatBytes(...numbers.map(compact), messageHash);
        return concatBytes(signed, smesher, signWithSeed(seed, genesisId, domain, signed));
      }),
    );

  test.each<[string, number, SigningDomain, [number[], Bytes][], CheckName[]]>([
    [
      'two ATXs',
      1,
      'atx',
      [
        [[3], hash(1)],
        [[3], hash(2)],
      ],
      [],
    ],
    [
      'one ATX twice',
      1,
      'atx',
      [
        [[3], hash(1)],
        [[3], hash(1)],
      ],
      ['contradiction'],
    ],
    [
      'ATXs of two epochs',
      1,
      'atx',
      [
        [[3], hash(1)],
        [[4], hash(2)],
      ],
      ['contradiction'],
    ],
    [
      'ATXs signed as ballots',
      1,
      'ballot',
      [
        [[3], hash(1)],
        [[3], hash(2)],
      ],
      ['first-signature', 'second-signature'],
    ],
    [
      'two ballots',
      2,
      'ballot',
      [
        [[3], hash(1)],
        [[3], hash(2)],
      ],
      [],
    ],
    [
      'two Hare messages',
      3,
      'hare',
      [
        [[3, 1], hash(1)],
        [[3, 1], hash(2)],
      ],
      [],
    ],
    [
      'Hare messages of two rounds',
      3,
      'hare',
      [
        [[3, 1], hash(1)],
        [[3, 2], hash(2)],
      ],
      ['contradiction'],
    ],
  ])('%s', async (_, type, domain, messages, expected) => {
    const report = await auditStored(smesher, twoMessages(type, domain, messages));
    expect(failing(report)).toEqual(expected);
    expect(report.outcome).toBe(expected.length === 0 ? 'pass' : 'fail');
  });

  /** An ATX of version 1 with some bytes changed, signed again. */
  const changed = (change: (blob: Bytes) => void): Bytes => {
    const blob = new Uint8Array(blobOf('V1 chained'));
    change(blob);
    blob.set(
      signWithSeed(seed, genesisId, 'atx', atxSignedBytes(decodeAtx(blob, 1))),
      blob.length - 64,
    );
    return blob;
  };
  const at = (blob: Bytes, part: Uint8Array) => hex.encode(blob).indexOf(hex.encode(part)) / 2;
  const coinbaseChanged = changed(
    (blob) => void blob.fill(9, at(blob, chained.coinbase) + 4, at(blob, chained.coinbase) + 24),
  );
  const previousChanged = changed((blob) => void blob.fill(9, 2, 34));
  const indicesChanged = changed((blob) => {
    const { indices } = postsOf(chained)[0]?.proof ?? { indices: new Uint8Array() };
    const from = at(blob, indices);
    // The first index, of six bits or seven, becomes another.
    blob[from] = (blob[from] ?? 0) ^ 1;
  });

  test('a PoST index that is not good, and one that is', async () => {
    const proof = (atx: Bytes, index: number) =>
      concatBytes(compact(7), Uint8Array.of(4), atx, compact(index));
    const bad = await auditStored(smesher, proof(indicesChanged, 0));
    expect(bad).toMatchObject({ kind: 'invalid-post-index', outcome: 'pass' });
    const good = await auditStored(smesher, proof(blobOf('V1 chained'), 0));
    expect(failing(good)).toEqual(['contradiction']);
    expect(good.checks.at(-1)?.explanation).toContain('is good');
  });

  test('two ATXs after the same one', async () => {
    const proof = (other: Bytes) =>
      concatBytes(compact(7), Uint8Array.of(5), blobOf('V1 chained'), other);
    expect(await auditStored(smesher, proof(coinbaseChanged))).toMatchObject({ outcome: 'pass' });
    expect(failing(await auditStored(smesher, proof(previousChanged)))).toEqual(['contradiction']);
    expect(failing(await auditStored(smesher, proof(blobOf('V1 chained'))))).toEqual([
      'contradiction',
    ]);
  });
});

describe('ballots and blocks', () => {
  const idsOf = async (table: string): Promise<Uint8Array[]> => {
    const { rows } = await database.query(`SELECT id FROM ${table} ORDER BY id`);
    return rows.map(([id]) => id as Uint8Array);
  };

  test('all blocks, and a share of the ballots, hold', async () => {
    for (const id of await idsOf('blocks'))
      expect((await auditBlock(database, id))?.outcome).toBe('pass');
    const ballots = (await idsOf('ballots')).filter((_, i) => i % 16 === 0);
    for (const id of ballots)
      expect((await auditBallot(database, id, { network }))?.outcome).toBe('pass');
    expect(await auditBlock(database, new Uint8Array(20))).toBeNull();
  });

  test('what was changed is named', async () => {
    const [ballot = new Uint8Array()] = await idsOf('ballots');
    const [block = new Uint8Array()] = await idsOf('blocks');
    const tampered = async (sql: string) => {
      const id = sql.includes('ballots') ? ballot : block;
      const report = await database.tampered(sql, { id }, () =>
        sql.includes('ballots') ? auditBallot(database, id, { network }) : auditBlock(database, id),
      );
      return report && failing(report);
    };
    expect(await tampered('UPDATE ballots SET layer = 1 WHERE id = :id')).toEqual(['layer-column']);
    expect(await tampered("UPDATE ballots SET atx = x'00' WHERE id = :id")).toEqual(['atx-column']);
    expect(await tampered("UPDATE ballots SET pubkey = x'00' WHERE id = :id")).toEqual([
      'smesher-column',
    ]);
    expect(await tampered("UPDATE ballots SET ballot = x'00' WHERE id = :id")).toEqual(['blob']);
    const layers = 'SELECT ballot FROM ballots WHERE id != :id LIMIT 1';
    expect(await tampered(`UPDATE ballots SET ballot = (${layers}) WHERE id = :id`)).toContain(
      'id',
    );
    expect(await tampered('UPDATE blocks SET layer = 1 WHERE id = :id')).toEqual(['layer-column']);
    expect(await tampered("UPDATE blocks SET block = 'text' WHERE id = :id")).toEqual(['blob']);
    expect(await tampered("UPDATE blocks SET block = block || x'00' WHERE id = :id")).toEqual([
      'blob',
    ]);
  });
});

test.each(['ballot', 'block'] as const)(
  'audit of a %s: without its content, inconclusive with every check named',
  async (kind) => {
    const { rows } = await database.query(`SELECT id FROM ${kind}s ORDER BY id LIMIT 1`);
    const id = rows[0]?.[0] as Uint8Array;
    const report = await database.tampered(
      `UPDATE ${kind}s SET ${kind} = NULL WHERE id = :id`,
      { id },
      () => (kind === 'ballot' ? auditBallot(database, id, { network }) : auditBlock(database, id)),
    );
    expect(report).toMatchObject({ outcome: 'inconclusive' });
    expect(report?.notChecked).toEqual(
      kind === 'ballot'
        ? [
            ...['blob', 'id', 'signature', 'layer-column', 'atx-column', 'smesher-column'],
            ...eligibilityChecks,
          ]
        : ['blob', 'id', 'layer-column'],
    );
  },
);

describe('trees', () => {
  const nodes = (tree: TreeNode): TreeNode[] => [tree, ...tree.children.flatMap(nodes)];
  const named = (tree: TreeNode, name: string) => nodes(tree).filter((node) => node.name === name);

  test.each(vectors)(
    '$what: every field has a value and a sentence',
    ({ version, hex: digits }) => {
      const kind: BlobKind = version ? 'atx' : 'malfeasance';
      const tree = blobTree(kind, hex.decode(digits), { version, hrp: 'stest' });
      for (const node of nodes(tree)) {
        expect(node.explanation).toMatch(/^[A-Z].*\.$/);
        expect(node.value !== '' || node.children.length > 0).toBe(true);
      }
      // Every byte of a message is in its tree but numbers, flags and lengths.
      const shown = nodes(tree).reduce((sum, { bytes }) => sum + (bytes?.length ?? 0), 0);
      expect(shown).toBeGreaterThan(digits.length / 2 - 60);
    },
  );

  test('a merged ATX by its members', () => {
    const tree = blobTree('atx', blobOf('V2 merged, different'), { version: 2, hrp: 'stest' });
    expect(tree.value).toBe('of publish epoch 8, merged');
    expect(named(tree, 'marriage index').map(({ value }) => value)).toEqual(['0', '1', '2']);
    expect(named(tree, 'coinbase')[0]?.value).toMatch(/^stest1/);
    expect(named(tree, 'previous ATX 0')[0]?.refersTo).toBe('atx');
  });

  test.each(['ballot', 'block', 'poet'] as const)('of a %s, loaded by its id', async (kind) => {
    const key = kind === 'poet' ? 'ref' : 'id';
    const { rows } = await database.query(`SELECT ${key} FROM ${kind}s ORDER BY 1 LIMIT 1`);
    const id = rows[0]?.[0] as Uint8Array;
    const loaded = await loadBlob(database, kind, id);
    const tree = blobTree(kind, loaded?.blob ?? new Uint8Array());
    expect(nodes(tree).some(({ value }) => value !== '' && hex.encode(id).startsWith(value))).toBe(
      true,
    );
    for (const node of nodes(tree)) expect(node.explanation).toMatch(/^[A-Z].*\.$/);
  });

  test('a blob that is not there is null', async () => {
    expect(await loadBlob(database, 'atx', new Uint8Array(32))).toBeNull();
    expect(await loadBlob(database, 'malfeasance', new Uint8Array(32))).toBeNull();
    const proof = await loadBlob(
      database,
      'malfeasance',
      vectors.find(({ version }) => !version)?.id ?? '',
    );
    expect(decodeMalfeasance(proof?.blob ?? new Uint8Array()).kind).toBe('multiple-ballots');
  });
});
