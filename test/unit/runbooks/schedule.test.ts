// The controllers run for real against HTTP servers that answer /status as post-rs does; systemctl, docker and kubectl are stand-ins
// that switch those servers on and off.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import {
  composeFiles,
  kubernetesFiles,
  serviceName,
  systemdFiles,
  type ServiceSchedule,
  type TextFile,
} from '../../../src/runbooks/schedule';

const service = (name: string, dataDir = `/mnt/${name}`) => ({
  name,
  dataDir,
  nonces: 288,
  threads: 3,
});
const schedule: ServiceSchedule = {
  machine: 'farm-1',
  nodeAddress: 'http://127.0.0.1:9094',
  drives: [[service('a1'), service('a2')], [service('b1', `/mnt/it's "b" $1 %h`)]],
  firstPort: 50_061,
  gapStartsMs: [Date.UTC(2026, 11, 7, 20), Date.UTC(2026, 11, 21, 20)],
};
const text = (files: readonly TextFile[], name: string): string =>
  files.find((file) => file.name === name)?.text ?? expect.fail(`no ${name}`);

describe('systemdFiles', () => {
  test('systemdFiles: two drives, a unit per identity, the schedule and its timer', () => {
    const files = systemdFiles(schedule);
    expect(files.map(({ name }) => name)).toEqual([
      ...['post-a1.service', 'post-a2.service', 'post-b1.service'],
      ...['post-schedule.service', 'post-schedule.timer', 'post-schedule.sh'],
    ]);
    expect(text(files, 'post-a2.service')).toContain(
      'ExecStart=/usr/local/bin/post-service --dir /mnt/a2 --address http://127.0.0.1:9094 --operator-address 127.0.0.1:50062 --nonces 288 --threads 3\n',
    );
    // % and $ mean something to systemd.
    expect(text(files, 'post-b1.service')).toContain(`--dir "/mnt/it's \\"b\\" $$1 %%h"`);
    expect(text(files, 'post-schedule.timer')).toContain(
      'OnCalendar=2026-12-07 20:00:00 UTC\nOnCalendar=2026-12-21 20:00:00 UTC\nPersistent=true',
    );
  });

  test('systemdFiles: the units, accepted by systemd-analyze where it is installed', () => {
    const directory = mkdtempSync(join(tmpdir(), 'units-'));
    try {
      const files = systemdFiles({ ...schedule, program: '/bin/true' });
      for (const file of files) writeFileSync(join(directory, file.name), file.text);
      const units = files.filter(({ name }) => !name.endsWith('.sh'));
      const { error, stderr } = spawnSync(
        'systemd-analyze',
        ['verify', '--man=no', ...units.map(({ name }) => join(directory, name))],
        { encoding: 'utf8' },
      );
      // Only what it has against these units; a container's own units are not ours.
      if (!error) expect(stderr.split('\n').filter((line) => line.includes('post-'))).toEqual([]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test('systemdFiles: a path with a line break, refused', () => {
    expect(() => systemdFiles({ ...schedule, drives: [[service('a', '/a\nb')]] })).toThrow(
      expect.objectContaining({ code: 'shell-control-character' }),
    );
    for (const build of [composeFiles, kubernetesFiles])
      expect(() => build({ ...schedule, drives: [[service('a', '/a\nb')]] })).toThrow(
        expect.objectContaining({ code: 'shell-control-character' }),
      );
  });

  test.each<[string, Partial<ServiceSchedule>]>([
    ['schedule-empty', { drives: [[]] }],
    ['schedule-name-not-valid', { drives: [[service('A b')]] }],
    ['schedule-name-twice', { drives: [[service('a')], [service('a')]] }],
    ['schedule-port-not-valid', { firstPort: 65_535 }],
    ['schedule-port-not-valid', { firstPort: 80 }],
  ])('schedule: %s, refused', (code, changed) => {
    for (const build of [systemdFiles, composeFiles, kubernetesFiles])
      expect(() => build({ ...schedule, ...changed })).toThrow(expect.objectContaining({ code }));
  });

  test('serviceName: any name, one that units and containers take', () => {
    expect(serviceName('Disk 1 / 64 SU', 0)).toBe('disk-1-64-su');
    expect(serviceName('…', 4)).toBe('identity-5');
  });
});

describe('composeFiles and kubernetesFiles', () => {
  test('composeFiles: YAML, the arguments and paths as they are', () => {
    const [document] = parseAllDocuments(text(composeFiles(schedule), 'compose.yaml'));
    const parsed = document?.toJS() as {
      services: Record<string, { command: string[]; volumes: { source: string }[] }>;
    };
    expect(Object.keys(parsed.services)).toEqual(['a1', 'a2', 'b1']);
    expect(parsed.services['a1']?.command).toEqual([
      ...['--dir', '/data', '--address', 'http://127.0.0.1:9094'],
      ...['--operator-address', '127.0.0.1:50061', '--nonces', '288', '--threads', '3'],
    ]);
    expect(parsed.services['b1']?.volumes[0]?.source).toBe(`/mnt/it's "b" $$1 %h`);
  });

  test('kubernetesFiles: YAML, deployments without replicas on the machine of the data', () => {
    const documents = parseAllDocuments(text(kubernetesFiles(schedule), 'post-services.yaml'));
    expect(documents.flatMap(({ errors }) => errors)).toEqual([]);
    const parsed = documents.map(
      (document) =>
        document.toJS() as {
          kind: string;
          metadata: { name: string };
          spec: {
            replicas?: number;
            template?: {
              spec: { nodeSelector: object; volumes: { hostPath: { path: string } }[] };
            };
          };
        },
    );
    expect(parsed.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual(
      ['a1', 'a2', 'b1'].flatMap((name) => [`Deployment post-${name}`, `Service post-${name}`]),
    );
    expect(parsed[0]?.spec.replicas).toBe(0);
    expect(parsed[0]?.spec.template?.spec.nodeSelector).toEqual({
      'kubernetes.io/hostname': 'farm-1',
    });
    expect(parsed[4]?.spec.template?.spec.volumes[0]?.hostPath.path).toBe(`/mnt/it's "b" $1 %h`);
  });

  test.each([
    ['systemd', systemdFiles],
    ['compose', composeFiles],
    ['kubernetes', kubernetesFiles],
  ] as const)('%s: the schedule, accepted by sh', (_, build) => {
    const { status, stderr } = spawnSync('sh', ['-n'], {
      input: text(build(schedule), 'post-schedule.sh'),
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
  });
});

describe('the schedule at work', () => {
  /** post-service as its operator sees it: idle until the node asks, then proving, done, and idle again. */
  class FakeService {
    readonly server: Server;
    readonly answers: string[];
    constructor(answers: readonly string[], log: string[], name: string, root: string) {
      this.answers = [...answers];
      this.server = createServer((_, response) => {
        // Off: no response, as of a process that is not there.
        if (!existsSync(join(root, `on-${name}`))) {
          response.destroy();
          return;
        }
        const answer = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
        log.push(`${name} ${String(answer).slice(0, 12)}`);
        response.end(answer);
      });
    }
    listen = (): Promise<number> =>
      new Promise((resolve) => {
        this.server.listen(0, '127.0.0.1', () =>
          resolve((this.server.address() as AddressInfo).port),
        );
      });
  }
  const proving = '{"Proving":{"nonces":{"start":0,"end":288},"position":4096}}';
  const proof = ['"Idle"', proving, proving, '"DoneProving"', '"Idle"'];
  let root = '';
  let services: FakeService[] = [];
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'schedule '));
    services = [];
    writeFileSync(
      join(root, 'systemctl'),
      `#!/bin/sh
name=\${2#post-}; name=\${name%.service}
echo "$1 $name" >> '${root}/calls'
case $1 in start) : > '${root}/on-'"$name" ;; stop) rm -f '${root}/on-'"$name" ;; esac
`,
      { mode: 0o755 },
    );
  });
  afterEach(() => {
    for (const { server } of services) server.close();
    rmSync(root, { recursive: true });
  });

  const run = async (
    answers: Readonly<Record<string, readonly string[]>>,
    drives: readonly (readonly string[])[],
    env: Record<string, string> = {},
  ) => {
    const asked: string[] = [];
    let script = text(
      systemdFiles({
        ...schedule,
        drives: drives.map((names) => names.map((name) => service(name))),
      }),
      'post-schedule.sh',
    );
    for (const [i, name] of drives.flat().entries()) {
      const fake = new FakeService(answers[name] ?? proof, asked, name, root);
      services.push(fake);
      script = script.replace(
        `prove ${name} ${50_061 + i} `,
        `prove ${name} ${await fake.listen()} `,
      );
    }
    writeFileSync(join(root, 'schedule.sh'), script);
    const child = spawn('sh', [join(root, 'schedule.sh')], {
      env: { ...env, PATH: `${root}:${process.env['PATH'] ?? ''}`, POLL_S: '0.05' },
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
    const calls = readFileSync(join(root, 'calls'), 'utf8').trim().split('\n');
    return { status, output, calls, asked };
  };

  test('schedule: two identities of one drive, the second starts when the first is proved', async () => {
    const { status, calls, asked, output } = await run({}, [['a1', 'a2']]);
    expect(status).toBe(0);
    expect(calls).toEqual(['start a1', 'stop a1', 'start a2', 'stop a2']);
    expect(asked.slice(0, 5).every((line) => line.startsWith('a1'))).toBe(true);
    expect(output).toMatch(/a1: proved[^]*a2: proving[^]*a2: proved/);
  });

  test('schedule: two drives, proved side by side', async () => {
    const { status, calls } = await run({}, [['a1', 'a2'], ['b1']]);
    expect(status).toBe(0);
    // b1 does not wait for a1 and a2.
    expect(calls.indexOf('start b1')).toBeLessThan(calls.indexOf('start a2'));
    expect(calls.toSorted()).toEqual(
      ['a1', 'a2', 'b1'].flatMap((name) => [`start ${name}`, `stop ${name}`]).toSorted(),
    );
  });

  test('schedule: no proof is asked for, passed over after the limit', async () => {
    const { status, calls, output } = await run({ a1: ['"Idle"'] }, [['a1', 'a2']], {
      IDLE_LIMIT_S: '1',
    });
    expect(status).toBe(0);
    expect(output).toContain('a1: the node asked for no proof; passed over');
    expect(calls).toEqual(['start a1', 'stop a1', 'start a2', 'stop a2']);
  });

  test('schedule: a service that gives no response, reported and the next one proved', async () => {
    writeFileSync(
      join(root, 'systemctl'),
      `#!/bin/sh
name=\${2#post-}; name=\${name%.service}
echo "$1 $name" >> '${root}/calls'
[ "$name" = a1 ] || case $1 in start) : > '${root}/on-'"$name" ;; stop) rm -f '${root}/on-'"$name" ;; esac
`,
      { mode: 0o755 },
    );
    const { status, output } = await run({}, [['a1', 'a2']], { LOST_LIMIT_S: '1' });
    expect(status).toBe(1);
    expect(output).toContain('a1: no response from /status; not proved');
    expect(output).toContain('a2: proved');
  });
});
