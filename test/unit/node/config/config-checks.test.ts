// Every check of a config, from both sides of its boundary. What the node takes: go-spacemesh v1.7.6, config/ and cmd/root.go.
import { describe, expect, test } from 'vitest';
import { checkConfig } from '../../../../src/node/config/checks';
import {
  configAt,
  findOption,
  mergeConfigs,
  withOption,
  writeConfig,
  type ConfigObject,
  type ConfigValue,
} from '../../../../src/node/config/values';
import { readConfig } from '../../../../src/node/config/config';

const coinbase = 'sm1qqqqqqz2ak2pgy0erzzlfyapgj4mntxj3sq44tg02l6ww';
const testCoinbase = 'stest1qqqqqqz2ak2pgy0erzzlfyapgj4mntxj3sq44tgjlxzqh';
/** base64 of 32 bytes, as the public key of a PoET is written. */
const poetKey = 'Ppa26cUNcLuSlLIjlLGWEmnOmPHCWVCxu2QlRdwwBjQ=';

const set = (path: string, value: ConfigValue) => withOption({}, path.split('/'), value);
const configOf = (values: Readonly<Record<string, ConfigValue>>): ConfigObject =>
  Object.entries(values).reduce<ConfigObject>(
    (config, [path, value]) => withOption(config, path.split('/'), value),
    {},
  );
const found = (config: ConfigObject, path: string) =>
  checkConfig(config).filter((finding) => finding.path === path);
const severities = (config: ConfigObject, path: string) =>
  found(config, path).map(({ severity }) => severity);

describe('an option of each kind', () => {
  test.each<[kind: string, path: string, good: ConfigValue[], bad: ConfigValue[]]>([
    ['switch', 'p2p/disable-natport', [true, false], ['true', 1, null, {}]],
    [
      'whole number',
      'main/db-connections',
      [0, 16, 2 ** 53, 2n ** 64n - 1n],
      [-1, 1.5, '16', true, null, [16], -(2n ** 60n)],
    ],
    [
      'duration',
      'main/regossip-atx-interval',
      ['30s', '2h0m0s', '1.5h', '0'],
      ['30', '', 30, '1 d', null, ['30s']],
    ],
    ['level', 'logging/hare', ['debug', 'DEBUG', 'fatal'], ['Debug', 'dEBUG', 'trace', '', 5]],
    [
      'listener',
      'api/grpc-public-listener',
      ['', ':9094', '127.0.0.1:0', 'localhost:65535', 'my-host.lan:1', '[::1]:9094', '[FE80::1]:1'],
      [
        'localhost',
        'localhost:',
        'localhost:65536',
        'localhost:123456',
        'localhost:90x',
        '[::1]:1 ',
        'http://x:1',
        'a b:1',
        'ab]:1',
        '[::1',
        '[host]:1',
        '[]:1',
        'x[::1]:1',
        'x\n:1',
        ['x:1'],
        '[::1]x:1',
        9094,
        null,
        true,
      ],
    ],
    ['coinbase', 'smeshing/smeshing-coinbase', ['', coinbase], [`${coinbase}q`, 'x', 5, null]],
    ['list of texts', 'p2p/direct', ['a', '', [], ['a', 'b']], [[1], ['a', 1], {}, 5, null]],
    ['text', 'public-metrics/metrics-push-user', ['', 'u'], [5, null, ['u'], true]],
    ['password', 'public-metrics/metrics-push-pass', ['', 'p'], [5, null, ['p']]],
    ['path', 'main/data-folder', ['/data'], [5, null, ['/data']]],
    [
      'choice',
      'smeshing/smeshing-proving-opts/smeshing-opts-proving-randomx-mode',
      ['fast', 'light'],
      ['Fast', '', 5, null, ['fast']],
    ],
    ['value that only the node knows', 'p2p/listen', ['x', 5, null, ['a'], {}], []],
  ])('%s', (_kind, path, good, bad) => {
    const mild = ['note', 'warning'];
    for (const value of good)
      expect([
        value,
        checkConfig(set(path, value)).filter(({ severity }) => !mild.includes(severity)),
      ]).toEqual([value, []]);
    for (const value of bad)
      expect([value, severities(set(path, value), path)]).toEqual([value, ['error']]);
  });

  test('PoET servers', () => {
    const path = 'main/poet-servers';
    const address = 'https://poet.example';
    for (const value of [
      [],
      [{ address }],
      [{ address: 'http://10.0.0.1:8080' }, { address, pubkey: poetKey }],
      [{ address, pubkey: '' }],
      [{ address, pubkey: `${'A'.repeat(44)}==` }],
    ] satisfies ConfigValue[])
      expect([value, found(set(path, value), path)]).toEqual([value, []]);
    for (const value of [
      address,
      { address },
      [address],
      [null],
      [{}],
      [{ address: 5 }],
      [{ address: 'poet.example' }],
      [{ address: 'ftp://poet.example' }],
      [{ address: `see ${address}` }],
      [{ address, pubkey: 5 }],
      [{ address, pubkey: null }],
      [{ address, pubkey: 'not base64' }],
      [{ address, pubkey: `!${poetKey}` }],
      [{ address, pubkey: 'A'.repeat(45) }],
      [{ address, pubkey: 'A===' }],
      [{ address }, { address, pubkey: '?' }],
    ] satisfies ConfigValue[])
      expect([value, severities(set(path, value), path)]).toEqual([value, ['error']]);
  });

  test('names the value that is expected there', () => {
    const message = (path: string, value: ConfigValue) => found(set(path, value), path)[0]?.message;
    expect(message('p2p/min-peers', '20')).toMatch(/^"min-peers" must be a whole number/);
    expect(message('logging/log-encoder', 'xml')).toBe(
      '"log-encoder" must be one of console, json.',
    );
    expect(message('smeshing/smeshing-opts/smeshing-opts-compute-batch-size', 'x')).toMatch(
      /^"smeshing-opts-compute-batch-size" must/,
    );
    expect(message('logging/hare', 'loud')).toContain('debug, info, warn, error');
    expect(message('smeshing/smeshing-coinbase', 5)).toContain(
      '"smeshing-coinbase" must be a text',
    );
    expect(message('smeshing/smeshing-coinbase', 'x')).toMatch(/checksum/);
  });

  test('a level that no logger reads is noted, with the reason', () => {
    expect(found(set('logging/cachedDb', 'debug'), 'logging/cachedDb')).toEqual([
      {
        severity: 'note',
        path: 'logging/cachedDb',
        message: expect.stringMatching(/^Setting "cachedDb" .*cachedDB/) as string,
      },
    ]);
    expect(severities(set('logging/cachedDb', 'loud'), 'logging/cachedDb')).toEqual(['error']);
    expect(checkConfig(set('logging/hare', 'debug'))).toEqual([]);
  });
});

describe('keys that the node does not know', () => {
  const message = (config: ConfigObject) => checkConfig(config)[0]?.message;

  test.each([
    ['a part of a name', { p2p: { bootnode: [] } }, '"p2p-bootnode"'],
    ['a name and more', { main: { 'data-folder-path': '/' } }, '"data-folder"'],
    ['other marks between the words', { main: { poet_servers: [] } }, '"poet-servers"'],
    ['one too many', { main: { 'data-folders': '/' } }, '"data-folder"'],
    ['one too few', { 'public-metric': {} }, '"public-metrics"'],
    ['a section in the plural', { tortoises: {} }, '"tortoise"'],
    ['in whatever case', { api: { 'GRPC-JSON-LISTENERS': '' } }, '"grpc-json-listener"'],
  ])('%s: the nearest is named', (_what, config, name) => {
    expect(message(config)).toContain(`Is ${name} meant?`);
  });

  test('the longest of several that hold it', () => {
    expect(message({ p2p: { 'min-peers-low-peers': 1, 'low-peers': 1 } })).toContain(
      'Is "min-peers" meant?',
    );
    expect(message({ main: { 'db-query-cache-sizes-2': 1 } })).toContain(
      'Is "db-query-cache-sizes" meant?',
    );
  });

  test('nothing is named where nothing is near', () => {
    expect(checkConfig({ zzz: 1 })).toEqual([
      {
        severity: 'error',
        path: 'zzz',
        message: 'The node does not start: it knows no "zzz".',
      },
    ]);
    expect(message({ api: { zzz: 1 } })).toBe(
      'The node does not start: it knows no "zzz" in "api".',
    );
  });

  test('known in any case, at every depth; sections of free form are accepted completely', () => {
    expect(
      checkConfig({
        MAIN: { 'Tick-Size': 1 },
        Smeshing: { 'SMESHING-opts': { 'smeshing-opts-THROTTLE': true } },
        hare3: { anything: { at: 'all' } },
        genesis: { accounts: { sm1x: 1 } },
        tortoise: 5,
      }),
    ).toEqual([]);
    expect(
      checkConfig({ SMESHING: { 'smeshing-opts': { zzz: 1 } } }).map(({ path }) => path),
    ).toEqual(['SMESHING/smeshing-opts/zzz']);
  });
});

describe('options beside each other', () => {
  const json = 'api/grpc-json-listener';
  const origins = 'api/grpc-cors-allowed-origins';
  const tls = 'api/grpc-tls-listener';
  const units = 'smeshing/smeshing-opts/smeshing-opts-numunits';
  const fileSize = 'smeshing/smeshing-opts/smeshing-opts-maxfilesize';
  const dataDir = 'smeshing/smeshing-opts/smeshing-opts-datadir';
  const nonces = 'smeshing/smeshing-proving-opts/smeshing-opts-proving-nonces';
  const owner = 'smeshing/smeshing-coinbase';
  const start = 'smeshing/smeshing-start';

  test.each<[path: string, config: Record<string, ConfigValue>, expected: string[]]>([
    ...['0.0.0.0:9093', ':9093', '[::]:9093'].flatMap(
      (listener): [string, Record<string, ConfigValue>, string[]][] => [
        ['api/grpc-private-listener', { 'api/grpc-private-listener': listener }, ['danger']],
        ['main/pprof-listener', { 'main/pprof-listener': listener }, ['danger']],
        ['api/grpc-post-listener', { 'api/grpc-post-listener': listener }, ['warning']],
      ],
    ),
    ...['127.0.0.1:9093', '10.0.0.0:9093', '[::1]:9093', 'localhost:9093', ''].flatMap(
      (listener): [string, Record<string, ConfigValue>, string[]][] => [
        ['api/grpc-private-listener', { 'api/grpc-private-listener': listener }, []],
        ['main/pprof-listener', { 'main/pprof-listener': listener }, []],
        ['api/grpc-post-listener', { 'api/grpc-post-listener': listener }, []],
      ],
    ),
    ...['main/pprof-listener', 'api/grpc-private-listener', 'api/grpc-post-listener'].flatMap(
      (path): [string, Record<string, ConfigValue>, string[]][] => [
        [path, { [path]: [':9093'] }, ['error']],
        [path, { [path]: ':9093x' }, ['error']],
      ],
    ),

    [json, { [json]: ':9094' }, ['note']],
    [json, { [json]: '' }, []],
    [json, { [json]: ':9094', [origins]: ['https://x.org'] }, []],
    [origins, { [origins]: ['https://x.org', 'http://localhost:4173'] }, []],
    [origins, { [origins]: [] }, ['warning']],
    [origins, { [origins]: ['https://x.org', '*'] }, ['warning']],
    [origins, { [origins]: '*' }, []],
    [
      origins,
      { [origins]: ['https://x.org/a', 'http://y.org/', 'https://z.org'] },
      ['warning', 'warning'],
    ],
    [origins, { [origins]: ['see https://x.org/'] }, []],
    [origins, { [origins]: [5] }, ['error']],
    [origins, { [origins]: [['https://x.org/']] }, ['error']],

    ['main/metrics', { 'main/metrics': true }, ['note']],
    ['main/metrics', { 'main/metrics': false }, []],

    [owner, { [start]: true }, ['error']],
    [owner, { [start]: true, [owner]: '' }, ['error']],
    [owner, { [start]: true, [owner]: coinbase }, []],
    [owner, { [start]: false }, []],
    [owner, { [owner]: testCoinbase }, ['error']],
    [owner, { [owner]: [testCoinbase] }, ['error']],
    [owner, { [owner]: `x${testCoinbase}` }, ['error']],
    [owner, { [owner]: testCoinbase, preset: 'testnet' }, []],
    [owner, { [owner]: testCoinbase, 'main/network-hrp': 'stest' }, []],
    [owner, { [owner]: testCoinbase, 'main/network-hrp': 'sm' }, ['error']],
    [dataDir, { [start]: true }, ['warning']],
    [dataDir, { [start]: true, [dataDir]: '/post' }, []],
    [dataDir, { [start]: false }, []],

    [units, { [units]: 3 }, ['error']],
    [units, { [units]: 4 }, []],
    [units, { [units]: 1, preset: 'standalone' }, []],
    [units, { [units]: '3' }, ['error']],
    [fileSize, { [fileSize]: 0 }, ['error']],
    [fileSize, { [fileSize]: 24 }, ['error']],
    [fileSize, { [fileSize]: 16 }, []],
    [fileSize, { [fileSize]: 4294967296 }, []],
    [fileSize, { [fileSize]: '24' }, ['error']],
    [nonces, { [nonces]: 0 }, ['error']],
    [nonces, { [nonces]: 16 }, []],
    [nonces, { [nonces]: 24 }, ['error']],
    [nonces, { [nonces]: 4096 }, []],
    [nonces, { [nonces]: 4112 }, ['error']],
    [nonces, { [nonces]: '24' }, ['error']],

    ['p2p/low-peers', { 'p2p/low-peers': 41, 'p2p/high-peers': 40 }, ['error']],
    ['p2p/low-peers', { 'p2p/low-peers': 40, 'p2p/high-peers': 40 }, []],
    ['p2p/low-peers', { 'p2p/low-peers': 41 }, []],
    ['p2p/low-peers', { 'p2p/low-peers': 41, 'p2p/high-peers': '40' }, []],
    ['p2p/low-peers', { 'p2p/low-peers': '41', 'p2p/high-peers': 40 }, ['error']],

    ['main/poet-server', { 'main/poet-server': '' }, ['error']],
    ['main/poet-server', { 'main/poet-servers': [] }, []],
  ])('%s in %j: %j', (path, values, expected) => {
    expect(severities(configOf(values), path)).toEqual(expected);
  });

  test('TLS lists what it lacks', () => {
    const tlsOf = (...keys: string[]) =>
      found(
        configOf({
          [tls]: '0.0.0.0:9094',
          ...Object.fromEntries(keys.map((key) => [`api/${key}`, '/file'])),
        }),
        tls,
      );
    expect(tlsOf()[0]?.message).toContain('grpc-tls-ca-cert, grpc-tls-cert, grpc-tls-key');
    expect(tlsOf('grpc-tls-cert')).toEqual([
      expect.objectContaining({
        severity: 'error',
        message: expect.stringContaining('needs grpc-tls-ca-cert, grpc-tls-key as') as string,
      }),
    ]);
    expect(tlsOf('grpc-tls-ca-cert', 'grpc-tls-cert', 'grpc-tls-key')).toEqual([]);
    expect(found(set(tls, ''), tls)).toEqual([]);
  });

  test('the reason is given', () => {
    const message = (values: Record<string, ConfigValue>, path: string) =>
      found(configOf(values), path)[0]?.message;
    expect(message({ 'api/grpc-private-listener': ':9093' }, 'api/grpc-private-listener')).toMatch(
      /^":9093" .* change the coinbase/,
    );
    expect(message({ 'main/pprof-listener': ':6060' }, 'main/pprof-listener')).toContain('memory');
    expect(message({ [origins]: [] }, origins)).toMatch(/^An empty list /);
    expect(message({ [origins]: ['*'] }, origins)).toMatch(/^"\*" /);
    expect(message({ [origins]: ['https://x.org/'] }, origins)).toMatch(/^"https:\/\/x.org\/" /);
  });

  test('no port twice', () => {
    const clashes = (values: Record<string, ConfigValue>) =>
      checkConfig(configOf(values))
        .filter(({ message }) => message.includes('is taken'))
        .map(({ severity, path, message }) => [severity, path, /\d+/.exec(message)?.[0]]);
    const listener = 'api/grpc-public-listener';
    expect(clashes({ [listener]: ':1', 'api/grpc-post-listener': 'x:1', [json]: ':1' })).toEqual([
      ['error', 'api/grpc-post-listener', '1'],
      ['error', json, '1'],
    ]);
    expect(clashes({ [listener]: ':1', [json]: ':11' })).toEqual([]);
    expect(clashes({ [listener]: '[::1]:9094', [json]: ':1' })).toEqual([]);
    // Port 0 takes any that is free.
    expect(clashes({ [listener]: ':0', [json]: ':0' })).toEqual([]);
    // Metrics listen only where they are on.
    const metrics = { 'main/metrics-port': 1010, [listener]: ':1010' };
    expect(clashes({ ...metrics, 'main/metrics': true })).toEqual([['error', listener, '1010']]);
    expect(clashes(metrics)).toEqual([]);
    expect(clashes({ ...metrics, 'main/metrics': true, 'main/metrics-port': '1010' })).toEqual([]);
    // Other numbers are no ports.
    expect(
      clashes({ 'p2p/low-peers': 9094, [json]: ':9094', 'main/db-connections': 9094 }),
    ).toEqual([]);
    expect(clashes({ [listener]: ['x:1'], [json]: 'x:1', 'main/filelock': 'x:1' })).toEqual([]);
  });
});

describe('findings', () => {
  test('the worst comes first, of a text with its lines', () => {
    const { findings } = readConfig(`{
  "LOGGING": {"cachedDb": "info", "cachedDB": "info"},
  "api": {
    "Grpc-Private-Listener": ":9093",
    "zzz": 0,
    "grpc-cors-allowed-origins": []
  },
  "smeshing": {"smeshing-start": true}
}`);
    expect(findings.map(({ severity, path, line }) => [severity, path, line])).toEqual([
      ['error', 'api/zzz', 5],
      ['error', 'smeshing/smeshing-coinbase', undefined],
      ['danger', 'api/grpc-private-listener', 4],
      ['warning', 'LOGGING/cachedDB', 2],
      ['warning', 'api/grpc-cors-allowed-origins', 6],
      ['warning', 'smeshing/smeshing-opts/smeshing-opts-datadir', undefined],
      ['note', 'logging/cachedDb', 2],
    ]);
    // What is missing has no line at all.
    expect(findings.find(({ path }) => path === 'smeshing/smeshing-coinbase')).not.toHaveProperty(
      'line',
    );
  });

  test('without a text they are in the same order', () => {
    const config = { logging: { cachedDb: 'info' }, api: { 'grpc-post-listener': ':1', zzz: 1 } };
    expect(checkConfig(config).map(({ severity }) => severity)).toEqual([
      'error',
      'warning',
      'note',
    ]);
  });

  test('the same key in two sections is not a repetition; in one of them it is', () => {
    expect(
      readConfig('{"main": {"db-connections": 1}, "api": {"db-connections": 1}}').findings,
    ).toEqual([]);
    const [twice, ...others] = readConfig('{"tortoise": {"a": {"b": 1,\n"B": 2}}}').findings;
    expect(twice).toEqual({
      severity: 'warning',
      path: 'tortoise/a/B',
      message: expect.stringMatching(/^"B" is there twice/) as string,
      line: 2,
    });
    expect(others).toEqual([]);
  });
});

describe('values by their path', () => {
  const config: ConfigObject = { Api: { 'GRPC-json-listener': ':1', list: [1], nothing: null } };

  test('are found in whatever case', () => {
    expect(configAt(config, ['api', 'grpc-JSON-listener'])).toBe(':1');
    expect(configAt(config, [])).toBe(config);
    for (const path of [['x'], ['api', 'x'], ['api', 'list', '0'], ['api', 'nothing', 'x']])
      expect(configAt(config, path)).toBeUndefined();
    expect(configAt(config, ['api', 'grpc-json-listener', 'length'])).toBeUndefined();
    expect(configAt(config, ['api', 'nothing'])).toBeNull();
  });

  test('options are found by path as well', () => {
    expect(findOption(['API', 'Grpc-Json-Listener'])?.path).toEqual(['api', 'grpc-json-listener']);
    expect(findOption(['api'])).toBeUndefined();
    expect(findOption(['apigrpc-json-listener'])).toBeUndefined();
  });

  test('are set where they are, and replace what is not a section', () => {
    expect(withOption(config, ['api', 'LIST'], [2])).toEqual({
      Api: { 'GRPC-json-listener': ':1', list: [2], nothing: null },
    });
    expect(withOption({ api: [1], b: 2 }, ['api', 'x'], 1)).toEqual({ api: { x: 1 }, b: 2 });
    expect(withOption(config, [], 5)).toBe(config);
  });

  test('are taken out with the sections that they leave empty, and no others', () => {
    const deep: ConfigObject = { a: { b: { c: 1 }, d: 2 }, e: {} };
    expect(withOption(deep, ['a', 'B', 'c'], undefined)).toEqual({ a: { d: 2 }, e: {} });
    expect(withOption(deep, ['a', 'd'], undefined)).toEqual({ a: { b: { c: 1 } }, e: {} });
    expect(withOption(deep, ['f', 'g'], undefined)).toEqual(deep);
    // An empty object that was set on purpose stays.
    expect(withOption({}, ['a'], {})).toEqual({ a: {} });
  });

  test('merging keeps sections, replaces everything else, whatever the case of the keys', () => {
    expect(
      mergeConfigs(
        { API: { x: 1, list: [1, 2], gone: { a: 1 } }, kept: null },
        { api: { X: 2, list: [], gone: 3 }, new: { y: {} } },
      ),
    ).toEqual({ API: { x: 2, list: [], gone: 3 }, kept: null, new: { y: {} } });
    expect(mergeConfigs({ a: 1 }, { a: { b: 1 } })).toEqual({ a: { b: 1 } });
  });
});

describe('writing', () => {
  test('two spaces a level, nothing between empty brackets, all digits', () => {
    const config: ConfigObject = {
      'a "quoted"\nkey': 'text with "quotes"',
      list: [1, [true, null], [], {}],
      none: {},
      deep: { er: { big: 18446744073709551615n, small: -1.5 } },
    };
    const text = writeConfig(config);
    expect(text).toBe(`{
  "a \\"quoted\\"\\nkey": "text with \\"quotes\\"",
  "list": [
    1,
    [
      true,
      null
    ],
    [],
    {}
  ],
  "none": {},
  "deep": {
    "er": {
      "big": 18446744073709551615,
      "small": -1.5
    }
  }
}
`);
    expect(readConfig(text).config).toEqual(config);
    expect(writeConfig({})).toBe('{}\n');
  });
});

describe('a config that is not one of a node', () => {
  test('readConfig: more than 128 Ki characters, config-too-large', () => {
    expect(() => readConfig(`{"a":"${'a'.repeat(128 * 1024)}"}`)).toThrow(
      /131080 characters; a node config has a few thousand/,
    );
  });

  test('readConfig: thousands of unknown and repeated keys, the worst findings and the number of the rest', () => {
    const keys = Array.from({ length: 1000 }, (_, i) => `"k${i}":1,\n"K${i}":2`).join(',\n');
    const { findings } = readConfig(`{${keys}}`);
    expect(findings).toHaveLength(201);
    expect(findings[0]).toMatchObject({ severity: 'error', path: 'k0', line: 2 });
    expect(findings.at(-1)).toMatchObject({ severity: 'note', path: '' });
    expect(findings.at(-1)?.message).toMatch(/^\d{4} more findings are not listed/);
  });

  test('mergeConfigs: keys of both in any case, each once, in the spelling of the first', () => {
    expect(
      mergeConfigs({ Main: { a: 1 }, api: { x: 1 } }, { MAIN: { A: 2, b: 3 }, new: 4, NEW: 5 }),
    ).toEqual({ Main: { a: 2, b: 3 }, api: { x: 1 }, new: 5 });
  });
});
