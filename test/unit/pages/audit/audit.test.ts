import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { auditNetworks } from '../../../../src/audit/network';
import type { LayerRow, RewardTotals } from '../../../../src/audit/rewards/types';
import { missedSlots } from '../../../../src/audit/slots/totals';
import type { BallotRow, SlotEpoch } from '../../../../src/audit/slots/types';
import type { AtxReport } from '../../../../src/audit/types';
import { readConfig } from '../../../../src/node/config/config';
import {
  fieldNames,
  fieldProblem,
  networkOf,
  eligibilityRulesOf,
  textsOf,
  textsOfConfig,
} from '../../../../src/pages/audit/network-fields';
import { auditJson } from '../../../../src/pages/audit/report-file';
import {
  ballotTable,
  paidSeries,
  ballotSummary,
  beaconText,
  rewardSummary,
  slotSummary,
} from '../../../../src/pages/audit/reward-tables';
import { treeMove, visibleRows } from '../../../../src/pages/audit/tree';
import { toHex } from '../../../../src/base/bytes';

describe('the network’s fields', () => {
  test.each(Object.values(auditNetworks))('of $name come back as they went in', (network) => {
    const { layersPerEpoch } = network.eligibility;
    expect(networkOf(network.name, textsOf(network), layersPerEpoch)).toEqual(network);
  });

  test('of a node’s config are its preset’s, with its own genesis', () => {
    const { config } = readConfig(readFileSync('test/data/node/config/A.json', 'utf8'));
    const network = networkOf('A', textsOfConfig(config), 10);
    expect(network.post).toEqual(auditNetworks.standalone.post);
    // The id that the node itself reported (meta.json).
    const { genesis_id } = JSON.parse(readFileSync('test/data/node/meta.json', 'utf8')) as {
      genesis_id: string;
    };
    expect(network.genesisId && toHex(network.genesisId)).toBe(genesis_id);
  });

  test('of a config without a preset are mainnet’s, with its own values on top', () => {
    const texts = textsOfConfig({ post: { 'post-k1': 20, 'post-labels-per-unit': 1024 } });
    expect(texts).toEqual({ ...textsOf(auditNetworks.mainnet), k1: '20', labels: '1024' });
  });

  test('that cannot be read say why', () => {
    expect(fieldProblem('k1', '26')).toBeUndefined();
    expect(fieldProblem('k1', '26.5')).toBe('K1: a whole number is needed here.');
    expect(fieldProblem('genesis', '')).toBeUndefined();
    expect(fieldProblem('genesis', 'abc')).toContain('Genesis id');
    expect(fieldProblem('pow', '')).toContain('k2pow difficulty');
    const texts = textsOf(auditNetworks.mainnet);
    expect(() => networkOf('mainnet', { ...texts, ticks: 'many' }, 4032)).toThrow('Tick size');
    for (const name of fieldNames) expect(fieldProblem(name, texts[name])).toBeUndefined();
  });

  test('give the reward audit what it needs', () => {
    expect(eligibilityRulesOf(4032, textsOf(auditNetworks.mainnet))).toEqual({
      layersPerEpoch: 4032,
      committeeSize: 50,
      minWeight: 1_000_000n,
    });
  });
});

describe('the tree', () => {
  interface Node {
    readonly name: string;
    readonly children: readonly Node[];
  }
  const node = (name: string, ...children: Node[]): Node => ({ name, children });
  const root = node('root', node('a', node('b'), node('c', node('d'))), node('e'));
  const opened = new Set(['0']);
  const isOpen = (path: string): boolean => opened.has(path);
  const rows = visibleRows(root, isOpen);

  test('shows what is open, each row with its place', () => {
    expect(rows.map(({ node: { name }, path, level }) => [name, path, level])).toEqual([
      ['a', '0', 1],
      ['b', '0.0', 2],
      ['c', '0.1', 2],
      ['e', '1', 1],
    ]);
    expect(rows[2]).toMatchObject({ position: 2, size: 2, expandable: true });
  });

  test.each([
    ['0', 'ArrowDown', { go: '0.0' }],
    ['1', 'ArrowDown', undefined],
    ['0.1', 'ArrowUp', { go: '0.0' }],
    ['0', 'ArrowUp', undefined],
    ['0.1', 'Home', { go: '0' }],
    ['0', 'End', { go: '1' }],
    ['0', 'ArrowRight', { go: '0.0' }],
    ['0.1', 'ArrowRight', { open: '0.1' }],
    ['1', 'ArrowRight', undefined],
    ['0', 'ArrowLeft', { close: '0' }],
    ['0.1', 'ArrowLeft', { go: '0' }],
    ['1', 'ArrowLeft', undefined],
    ['0.1', 'Enter', { open: '0.1' }],
    ['0', ' ', { close: '0' }],
    ['0.0', 'Enter', undefined],
    ['0', 'x', undefined],
    ['9', 'End', undefined],
  ])('at %s, %s leads where the pattern specifies', (at, key, expected) => {
    expect(treeMove(rows, at, isOpen, key)).toEqual(expected);
  });
});

describe('reports', () => {
  const report: AtxReport = {
    id: Uint8Array.of(1, 2),
    smesher: undefined,
    publishEpoch: 3,
    version: 2,
    effectiveUnits: 4,
    posts: 1,
    outcome: 'fail',
    checks: [
      { check: 'id', outcome: 'pass', explanation: 'As it must be.' },
      { check: 'weight', outcome: 'fail', explanation: 'It is 5, not 4.' },
      { check: 'weight', outcome: 'fail', explanation: 'It is 7, not 4.' },
      { check: 'ticks', outcome: 'inconclusive', explanation: 'No PoET.' },
    ],
    notChecked: ['ticks'],
    skipped: [],
  };

  test('go into a file that can be read again', () => {
    const text = auditJson({
      database: 'state.sql',
      network: auditNetworks.mainnet,
      asked: { epoch: 3 },
      tally: {
        population: 1,
        chosen: 1,
        outcome: 'fail',
        passed: 0,
        incomplete: 0,
        failed: 1,
        inconclusive: 0,
        failedBy: new Map([['weight', 1]]),
        notCheckedBy: new Map([['ticks', 1]]),
        notChecked: ['ticks'],
        skipped: [],
        badShareBound: 1,
        statement: 'Bad.',
        elapsedMs: 2,
      },
      reports: [report],
    });
    expect(JSON.parse(text)).toMatchObject({
      database: 'state.sql',
      network: { name: 'mainnet', tickSize: 9_331_200, post: { labelsPerUnit: 2 ** 32 } },
      asked: { epoch: 3 },
      tally: { failed: 1, failedBy: { weight: 1 }, notCheckedBy: { ticks: 1 } },
      reports: [{ id: '0102', outcome: 'fail', checks: report.checks }],
    });
  });
});

describe('rewards and slots', () => {
  const layer = (number: number, epoch: number): LayerRow => ({
    layer: number,
    epoch,
    state: 'applied',
    block: undefined,
    shares: 1,
    rewards: 1,
    issuanceSmidge: 2_000_000_000n,
    feesSmidge: 0n,
    expectedSmidge: 2_000_000_000n,
    storedSmidge: 1_000_000_000n,
    burntSmidge: 0n,
    differences: 1,
    weightsNotChecked: 0,
  });

  test('are drawn layer by layer, or epoch by epoch when they are many', () => {
    expect(paidSeries([layer(7, 1), layer(8, 2)])).toEqual({
      by: 'layer',
      x: [7, 8],
      stored: [1, 1],
      due: [2, 2],
    });
    const many = Array.from({ length: 2000 }, (_, i) => layer(i, Math.floor(i / 1000)));
    expect(paidSeries(many)).toEqual({
      by: 'epoch',
      x: [0, 1],
      stored: [1000, 1000],
      due: [2000, 2000],
    });
  });

  test('are missed without a ballot, or with one that was not paid', () => {
    const ballot = (outcome: BallotRow['outcome']): BallotRow => ({
      epoch: 5,
      layer: 50,
      ballot: new Uint8Array(20),
      slots: [1, 2],
      outcome,
      expectedSmidge: undefined,
      storedSmidge: undefined,
      coinbase: undefined,
      explanation: 'So it is.',
      report: { outcome: 'pass', checks: [], notChecked: [], skipped: [] },
    });
    const epoch: SlotEpoch = {
      epoch: 5,
      atx: new Uint8Array(32),
      publisher: new Uint8Array(32),
      weight: 1n,
      totalWeight: 2n,
      totalFrom: 'all-atxs',
      slots: 9,
      statedSlots: 9,
      used: 4,
      rewarded: 2,
      undecided: 0,
      unreadable: 0,
      unused: 3,
      toCome: 2,
      storedSmidge: 0n,
      ballots: [ballot('rewarded'), ballot('not-in-block')],
      problems: [],
    };
    expect(missedSlots(epoch)).toBe(5);
    const outcomes = (onlyMissed: boolean): unknown[] => {
      const table = ballotTable([epoch], onlyMissed);
      return Array.from({ length: table.rowCount }, (_, row) => table.cell(row, 4));
    };
    expect(outcomes(false)).toEqual(['rewarded', 'not in the block', 'no ballot']);
    expect(outcomes(true)).toEqual(['not in the block', 'no ballot']);

    expect(slotSummary([epoch])).toMatchObject({
      severity: 'good',
      title: 'Slots of this smesher: pass',
      text: 'The VRF proofs of 0 of 4 used slots are valid. No reward differs from its block.',
      missed: '5',
      missedNote: '2 with a ballot that was not paid, 3 without a ballot',
    });
    const estimate = slotSummary([{ ...epoch, statedSlots: undefined, undecided: 2 }]);
    expect(estimate).toMatchObject({
      severity: 'warn',
      missed: '≈ 3',
      toCome: '≈ 2',
      missedNote: '0 with a ballot that was not paid, ≈ 3 without a ballot',
    });
    expect(estimate.title).toBe(
      'Slots of this smesher: pass; 2 checks not possible: rewards of 2 slots (layer not applied, or block unknown), number of slots in epoch 5 (an estimate: no ballot states it)',
    );
  });
});

describe('rewardSummary', () => {
  const totals: RewardTotals = {
    layers: 10,
    byState: { applied: 9, empty: 1, 'not-applied': 0, genesis: 0 },
    rewards: 40,
    unnamedRewards: 0,
    issuanceSmidge: 0n,
    feesSmidge: 0n,
    expectedSmidge: 0n,
    storedSmidge: 0n,
    burntSmidge: 0n,
    differences: 0,
    weightsNotChecked: 0,
    layersWithoutWeights: [],
    byCode: new Map(),
    outcome: 'pass',
    notChecked: [],
    skipped: [],
  };

  test('everything checked: good', () => {
    expect(rewardSummary(totals)).toEqual({
      severity: 'good',
      title: 'Rewards: pass',
      text: '40 rewards in 10 layers add up to the smidge.',
    });
  });

  test('some checks not possible, one not asked for: a warning whose title names them', () => {
    const notChecked = ['weights in the blocks', 'fees (no table transactions)'];
    expect(
      rewardSummary({ ...totals, notChecked, skipped: ['weights in the blocks'] }),
    ).toMatchObject({
      severity: 'warn',
      title:
        'Rewards: pass; 1 check not possible: fees (no table transactions); 1 check not asked for: weights in the blocks',
    });
  });

  test('one difference: bad', () => {
    expect(rewardSummary({ ...totals, outcome: 'fail', differences: 1 })).toMatchObject({
      severity: 'bad',
      title: 'Rewards: fail',
      text: '1 difference in 40 rewards in 10 layers: the table does not have what the blocks, the issuance and the fees give.',
    });
  });

  test('no layer with a block: a warning that states why', () => {
    const byState = { applied: 0, empty: 10, 'not-applied': 0, genesis: 0 };
    expect(rewardSummary({ ...totals, outcome: 'inconclusive', byState })).toEqual({
      severity: 'warn',
      title: 'Rewards: inconclusive',
      text: 'No layer in this range has a block, so there is nothing to compare with.',
    });
  });
});

describe('ballotSummary', () => {
  const totals = {
    ballots: 10,
    byOutcome: { pass: 10, fail: 0, inconclusive: 0 },
    failedBy: new Map(),
    notCheckedBy: new Map(),
    slots: 1,
    beacons: [],
  };

  test('all pass with every check made: good', () => {
    expect(ballotSummary(totals)).toEqual({
      severity: 'good',
      title: '10 ballots of 10 pass',
      slots: 'They use 1 slot.',
    });
  });

  test('a check was not possible: a warning that reports it', () => {
    const notCheckedBy = new Map([['active-set', 4] as const]);
    expect(ballotSummary({ ...totals, notCheckedBy })).toMatchObject({
      severity: 'warn',
      title: '10 ballots of 10 pass; 1 check not possible for all',
    });
  });

  test('some fail, some are inconclusive: bad, with each number', () => {
    const byOutcome = { pass: 1, fail: 2, inconclusive: 7 };
    expect(ballotSummary({ ...totals, byOutcome })).toMatchObject({
      severity: 'bad',
      title: '1 ballot of 10 pass; 2 fail; 7 inconclusive',
    });
  });

  test('a beacon of the table that is not the majority’s: bad, and the text names both', () => {
    const beacon = {
      epoch: 9,
      stored: Uint8Array.of(1, 2, 3, 4),
      majority: Uint8Array.of(5, 6, 7, 8),
      share: 1,
      slots: 1,
      outcome: 'fail' as const,
    };
    expect(ballotSummary({ ...totals, beacons: [beacon] }).severity).toBe('bad');
    expect(beaconText(beacon)).toContain('beacon 05060708');
    expect(beaconText(beacon)).toContain('but the table beacons has 01020304.');
    expect(beaconText({ ...beacon, stored: beacon.majority })).toContain(
      'as in the table beacons.',
    );
    expect(beaconText({ ...beacon, stored: undefined })).toContain('not checked');
    expect(beaconText({ ...beacon, majority: undefined })).toContain(
      'no beacon has more than half',
    );
  });

  test('no ballots: a warning, not a pass', () => {
    const none = { ...totals, ballots: 0, byOutcome: { pass: 0, fail: 0, inconclusive: 0 } };
    expect(ballotSummary(none)).toMatchObject({
      severity: 'warn',
      title: 'No ballots in these layers',
    });
  });
});
