import { describe, expect, it } from 'vitest';
import {
  guideFarm,
  guideSchedule,
  layoutReason,
  layoutRows,
  type GuideFigures,
} from '../../../../src/pages/plan/guide';
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

  it('guide: four disks of 8 TB, at least 285 expected SU and a row per disk', () => {
    expect(plan.expectedUnits).toBeGreaterThan(285);
    const rows = layoutRows(plan);
    expect(rows.map(({ drive }) => drive)).toEqual(['disk-1', 'disk-2', 'disk-3', 'disk-4']);
    expect(rows.reduce((sum, { identities }) => sum + identities, 0)).toBe(plan.identities.length);
    for (const { provedShare } of rows) expect(provedShare).toBeGreaterThan(0.5);
    expect(layoutReason(figures, plan)).toContain('SU in an average epoch');
  });

  it('guide: the schedule, every identity once and nonces as planned', () => {
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

  it('guide: a disk that is too slow, no identity and what that means', () => {
    const slow = { ...figures, driveMBPerS: 0.1 };
    const none = farm(guideFarm(slow));
    expect(none.identities).toEqual([]);
    expect(layoutReason(slow, none)).toContain('No identity can be proved in time');
    expect(layoutRows(none)[0]).toMatchObject({ identities: 0, unitsEach: '–', provedShare: 0 });
  });
});
