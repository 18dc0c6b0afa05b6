// The eligibility of the small network's ballots, and of ballots changed in every way; about 15 s. By default the
// ballots of two epochs are audited, one with a merged ATX; AUDIT_ALL=1 takes all 664, which is a minute.
import { readFileSync } from 'node:fs';
import { hex } from '@scure/base';
import { beforeAll, describe, expect, test } from 'vitest';
import { auditBallot, auditBallots, type BallotNetwork } from '../../../src/audit/ballots';
import { auditNetworks, findNetwork } from '../../../src/audit/network';
import type { CheckName, Report } from '../../../src/audit/types';
import { decodeBallot, type Ballot } from '../../../src/protocol/ballot';
import { concatBytes, equalBytes, isZero, toHex, type Bytes } from '../../../src/base/bytes';
import type { DatabaseInfo, SqlValue } from '../../../src/state/types';
import { openSample, type SampleDatabase } from '../../support/audit';
import { drawSlots, encodeBallot, seedOfA, signBallot } from '../../support/ballots';

const { genesis_id } = JSON.parse(readFileSync('test/data/node/meta.json', 'utf8')) as {
  genesis_id: string;
};
const genesisId = new Uint8Array(hex.decode(genesis_id));
const network: BallotNetwork = { genesisId, eligibility: auditNetworks.standalone.eligibility };
const all = { fromLayer: 0, toLayer: 1000 };
const isComplete = process.env['AUDIT_ALL'] === '1';
const smesherA = '31b356d7425a660120b9aafadba779a513c1726d9221c84614dcd320005e2c55';

let database: SampleDatabase;
/** Of A in epoch 6: its first ballot, and a later one that has at least three slots. */
let first: Ballot;
let later: Ballot;

const bytesOf = (value: SqlValue | undefined): Bytes =>
  new Uint8Array(value instanceof Uint8Array ? value : []);

beforeAll(async () => {
  database = await openSample();
  const { rows } = await database.query(
    'SELECT ballot FROM ballots WHERE pubkey = :smesher AND layer BETWEEN 60 AND 69 ORDER BY layer',
    { smesher: hex.decode(smesherA) },
  );
  const ballots = rows.map(([blob]) => decodeBallot(bytesOf(blob)));
  const [reference] = ballots.filter(({ epochData }) => epochData);
  const another = ballots.find(
    ({ epochData, eligibilities }) => !epochData && eligibilities.length >= 3,
  );
  if (!reference || !another) throw new Error('the sample has such ballots');
  [first, later] = [reference, another];
});

const outcomes = ({ checks }: Report, outcome: string): CheckName[] =>
  checks.filter((check) => check.outcome === outcome).map(({ check }) => check);
const failing = (report: Report): CheckName[] => outcomes(report, 'fail');

/** The report of a ballot after its row was changed; `id` stays, as an editor of the database would leave it. */
async function reportAfter(
  sql: string,
  { id, ...params }: Readonly<Record<string, SqlValue>> & { readonly id: Bytes },
): Promise<Report> {
  const stored = concatBytes(id, new Uint8Array(12));
  const { rows } = await database.query('SELECT count(*) FROM ballots WHERE id = :id', { id });
  return database.tampered(sql, { ...params, id: rows[0]?.[0] === 1 ? id : stored }, async () => {
    const report = await auditBallot(database, id, { network });
    if (!report) throw new Error('the ballot is there');
    return report;
  });
}

/** The report of a ballot that is put in the place of `later` under an id of its own. */
async function reportOf(ballot: Ballot): Promise<Report> {
  const id = ballot.id;
  return database.tampered(
    `INSERT OR REPLACE INTO ballots (id, atx, layer, pubkey, ballot)
     VALUES (:id, :atx, :layer, :smesher, :blob)`,
    {
      id,
      atx: ballot.atx,
      layer: ballot.layer,
      smesher: ballot.smesher,
      blob: encodeBallot(ballot),
    },
    async () => {
      const report = await auditBallot(database, id, { network });
      if (!report) throw new Error('the ballot is there');
      return report;
    },
  );
}

const signed = (ballot: Ballot, seed = seedOfA): Ballot => signBallot(ballot, seed, genesisId);

describe('honest ballots', () => {
  test('auditBallots: ballots of the small network, pass with every check made', async () => {
    const span = isComplete ? all : { fromLayer: 96, toLayer: 103 };
    const { rows } = await database.query(
      'SELECT count(*) FROM ballots WHERE layer BETWEEN :fromLayer AND :toLayer',
      span,
    );
    const ballots = Number(rows[0]?.[0]);
    expect(ballots).toBeGreaterThan(isComplete ? 600 : 25);
    let done = 0;
    const totals = await auditBallots(database, network, span, {
      onProgress: (progress) => (done = progress.done),
    });
    expect(totals).toMatchObject({
      ballots,
      byOutcome: { pass: ballots, fail: 0, inconclusive: 0 },
    });
    expect([...totals.failedBy, ...totals.notCheckedBy]).toEqual([]);
    expect(totals.slots).toBeGreaterThan(ballots);
    expect(done).toBe(ballots);
    expect(totals.beacons.length).toBeGreaterThan(1);
    for (const { outcome, share } of totals.beacons) expect([outcome, share]).toEqual(['pass', 1]);
  });

  test('auditBallots: a range of layers, the ballots of these only', async () => {
    const layers: number[] = [];
    const span = { fromLayer: 60, toLayer: 66 };
    await auditBallots(database, network, span, {
      onReport: ({ layer }) => void layers.push(layer),
    });
    const { rows } = await database.query(
      'SELECT layer FROM ballots WHERE layer BETWEEN 60 AND 66 ORDER BY layer',
    );
    expect(layers).toEqual(rows.map(([layer]) => layer));
  });

  test('auditBallots: aborted, an AbortError within one slice of proofs', async () => {
    const ending = new AbortController();
    const run = auditBallots(database, network, all, {
      signal: ending.signal,
      onReport: () => ending.abort(),
    });
    await expect(run).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
  });

  test('findNetwork: the small network, the layers per epoch that its ballots show', async () => {
    expect((await findNetwork(database))?.eligibility).toEqual({
      layersPerEpoch: 10,
      committeeSize: 50,
      minWeight: 0n,
    });
  });

  test('signBallot, drawSlots: the ballots of the node, made again byte by byte', async () => {
    expect(encodeBallot(signed(later))).toEqual(encodeBallot(later));
    const { rows } = await database.query('SELECT nonce FROM atxs WHERE id = :atx', {
      atx: later.atx,
    });
    const { beacon, eligibilityCount } = first.epochData ?? {
      beacon: genesisId,
      eligibilityCount: 0,
    };
    const draw = { beacon, epoch: 6, vrfNonce: BigInt(Number(rows[0]?.[0])) };
    const slots = drawSlots(seedOfA, draw, eligibilityCount, 10);
    expect(slots.get(later.layer)).toEqual(later.eligibilities);
  });
});

describe('changed ballots', () => {
  const blob = 'UPDATE ballots SET ballot = :blob WHERE id = :id';
  const put = (ballot: Ballot) => reportAfter(blob, { id: later.id, blob: encodeBallot(ballot) });
  const withSlots = (change: (slots: Ballot['eligibilities']) => Ballot['eligibilities']) =>
    put({ ...later, eligibilities: change(later.eligibilities) });

  test('auditBallot: one bit of a VRF proof changed, slot-vrf fails', async () => {
    for (const at of [9, 31, 40, 79]) {
      const report = await withSlots(([head, ...rest]) => {
        if (!head) throw new Error('the ballot has slots');
        const vrfSignature = new Uint8Array(head.vrfSignature);
        vrfSignature[at] = (vrfSignature[at] ?? 0) ^ 1;
        return [{ ...head, vrfSignature }, ...rest];
      });
      expect(failing(report)).toEqual(['slot-vrf']);
    }
  });

  test('auditBallot: the proof of another slot, slot-vrf fails', async () => {
    const report = await withSlots((slots) =>
      slots.map(({ slot, vrfSignature }, i) => ({
        slot,
        vrfSignature: slots[(i + 1) % slots.length]?.vrfSignature ?? vrfSignature,
      })),
    );
    expect(failing(report)).toEqual(['slot-vrf']);
  });

  test('auditBallot: slots in another order, slot-numbers fails', async () => {
    expect(failing(await withSlots((slots) => slots.toReversed()))).toEqual(['slot-numbers']);
    expect(failing(await withSlots(([head]) => (head ? [head, head] : [])))).toEqual([
      'slot-numbers',
    ]);
  });

  test('auditBallot: without slots, slot-numbers, slot-vrf and slot-layers fail', async () => {
    expect(failing(await withSlots(() => []))).toEqual(['slot-numbers', 'slot-vrf', 'slot-layers']);
  });

  test('auditBallot: a slot beyond those of the smesher with a valid proof, slot-numbers fails', async () => {
    const { beacon, eligibilityCount } = first.epochData ?? {
      beacon: genesisId,
      eligibilityCount: 0,
    };
    const draw = { beacon, epoch: 6, vrfNonce: 42n };
    const slots = drawSlots(seedOfA, draw, eligibilityCount + 20, 10).get(later.layer) ?? [];
    expect(slots.some(({ slot }) => slot >= eligibilityCount)).toBe(true);
    expect(failing(await withSlots(() => slots))).toEqual(['slot-numbers']);
  });

  test('auditBallot: another layer, signed by the smesher, slot-layers fails', async () => {
    const moved = signed({ ...later, layer: later.layer === 69 ? 68 : later.layer + 1 });
    expect(failing(await reportOf(moved))).toEqual(['slot-layers']);
  });

  test('auditBallot: a layer of another epoch, signed by the smesher, ATX, reference, beacon and proofs fail', async () => {
    const moved = signed({ ...later, layer: later.layer + 10 });
    // The head of a proof gives the place in whichever epoch.
    expect(failing(await reportOf(moved))).toEqual([
      'ballot-atx',
      'reference-ballot',
      'epoch-beacon',
      'active-set',
      'slot-vrf',
    ]);
  });

  test('auditBallot: the ATX of another smesher, ballot-atx and the reference fail', async () => {
    const { rows } = await database.query(
      'SELECT atx FROM ballots WHERE layer = :layer AND pubkey != :smesher LIMIT 1',
      { layer: later.layer, smesher: later.smesher },
    );
    const stolen = signed({ ...later, atx: bytesOf(rows[0]?.[0]) });
    const report = await reportOf(stolen);
    expect(failing(report)).toEqual(
      expect.arrayContaining(['ballot-atx', 'reference-ballot', 'slot-vrf']),
    );
  });

  test('auditBallot: another smesher in the blob, signature, columns and proofs fail', async () => {
    const { rows } = await database.query(
      'SELECT pubkey FROM ballots WHERE pubkey != :smesher LIMIT 1',
      { smesher: later.smesher },
    );
    const report = await put({ ...later, smesher: bytesOf(rows[0]?.[0]) });
    expect(failing(report)).toEqual([
      'signature',
      'smesher-column',
      'ballot-atx',
      'reference-ballot',
      'slot-vrf',
    ]);
  });

  test('auditBallot: another beacon in the first ballot, signed by the smesher, beacon and proofs fail', async () => {
    const { epochData } = first;
    if (!epochData) throw new Error('it is the first');
    const changed = signed({
      ...first,
      epochData: { ...epochData, beacon: Uint8Array.of(1, 2, 3, 4) },
    });
    expect(failing(await reportOf(changed))).toEqual(['epoch-beacon', 'slot-vrf']);
    const none = signed({ ...first, epochData: { ...epochData, beacon: new Uint8Array(4) } });
    expect(failing(await reportOf(none))).toContain('reference-ballot');
  });

  test('auditBallot: a beacon and proofs of its own choice, epoch-beacon fails', async () => {
    const { epochData } = first;
    if (!epochData) throw new Error('it is the first');
    const beacon = Uint8Array.of(1, 2, 3, 4);
    const draw = { beacon, epoch: 6, vrfNonce: 42n };
    const slots = drawSlots(seedOfA, draw, epochData.eligibilityCount, 10);
    const eligibilities = slots.get(first.layer) ?? [];
    expect(eligibilities.length).toBeGreaterThan(0);
    const changed = signed({ ...first, eligibilities, epochData: { ...epochData, beacon } });
    expect(failing(await reportOf(changed))).toEqual(['epoch-beacon']);
  });

  test('auditBallot: more slots than the weight gives, slot-count fails', async () => {
    const { epochData } = first;
    if (!epochData) throw new Error('it is the first');
    const { eligibilityCount } = epochData;
    const changed = signed({
      ...first,
      epochData: { ...epochData, eligibilityCount: eligibilityCount + 1 },
    });
    expect(failing(await reportOf(changed))).toEqual(['slot-count']);
  });

  test('auditBallot: an active set of another epoch, active-set fails', async () => {
    const { rows } = await database.query('SELECT id FROM activesets WHERE epoch = 5');
    const { epochData } = first;
    if (!epochData) throw new Error('it is the first');
    const changed = signed({
      ...first,
      epochData: { ...epochData, activeSetHash: bytesOf(rows[0]?.[0]) },
    });
    expect(failing(await reportOf(changed))).toContain('active-set');
  });

  test('auditBallot: epoch data beside a reference, or neither, reference-ballot fails', async () => {
    const both = signed({ ...later, epochData: first.epochData });
    expect(failing(await reportOf(both))).toEqual(['reference-ballot']);
    const neither = signed({ ...later, refBallot: new Uint8Array(20) });
    const report = await reportOf(neither);
    expect(failing(report)).toEqual(['reference-ballot']);
    expect(report.notChecked).toContain('slot-count');
  });

  test('auditBallot: a reference without epoch data, reference-ballot fails', async () => {
    const { rows } = await database.query(
      'SELECT ballot FROM ballots WHERE pubkey = :smesher AND layer BETWEEN 60 AND 69',
      { smesher: later.smesher },
    );
    const other = rows
      .map(([stored]) => decodeBallot(bytesOf(stored)))
      .find((ballot) => !ballot.epochData && !equalBytes(ballot.id, later.id));
    if (!other) throw new Error('it has another ballot in the epoch');
    expect(isZero(other.refBallot)).toBe(false);
    const report = await reportOf(signed({ ...later, refBallot: other.id }));
    expect(failing(report)).toEqual(['reference-ballot']);
  });

  test.each<[string, string, CheckName[]]>([
    [
      'the layer of the row',
      'UPDATE ballots SET layer = layer + 1 WHERE id = :id',
      ['layer-column'],
    ],
    ['the ATX of the row', "UPDATE ballots SET atx = x'00' WHERE id = :id", ['atx-column']],
  ])('auditBallot: %s changed, its column fails', async (_, sql, expected) => {
    expect(failing(await reportAfter(sql, { id: later.id }))).toEqual(expected);
  });

  const ofEpoch = 'epoch = 6 AND :id IS NOT NULL';
  test.each<[string, string, CheckName[]]>([
    ['the beacon', `UPDATE beacons SET beacon = x'01020304' WHERE ${ofEpoch}`, ['epoch-beacon']],
    [
      'an ATX id of the active set',
      `UPDATE activesets SET active_set =
         CAST(substr(active_set, 1, 34) || x'7f' || substr(active_set, 36) AS BLOB)
       WHERE ${ofEpoch}`,
      ['active-set'],
    ],
    [
      'the bytes of the active set',
      `UPDATE activesets SET active_set = substr(active_set, 1, 34) WHERE ${ofEpoch}`,
      ['active-set'],
    ],
    [
      'the VRF nonce of the ATX',
      `UPDATE atxs SET nonce = nonce + 1 WHERE epoch = 5 AND pubkey = x'${smesherA}' AND :id IS NOT NULL`,
      ['slot-vrf'],
    ],
    [
      'the weight of the ATX',
      `UPDATE atxs SET weight = weight * 2 WHERE epoch = 5 AND pubkey = x'${smesherA}' AND :id IS NOT NULL`,
      ['slot-count'],
    ],
  ])(
    'auditBallot: %s changed in the database, the check fails by name',
    async (_, sql, expected) => {
      expect(failing(await reportAfter(sql, { id: later.id }))).toEqual(expected);
    },
  );
});

describe('what a database lacks', () => {
  const lacking = async (sql: string, changed = network): Promise<Report> => {
    const { id } = later;
    return database.tampered(sql, {}, async () => {
      const report = await auditBallot(database, id, { network: changed });
      if (!report) throw new Error('the ballot is there');
      return report;
    });
  };
  /** Checks in no result of a report that are not listed as not checked. */
  const expectHonest = (report: Report): void => {
    const inconclusive = outcomes(report, 'inconclusive');
    for (const name of inconclusive) expect(report.notChecked).toContain(name);
    for (const name of outcomes(report, 'pass')) expect(inconclusive).not.toContain(name);
  };

  test.each<[string, string, Report['outcome'], CheckName[]]>([
    ['without beacons', 'DELETE FROM beacons', 'pass', ['epoch-beacon']],
    ['without active sets', 'DELETE FROM activesets', 'pass', ['active-set', 'slot-count']],
    [
      'without an ATX of the active set',
      "DELETE FROM atxs WHERE epoch = 5 AND pubkey LIKE x'd7' || '%' OR epoch = 5 AND hex(pubkey) LIKE 'D7%'",
      'pass',
      ['active-set', 'slot-count'],
    ],
    [
      'without the ATX',
      `DELETE FROM atxs WHERE epoch = 5 AND pubkey = x'${smesherA}'`,
      'inconclusive',
      ['ballot-atx', 'active-set', 'slot-count', 'slot-vrf'],
    ],
    [
      'without the first ballot of the epoch',
      `DELETE FROM ballots WHERE pubkey = x'${smesherA}' AND layer = (
         SELECT min(layer) FROM ballots WHERE pubkey = x'${smesherA}' AND layer BETWEEN 60 AND 69)`,
      'inconclusive',
      ['reference-ballot', 'epoch-beacon', 'active-set', 'slot-count', 'slot-numbers'],
    ],
    [
      'without the first ballot of the epoch and beacons',
      `DELETE FROM ballots WHERE pubkey = x'${smesherA}' AND layer = (
         SELECT min(layer) FROM ballots WHERE pubkey = x'${smesherA}' AND layer BETWEEN 60 AND 69)
       OR layer IN (SELECT 0)`,
      'inconclusive',
      ['reference-ballot', 'epoch-beacon', 'active-set', 'slot-count', 'slot-numbers'],
    ],
    ['without VRF nonces', 'UPDATE atxs SET nonce = NULL', 'inconclusive', ['slot-vrf']],
  ])('auditBallot: %s, the checks are listed as not made', async (_, sql, outcome, missing) => {
    const report = await lacking(sql);
    expectHonest(report);
    expect([report.outcome, report.notChecked]).toEqual([outcome, missing]);
  });

  test('auditBallot: a first ballot whose row has another content, inconclusive', async () => {
    const report = await lacking(
      `UPDATE ballots SET ballot = (SELECT ballot FROM ballots WHERE layer = 30 LIMIT 1)
       WHERE id IN (x'${toHex(first.id)}', x'${toHex(first.id)}${'00'.repeat(12)}')`,
    );
    expect(report.outcome).toBe('inconclusive');
    expect(report.checks.find(({ check }) => check === 'reference-ballot')?.explanation).toContain(
      toHex(first.id),
    );
  });

  test('auditBallot: an earlier ATX has the VRF nonce, as until v1.5, pass', async () => {
    const report = await lacking(
      `UPDATE atxs SET nonce = NULL WHERE epoch > 1 AND pubkey = x'${smesherA}'`,
    );
    expect(report.outcome).toBe('pass');
  });

  test('auditBallot: layers per epoch not known, eligibility is not claimed', async () => {
    const report = await auditBallot(database, later.id, { network: { genesisId } });
    if (!report) throw new Error('the ballot is there');
    expect(report.outcome).toBe('inconclusive');
    expect(report.notChecked).toContain('slot-vrf');
  });

  test('auditBallot: genesis id not known, the signature is not claimed', async () => {
    const report = await lacking('UPDATE beacons SET epoch = epoch', {
      ...network,
      genesisId: undefined,
    });
    expect([report.outcome, report.notChecked]).toEqual(['inconclusive', ['signature']]);
  });

  test('auditBallot: tables beacons and activesets absent, pass with these checks not made', async () => {
    const tables = database.info.tables.filter(
      ({ name }) => name !== 'beacons' && name !== 'activesets',
    );
    const info: DatabaseInfo = { ...database.info, tables };
    const report = await auditBallot({ ...database, info }, later.id, { network });
    expect([report?.outcome, report?.notChecked]).toEqual([
      'pass',
      ['epoch-beacon', 'active-set', 'slot-count'],
    ]);
  });

  test('auditBallots: a database without ATXs, the typed error', async () => {
    const info = { ...database.info, tables: [] };
    await expect(auditBallots({ ...database, info }, network, all)).rejects.toThrow(
      expect.objectContaining({ code: 'schema-lacks' }),
    );
  });
});
