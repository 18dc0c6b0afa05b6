import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import {
  btrfsRecipe,
  lvmRecipe,
  mergerfsRecipe,
  raidRecipe,
  storageSpacesRecipe,
  zfsRecipe,
} from '../../../src/runbooks/volumes';

const disks = ['/dev/sdb', '/dev/sdc', '/dev/sdd', '/dev/sde'];
const options = { disks, name: 'post', mountPoint: '/mnt/my post' };
const linux = {
  lvm: lvmRecipe(options),
  raid5: raidRecipe({ ...options, level: 5 }),
  zfs: zfsRecipe({ ...options, layout: 'raidz' }),
  btrfs: btrfsRecipe({ ...options, layout: 'single' }),
  mergerfs: mergerfsRecipe({ mounts: ['/mnt/a', '/mnt/b'], mountPoint: '/mnt/my post' }),
};
const commandOf = (recipe: keyof typeof linux, id: string): string | undefined =>
  linux[recipe].find((step) => step.id === id)?.command;

describe('recipes for one volume of several disks', () => {
  test.each(Object.entries(linux))('%s: every command, accepted by the shell', (_name, steps) => {
    for (const { command } of steps) {
      if (command === undefined) continue;
      const { status, stderr } = spawnSync('sh', ['-n', '-c', command], { encoding: 'utf8' });
      expect(`${status} ${stderr}`).toBe('0 ');
    }
  });

  test('recipes: the commands that make the volume', () => {
    expect(linux.lvm.map(({ command }) => command).join('\n')).toContain(
      `vgcreate post ${disks.join(' ')}\nsudo lvcreate -l 100%FREE -n post post`,
    );
    expect(commandOf('lvm', 'mount')).toContain('/mnt/my\\040post ext4');
    expect(commandOf('raid5', 'create')).toContain('--level=5 --raid-devices=4 /dev/sdb');
    expect(commandOf('zfs', 'create')).toContain("-m '/mnt/my post' post raidz /dev/sdb");
    expect(commandOf('btrfs', 'create')).toContain('-d single -m raid1 /dev/sdb');
    expect(commandOf('mergerfs', 'mount')).toContain('/mnt/a:/mnt/b /mnt/my\\040post mergerfs');
  });

  test('storageSpacesRecipe: names as texts of PowerShell', () => {
    const steps = storageSpacesRecipe({ name: 'post', disks: ["o'disk"], resiliency: 'simple' });
    expect(steps.find(({ id }) => id === 'create')?.command).toContain("-in 'o''disk'");
  });

  test('recipes: too few disks, one disk twice, or a command as a name, refused', () => {
    for (const bad of [['/dev/sdb'], ['/dev/sdb', '/dev/sdb'], ['/dev/sdb', '/dev/sdc;id']])
      expect(() => raidRecipe({ ...options, disks: bad, level: 0 })).toThrow(/./);
    expect(() => zfsRecipe({ ...options, disks: ['/dev/sdb'], layout: 'raidz' })).toThrow(/./);
    expect(() => mergerfsRecipe({ mounts: ['/mnt/a,b', '/mnt/c'], mountPoint: '/m' })).toThrow(/./);
  });
});
