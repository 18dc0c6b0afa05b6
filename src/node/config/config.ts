/** A node's config: read, checked, explained, merged, written; and what runs the node with it. */
import { parseAddress } from '../../protocol/address';
import { WorkbenchError } from '../../base/error';
import { plainJson, type JsonNode } from '../../base/json';
import { parseNodeConfig } from '../../protocol/node-config';
import { LineIndex } from '../../base/text';
import { configOptions, knownKeys, logServices, type ConfigOption } from './schema';
import { goDurationMs } from '../log/life';

export type ConfigValue =
  null | boolean | number | bigint | string | readonly ConfigValue[] | ConfigObject;
export interface ConfigObject {
  readonly [key: string]: ConfigValue;
}

export interface ConfigFinding {
  /** error: the node does not start, or not as meant. danger: it does, and that may cost you. */
  readonly severity: 'error' | 'danger' | 'warning' | 'note';
  /** "smeshing/smeshing-coinbase" */
  readonly path: string;
  readonly message: string;
  /** From 1; absent for what is missing or was edited in the page. */
  readonly line?: number | undefined;
}

export interface ConfigReading {
  readonly config: ConfigObject;
  readonly findings: readonly ConfigFinding[];
}

/**
 * Reads a config file.
 * @throws WorkbenchError `config-not-json`, `config-not-object`, `config-too-large`; no message repeats a line that
 * may hold a password
 */
export function readConfig(text: string): ConfigReading {
  const root = parseNodeConfig(text);
  const lines = new Map<string, number>();
  const findings: ConfigFinding[] = [];
  collectLines(root, '', new LineIndex(text), lines, findings);
  const config = plainJson(root) as ConfigObject;
  const located = allFindings(config).map((finding) => {
    const line = lines.get(finding.path.toLowerCase());
    return line === undefined ? finding : { ...finding, line };
  });
  return { config, findings: worstOf([...findings, ...located]) };
}

const severities = ['error', 'danger', 'warning', 'note'] as const;

/** A config of a node has a dozen findings at most. */
const mostFindings = 200;

/** The worst first; beyond the bound only their number. */
function worstOf(findings: readonly ConfigFinding[]): ConfigFinding[] {
  const sorted = severities.flatMap((wanted) =>
    findings.filter(({ severity }) => severity === wanted),
  );
  const more = sorted.length - mostFindings;
  if (more <= 0) return sorted;
  return [
    ...sorted.slice(0, mostFindings),
    {
      severity: 'note',
      path: '',
      message: `${more} more findings are not listed. Fix these first, then check again.`,
    },
  ];
}

/** Notes the lines of what findings may name, and finds keys that are there twice. */
function collectLines(
  node: JsonNode,
  path: string,
  index: LineIndex,
  lines: Map<string, number>,
  findings: ConfigFinding[],
): void {
  if (node.type !== 'object') return;
  // Findings name keys of known sections only. Elsewhere a path may be long, and is made only where it is shown.
  const isNamed = path.length < longestPath && knownKeys.has(path.toLowerCase());
  const seen = new Set<string>();
  for (const { key, keyAt, value } of node.members) {
    const name = key.toLowerCase();
    const below = path === '' ? key : `${path}/${key}`;
    if (seen.has(name) && findings.length <= mostFindings)
      findings.push({
        severity: 'warning',
        path: below,
        message: `"${key}" is there twice (the node ignores upper and lower case); only one of them counts.`,
        line: index.lineAt(keyAt),
      });
    seen.add(name);
    if (isNamed) lines.set(below.toLowerCase(), index.lineAt(keyAt));
    collectLines(value, below, index, lines, findings);
  }
}

/** No path of a known option is longer. */
const longestPath = 200;

const isObject = (value: ConfigValue | undefined): value is ConfigObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value at a path, whatever the case of its keys; undefined if it is not there. */
export function configAt(config: ConfigObject, path: readonly string[]): ConfigValue | undefined {
  let value: ConfigValue | undefined = config;
  for (const key of path) {
    if (!isObject(value)) return undefined;
    const found: string | undefined = Object.keys(value).find(
      (name) => name.toLowerCase() === key.toLowerCase(),
    );
    value = found === undefined ? undefined : value[found];
  }
  return value;
}

/** The config with one value set, or taken out with undefined; empty sections go with it. */
export function withOption(
  config: ConfigObject,
  [key, ...below]: readonly string[],
  value: ConfigValue | undefined,
): ConfigObject {
  if (key === undefined) return config;
  const name = Object.keys(config).find((one) => one.toLowerCase() === key.toLowerCase()) ?? key;
  const old = Object.hasOwn(config, name) ? config[name] : undefined;
  const changed = below.length === 0 ? value : withOption(isObject(old) ? old : {}, below, value);
  const empty = isObject(changed) && Object.keys(changed).length === 0 && below.length > 0;
  if (changed === undefined || empty)
    return Object.fromEntries(Object.entries(config).filter(([one]) => one !== name));
  return { ...config, [name]: changed };
}

/** Everything of both; where both have a value, that of `over`. Lists are replaced, as the node does. */
export function mergeConfigs(base: ConfigObject, over: ConfigObject): ConfigObject {
  const merged = new Map(Object.entries(base));
  const names = new Map<string, string>();
  for (const name of merged.keys())
    if (!names.has(name.toLowerCase())) names.set(name.toLowerCase(), name);
  for (const [key, value] of Object.entries(over)) {
    const name = names.get(key.toLowerCase()) ?? key;
    names.set(key.toLowerCase(), name);
    const old = merged.get(name);
    merged.set(name, isObject(old) && isObject(value) ? mergeConfigs(old, value) : value);
  }
  return Object.fromEntries(merged);
}

/** JSON with two spaces and a newline at the end; whole numbers keep all their digits. */
export function writeConfig(config: ConfigObject): string {
  return `${write(config, '')}\n`;
}

function write(value: ConfigValue, indent: string): string {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const deeper = `${indent}  `;
  const parts = isObject(value)
    ? Object.entries(value).map(([key, one]) => `${JSON.stringify(key)}: ${write(one, deeper)}`)
    : value.map((one) => write(one, deeper));
  const [open, close] = isObject(value) ? ['{', '}'] : ['[', ']'];
  if (parts.length === 0) return open + close;
  return `${open}\n${deeper}${parts.join(`,\n${deeper}`)}\n${indent}${close}`;
}

export const findOption = (path: readonly string[]): ConfigOption | undefined =>
  configOptions.find((one) => one.path.join('/').toLowerCase() === path.join('/').toLowerCase());

/** What the node would refuse, what would harm its owner, and what does nothing. */
export const checkConfig = (config: ConfigObject): ConfigFinding[] => worstOf(allFindings(config));

/** The value at a path, whatever the case of its keys: as configAt, for many paths of one config. */
type LookUp = (path: readonly string[]) => ConfigValue | undefined;

function lookUpIn(config: ConfigObject): LookUp {
  const sections = new Map<ConfigObject, Map<string, ConfigValue>>();
  const sectionOf = (section: ConfigObject): Map<string, ConfigValue> => {
    const known = sections.get(section);
    if (known) return known;
    const values = new Map<string, ConfigValue>();
    for (const [key, value] of Object.entries(section))
      if (!values.has(key.toLowerCase())) values.set(key.toLowerCase(), value);
    sections.set(section, values);
    return values;
  };
  return (path) => {
    let value: ConfigValue | undefined = config;
    for (const key of path)
      value = isObject(value) ? sectionOf(value).get(key.toLowerCase()) : undefined;
    return value;
  };
}

function allFindings(config: ConfigObject): ConfigFinding[] {
  const lookUp = lookUpIn(config);
  return [
    ...unknownKeys(config, ''),
    ...configOptions.flatMap((one) => checkOption(one, lookUp(one.path))),
    ...checkTogether(lookUp),
  ];
}

function unknownKeys(value: ConfigObject, section: string): ConfigFinding[] {
  const known = knownKeys.get(section.toLowerCase());
  if (!known) return [];
  return Object.entries(value).flatMap(([key, below], i) => {
    const path = section === '' ? key : `${section}/${key}`;
    if (known.has(key.toLowerCase())) return isObject(below) ? unknownKeys(below, path) : [];
    // Beyond the bound the finding is counted only.
    const like = i < mostFindings ? nearest(key.toLowerCase(), known) : undefined;
    return [
      {
        severity: 'error' as const,
        path,
        message: `The node does not start: it knows no "${key}"${section === '' ? '' : ` in "${section}"`}.${like ? ` Is "${like}" meant?` : ''}`,
      },
    ];
  });
}

function nearest(key: string, known: ReadonlySet<string>): string | undefined {
  const inside = [...known].filter((one) => one.includes(key) || key.includes(one));
  if (inside.length > 0) return inside.sort((a, b) => b.length - a.length)[0];
  const strip = (text: string) => text.replace(/[-_]/g, '').replace(/s$/, '');
  return [...known].find((one) => strip(one) === strip(key));
}

function checkOption(one: ConfigOption, value: ConfigValue | undefined): ConfigFinding[] {
  if (value === undefined) return [];
  const path = one.path.join('/');
  const name = one.path.at(-1) ?? '';
  const error = (message: string): ConfigFinding[] => [{ severity: 'error', path, message }];
  const must = (what: string) => error(`"${name}" must be ${what}.`);
  if (one.choices && one.type !== 'level')
    return typeof value === 'string' && one.choices.includes(value)
      ? []
      : must(`one of ${one.choices.join(', ')}`);
  switch (one.type) {
    case 'boolean':
      return typeof value === 'boolean' ? [] : must('true or false, without quotes');
    case 'integer':
      if ((typeof value === 'bigint' || isWhole(value)) && value >= 0) return [];
      return must('a whole number, without quotes');
    case 'duration':
      if (typeof value === 'string' && goDurationMs(value) !== undefined) return [];
      return must('a duration such as "30s" or "2h0m0s"');
    case 'level': {
      const service = logServices.find(({ key }) => key === name);
      const level = typeof value === 'string' ? value : '';
      if (
        !one.choices?.includes(level.toLowerCase()) ||
        (level !== level.toLowerCase() && level !== level.toUpperCase())
      )
        return must(`one of ${one.choices?.join(', ') ?? ''}`);
      return service?.works === false
        ? [
            {
              severity: 'note',
              path,
              message: `Setting "${name}" changes nothing in v1.7.6: ${service.explain}`,
            },
          ]
        : [];
    }
    case 'listener':
      if (value === '' || (typeof value === 'string' && isListener(value))) return [];
      return must('host:port such as "127.0.0.1:9093", or "" for off');
    case 'address':
      return checkAddress(value, path, name);
    case 'texts':
      if (typeof value === 'string') return [];
      if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return [];
      return must('a list of texts: ["…", "…"]');
    case 'poet-servers':
      return checkPoets(value, path);
    case 'text':
    case 'secret':
    case 'path':
      return typeof value === 'string' ? [] : must('a text in quotes');
    case 'other':
      return [];
  }
}

const isWhole = (value: ConfigValue): value is number => Number.isInteger(value);

function isListener(text: string): boolean {
  const match = /^(.*):(\d{1,5})$/.exec(text);
  if (!match) return false;
  const [, host = '', port = ''] = match;
  return Number(port) <= 65535 && (/^\[[0-9a-f:.]+\]$/i.test(host) || /^[\w.-]*$/.test(host));
}

function checkAddress(value: ConfigValue, path: string, name: string): ConfigFinding[] {
  if (typeof value !== 'string')
    return [{ severity: 'error', path, message: `"${name}" must be a text in quotes.` }];
  if (value === '') return [];
  try {
    parseAddress(value);
    return [];
  } catch (error) {
    const why = error instanceof WorkbenchError ? error.message : 'it cannot be read';
    return [{ severity: 'error', path, message: `"${name}" is no address: ${why}` }];
  }
}

function checkPoets(value: ConfigValue, path: string): ConfigFinding[] {
  const servers = Array.isArray(value) ? (value as readonly ConfigValue[]) : undefined;
  const sound = servers?.every((server) => {
    if (!isObject(server)) return false;
    const { address, pubkey } = server;
    const hasKey =
      pubkey === undefined || (typeof pubkey === 'string' && /^[\w+/-]{0,44}={0,2}$/.test(pubkey));
    return typeof address === 'string' && /^https?:\/\//.test(address) && hasKey;
  });
  if (sound) return [];
  return [
    {
      severity: 'error',
      path,
      message:
        '"poet-servers" must be a list of {"address": "https://…", "pubkey": "base64 of 32 bytes"}.',
    },
  ];
}

/** What only shows when options are seen side by side. */
function checkTogether(lookUp: LookUp): ConfigFinding[] {
  const found: ConfigFinding[] = [];
  const say = (severity: ConfigFinding['severity'], path: string, message: string) =>
    found.push({ severity, path, message });
  const at = (path: string) => lookUp(path.split('/'));
  const mainnet = at('preset') === undefined && (at('main/network-hrp') ?? 'sm') === 'sm';

  for (const [path, what] of [
    [
      'api/grpc-private-listener',
      'controls the node: it can stop smeshing and change the coinbase',
    ],
    ['main/pprof-listener', 'shows the memory of the node'],
  ] as const) {
    const listener = at(path);
    if (typeof listener === 'string' && isPublic(listener))
      say(
        'danger',
        path,
        `"${listener}" listens to every machine that reaches this one, and this port ${what}. Use 127.0.0.1, and an SSH tunnel from elsewhere.`,
      );
  }
  const post = at('api/grpc-post-listener');
  if (typeof post === 'string' && isPublic(post))
    say(
      'warning',
      'api/grpc-post-listener',
      'Post services can connect from anywhere, unencrypted. Across machines use grpc-tls-listener, or a private network.',
    );
  const tls = ['grpc-tls-ca-cert', 'grpc-tls-cert', 'grpc-tls-key'].filter(
    (key) => !at(`api/${key}`),
  );
  if (at('api/grpc-tls-listener') && tls.length > 0)
    say('error', 'api/grpc-tls-listener', `TLS needs ${tls.join(', ')} as well.`);
  const json = at('api/grpc-json-listener');
  const origins = at('api/grpc-cors-allowed-origins');
  if (json && origins === undefined)
    say(
      'note',
      'api/grpc-json-listener',
      'No web page may read the JSON gateway yet: list this page\'s origin under "grpc-cors-allowed-origins".',
    );
  if (Array.isArray(origins) && (origins.length === 0 || origins.includes('*')))
    say(
      'warning',
      'api/grpc-cors-allowed-origins',
      `${origins.length === 0 ? 'An empty list' : '"*"'} lets every web page you visit read your node. Name the origins instead.`,
    );
  if (Array.isArray(origins))
    for (const origin of origins as readonly ConfigValue[])
      if (typeof origin === 'string' && /^https?:\/\/[^/]+\//.test(origin))
        say(
          'warning',
          'api/grpc-cors-allowed-origins',
          `"${origin}" has a path: an origin is scheme, host and port only, without a slash at the end.`,
        );
  const ports = portClashes(lookUp);
  for (const [path, port] of ports)
    say('error', path, `Port ${port} is taken by another listener of this config.`);
  if (at('main/metrics') === true)
    say(
      'note',
      'main/metrics',
      '/metrics listens on all interfaces, without a password. Close the port in the firewall.',
    );

  const start = at('smeshing/smeshing-start') === true;
  if (start && !at('smeshing/smeshing-coinbase'))
    say(
      'error',
      'smeshing/smeshing-coinbase',
      'Smeshing needs a coinbase: the address that rewards go to.',
    );
  const coinbase = at('smeshing/smeshing-coinbase');
  if (mainnet && typeof coinbase === 'string' && /^(stest|standalone)1/.test(coinbase))
    say(
      'error',
      'smeshing/smeshing-coinbase',
      'This is an address of a test network; on mainnet addresses begin with sm1.',
    );
  const opts = 'smeshing/smeshing-opts/smeshing-opts';
  const units = at(`${opts}-numunits`);
  if (mainnet && typeof units === 'number' && units < 4)
    say('error', `${opts}-numunits`, 'Mainnet takes no fewer than 4 units (256 GiB).');
  const fileSize = at(`${opts}-maxfilesize`);
  if (typeof fileSize === 'number' && (fileSize === 0 || fileSize % 16 !== 0))
    say(
      'error',
      `${opts}-maxfilesize`,
      'A file holds whole labels: its size must be a multiple of 16 bytes.',
    );
  if (start && !at(`${opts}-datadir`))
    say(
      'warning',
      `${opts}-datadir`,
      'Without a folder the data goes below your home directory. Name the disk that has the room.',
    );
  const nonces = at('smeshing/smeshing-proving-opts/smeshing-opts-proving-nonces');
  if (typeof nonces === 'number' && (nonces === 0 || nonces % 16 !== 0 || nonces > 4096))
    say(
      'error',
      'smeshing/smeshing-proving-opts/smeshing-opts-proving-nonces',
      'Nonces come in groups of 16, at most 4096: post-service refuses this.',
    );
  const [low, high] = [at('p2p/low-peers'), at('p2p/high-peers')];
  if (typeof low === 'number' && typeof high === 'number' && low > high)
    say('error', 'p2p/low-peers', '"low-peers" is above "high-peers".');
  if (at('main/poet-server') !== undefined)
    say(
      'error',
      'main/poet-server',
      'The node does not start: "poet-server" was replaced by "poet-servers".',
    );
  return found;
}

const isPublic = (listener: string): boolean => /^(0\.0\.0\.0|\[::\]|):\d+$/.test(listener);

function portClashes(lookUp: LookUp): [string, string][] {
  const taken = new Set<string>();
  const clashes: [string, string][] = [];
  for (const { path, type } of configOptions) {
    const name = path.at(-1) ?? '';
    const value = lookUp(path);
    if (name === 'metrics-port' && lookUp(['main', 'metrics']) !== true) continue;
    const port =
      type === 'listener' && typeof value === 'string'
        ? /:(\d+)$/.exec(value)?.[1]
        : name === 'metrics-port' && typeof value === 'number'
          ? String(value)
          : undefined;
    if (port === undefined || port === '0') continue;
    if (taken.has(port)) clashes.push([path.join('/'), port]);
    taken.add(port);
  }
  return clashes;
}
