// The script runs for real: sh, the system's own sha256sum, and rsync over a transport that stays on this machine. Where rsync is not
// installed, a few lines of sh that copy over the same transport take its place.
import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fetchScript } from '../../../src/runbooks/fetch-script';

const hasRsync = !process.env['WITHOUT_RSYNC'] && spawnSync('rsync', ['--version']).status === 0;

/** Ignores the options, notes the port and the key, and runs the command here. */
const ssh = `#!/bin/sh
while [ $# -gt 0 ]; do
  case $1 in
  -p) echo "port $2" >> "$SSH_LOG"; shift 2 ;;
  -i) echo "key $2" >> "$SSH_LOG"; shift 2 ;;
  -o|-l) shift 2 ;;
  -*) shift ;;
  *) break ;;
  esac
done
echo "host $1" >> "$SSH_LOG"
shift
if [ -n "\${SSH_SPOIL:-}" ] && [ -f "$SSH_SPOIL" ]; then
  case "$*" in *sha256sum*) rm "$SSH_SPOIL"; echo "0000  -"; exit 0 ;; esac
fi
exec sh -c "$*"
`;
/** For machines without rsync: the last two operands, over the transport that -e names. */
const standIn = `#!${process.execPath}
const { spawnSync } = require('node:child_process');
const { writeFileSync } = require('node:fs');
const { basename, join } = require('node:path');
const args = process.argv.slice(2);
const transport = args.splice(args.indexOf('-e'), 2)[1];
const [from, to] = args.filter((arg) => !arg.startsWith('-'));
const [host, path] = [from.slice(0, from.indexOf(':')), from.slice(from.indexOf(':') + 1)];
const remote = "cat '" + path.replaceAll("'", "'\\\\''") + "'";
const { status, stdout } = spawnSync('sh', ['-c', transport + ' "$1" "$2"', 'sh', host, remote], { maxBuffer: 1e9 });
if (status === 0) writeFileSync(join(to, basename(path)), stdout);
process.exit(status);
`;

describe('fetchScript', () => {
  const file = 4096;
  let root = '';
  let remote = '';
  let home = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "it's fetch "));
    [remote, home] = [join(root, 'far away'), join(root, 'at home')];
    mkdirSync(join(root, 'bin'));
    mkdirSync(join(remote, 'part-1'), { recursive: true });
    writeFileSync(join(root, 'bin', 'ssh'), ssh, { mode: 0o755 });
    // A script without an ending is CommonJS where no package.json is above it.
    if (!hasRsync) writeFileSync(join(root, 'bin', 'rsync'), standIn, { mode: 0o755 });
    writeFileSync(join(root, 'fetch.sh'), script());
  });
  afterEach(() => rmSync(root, { recursive: true }));

  /** Files 0 to 2 and 3 to 5; the last one is not full. */
  const script = (): string =>
    fetchScript({
      dataDir: remote,
      parts: [
        { fromFile: 0, toFile: 2 },
        { fromFile: 3, toFile: 5 },
      ],
      dataBytes: 5 * file + 1000,
      maxFileSizeBytes: file,
    });
  const make = (number: number, bytes: number): Buffer => {
    const data = randomBytes(bytes);
    writeFileSync(join(remote, 'part-1', `postdata_${number}.bin`), data);
    return data;
  };
  const metadata = (): void =>
    writeFileSync(join(remote, 'part-1', 'postdata_metadata.json'), '{"Nonce":1}');
  const env = (more: Record<string, string> = {}): Record<string, string> => ({
    ...more,
    PATH: `${join(root, 'bin')}:${process.env['PATH'] ?? ''}`,
    SSH_LOG: join(root, 'ssh.log'),
    FETCH_PAUSE_S: '0.05',
  });
  const run = (args: readonly string[], more: Record<string, string> = {}) =>
    spawnSync('sh', [join(root, 'fetch.sh'), ...args, '1', 'me@gpu', home], {
      encoding: 'utf8',
      env: env(more),
      timeout: 20_000,
    });
  const far = (): string[] => readdirSync(join(remote, 'part-1')).sort();
  const allFiles = ['postdata_3.bin', 'postdata_4.bin', 'postdata_5.bin'];

  test('fetchScript: syntax, accepted by sh', () => {
    expect(spawnSync('sh', ['-n', join(root, 'fetch.sh')]).status).toBe(0);
  });

  test('fetchScript: complete part without -r, everything is at home and on the machine', () => {
    const data = [make(3, file), make(4, file), make(5, 1000)];
    metadata();
    const { status, stdout, stderr } = run(['-p', '22164', '-i', '/keys/my key']);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toContain('part 1 is complete');
    for (const [i, name] of allFiles.entries())
      expect(readFileSync(join(home, name)).equals(data[i] ?? expect.fail())).toBe(true);
    expect(far()).toEqual([...allFiles, 'postdata_metadata.json']);
    expect(readFileSync(join(home, 'verified.sha256'), 'utf8')).toBe(
      allFiles
        .map((name, i) => {
          const sum = createHash('sha256').update(data[i] ?? expect.fail());
          return `${sum.digest('hex')}  ${name}\n`;
        })
        .join(''),
    );
    const log = readFileSync(join(root, 'ssh.log'), 'utf8');
    expect(log).toContain('port 22164');
    expect(log).toContain('key /keys/my key');
    expect(log).not.toContain('port 22\n');
  });

  test('fetchScript: with -r, removes the files that were verified and keeps the metadata', () => {
    for (const [number, bytes] of [
      [3, file],
      [4, file],
      [5, 1000],
    ] as const)
      make(number, bytes);
    metadata();
    expect(run(['-r']).status).toBe(0);
    expect(far()).toEqual(['postdata_metadata.json']);
    expect(readdirSync(home).sort()).toEqual(
      [...allFiles, 'postdata_metadata.json', 'removed.txt', 'verified.sha256'].sort(),
    );
    // Again: nothing is left to do, and nothing at home is lost.
    expect(run(['-r']).status).toBe(0);
    expect(existsSync(join(home, 'postdata_3.bin'))).toBe(true);
  });

  test('fetchScript: checksums that differ, keeps the file on the machine and fetches it again', () => {
    const data = make(3, file);
    make(4, file);
    make(5, 1000);
    metadata();
    const spoil = join(root, 'spoil');
    writeFileSync(spoil, '');
    const { status, stderr } = run(['-r'], { SSH_SPOIL: spoil });
    expect(stderr).toContain('postdata_3.bin: the checksums differ');
    expect(status).toBe(0);
    expect(readFileSync(join(home, 'postdata_3.bin')).equals(data)).toBe(true);
    expect(readFileSync(join(home, 'verified.sha256'), 'utf8').match(/postdata_3/g)).toHaveLength(
      1,
    );
  });

  test('fetchScript: a file that still grows, waits for it and removes nothing of it', async () => {
    make(3, file);
    make(4, 100);
    metadata();
    const child = spawn('sh', [join(root, 'fetch.sh'), '-r', '1', 'me@gpu', home], { env: env() });
    let output = '';
    child.stdout.on('data', (text: Buffer) => (output += text.toString()));
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    await expect.poll(() => output, { timeout: 10_000 }).toContain('-fromFile 4');
    expect(far()).toEqual(['postdata_4.bin', 'postdata_metadata.json']);
    const data = make(4, file);
    make(5, 1000);
    expect(await ended).toBe(0);
    expect(readFileSync(join(home, 'postdata_4.bin')).equals(data)).toBe(true);
    expect(far()).toEqual(['postdata_metadata.json']);
  });

  test.each([
    [['-p', 'x'], 'the port must be a number'],
    [['-i', "it's"], 'must not contain a quote'],
    [['-z'], 'unknown option'],
  ])('fetchScript: arguments %j, refused with the reason', (args, reason) => {
    const { status, stderr } = run(args);
    expect(status).toBe(2);
    expect(stderr).toContain(reason);
  });

  test('fetchScript: a part that does not exist, refused', () => {
    const { status, stderr } = spawnSync('sh', [join(root, 'fetch.sh'), '7', 'me@gpu', home], {
      encoding: 'utf8',
      env: env(),
    });
    expect(status).toBe(2);
    expect(stderr).toContain('there is no part 7');
  });

  test('fetchScript: a directory with a line break, refused before there is a script', () => {
    expect(() =>
      fetchScript({
        dataDir: 'a\nrm -rf',
        parts: [{ fromFile: 0, toFile: 0 }],
        dataBytes: 1,
        maxFileSizeBytes: 1,
      }),
    ).toThrow(expect.objectContaining({ code: 'shell-control-character' }));
    expect(() =>
      fetchScript({ dataDir: '/a', parts: [], dataBytes: 1, maxFileSizeBytes: 1 }),
    ).toThrow(expect.objectContaining({ code: 'fetch-without-parts' }));
  });
});
