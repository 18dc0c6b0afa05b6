import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { checkConfig } from '../../../../src/node/config/checks';
import {
  configAt,
  findOption,
  mergeConfigs,
  withOption,
  writeConfig,
} from '../../../../src/node/config/values';
import { readConfig } from '../../../../src/node/config/config';
import { configOptions, logServices } from '../../../../src/node/config/schema';
import {
  logrotateConfig,
  nodeCommand,
  systemdUnit,
  teeCommand,
} from '../../../../src/runbooks/node-run';

const fixture = (name: string) =>
  readFileSync(new URL(`../../../data/node/config/${name}.json`, import.meta.url), 'utf8');
const said = (config: Parameters<typeof checkConfig>[0]) =>
  checkConfig(config).map(({ severity, path }) => `${severity} ${path}`);
const coinbase = 'sm1qqqqqqz2ak2pgy0erzzlfyapgj4mntxj3sq44tg02l6ww';

describe('configs of real nodes', () => {
  test.each(['A', 'B', 'C'])('%s: nothing the node would refuse', (name) => {
    const text = fixture(name);
    const { config, findings } = readConfig(text);
    expect(
      findings.filter(({ severity }) => severity === 'error' || severity === 'danger'),
    ).toEqual([]);
    expect(configAt(config, ['api', 'GRPC-JSON-LISTENER'])).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(JSON.parse(writeConfig(config))).toEqual(JSON.parse(text));
    expect(writeConfig(config)).toContain('100000000000000000');
  });
});

describe('the schema', () => {
  test('has every service of config/logging.go and every public option once', () => {
    expect(logServices).toHaveLength(33);
    const paths = configOptions.map(({ path }) => path.join('/'));
    expect(new Set(paths).size).toBe(paths.length);
    expect(findOption(['LOGGING', 'atxBuilder'])?.choices).toContain('debug');
    for (const { explain } of configOptions) expect(explain.length).toBeGreaterThan(8);
  });
});

describe('what is wrong with a config', () => {
  test.each([
    ['an unknown section', { smesher: {} }, 'error smesher'],
    [
      'a typing error',
      { smeshing: { 'smeshing-opts': { numunits: 4 } } },
      'error smeshing/smeshing-opts/numunits',
    ],
    ['text for a number', { main: { 'metrics-port': '1010' } }, 'error main/metrics-port'],
    ['text for a switch', { main: { metrics: 'true' } }, 'error main/metrics'],
    [
      'a provider in quotes',
      { smeshing: { 'smeshing-opts': { 'smeshing-opts-provider': '0' } } },
      'error smeshing/smeshing-opts/smeshing-opts-provider',
    ],
    ['a level that is none', { logging: { hare: 'verbose' } }, 'error logging/hare'],
    ['a level without effect', { logging: { cachedDb: 'debug' } }, 'note logging/cachedDb'],
    [
      'a duration without unit',
      { main: { 'db-prune-interval': '30' } },
      'error main/db-prune-interval',
    ],
    [
      'a listener without port',
      { api: { 'grpc-json-listener': '127.0.0.1' } },
      'error api/grpc-json-listener',
    ],
    [
      'the private API in public',
      { api: { 'grpc-private-listener': '0.0.0.0:9093' } },
      'danger api/grpc-private-listener',
    ],
    [
      'TLS without certificates',
      { api: { 'grpc-tls-listener': '0.0.0.0:9094' } },
      'error api/grpc-tls-listener',
    ],
    [
      'CORS for everyone',
      { api: { 'grpc-cors-allowed-origins': [] } },
      'warning api/grpc-cors-allowed-origins',
    ],
    [
      'an origin with a path',
      { api: { 'grpc-cors-allowed-origins': ['https://x.org/'] } },
      'warning api/grpc-cors-allowed-origins',
    ],
    [
      'one port twice',
      { api: { 'grpc-public-listener': '0.0.0.0:9092', 'grpc-json-listener': '127.0.0.1:9092' } },
      'error api/grpc-json-listener',
    ],
    [
      'smeshing for nobody',
      { smeshing: { 'smeshing-start': true } },
      'error smeshing/smeshing-coinbase',
    ],
    [
      'a damaged coinbase',
      { smeshing: { 'smeshing-coinbase': coinbase.replace('6ww', '6wx') } },
      'error smeshing/smeshing-coinbase',
    ],
    [
      "a testnet's coinbase",
      { smeshing: { 'smeshing-coinbase': 'stest1qqqqqqz2ak2pgy0erzzlfyapgj4mntxj3sq44tgjlxzqh' } },
      'error smeshing/smeshing-coinbase',
    ],
    [
      'too few units',
      { smeshing: { 'smeshing-opts': { 'smeshing-opts-numunits': 3 } } },
      'error smeshing/smeshing-opts/smeshing-opts-numunits',
    ],
    [
      'half a label',
      { smeshing: { 'smeshing-opts': { 'smeshing-opts-maxfilesize': 1000 } } },
      'error smeshing/smeshing-opts/smeshing-opts-maxfilesize',
    ],
    [
      '17 nonces',
      { smeshing: { 'smeshing-proving-opts': { 'smeshing-opts-proving-nonces': 17 } } },
      'error smeshing/smeshing-proving-opts/smeshing-opts-proving-nonces',
    ],
    [
      'a mode that is none',
      { smeshing: { 'smeshing-proving-opts': { 'smeshing-opts-proving-randomx-mode': 'turbo' } } },
      'error smeshing/smeshing-proving-opts/smeshing-opts-proving-randomx-mode',
    ],
    ['PoETs of old', { main: { 'poet-server': ['https://x'] } }, 'error main/poet-server'],
    ['PoETs as text', { main: { 'poet-servers': ['https://x'] } }, 'error main/poet-servers'],
  ] as const)('%s', (_what, config, finding) => {
    expect(said(config)).toContain(finding);
  });

  test('suggests what was meant, and where', () => {
    const { findings } = readConfig(
      '{\n  "smeshing": {\n    "smeshing-opts": {"numunits": 4}\n  }\n}',
    );
    expect(findings[0]).toMatchObject({ line: 3, severity: 'error' });
    expect(findings[0]?.message).toContain('"smeshing-opts-numunits"');
  });

  test('a key written twice', () => {
    const { findings } = readConfig('{"api": {}, "API": {}}');
    expect(findings[0]?.message).toContain('twice');
  });

  test('is content with a plain mainnet config', () => {
    expect(
      said({
        main: { 'data-folder': '/data', metrics: false },
        api: { 'grpc-json-listener': '' },
        smeshing: {
          'smeshing-start': true,
          'smeshing-coinbase': coinbase,
          'smeshing-opts': { 'smeshing-opts-datadir': '/post', 'smeshing-opts-numunits': 16 },
          'smeshing-proving-opts': { 'smeshing-opts-proving-nonces': 288 },
        },
      }),
    ).toEqual([]);
  });
});

describe('hostile text', () => {
  test.each(['', '[]', 'null', '{', '{"a":1,}', '\u0000', '"x"', '['.repeat(100_000)])(
    'case %#',
    (text) => {
      expect(() => readConfig(text)).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^config-not-/) as string }),
      );
    },
  );

  test('a password is in no error and no finding', () => {
    for (const text of [
      '{"public-metrics": {"metrics-push-pass": "hunter2" "x": 1}}',
      '{"public-metrics": {"metrics-push-pass": 5, "metrics-push-user": "u"}}',
    ]) {
      let shown = '';
      try {
        shown = JSON.stringify(readConfig(text).findings);
      } catch (error) {
        shown = inspect(error, { depth: 9 });
      }
      expect(shown).not.toContain('hunter2');
      expect(shown.length).toBeGreaterThan(10);
    }
  });

  test('__proto__ is only a key', () => {
    const { config } = readConfig(
      '{"__proto__": {"polluted": true}, "api": {"grpc-json-listener": ""}}',
    );
    const merged = mergeConfigs({ api: { x: 1 } }, config);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(configAt(merged, ['api', 'x'])).toBe(1);
    expect(configAt({}, ['constructor', 'name'])).toBeUndefined();
  });
});

describe('editing', () => {
  test('sets, replaces in whatever case, and takes out with the section', () => {
    const one = withOption({}, ['api', 'grpc-json-listener'], '127.0.0.1:9094');
    expect(one).toEqual({ api: { 'grpc-json-listener': '127.0.0.1:9094' } });
    expect(
      withOption({ API: { 'GRPC-json-listener': 'x' } }, ['api', 'grpc-json-listener'], 'y'),
    ).toEqual({
      API: { 'GRPC-json-listener': 'y' },
    });
    expect(withOption(one, ['api', 'grpc-json-listener'], undefined)).toEqual({});
  });

  test('merges deeply, replaces complete lists, and keeps 64-bit numbers', () => {
    const base = readConfig('{"a": {"x": 18446744073709551615, "l": [1, 2]}, "b": 1}').config;
    const merged = mergeConfigs(base, { a: { l: [3], y: true } });
    expect(writeConfig(merged)).toBe(
      '{\n  "a": {\n    "x": 18446744073709551615,\n    "l": [\n      3\n    ],\n    "y": true\n  },\n  "b": 1\n}\n',
    );
  });
});

describe('running a node', () => {
  const run = { binary: '/opt/sm/go-spacemesh', config: "/home/o'neil/my config.json" };

  test('a hostile path stays one argument', () => {
    const command = nodeCommand({ binary: 'echo', config: 'a\'b $(id) `id` \\ "; rm -rf x' });
    expect(execFileSync('sh', ['-c', command], { encoding: 'utf8' })).toBe(
      '--config a\'b $(id) `id` \\ "; rm -rf x\n',
    );
    expect(() => nodeCommand({ binary: 'echo', config: 'a\nb' })).toThrow(/invisible character/);
  });

  test('tee', () => {
    expect(teeCommand(run, '~/logs/node log.txt')).toBe(
      "/opt/sm/go-spacemesh --config '/home/o'\\''neil/my config.json' 2>&1 | tee --append ~/'logs/node log.txt'",
    );
    expect(logrotateConfig('/var/log/sm.log')).toContain('copytruncate');
  });

  test('a unit file', () => {
    const unit = systemdUnit({ ...run, config: '/etc/100% $HOME.json', user: 'smesher' });
    expect(unit).toContain('ExecStart=/opt/sm/go-spacemesh --config "/etc/100%% $$HOME.json"\n');
    expect(unit).toContain('User=smesher');
    expect(() => systemdUnit({ ...run, user: 'root\nExecStartPre=x' })).toThrow(/user name/);
    expect(() => systemdUnit({ binary: 'go-spacemesh', config: '/c', user: 'a' })).toThrow(
      /complete paths/,
    );
  });
});
