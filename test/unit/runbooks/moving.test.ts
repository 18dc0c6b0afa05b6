import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copyCommand, fetchLoop, moveChecklist } from '../../../src/runbooks/moving';
import { startSshServer, type SshServer } from '../../support/ssh-server';
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
  test('any printable text is one word, and that text', () => {
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

  test('paths: home, a leading dash', () => {
    expect(words(['~/a b', '~', '-rf', "~/'x"].map(shellPath).join(' '))).toEqual([
      `${folder}/a b`,
      folder,
      './-rf',
      `${folder}/'x`,
    ]);
  });

  test('refuses line breaks and invisible characters', () => {
    for (const text of ['a\nb', 'a\rb', 'a\u0000', '\u001b[2J', 'a\u202eb', ''])
      for (const quote of [shellWord, shellPath, systemdWord])
        expect(() => quote(text)).toThrow(/./);
  });
});

describe('rsync', () => {
  test('contents and folder differ by the slash of the source only', () => {
    const from = { path: '/data/post' };
    const to = { path: '/mnt/new' };
    expect(copyCommand({ from, to, what: 'contents' })).toMatch(/ -- \/data\/post\/ \/mnt\/new\/$/);
    expect(copyCommand({ from: { path: '/data/post//' }, to, what: 'folder' })).toMatch(
      / -- \/data\/post \/mnt\/new\/$/,
    );
    expect(copyCommand({ from: { path: '/' }, to, what: 'contents' })).toMatch(
      / -- \/ \/mnt\/new\/$/,
    );
  });

  test('copyCommand: another machine, its port and key, no option that sends complete files again', () => {
    const command = copyCommand({
      from: { path: '/data/my post' },
      to: {
        path: '/srv/post',
        remote: { user: 'me', host: '10.0.0.2', port: 2222, identityFile: "~/.ssh/o'key" },
      },
      what: 'contents',
      limitKBs: 50_000,
    });
    expect(words(command)).toEqual([
      'rsync',
      '--archive',
      '--partial',
      '--no-whole-file',
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

  test('never deletes', () => {
    const command = copyCommand({ from: { path: 'a:b' }, to: { path: '-c' }, what: 'folder' });
    expect(command).not.toMatch(/--delete|--remove/);
    expect(words(command).slice(-2)).toEqual(['./a:b', './-c/']);
  });

  test.each([
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
    expect(() => copyCommand(options)).toThrow(/./);
  });
});

describe('checklists', () => {
  test('moving: stop before copy, compare before the key, start last', () => {
    const ids = moveChecklist({
      from: { path: '/a' },
      to: { path: '/b' },
      what: 'contents',
      unit: 'spacemesh',
      keyFile: '/d/identities/local.key',
    }).map(({ id }) => id);
    const order = [
      'stop',
      'copy',
      'compare',
      'backup-key',
      'copy-key',
      'check-key',
      'move-key',
      'start',
    ];
    const places = order.map((id) => ids.indexOf(id));
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });
});

describe('moving to and from another machine, carried out', () => {
  let server: SshServer;
  beforeAll(async () => {
    server = await startSshServer();
  });
  afterAll(() => server.close());
  const remote = () => ({
    user: server.user,
    host: '127.0.0.1',
    port: server.port,
    identityFile: server.identityFile,
  });
  /** Runs a command as pasted; its output and exit code. */
  const paste = (command: string): { code: number | null; output: string } => {
    const { status, stdout, stderr } = spawnSync('sh', ['-c', command], {
      encoding: 'utf8',
      cwd: folder,
      timeout: 60_000,
      env: {
        ...process.env,
        HOME: folder,
        PATH: server.path,
        COPY_PAUSE_S: '0',
        FETCH_PAUSE_S: '0',
      },
    });
    return { code: status, output: stdout + stderr };
  };
  const place = (name: string) => {
    const path = join(folder, name);
    mkdirSync(path, { recursive: true });
    return path;
  };
  const bytes = randomBytes(3 << 20);

  test('moveChecklist: every command of a move to another machine, data and key there and no key here', () => {
    const from = place("far o'source");
    // scp lets the other shell read its path: no special characters there.
    const keys = mkdtempSync(join(tmpdir(), 'keys-'));
    const identities = place('old node/identities');
    writeFileSync(join(from, 'postdata_0.bin'), bytes);
    writeFileSync(join(identities, 'local.key'), 'a'.repeat(128));
    const target = join(folder, 'far target');
    const steps = moveChecklist({
      from: { path: from },
      to: { path: target, remote: remote() },
      what: 'contents',
      keyFile: join(identities, 'local.key'),
      keyTarget: join(keys, 'identities'),
    });
    const outputs = new Map<string, string>();
    for (const { id, command } of steps) {
      if (!command) continue;
      const { code, output } = paste(command);
      expect(`${id} ${code} ${code === 0 ? '' : output}`).toBe(`${id} 0 `);
      outputs.set(id, output);
    }
    expect(outputs.get('space')).toMatch(/Avail/);
    expect(outputs.get('compare')).not.toMatch(/[<>]f/);
    const sums = outputs.get('check-key')?.match(/[0-9a-f]{64}/g) ?? [];
    expect(sums).toHaveLength(2);
    expect(new Set(sums).size).toBe(1);
    expect(readFileSync(join(target, 'postdata_0.bin')).equals(bytes)).toBe(true);
    expect(readdirSync(identities)).toEqual(['local.key.moved']);
    expect(readdirSync(join(keys, 'identities'))).toEqual(['local.key']);
    rmSync(keys, { recursive: true });
    const textOf = (id: string) => steps.find((step) => step.id === id)?.text;
    expect(textOf('stop')).toContain('On the source (this machine)');
    expect(textOf('start')).toContain(`${server.user}@127.0.0.1`);
  });

  test('copyCommand: a file that was interrupted, only the rest is sent', () => {
    const from = place('part source');
    const to = place('part target');
    writeFileSync(join(from, 'postdata_0.bin'), bytes);
    writeFileSync(join(to, 'postdata_0.bin'), bytes.subarray(0, 2 << 20));
    const command = copyCommand({
      from: { path: from, remote: remote() },
      to: { path: to },
      what: 'contents',
    });
    const { code, output } = paste(
      command.replace('--human-readable', '--no-human-readable --stats'),
    );
    expect(code).toBe(0);
    const sent = /Literal data: ([\d,.]+)/.exec(output)?.[1]?.replaceAll(/\D/g, '');
    expect(Number(sent)).toBeLessThanOrEqual((1 << 20) + 4096);
    expect(readFileSync(join(to, 'postdata_0.bin')).equals(bytes)).toBe(true);
  });

  test('copyCommand: an error that does not pass, one attempt and its code', () => {
    const { code, output } = paste(
      copyCommand({
        from: { path: join(folder, 'not there'), remote: remote() },
        to: { path: place('nothing') },
        what: 'contents',
        untilDone: true,
      }),
    );
    expect(code).toBe(23);
    expect(output.match(/Copy stopped with code 23/g)).toHaveLength(1);
  });

  test('copyCommand: no server, it ends after a limited number of attempts', () => {
    const { code, output } = paste(
      copyCommand({
        from: { path: '/x', remote: { ...remote(), port: 1 } },
        to: { path: place('nothing') },
        what: 'contents',
        untilDone: true,
      }),
    );
    expect(code).toBe(255);
    expect(output).toContain('No connection for too long');
  });

  test('fetchLoop: a file that is completed while it runs, all of it fetched and compared', () => {
    const from = place('making');
    writeFileSync(join(from, 'postdata_0.bin'), bytes);
    writeFileSync(join(from, 'postdata_1.bin'), bytes.subarray(0, 100));
    const to = join(folder, 'fetched');
    const [fetch, , last, compare] = fetchLoop({
      from: { path: from, remote: remote() },
      to: { path: to },
      what: 'contents',
      expectedBytes: 2 * bytes.length,
    });
    const writer = spawn('sh', ['-c', 'sleep 0.7; cat postdata_0.bin > postdata_1.bin'], {
      cwd: from,
    });
    const { code, output } = paste(fetch?.command ?? '');
    writer.kill();
    expect(code).toBe(0);
    expect(output).toContain(`Here: ${2 * bytes.length} of ${2 * bytes.length} bytes.`);
    writeFileSync(join(from, 'postdata_metadata.json'), '{}');
    expect(paste(last?.command ?? '').code).toBe(0);
    expect(readdirSync(to).sort()).toEqual([
      'postdata_0.bin',
      'postdata_1.bin',
      'postdata_metadata.json',
    ]);
    expect(paste(compare?.command ?? '').output).not.toMatch(/[<>]f/);
  });
});

describe('copy commands of other systems', () => {
  const remote = { user: 'me', host: 'box', port: 2222 };
  test('copyCommand: Windows, robocopy here and sftp elsewhere, quoted for PowerShell', () => {
    const windows = { platform: 'windows', what: 'folder' } as const;
    expect(copyCommand({ ...windows, from: { path: "D:\\o'post\\" }, to: { path: 'E:\\' } })).toBe(
      "robocopy 'D:\\o''post' 'E:\\o''post' /E /Z /J /R:3 /W:10",
    );
    expect(
      copyCommand({ ...windows, from: { path: '/srv/post', remote }, to: { path: 'E:\\post' } }),
    ).toContain("sftp -P 2222 -a -p -r 'me@box:/srv/post' E:\\post");
  });

  test('copyCommand: macOS, none of the options that its rsync lacks, and no path that needs them', () => {
    const macos = { platform: 'macos', what: 'contents' } as const;
    const command = copyCommand({
      ...macos,
      from: { path: '/Volumes/my disk' },
      to: { path: '/srv/post', remote },
    });
    expect(command).not.toMatch(/--info|--protect-args|--no-whole-file/);
    expect(() =>
      copyCommand({ ...macos, from: { path: '/a' }, to: { path: '/srv/my post', remote } }),
    ).toThrow(expect.objectContaining({ code: 'copy-path-special' }));
  });
});
