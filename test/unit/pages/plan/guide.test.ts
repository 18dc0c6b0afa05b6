import { describe, expect, test } from 'vitest';
import {
  alternativeReason,
  alternativeRows,
  datedStarts,
  guideFarm,
  guideSchedule,
  layoutReason,
  layoutRows,
  measuredFigures,
  nodeConfigText,
  type GuideFigures,
} from '../../../../src/pages/plan/guide';
import type { MatrixCell, ProfileRun } from '../../../../src/post/profile/run';
import { systemdFiles } from '../../../../src/runbooks/schedule';
import { farm } from '../../../../src/simulate/farm/farm';

const figures: GuideFigures = {
  drives: 4,
  driveTB: 8,
  driveMBPerS: 180,
  threads: 4,
  scanBytesPerSPerThread: 0.8 * 2 ** 30,
  hashesPerS: 1000,
  gapS: 43_200,
  marginS: 0,
};

describe('the guided path', () => {
  const plan = farm(guideFarm(figures));

  test('guide: four disks of 8 TB, at least 285 expected SU and a row per disk', () => {
    expect(plan.expectedUnits).toBeGreaterThan(285);
    const rows = layoutRows(plan);
    expect(rows.map(({ drive }) => drive)).toEqual(['disk-1', 'disk-2', 'disk-3', 'disk-4']);
    expect(rows.reduce((sum, { identities }) => sum + identities, 0)).toBe(plan.identities.length);
    for (const { provedShare } of rows) expect(provedShare).toBeGreaterThan(0.5);
    expect(layoutReason(figures, plan)).toContain('SU are proved in an average epoch');
  });

  test('guide: the schedule, every identity once and nonces as planned', () => {
    const schedule = guideSchedule(
      plan,
      { dataRoot: '/mnt', nodeAddress: 'http://127.0.0.1:9094' },
      [0],
    );
    const services = schedule.drives.flat();
    expect(services).toHaveLength(plan.identities.length);
    expect(new Set(services.map(({ name }) => name)).size).toBe(services.length);
    for (const { nonces } of services) expect(nonces % 16).toBe(0);
    expect(systemdFiles(schedule)).toHaveLength(services.length + 3);
  });

  test('guide: a disk that is too slow, no identity and what that means', () => {
    const slow = { ...figures, driveMBPerS: 0.1 };
    const none = farm(guideFarm(slow));
    expect(none.identities).toEqual([]);
    expect(layoutReason(slow, none)).toContain('No identity can be proved in time');
    expect(layoutRows(none)[0]).toMatchObject({ identities: 0, unitsEach: '–', provedShare: 0 });
  });

  test('guide: numbers of identities compared, one chosen and each with its expected weight', () => {
    const rows = alternativeRows(plan);
    expect(rows.length).toBeGreaterThan(3);
    expect(rows.filter(({ isChosen }) => isChosen)).toHaveLength(1);
    const chosen = rows.find(({ isChosen }) => isChosen);
    expect(chosen?.identities).toBe(plan.identities.length);
    expect(chosen?.shareOfBest).toBeGreaterThan(0.95);
    expect(Math.max(...rows.map(({ shareOfBest }) => shareOfBest))).toBe(1);
    // Fewer identities on a disk are larger.
    const sizes = rows.map(({ unitsEach }) => unitsEach);
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
    expect(alternativeReason(plan)).toContain('Each identity is an ATX that every node checks');
  });

  test('guide: given identities, no alternatives and no reason for them', () => {
    const given = farm({
      ...guideFarm(figures),
      identities: [{ name: 'a', numUnits: 16, drive: 'disk-1' }],
    });
    expect(alternativeRows(given)).toEqual([]);
    expect(alternativeReason(given)).toBeUndefined();
  });

  test('guide: the node’s config, no post-service of its own and the listener of the address', () => {
    expect(JSON.parse(nodeConfigText('http://10.0.0.2:9094/'))).toEqual({
      api: { 'grpc-post-listener': '10.0.0.2:9094' },
      smeshing: { 'smeshing-start': false, 'smeshing-coinbase': 'YOUR_COINBASE_ADDRESS' },
    });
  });

  test('guide: start times in a gap, in order and none before it opens', () => {
    const gapStartMs = Date.UTC(2026, 11, 7, 20);
    const starts = datedStarts(plan, gapStartMs);
    expect(starts.length).toBeGreaterThan(0);
    expect(starts[0]?.startMs).toBe(gapStartMs);
    for (const [i, { startMs }] of starts.entries())
      expect(startMs).toBeGreaterThanOrEqual(starts[i - 1]?.startMs ?? gapStartMs);
  });
});

describe('measuredFigures', () => {
  const nowMs = Date.UTC(2026, 11, 1);
  const run = (
    origin: ProfileRun['origin'],
    hoursAgo: number,
    cells: readonly [MatrixCell, number][],
  ): ProfileRun => ({
    ...{ id: `${origin} ${hoursAgo}`, name: 'a run', startedMs: nowMs - hoursAgo * 3_600_000 },
    ...{ origin, machine: [] },
    results: cells.map(([cell, perS]) => ({ cell, samples: [perS], timeS: 1, remarks: [] })),
  });
  const scan: MatrixCell = { kind: 'proving', backend: 'cpu', nonces: 16, threads: 4 };
  const read: MatrixCell = { kind: 'read', streams: 1 };
  const pow: MatrixCell = { kind: 'k2pow', mode: 'fast', threads: 4 };

  test('measuredFigures: no runs, nothing', () => {
    expect(measuredFigures([], nowMs)).toBeUndefined();
  });

  test('measuredFigures: a run of the page, values in the fields’ units, its age and that they are estimated', () => {
    const measured = measuredFigures(
      [
        run('page', 50, [
          [read, 512e6],
          [scan, 2 * 2 ** 30],
          [pow, 100],
        ]),
      ],
      nowMs,
    );
    expect(measured?.values.disk).toBe('512');
    // The native prover is faster than the page’s 0.5 GiB/s per thread.
    expect(Number(measured?.values.scan)).toBeGreaterThan(0.5);
    expect(measured?.statement).toContain('disk speed, scan speed, k2pow speed');
    expect(measured?.statement).toContain('by this page 2 d 2 h ago');
    expect(measured?.statement).toContain('estimated');
  });

  test('measuredFigures: the native profiler, as measured and not called an estimate', () => {
    const measured = measuredFigures(
      [
        run('native', 1, [
          [scan, 4 * 2 ** 30],
          [pow, 400],
        ]),
      ],
      nowMs,
    );
    expect(measured?.values).toEqual({ scan: '1', pow: '400' });
    expect(measured?.statement).toContain('by the native profiler 1 h ago');
    expect(measured?.statement).not.toContain('estimated');
  });

  test('measuredFigures: only the newest run of each origin', () => {
    const runs = [run('page', 1, [[read, 100e6]]), run('page', 2, [[read, 900e6]])];
    expect(measuredFigures(runs, nowMs)?.values).toEqual({ disk: '100' });
  });
});
