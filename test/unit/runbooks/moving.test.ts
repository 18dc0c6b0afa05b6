import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { compareFolders } from '../../../src/identity/compare';
import { lvmRecipe, moveChecklist, raidRecipe, rsyncCommand } from '../../../src/runbooks/moving';
import {
  backupPlan,
  clearStatePlan,
  copyStatePlan,
  fetchStatePlan,
  stateFiles,
  stateSizes,
} from '../../../src/runbooks/state-care';
import { shellPath, shellWord, systemdWord } from '../../../src/base/shell';

const folder = mkdtempSync(join(tmpdir(), "mo'ving $(id) "));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const sh = (command: string) =>
  execFileSync('sh', ['-c', command], {
    encoding: 'utf8',
    cwd: folder,
    env: { ...process.env, HOME: folder },
  });
/** What a shell makes of a command: its words. */
const words = (command: string): string[] =>
  sh(`for w in ${command}; do printf '%s\\0' "$w"; done`).split('\0').slice(0, -1);

describe('quoting', () => {
  it('any printable text is one word, and that text', () => {
    const printable = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
      .filter((text) => !/[\p{Cc}\u2028-\u202e\u2066-\u2069]/u.test(text));
    fc.assert(
      fc.property(fc.array(printable, { minLength: 1, maxLength: 20 }), (texts) => {
        expect(words(texts.map(shellWord).join(' '))).toEqual(texts);
      }),
      { numRuns: 25 },
    );
  });

  it('paths: home, a leading dash', () => {
    expect(words(['~/a b', '~', '-rf', "~/'x"].map(shellPath).join(' '))).toEqual([
      `${folder}/a b`,
      folder,
      './-rf',
      `${folder}/'x`,
    ]);
  });

  it('refuses line breaks and invisible characters', () => {
    for (const text of ['a\nb', 'a\rb', 'a\u0000', '\u001b[2J', 'a\u202eb', ''])
      for (const quote of [shellWord, shellPath, systemdWord])
        expect(() => quote(text)).toThrow(/./);
  });
});

describe('rsync', () => {
  it('contents and folder differ by the slash of the source only', () => {
    const from = { path: '/data/post' };
    const to = { path: '/mnt/new' };
    expect(rsyncCommand({ from, to, what: 'contents' })).toMatch(
      / -- \/data\/post\/ \/mnt\/new\/$/,
    );
    expect(rsyncCommand({ from: { path: '/data/post//' }, to, what: 'folder' })).toMatch(
      / -- \/data\/post \/mnt\/new\/$/,
    );
    expect(rsyncCommand({ from: { path: '/' }, to, what: 'contents' })).toMatch(
      / -- \/ \/mnt\/new\/$/,
    );
  });

  it('remote, with port and key, until it is done', () => {
    const command = rsyncCommand({
      from: { path: '/data/my post' },
      to: {
        path: '/srv/post',
        remote: { user: 'me', host: '10.0.0.2', port: 2222, identityFile: "~/.ssh/o'key" },
      },
      what: 'contents',
      untilDone: true,
      limitKBs: 50_000,
    });
    expect(command).toMatch(/^until rsync .*; do .*sleep 30; done$/);
    expect(words(command.replace(/^until /, '').replace(/; do.*$/, ''))).toEqual([
      'rsync',
      '--archive',
      '--partial',
      '--whole-file',
      '--info=progress2',
      '--human-readable',
      '--bwlimit=50000',
      '--timeout=120',
      '--protect-args',
      '-e',
      "ssh -p 2222 -i '~/.ssh/o''key'",
      '--',
      '/data/my post/',
      'me@10.0.0.2:/srv/post/',
    ]);
  });

  it('never deletes', () => {
    const command = rsyncCommand({ from: { path: 'a:b' }, to: { path: '-c' }, what: 'folder' });
    expect(command).not.toMatch(/--delete|--remove/);
    expect(words(command).slice(-2)).toEqual(['./a:b', './-c/']);
  });

  it.each([
    [{ from: { path: '/a' }, to: { path: '/a/' }, what: 'contents' as const }],
    [
      {
        from: { path: '/a' },
        to: { path: '/b', remote: { user: 'x;id', host: 'h' } },
        what: 'folder' as const,
      },
    ],
    [
      {
        from: { path: '/a' },
        to: { path: '/b', remote: { user: 'x', host: '-oProxyCommand=id' } },
        what: 'folder' as const,
      },
    ],
    [
      {
        from: { path: '/a' },
        to: { path: '/b', remote: { user: 'x', host: 'h', port: 0 } },
        what: 'folder' as const,
      },
    ],
    [{ from: { path: '/a' }, to: { path: '/b' }, what: 'folder' as const, limitKBs: -1 }],
  ])('refuses %j', (options) => {
    expect(() => rsyncCommand(options)).toThrow(/./);
  });
});

describe('checklists', () => {
  it('moving: stop before copy, compare before the key, start last', () => {
    const ids = moveChecklist({
      from: { path: '/a' },
      to: { path: '/b' },
      what: 'contents',
      unit: 'spacemesh',
      keyFile: '/d/identities/local.key',
    }).map(({ id }) => id);
    const order = ['stop', 'copy', 'compare', 'backup-key', 'move-key', 'start', 'keep'];
    const places = order.map((id) => ids.indexOf(id));
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  it('LVM and RAID', () => {
    const lvm = lvmRecipe({
      disks: ['/dev/sdb', '/dev/sdc'],
      name: 'post',
      mountPoint: '/mnt/my post',
    });
    expect(lvm.map(({ command }) => command).join('\n')).toContain(
      'vgcreate post /dev/sdb /dev/sdc\nsudo lvcreate -l 100%FREE -n post post',
    );
    expect(lvm.find(({ id }) => id === 'mount')?.command).toContain('/mnt/my\\040post ext4');
    expect(
      raidRecipe({
        disks: ['/dev/sdb', '/dev/sdc', '/dev/sdd'],
        name: 'r',
        mountPoint: '/m',
        level: 5,
      })[1]?.command,
    ).toBe('sudo mdadm --create /dev/md/r --level=5 --raid-devices=3 /dev/sdb /dev/sdc /dev/sdd');
    for (const disks of [['/dev/sdb'], ['/dev/sdb', '/dev/sdb'], ['/dev/sdb', '/dev/sdc;id']])
      expect(() => raidRecipe({ disks, name: 'r', mountPoint: '/m', level: 0 })).toThrow(/./);
  });
});

describe("care of a node's state, carried out", () => {
  const sizes = { stateBytes: 1000, localBytes: 100 };
  const run = (
    steps: readonly { command?: string | undefined; id: string }[],
    skip: string[] = [],
  ) => {
    for (const { id, command } of steps) if (command && !skip.includes(id)) sh(command);
  };
  const fill = (name: string) => {
    const data = join(folder, name);
    mkdirSync(join(data, 'identities'), { recursive: true });
    for (const file of [
      'state.sql',
      'state.sql-wal',
      'state.sql-shm',
      'local.sql',
      'local.sql-wal',
    ])
      writeFileSync(join(data, file), file);
    writeFileSync(join(data, 'identities', 'local.key'), 'key');
    return data;
  };

  it('backup has the keys and local state, and no network state', () => {
    const data = fill('node one');
    const target = join(folder, 'back up');
    run(backupPlan({ dataFolder: data, sizes, target }).steps);
    expect(readdirSync(target).sort()).toEqual(['identities', 'local.sql', 'local.sql-wal']);
    expect(readFileSync(join(target, 'identities', 'local.key'), 'utf8')).toBe('key');
    expect(readdirSync(data)).toHaveLength(6);
  });

  it('sizes of a folder, with the -wal, without what is deeper', () => {
    const sizeBytes = 1000;
    const paths = [
      'state.sql',
      'state.sql-wal',
      'state.sql-shm',
      'old-state/state.sql',
      'local.sql',
    ];
    expect(stateSizes(paths.map((path) => ({ path: `data/${path}`, sizeBytes })))).toEqual({
      stateBytes: 2000,
      localBytes: 1000,
    });
  });

  it('clearing leaves keys and local state', () => {
    const data = fill("node o'two");
    const plan = clearStatePlan({ dataFolder: `${data}/`, sizes });
    run(plan.steps, ['delete']);
    expect(readdirSync(data).sort()).toEqual([
      'identities',
      'local.sql',
      'local.sql-wal',
      'old-state',
    ]);
    expect(readdirSync(join(data, 'old-state'))).toHaveLength(3);
    run(plan.steps.filter(({ id }) => id === 'delete'));
    expect(readdirSync(data)).not.toContain('old-state');
  });

  it('a copy of the state takes no key along; free space', () => {
    const copy = copyStatePlan({
      dataFolder: '/d',
      sizes,
      target: '/t',
      unit: 'spacemesh.service',
    });
    const commands = copy.steps.map(({ command }) => command ?? '').join('\n');
    expect(commands).not.toMatch(/local|identit/);
    expect(commands).toContain('systemctl stop spacemesh.service');
    expect(copy.room[0]?.bytes).toBe(1000);
    expect(
      stateFiles.filter(({ mayBeDeleted, inBackup }) => mayBeDeleted === 'never' && !inBackup),
    ).toEqual([]);
  });
});

describe('fetchStatePlan', () => {
  const archive = { url: 'https://files.example/state.sql.zst', sha256: 'A'.repeat(64) };
  const plan = (given: Partial<typeof archive>) =>
    fetchStatePlan({
      dataFolder: '/d',
      sizes: { stateBytes: 1000, localBytes: 1 },
      archive: { ...archive, ...given },
    });

  it('fetchStatePlan: an address and its sum, the sum is compared before anything is replaced', () => {
    const ids = plan({}).steps.map(({ id }) => id);
    expect(ids.indexOf('verify')).toBeLessThan(ids.indexOf('stop'));
    expect(ids.indexOf('aside')).toBeLessThan(ids.indexOf('place'));
    expect(plan({}).steps.find(({ id }) => id === 'verify')?.command).toContain('a'.repeat(64));
  });

  it.each([
    [{ url: '' }, 'archive-address-invalid'],
    [{ url: 'file:///etc/passwd' }, 'archive-address-invalid'],
    [{ sha256: '' }, 'archive-sum-invalid'],
    [{ sha256: 'a'.repeat(63) }, 'archive-sum-invalid'],
  ])('fetchStatePlan: %j, %s', (given, code) => {
    expect(() => plan(given)).toThrow(expect.objectContaining({ code }));
  });
});

describe('comparing two folders', () => {
  const file = (path: string, bytes: Uint8Array<ArrayBuffer> | string) => ({
    path,
    file: new Blob([bytes]),
  });
  const large = new Uint8Array(40 << 20);
  for (let i = 0; i < large.length; i += 4096) large[i] = i >> 12;

  it('names and sizes', async () => {
    const { differences, files } = await compareFolders(
      [file('a', '1'), file('postdata_2.bin', '22'), file('postdata_10.bin', '3')],
      [file('b', '1'), file('postdata_2.bin', '2'), file('postdata_10.bin', '4')],
      { depth: 'names' },
    );
    expect(files).toBe(3);
    expect(differences.map(({ kind, path }) => `${kind} ${path}`)).toEqual([
      'missing a',
      'extra b',
      'size postdata_2.bin',
    ]);
  });

  it('one changed byte, found to the byte; progress to the end', async () => {
    const changed = large.slice();
    changed[12_345_678] = 1;
    let done = 0;
    let total = 0;
    const result = await compareFolders(
      [file('x', large), file('y', 'same')],
      [file('x', changed), file('y', 'same')],
      {
        depth: 'all',
        onProgress: (progress) => ({ done, total } = progress),
      },
    );
    expect(result.differences).toEqual([{ kind: 'content', path: 'x', atByte: 12_345_678 }]);
    expect([done, total]).toEqual([large.length + 4, large.length + 4]);
  });

  it('samples read both ends and no more than they say', async () => {
    const cut = large.slice();
    cut[cut.length - 1] = 9;
    const sampled = await compareFolders([file('x', large)], [file('x', cut)], {
      depth: 'sample',
      samples: 8,
    });
    expect(sampled.differences).toEqual([{ kind: 'content', path: 'x', atByte: large.length - 1 }]);
    expect(sampled.comparedBytes).toBe(8 << 20);
    expect(
      (await compareFolders([file('x', large)], [file('x', large)], { depth: 'sample' }))
        .differences,
    ).toEqual([]);
  });

  it('stops on request', async () => {
    await expect(
      compareFolders([file('x', 'a')], [file('x', 'a')], {
        depth: 'all',
        signal: AbortSignal.abort(),
      }),
    ).rejects.toMatchObject({ name: 'AbortError' });
  });
});
