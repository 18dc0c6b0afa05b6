// Layers and active sets of the small network, then changed one column at a time. About 8 s.
import { beforeAll, describe, expect, test } from 'vitest';
import { auditActiveSets } from '../../../src/audit/active-sets';
import { auditLayers, layerChecks, type LayerReport } from '../../../src/audit/layers';
import { findNetwork } from '../../../src/audit/network';
import type { CheckName, Report } from '../../../src/audit/types';
import { openSample, type SampleDatabase } from '../../support/audit';

let database: SampleDatabase;
let genesisId: Uint8Array | undefined;
beforeAll(async () => {
  database = await openSample();
  genesisId = (await findNetwork(database))?.genesisId;
});

const audit = async (fromLayer: number, toLayer = fromLayer) => {
  const reports: LayerReport[] = [];
  const totals = await auditLayers(
    database,
    { genesisId, layersPerEpoch: 10 },
    { fromLayer, toLayer },
    { onReport: (report) => reports.push(report) },
  );
  return { totals, reports };
};
const failing = ({ checks }: Report): CheckName[] => [
  ...new Set(checks.filter(({ outcome }) => outcome === 'fail').map(({ check }) => check)),
];
const one = async (layer: number): Promise<LayerReport> => {
  const { reports } = await audit(layer);
  const [report] = reports;
  if (!report) throw new Error('the layer was not applied');
  return report;
};

test('auditLayers: every layer of the small network, pass with every check that a database allows', async () => {
  const { totals } = await audit(0, 200);
  expect(totals).toMatchObject({ outcome: 'pass', layers: 126, notChecked: ['certificate-seats'] });
});

describe('auditLayers: a changed column, the checks that fail', () => {
  /** A layer with rewards and no transactions, one with a transaction, and one without a block. */
  const plain = 60;
  test.each<[string, string, readonly CheckName[]]>([
    ['layers.state_hash', "UPDATE layers SET state_hash = x'07' WHERE id = 60", ['state-hash']],
    [
      'layers.aggregated_hash',
      "UPDATE layers SET aggregated_hash = x'07' WHERE id = 60",
      ['mesh-hash'],
    ],
    [
      'layers.applied_block',
      'UPDATE layers SET applied_block = (SELECT applied_block FROM layers WHERE id = 61) WHERE id = 60',
      [],
    ],
    [
      'layers.applied_block, emptied',
      'UPDATE layers SET applied_block = zeroblob(20) WHERE id = 60',
      ['mesh-hash'],
    ],
    [
      'accounts.balance',
      'UPDATE accounts SET balance = balance + 1 WHERE layer_updated = 60 AND rowid = (SELECT min(rowid) FROM accounts WHERE layer_updated = 60)',
      ['state-hash', 'account-balances'],
    ],
    [
      'accounts.next_nonce',
      'UPDATE accounts SET next_nonce = next_nonce + 1 WHERE layer_updated = 60',
      ['state-hash'],
    ],
    [
      'accounts.template',
      'UPDATE accounts SET template = zeroblob(24) WHERE layer_updated = 60',
      ['state-hash'],
    ],
    [
      'accounts.state',
      "UPDATE accounts SET state = x'07' WHERE layer_updated = 60",
      ['state-hash'],
    ],
    [
      'accounts.address',
      'UPDATE accounts SET address = zeroblob(24) WHERE rowid = (SELECT min(rowid) FROM accounts WHERE layer_updated = 60)',
      ['state-hash', 'account-balances'],
    ],
    [
      'accounts.layer_updated',
      'UPDATE accounts SET layer_updated = 9999 WHERE rowid = (SELECT min(rowid) FROM accounts WHERE layer_updated = 60)',
      ['state-hash', 'account-balances'],
    ],
    [
      'rewards.total_reward',
      'UPDATE rewards SET total_reward = total_reward + 1 WHERE layer = 60',
      ['account-balances'],
    ],
    [
      'certificates.block',
      'UPDATE certificates SET block = zeroblob(20) WHERE layer = 60',
      ['certificate'],
    ],
    [
      'certificates.layer',
      'UPDATE OR REPLACE certificates SET layer = 60 WHERE layer = 61',
      ['certificate', 'certificate-vrf'],
    ],
    ['certificates.cert', "UPDATE certificates SET cert = x'01' WHERE layer = 60", ['certificate']],
    [
      'beacons.beacon',
      "UPDATE beacons SET beacon = x'01020304' WHERE epoch = 6",
      ['certificate-vrf'],
    ],
  ])('%s', async (_, sql, checks) => {
    const report = await database.tampered(sql, {}, () => one(plain));
    expect(failing(report)).toEqual(checks);
    if (checks.length === 0) expect(report.outcome).toBe('inconclusive');
  });

  test('a byte of a certificate: its signatures or its content fail', async () => {
    const { rows } = await database.query('SELECT cert FROM certificates WHERE layer = 60');
    const cert = rows[0]?.[0] as Uint8Array;
    for (let at = 0; at < cert.length; at += 41) {
      const changed = cert.map((byte, i) => (i === at ? byte ^ 1 : byte));
      const report = await database.tampered(
        'UPDATE certificates SET cert = :changed WHERE layer = 60',
        { changed: new Uint8Array(changed) },
        () => one(plain),
      );
      expect(failing(report).join()).toMatch(/^certificate/);
    }
  });

  test('a balance in a layer with a transaction: the sum of the changes fails', async () => {
    const { rows } = await database.query(
      'SELECT layer FROM transactions WHERE result IS NOT NULL ORDER BY layer LIMIT 1',
    );
    const layer = Number(rows[0]?.[0]);
    expect((await one(layer)).outcome).toBe('pass');
    const report = await database.tampered(
      'UPDATE accounts SET balance = balance + 1 WHERE rowid = (SELECT max(rowid) FROM accounts WHERE layer_updated = :layer)',
      { layer },
      () => one(layer),
    );
    expect(failing(report)).toEqual(['state-hash', 'account-balances']);
  });
});

test.each<[string, string, readonly CheckName[]]>([
  [
    'certificates pruned',
    'DELETE FROM certificates',
    ['certificate', 'certificate-signatures', 'certificate-vrf', 'certificate-seats'],
  ],
  ['nothing missing', 'SELECT 1', ['certificate-seats']],
  ['no beacons', 'DELETE FROM beacons', ['certificate-vrf', 'certificate-seats']],
  ['no blocks', 'DELETE FROM blocks', ['mesh-hash', 'certificate-seats']],
  ['no state hash', 'UPDATE layers SET state_hash = NULL', ['state-hash', 'certificate-seats']],
  [
    'no mesh hash before',
    'UPDATE layers SET aggregated_hash = NULL WHERE id = 59',
    ['mesh-hash', 'certificate-seats'],
  ],
])('auditLayers: %s, the checks are named as not possible', async (_, sql, names) => {
  const report = await database.tampered(sql, {}, () => one(60));
  expect(failing(report)).toEqual([]);
  expect(report.notChecked).toEqual(names);
  const isDecisive = names.some((name) => name === 'mesh-hash' || name === 'state-hash');
  expect(report.outcome).toBe(isDecisive ? 'inconclusive' : 'pass');
  expect(layerChecks).toEqual(expect.arrayContaining([...names]));
});

describe('auditActiveSets', () => {
  test('every active set of the small network, pass with every check made', async () => {
    const reports = await auditActiveSets(database);
    expect(reports).toHaveLength(13);
    for (const report of reports) expect(report).toMatchObject({ outcome: 'pass', notChecked: [] });
    expect(reports.reduce((sum, { atxs }) => sum + atxs, 0)).toBeGreaterThan(40);
  });

  test.each<[string, string, CheckName]>([
    ['id', 'UPDATE activesets SET id = zeroblob(32) WHERE epoch = 7', 'id'],
    ['epoch', 'UPDATE activesets SET epoch = 99 WHERE epoch = 7', 'epoch-column'],
    ['active_set', "UPDATE activesets SET active_set = x'01' WHERE epoch = 7", 'blob'],
    ['atxs.epoch of a member', 'UPDATE atxs SET epoch = 99 WHERE epoch = 6', 'members'],
  ])('%s changed: a check fails by name', async (_, sql, check) => {
    const reports = await database.tampered(sql, {}, () => auditActiveSets(database));
    expect(reports.flatMap(failing)).toContain(check);
  });

  test('a member that is not in the database: inconclusive', async () => {
    const reports = await database.tampered('DELETE FROM atxs WHERE epoch = 6', {}, () =>
      auditActiveSets(database),
    );
    const [report] = reports.filter(({ outcome }) => outcome !== 'pass');
    expect(report).toMatchObject({ outcome: 'inconclusive', epoch: 7, notChecked: ['members'] });
  });
});
