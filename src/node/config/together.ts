/** What is wrong with options of a node config that do not fit together. */
import { configOptions } from './schema';
import type { ConfigValue, ConfigFinding, LookUp } from './values';

/** What only shows when options are seen side by side. */
export function checkTogether(lookUp: LookUp): ConfigFinding[] {
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
      'A file holds complete labels: its size must be a multiple of 16 bytes.',
    );
  if (start && !at(`${opts}-datadir`))
    say(
      'warning',
      `${opts}-datadir`,
      'Without a folder the data goes below your home directory. Name the disk that has enough space.',
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
