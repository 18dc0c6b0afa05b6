// Malfeasance proofs of version 2. test/data/malfeasance-v2.json was made with go-spacemesh's own codec, signer and
// Merkle trees from ATXs and keys of the small network; the layouts, and the verdict beside each proof, are those of
// the files that protocol/malfeasance-v2.ts names. Signed again, so that ids have the later form. About 6 s.
import { readFileSync } from 'node:fs';
import { hex } from '@scure/base';
import { beforeAll, expect, test } from 'vitest';
import { loadBlob } from '../../src/audit/blobs';
import { auditMalfeasance, malfeasantSmeshers } from '../../src/audit/malfeasance';
import { findNetwork, type AuditNetwork } from '../../src/audit/network';
import { blobTree } from '../../src/audit/tree/blob-tree';
import type { TreeNode } from '../../src/audit/tree/node';
import type { CheckName, Report } from '../../src/audit/types';
import { decodeMalfeasanceV2, type MalfeasanceProofV2 } from '../../src/protocol/malfeasance-v2';
import type { SqlValue } from '../../src/state/types';
import { nodeAuditEngines, openSample, type SampleDatabase } from '../support/audit';

interface Vector {
  readonly kind: string;
  readonly what: string;
  /** The identity that the proof is about. */
  readonly smesher: string;
  readonly valid: boolean;
  readonly hex: string;
}
const vectors = JSON.parse(readFileSync('test/data/malfeasance-v2.json', 'utf8')) as Vector[];
const valid = vectors.filter((vector) => vector.valid);

let database: SampleDatabase;
let network: AuditNetwork;
const engines = nodeAuditEngines();
beforeAll(async () => {
  database = await openSample();
  const known = await findNetwork(database);
  if (!known) throw new Error('the network was not found');
  network = known;
});

interface Row {
  readonly smesher: Uint8Array;
  readonly proof: SqlValue;
  readonly domain?: SqlValue;
  readonly marriage?: SqlValue;
}
const insert =
  'INSERT INTO malfeasance (pubkey, marriage_id, received, domain, proof) VALUES (:smesher, :marriage, 1, :domain, :proof)';
/** Every identity of the vectors is in the marriage 1 of the sample. */
const stored = <R>(
  { smesher, proof, domain = 1, marriage = 1 }: Row,
  use: () => Promise<R>,
): Promise<R> => database.tampered(insert, { smesher, proof, domain, marriage }, use);

const audited = async (id: Uint8Array): Promise<Report & { kind: unknown; statement: string }> => {
  const report = await auditMalfeasance({ database, engines }, id, { network });
  if (!report) throw new Error('there is no proof');
  return report;
};
const auditStored = (vector: Vector, row: Partial<Row> = {}) => {
  const smesher = hex.decode(vector.smesher);
  return stored({ smesher, proof: hex.decode(vector.hex), ...row }, () =>
    audited(row.smesher ?? smesher),
  );
};
const failing = ({ checks }: Report): CheckName[] => [
  ...new Set(checks.filter(({ outcome }) => outcome === 'fail').map(({ check }) => check)),
];

test('the vectors have valid and invalid proofs of every kind', () => {
  for (const isValid of [true, false])
    expect(new Set(vectors.filter((one) => one.valid === isValid).map(({ kind }) => kind))).toEqual(
      new Set([
        'double-marry',
        'double-merge',
        'invalid-post',
        'invalid-previous-atx',
        'invalid-previous-atx-v1',
      ]),
    );
});

test.each(vectors)('auditMalfeasance: $kind, $what, valid: $valid', async (vector) => {
  const report = await auditStored(vector);
  expect(report.outcome).toBe(vector.valid ? 'pass' : 'fail');
  expect(report.notChecked).toEqual([]);
  if (!vector.valid) expect(failing(report)).not.toContain('blob');
});

test.each([
  ['an ATX with another signature', ['second-signature']],
  ['one ATX twice', ['contradiction']],
  ['a certificate at another index', ['merkle-proofs']],
  ['an identity that did not sign', ['marriage-certificates']],
  ['ATXs of two epochs', ['merkle-proofs']],
  ['the label is good', ['contradiction']],
  ['another number of units', ['merkle-proofs']],
  ['the ATX of version 1 of another smesher', ['contradiction']],
])('auditMalfeasance: %s, the checks that fail', async (what, checks) => {
  const vector = vectors.find((one) => one.what === what);
  if (!vector) throw new Error(`there is no vector ${what}`);
  expect(failing(await auditStored(vector))).toEqual(checks);
});

test('auditMalfeasance: a married identity without a proof of its own, malicious through the other', async () => {
  const [vector] = valid;
  if (!vector) throw new Error('there is no vector');
  const { rows } = await database.query(
    'SELECT pubkey FROM marriages WHERE pubkey != :smesher AND id = 1 LIMIT 1',
    { smesher: hex.decode(vector.smesher) },
  );
  const spouse = rows[0]?.[0] as Uint8Array;
  await stored({ smesher: hex.decode(vector.smesher), proof: hex.decode(vector.hex) }, () =>
    stored({ smesher: spouse, proof: null, domain: null }, async () => {
      expect(await malfeasantSmeshers(database)).toHaveLength(3);
      const report = await audited(spouse);
      expect(report).toMatchObject({ outcome: 'pass', notChecked: [] });
      expect(report.statement).toContain(`through its marriage to ${vector.smesher}`);
      const moved = await database.tampered(
        'UPDATE marriages SET id = 2 WHERE pubkey = :spouse',
        { spouse },
        () => audited(spouse),
      );
      expect(failing(moved)).toEqual(['marriage-column']);
    }),
  );
  const alone = await stored({ smesher: spouse, proof: null, domain: null }, () => audited(spouse));
  expect(alone.outcome).toBe('inconclusive');
  expect(alone.notChecked).toContain('contradiction');
});

test.each<[string, Partial<Row>, CheckName]>([
  ['pubkey', { smesher: new Uint8Array(32).fill(7) }, 'same-smesher'],
  ['marriage_id', { marriage: null }, 'marriage-column'],
  ['domain', { domain: 3 }, 'domain-column'],
  ['proof', { proof: Uint8Array.of(1) }, 'blob'],
])('malfeasance.%s changed: a check fails by name', async (_, row, check) => {
  const [vector] = valid;
  if (!vector) throw new Error('there is no vector');
  expect(failing(await auditStored(vector, row))).toContain(check);
});

test.each([
  ['of an unknown type', Uint8Array.of(4, 200, 0), 1],
  ['of an unknown version', Uint8Array.of(8, 68, 0), 1],
  ['of the domain of ballots', Uint8Array.of(1, 2, 3), 2],
])('auditMalfeasance: a proof %s, inconclusive', async (_, proof, domain) => {
  const smesher = hex.decode(valid[0]?.smesher ?? '');
  const report = await stored({ smesher, proof, domain }, () => audited(smesher));
  expect(report).toMatchObject({ outcome: 'inconclusive', kind: undefined });
  expect(report.notChecked).toContain('blob');
});

/** Without what the reference does not look at: the marriage index of an ATX of the identity's own, a second good label. */
const essence = (proof: MalfeasanceProofV2): unknown =>
  JSON.parse(
    JSON.stringify(
      'proofs' in proof
        ? {
            ...proof,
            proofs: proof.proofs.map((one) => ({
              ...one,
              marriageIndexPath: one.marriage ? one.marriageIndexPath : [],
            })),
          }
        : 'post' in proof
          ? { ...proof, post: { ...proof.post, validPosition: 0 } }
          : proof,
      (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value),
    ),
  );

test.each(valid)('auditMalfeasance: $kind with a changed byte, does not pass', async (vector) => {
  const original = hex.decode(vector.hex);
  let passed = 0;
  for (let at = 0; at < original.length; at += 67) {
    const proof = original.map((byte, i) => (i === at ? byte ^ (1 << (at % 8)) : byte));
    const { outcome } = await auditStored(vector, { proof });
    if (outcome !== 'pass') continue;
    passed++;
    expect(essence(decodeMalfeasanceV2(proof))).toEqual(essence(decodeMalfeasanceV2(original)));
  }
  expect(passed).toBeLessThan(original.length / 67 / 3);
});

test.each(valid)(
  'decodeMalfeasanceV2: $kind cut off or extended, scale-invalid',
  ({ hex: text }) => {
    const blob = hex.decode(text);
    for (const length of [0, 1, 2, 3, 40, blob.length - 33, blob.length - 1])
      expect(() => decodeMalfeasanceV2(blob.subarray(0, length))).toThrow(
        expect.objectContaining({ code: 'scale-invalid' }),
      );
    expect(() => decodeMalfeasanceV2(Uint8Array.of(...blob, 0))).toThrow(
      expect.objectContaining({ code: 'scale-invalid' }),
    );
  },
);

test.each(valid)('blobTree: $kind, every field has a value and a sentence', async (vector) => {
  const loaded = await stored(
    { smesher: hex.decode(vector.smesher), proof: hex.decode(vector.hex) },
    () => loadBlob(database, 'malfeasance', vector.smesher),
  );
  const tree = blobTree('malfeasance', loaded?.blob ?? new Uint8Array(), {
    version: loaded?.version,
    hrp: 'stest',
  });
  const nodes = (node: TreeNode): TreeNode[] => [node, ...node.children.flatMap(nodes)];
  for (const node of nodes(tree)) {
    expect(node.explanation).toMatch(/^[A-Z].*\.$/);
    expect(node.value !== '' || node.children.length > 0).toBe(true);
  }
  // Every byte is in the tree but numbers, flags and lengths.
  const shown = nodes(tree).reduce((sum, { bytes }) => sum + (bytes?.length ?? 0), 0);
  expect(shown).toBeGreaterThan(vector.hex.length / 2 - 120);
});
