import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import {
  type backupMethods,
  backupPlan,
  backupStatePlan,
  restoreStatePlan,
} from '../../../src/runbooks/state-backup';
import {
  clearStatePlan,
  copyStatePlan,
  fetchStatePlan,
  stateFiles,
  stateSizes,
} from '../../../src/runbooks/state-care';
import { platforms, type ChecklistStep } from '../../../src/runbooks/platform';

const folder = mkdtempSync(join(tmpdir(), "ca're $(id) "));
afterAll(() => rmSync(folder, { recursive: true }));
const sizes = { stateBytes: 1000, localBytes: 100 };

const paste = (command: string): string => {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', command], {
    encoding: 'utf8',
    cwd: folder,
    env: { ...process.env, HOME: folder },
  });
  if (status !== 0) throw new Error(`${command}\n${stderr}`);
  return stdout;
};
const skipped = new Set(['version']);
/** Runs the commands of a plan in their order; the output of each by its id. */
const run = (
  { steps }: { readonly steps: readonly ChecklistStep[] },
  skip: readonly string[] = [],
): ReadonlyMap<string, string> =>
  new Map(
    steps.flatMap(({ id, command }) =>
      command && !skipped.has(id) && !skip.includes(id) ? [[id, paste(command)] as const] : [],
    ),
  );

const sql = (file: string, statement: string): string =>
  execFileSync('sqlite3', [file, statement], { encoding: 'utf8' }).trim();

/** A node's folder as a stopped node leaves it: `rows` in state.sql, of which the last is in the -wal alone. */
function fill(name: string, rows: readonly string[]): string {
  const data = join(folder, name);
  mkdirSync(join(data, 'identities'), { recursive: true });
  const [last = '', ...rest] = rows.toReversed();
  const made = join(folder, 'made.sql');
  rmSync(made, { force: true });
  // The end of the shell would move the -wal into the file: both are copied while it is open.
  writeFileSync(
    join(folder, 'pack.sh'),
    'cp made.sql "$DATA/state.sql" && cp made.sql-wal "$DATA/state.sql-wal"',
  );
  execFileSync(
    'sqlite3',
    [
      made,
      'PRAGMA journal_mode = WAL; PRAGMA user_version = 25; CREATE TABLE t (x);',
      ...rest.toReversed().map((row) => `INSERT INTO t VALUES ('${row}');`),
      'PRAGMA wal_checkpoint(TRUNCATE);',
      `INSERT INTO t VALUES ('${last}');`,
      '.shell sh pack.sh',
    ],
    { cwd: folder, env: { ...process.env, DATA: data }, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  for (const file of ['local.sql', 'local.sql-wal']) writeFileSync(join(data, file), file);
  writeFileSync(join(data, 'identities', 'local.key'), 'key');
  return data;
}
const rowsOf = (data: string): string =>
  sql(join(data, 'state.sql'), 'SELECT group_concat(x) FROM t');

describe('backups, carried out', () => {
  test('backupPlan: the keys and local state, and no network state', () => {
    const data = fill('node one', ['a', 'b']);
    const target = join(folder, 'back up');
    run(backupPlan({ dataFolder: data, sizes, target }));
    expect(readdirSync(target).sort()).toEqual(['identities', 'local.sql', 'local.sql-wal']);
    expect(readFileSync(join(target, 'identities', 'local.key'), 'utf8')).toBe('key');
  });

  test.each(['backup', 'vacuum'] as const)(
    'backupStatePlan: %s beside a writer, then restored over a damaged state, the rows of the -wal too',
    (method) => {
      const data = fill(`writer ${method}`, ['old', 'new']);
      const target = join(folder, `copies ${method}`);
      const plan = backupStatePlan({ dataFolder: data, sizes, target, method });
      expect(run(plan).get('copy')).toContain('backup complete');
      expect(rowsOf(target)).toBe('old,new');
      // A second one keeps the first.
      run(plan);
      expect(readdirSync(target).sort()).toEqual(['previous-state.sql', 'state.sql']);
      writeFileSync(join(data, 'state.sql'), 'damaged');
      const outputs = run(restoreStatePlan({ dataFolder: data, sizes, target }));
      expect(outputs.get('examine')?.trim()).toBe('ok\n25');
      expect(rowsOf(data)).toBe('old,new');
      expect(readFileSync(join(data, 'local.sql'), 'utf8')).toBe('local.sql');
    },
  );

  test('backupStatePlan: a damaged state, no backup and the last one kept', () => {
    const data = fill('damaged', ['a', 'b']);
    const target = join(folder, 'kept');
    const plan = backupStatePlan({ dataFolder: data, sizes, target, method: 'backup' });
    run(plan);
    writeFileSync(join(data, 'state.sql'), 'not a database');
    rmSync(join(data, 'state.sql-wal'), { force: true });
    expect(run(plan).get('copy')).toContain('FAILED');
    expect(rowsOf(target)).toBe('a,b');
  });

  test('backupStatePlan: snapshots, a volume that is named, and Linux only', () => {
    const given = { dataFolder: '/data/node', sizes, target: '/backup' };
    const commands = (method: (typeof backupMethods)[number], snapshotOf: string): string =>
      backupStatePlan({ ...given, method, snapshotOf })
        .steps.map(({ command }) => command ?? '')
        .join('\n');
    expect(commands('btrfs', '/data/snapshots')).toContain(
      'btrfs subvolume snapshot -r /data/node /data/snapshots/spacemesh-state',
    );
    expect(commands('zfs', 'tank/node')).toContain('zfs snapshot tank/node@spacemesh-state');
    expect(commands('lvm', 'vg0/data')).toContain('/dev/vg0/spacemesh-state');
    expect(() => commands('zfs', 'tank; id')).toThrow(
      expect.objectContaining({ code: 'snapshot-name-invalid' }),
    );
    expect(() => backupStatePlan({ ...given, method: 'btrfs', platform: 'macos' })).toThrow(
      expect.objectContaining({ code: 'snapshot-linux' }),
    );
  });
});

describe('a copied state, carried out', () => {
  test('copyStatePlan: a stale -wal at the target, the rows of the source and not the old ones', () => {
    const source = fill('source', ['fresh']);
    // All of the source is in state.sql: there is no -wal to replace the stale one.
    sql(join(source, 'state.sql'), 'PRAGMA wal_checkpoint(TRUNCATE);');
    rmSync(join(source, 'state.sql-wal'), { force: true });
    const target = fill('target', ['stale 1', 'stale 2']);

    // What a plain copy does: the old -wal is read into the new file, and SQLite finds nothing wrong.
    const careless = join(folder, 'careless');
    cpSync(target, careless, { recursive: true });
    cpSync(join(source, 'state.sql'), join(careless, 'state.sql'));
    expect(rowsOf(careless)).not.toBe('fresh');
    expect(sql(join(careless, 'state.sql'), 'PRAGMA integrity_check;')).toBe('ok');

    const plan = copyStatePlan({ dataFolder: source, sizes, target });
    expect(run(plan).get('examine')?.trim()).toBe('ok\n25');
    expect(rowsOf(target)).toBe('fresh');
    expect(readdirSync(join(target, 'old-state')).sort()).toEqual(['state.sql', 'state.sql-wal']);
    expect(readFileSync(join(target, 'identities', 'local.key'), 'utf8')).toBe('key');
  });

  test('copyStatePlan: its order and its warnings', () => {
    const { steps, room } = copyStatePlan({
      dataFolder: '/d',
      sizes,
      target: '/t',
      unit: 'spacemesh.service',
    });
    const ids = steps.map(({ id }) => id);
    expect(ids).toEqual([
      'trust',
      'version',
      'stop',
      'aside',
      'copy',
      'examine',
      'start',
      'start-second',
    ]);
    expect(steps.find(({ id }) => id === 'stop')?.text).toContain('On both machines');
    expect(steps.map(({ command }) => command ?? '').join('\n')).not.toMatch(/local|identit/);
    expect(room[0]?.bytes).toBe(1000);
  });

  test('clearStatePlan: keys and local state stay, an earlier old-state is not overwritten', () => {
    const data = fill("node o'two", ['a', 'b']);
    const plan = clearStatePlan({ dataFolder: `${data}/`, sizes });
    run(plan, ['delete']);
    expect(readdirSync(data).sort()).toEqual([
      'identities',
      'local.sql',
      'local.sql-wal',
      'old-state',
    ]);
    expect(() => run(plan, ['delete'])).toThrow(/old-state/);
    run({ steps: plan.steps.filter(({ id }) => id === 'delete') });
    expect(readdirSync(data)).not.toContain('old-state');
  });
});

describe('fetchStatePlan', () => {
  const archive = { url: 'https://files.example/state.sql.zst', sha256: 'A'.repeat(64) };
  const plan = (given: Partial<typeof archive>, dataFolder = '/d') =>
    fetchStatePlan({ dataFolder, sizes, archive: { ...archive, ...given } });

  test('fetchStatePlan: an archive of a server, carried out; a wrong sum is reported', async () => {
    const data = fill('fetching', ['stale 1', 'stale 2']);
    const packed = join(folder, 'state.sql.gz');
    const made = join(folder, 'served.sql');
    sql(made, "CREATE TABLE t (x); INSERT INTO t VALUES ('served');");
    execFileSync('sh', ['-c', 'gzip -c served.sql > state.sql.gz'], { cwd: folder });
    const bytes = readFileSync(packed);
    const server = createServer((_request, response) => response.end(bytes)).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.on('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/state.sql.gz`;
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const right = plan({ url, sha256 }, data);
    const download = right.steps.find(({ id }) => id === 'download')?.command ?? '';
    // The server runs in this thread, so this command must not block it.
    await promisify(execFile)('sh', ['-c', download], { cwd: folder });
    server.close();
    const wrong = plan({ url, sha256: 'b'.repeat(64) }, data);
    const verify = wrong.steps.filter(({ id }) => id === 'verify');
    expect(run({ steps: verify }).get('verify')).toContain('WRONG SUM');
    const outputs = run(right, ['download']);
    expect(outputs.get('verify')).toContain('sum is right');
    expect(outputs.get('unpack')?.trim()).toBe('ok');
    expect(rowsOf(data)).toBe('served');
    expect(existsSync(join(data, 'old-state'))).toBe(false);
  });

  test('fetchStatePlan: the sum is compared before anything is replaced', () => {
    const ids = plan({}).steps.map(({ id }) => id);
    expect(ids.indexOf('verify')).toBeLessThan(ids.indexOf('stop'));
    expect(ids.indexOf('aside')).toBeLessThan(ids.indexOf('place'));
  });

  test.each([
    [{ url: '' }, 'archive-address-invalid'],
    [{ url: 'file:///etc/passwd' }, 'archive-address-invalid'],
    [{ sha256: '' }, 'archive-sum-invalid'],
    [{ sha256: 'a'.repeat(63) }, 'archive-sum-invalid'],
  ])('fetchStatePlan: %j, %s', (given, code) => {
    expect(() => plan(given)).toThrow(expect.objectContaining({ code }));
  });
});

describe('plans of other systems', () => {
  test.each(platforms)('every plan: %s, a hostile folder name stays one word', (platform) => {
    const dataFolder = platform === 'windows' ? "C:\\no'de $(id)" : "/no'de $(id)";
    const options = { platform, dataFolder, sizes, target: dataFolder.replace('node', 'copy') };
    const all = [
      backupPlan(options),
      backupStatePlan({ ...options, method: 'vacuum' }),
      restoreStatePlan(options),
      copyStatePlan(options),
      clearStatePlan(options),
      fetchStatePlan({
        ...options,
        archive: { url: 'https://files.example/state.sql.zst', sha256: 'a'.repeat(64) },
      }),
    ].flatMap(({ steps }) => steps.map(({ command }) => command ?? ''));
    const quoted = platform === 'windows' ? "no''de $(id)" : "no'\\''de $(id)";
    for (const command of all) expect(command.replaceAll(quoted, '')).not.toContain('$(id)');
  });

  test('stateFiles: what may never be deleted, in the backup', () => {
    expect(
      stateFiles.filter(({ mayBeDeleted, inBackup }) => mayBeDeleted === 'never' && !inBackup),
    ).toEqual([]);
  });

  test('stateSizes: a folder, with the -wal, without what is deeper', () => {
    const paths = [
      'state.sql',
      'state.sql-wal',
      'state.sql-shm',
      'old-state/state.sql',
      'local.sql',
    ];
    expect(stateSizes(paths.map((path) => ({ path: `data/${path}`, sizeBytes: 1000 })))).toEqual({
      stateBytes: 2000,
      localBytes: 1000,
    });
  });
});
