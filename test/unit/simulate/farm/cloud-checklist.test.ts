import { describe, expect, test } from 'vitest';
import { cloud, type CloudInput } from '../../../../src/simulate/farm/cloud';
import { cloudChecklist } from '../../../../src/simulate/farm/cloud-checklist';
import { cloudPresets } from '../../../../src/simulate/proving/presets';

const preset = cloudPresets[0]?.input ?? expect.fail();
const check = (changed: Partial<CloudInput> = {}) => {
  const input = { ...preset, ...changed };
  return new Map(cloudChecklist(input, cloud(input)).map((entry) => [entry.id, entry]));
};

describe('cloudChecklist', () => {
  test('cloudChecklist: the documentation’s warnings, each is listed once', () => {
    expect([...check().keys()]).toEqual(['gpu', 'disk', 'bandwidth', 'egress', 'community', 'key']);
  });

  test('cloudChecklist: nothing removed, asks for the disk of all files and a tenth', () => {
    // 50 SU of 64 GiB each, and 10 %.
    expect(check().get('disk')?.text).toContain('at least 3,520 GiB');
    expect(check().get('disk')?.text).toContain('removes nothing');
    const removing = check({ removeVerified: true, downloadBytesPerS: 125e6 }).get('disk');
    expect(removing?.text).toContain('runs with -r');
    expect(removing?.text).not.toContain('3,520');
  });

  test('cloudChecklist: a machine below 1 Gbit/s, a warning', () => {
    expect(check().get('bandwidth')?.outcome).toBe('check');
    const [first = expect.fail(), ...rest] = preset.machines;
    const slow = check({ machines: [{ ...first, uploadBytesPerS: 124e6 }, ...rest] });
    expect(slow.get('bandwidth')).toMatchObject({ outcome: 'warn' });
    expect(slow.get('bandwidth')?.text).toContain('One machine sends');
    const two = check({ machines: preset.machines.map((m) => ({ ...m, uploadBytesPerS: 1e6 })) });
    expect(two.get('bandwidth')?.text).toContain('2 machines send');
  });

  test('cloudChecklist: egress that is more than a quarter of the cost, a warning with the amount', () => {
    expect(check({ egressPerGB: 0.001 }).get('egress')?.outcome).toBe('check');
    const dear = check({ egressPerGB: 0.09 }).get('egress');
    expect(dear?.outcome).toBe('warn');
    // 6400 GiB are 6871.9 GB.
    expect(dear?.text).toContain('$ 618.48 for 6,400 GiB');
  });
});
