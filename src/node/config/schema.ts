/**
 * What a node's config file may say, as go-spacemesh v1.7.6 reads it (config/config.go and the packages it names).
 * The options that an operator sets are explained; the rest are named, because the node refuses to start over a
 * key it does not know (node/node.go, WithErrorUnused).
 */

export type OptionType =
  | 'boolean'
  | 'integer'
  | 'text'
  | 'secret'
  | 'path'
  /** "30s", "2h0m0s" */
  | 'duration'
  /** "127.0.0.1:9093", or "" for off */
  | 'listener'
  | 'address'
  | 'level'
  | 'texts'
  | 'poet-servers'
  /** Anything the node itself understands. */
  | 'other';

export interface ConfigOption {
  readonly path: readonly string[];
  readonly type: OptionType;
  readonly explain: string;
  /** The default on mainnet, as a user would write it. */
  readonly preset?: string;
  readonly choices?: readonly string[];
}

const option = (
  path: string,
  type: OptionType,
  preset: string | undefined,
  explain: string,
  choices?: readonly string[],
): ConfigOption => ({
  path: path.split('/'),
  type,
  explain,
  ...(preset === undefined ? {} : { preset }),
  ...(choices ? { choices } : {}),
});

export interface LogService {
  /** The key under "logging". */
  readonly key: string;
  readonly preset: string;
  readonly explain: string;
  /** False: v1.7.6 knows the key, but no logger reads it. */
  readonly works: boolean;
}

const service = (key: string, explain: string, preset = 'info', works = true): LogService => ({
  key,
  preset,
  explain,
  works,
});

/** Every field of go-spacemesh config/logging.go, and which of them a logger of node/node.go looks up by that name. */
export const logServices: readonly LogService[] = [
  service('app', 'The node itself: start, stop, identities. Always logged in full.', 'info', false),
  service('clock', 'Layers as they tick.'),
  service('p2p', 'Connections to peers. Debug is very much.', 'error'),
  service('post', 'Initialisation of PoST data and states of proving.'),
  service('postService', 'Post services that connect, and their requests.'),
  service('stateDb', 'state.sql: opening, migrations, vacuum.'),
  service('beacon', 'The beacon protocol.'),
  service(
    'cachedDb',
    'Cache of ATXs. The logger is called cachedDB, so this key changes nothing.',
    'info',
    false,
  ),
  service('poetDb', 'PoET proofs that arrive.'),
  service('trtl', 'Tortoise: votes and what became final.', 'warn'),
  service('atxHandler', 'ATXs of others. Debug shows each one.'),
  service('atxBuilder', 'Your own ATX: challenge, waiting, publication. The one to watch.'),
  service('mesh', 'Layers, blocks, pruning.', 'warn'),
  service('sync', 'Synchronisation with peers.'),
  service('hareOracle', 'Who takes part in hare.'),
  service('hare', 'Hare consensus, round by round.'),
  service('blockCert', 'Certificates of blocks.'),
  service('blockGenerator', 'Blocks that the node generates.'),
  service('blockHandler', 'Blocks of others.'),
  service('txHandler', 'Transactions of others.'),
  service('proposalStore', 'The store of proposals.'),
  service('proposalBuilder', 'Your own eligibilities and proposals: the rewards to come.'),
  service('proposalListener', 'Proposals and ballots of others.'),
  service('nipostBuilder', 'Registration at PoETs, PoST proof, k2pow.'),
  service('nipostValidator', 'Checks of the proofs of others.'),
  service('fetcher', 'Requests for data from peers.'),
  service('timesync', 'Comparison of clocks with peers.'),
  service('vm', 'Execution of transactions.'),
  service('grpc', 'Calls to the API. Info logs every call.', 'warn'),
  service('conState', 'Pool of transactions.'),
  service('executor', 'Execution of blocks.'),
  service('malfeasance', 'Malfeasance proofs.'),
  service('bootstrap', 'Bootstrap files with beacons and active sets.'),
];

/** zap's levels as the config writes them. */
const configLevels = ['debug', 'info', 'warn', 'error', 'dpanic', 'panic', 'fatal'] as const;

export const configOptions: readonly ConfigOption[] = [
  option(
    'preset',
    'text',
    undefined,
    'A complete set of defaults for another network; leave it out on mainnet.',
    ['fastnet', 'standalone', 'testnet'],
  ),
  option(
    'main/data-folder',
    'path',
    '~/spacemesh',
    'Where state.sql, local.sql and identities are. On a fast SSD.',
  ),
  option(
    'main/filelock',
    'path',
    'spacemesh.lock in the temporary folder',
    'Keeps a second node off. Two nodes on one machine need two lock files.',
  ),
  option('main/metrics', 'boolean', 'false', 'Serves /metrics for Prometheus.'),
  option(
    'main/metrics-port',
    'integer',
    '1010',
    'Port of /metrics. It listens on all interfaces: close it in the firewall.',
  ),
  option(
    'main/db-prune-interval',
    'duration',
    '30m',
    'How often old data is pruned from state.sql.',
  ),
  option(
    'main/db-vacuum-state',
    'integer',
    '21',
    'state.sql is vacuumed once at this schema version.',
  ),
  option('main/db-connections', 'integer', '16', 'Parallel connections to state.sql.'),
  option(
    'main/db-latency-metering',
    'boolean',
    'false',
    'Measures the time of each database query, for metrics.',
  ),
  option('main/prune-activesets-from', 'integer', '12', 'Active sets below this epoch are pruned.'),
  option('main/network-hrp', 'text', 'sm', 'Prefix of addresses: sm on mainnet.'),
  option(
    'main/poet-servers',
    'poet-servers',
    'five of Spacemesh',
    'PoETs to register at: address and base64 public key of each. Setting it replaces the entire list.',
  ),
  option(
    'main/post-valid-delay',
    'duration',
    'never',
    'After this time PoSTs of others are taken as valid unchecked.',
  ),
  option('main/regossip-atx-interval', 'duration', '2h', 'How often your own ATX is sent again.'),
  option('main/pprof-server', 'boolean', 'false', "Serves Go's profiler."),
  option(
    'main/pprof-listener',
    'listener',
    'localhost:6060',
    'Where the profiler listens. Never in public.',
  ),
  option(
    'api/grpc-public-listener',
    'listener',
    '0.0.0.0:9092',
    'gRPC for everyone: node, mesh, global state, rewards. Reads only, and transactions.',
  ),
  option(
    'api/grpc-private-listener',
    'listener',
    '127.0.0.1:9093',
    'gRPC that controls the node: admin, smesher, events. Keep it on 127.0.0.1.',
  ),
  option(
    'api/grpc-post-listener',
    'listener',
    '127.0.0.1:0',
    'Where post services connect. Port 0 takes any; give one for services that you start yourself.',
  ),
  option(
    'api/grpc-tls-listener',
    'listener',
    'off',
    'Post services from other machines, with certificates on both sides.',
  ),
  option(
    'api/grpc-tls-ca-cert',
    'path',
    undefined,
    'CA that signed the certificates of the post services.',
  ),
  option('api/grpc-tls-cert', 'path', undefined, "The node's certificate."),
  option('api/grpc-tls-key', 'path', undefined, "The node's private key for TLS."),
  option(
    'api/grpc-json-listener',
    'listener',
    'off',
    'The JSON gateway: the public services over HTTP, which a page can reach. 127.0.0.1:9094 is customary.',
  ),
  option(
    'api/grpc-cors-allowed-origins',
    'texts',
    'none',
    'Web pages that may read the JSON gateway, as origins ("https://example.org"). An empty list allows every page.',
  ),
  option('api/grpc-send-msg-size', 'integer', '10485760', 'Largest answer in bytes.'),
  option('api/grpc-recv-msg-size', 'integer', '10485760', 'Largest request in bytes.'),
  option(
    'smeshing/smeshing-start',
    'boolean',
    'false',
    'Supervised smeshing: this node initialises and proves by itself. Off for 1:N with your own post services.',
  ),
  option(
    'smeshing/smeshing-coinbase',
    'address',
    undefined,
    'Where rewards go. Any account may be named; no key is needed here.',
  ),
  option(
    'smeshing/smeshing-opts/smeshing-opts-datadir',
    'path',
    undefined,
    'The folder with postdata_metadata.json and postdata_*.bin.',
  ),
  option(
    'smeshing/smeshing-opts/smeshing-opts-numunits',
    'integer',
    '4',
    'Size in units of 64 GiB. Only ever larger than what is initialised.',
  ),
  option(
    'smeshing/smeshing-opts/smeshing-opts-maxfilesize',
    'integer',
    '4294967296',
    'Bytes per file. Must stay as it was at initialisation.',
  ),
  option(
    'smeshing/smeshing-opts/smeshing-opts-provider',
    'integer',
    'none',
    'Device that initialises: 0, 1 … for GPUs, 4294967295 for the CPU. Needed only while initialising.',
  ),
  option(
    'smeshing/smeshing-opts/smeshing-opts-throttle',
    'boolean',
    'false',
    'Initialises more slowly, to leave the machine usable.',
  ),
  option(
    'smeshing/smeshing-opts/smeshing-opts-compute-batch-size',
    'integer',
    '1048576',
    'Labels that a GPU computes in parallel.',
  ),
  option(
    'smeshing/smeshing-opts/smeshing-opts-scrypt',
    'other',
    'N 8192, R 1, P 1',
    'Must stay as it is on mainnet.',
  ),
  option(
    'smeshing/smeshing-proving-opts/smeshing-opts-proving-nonces',
    'integer',
    '288',
    'Nonces tried in one pass over the data; a multiple of 16. More finds a proof in fewer passes, but costs CPU.',
  ),
  option(
    'smeshing/smeshing-proving-opts/smeshing-opts-proving-threads',
    'integer',
    '3/4 of the cores',
    'Threads for k2pow and proving. 0 takes all cores.',
  ),
  option(
    'smeshing/smeshing-proving-opts/smeshing-opts-proving-randomx-mode',
    'text',
    'fast',
    'fast takes 2 GiB of memory for k2pow, light 256 MiB and about ten times the time.',
    ['fast', 'light'],
  ),
  option(
    'smeshing/smeshing-verifying-opts/smeshing-opts-verifying-workers',
    'integer',
    'half the cores',
    'Threads that check the proofs of others.',
  ),
  option(
    'smeshing/smeshing-verifying-opts/smeshing-opts-verifying-min-workers',
    'integer',
    '1',
    'Of these, how many stay while your own proof is made.',
  ),
  option(
    'smeshing/smeshing-verifying-opts/smeshing-opts-verifying-disable',
    'boolean',
    'false',
    'Does not check the proofs of others. Only behind a trusted peer.',
  ),
  option(
    'smeshing/smeshing-verifying-opts/smeshing-opts-verifying-powflags',
    'integer',
    'by CPU',
    'RandomX flags for checking.',
  ),
  option(
    'p2p/listen',
    'other',
    '/ip4/0.0.0.0/tcp/7513',
    'Where peers connect. Forward this port in the router.',
  ),
  option('p2p/bootnodes', 'texts', "Spacemesh's", 'First peers. Setting it replaces the list.'),
  option(
    'p2p/direct',
    'texts',
    'none',
    'Peers to stay connected with, for several nodes of one operator.',
  ),
  option('p2p/min-peers', 'integer', '20', 'Looks for peers until it has this number.'),
  option('p2p/low-peers', 'integer', '40', 'Connections that remain after pruning.'),
  option('p2p/high-peers', 'integer', '100', 'Connections at which pruning begins.'),
  option(
    'p2p/disable-reuseport',
    'boolean',
    'false',
    'Helps where the node does not reach the bootnodes.',
  ),
  option('p2p/disable-natport', 'boolean', 'false', 'No port mapping by UPnP.'),
  option('p2p/p2p-private-network', 'boolean', 'false', 'For test networks on private addresses.'),
  option('recovery/recovery-uri', 'text', undefined, 'Starts over from a checkpoint file.'),
  option('recovery/recovery-layer', 'integer', undefined, 'The layer of that checkpoint.'),
  option('recovery/preserve-own-atx', 'boolean', 'true', 'Keeps your own ATX over a checkpoint.'),
  option('public-metrics/metrics-url', 'text', undefined, 'Pushes metrics there.'),
  option('public-metrics/metrics-push-period', 'duration', '1m', 'How often.'),
  option('public-metrics/metrics-push-user', 'text', undefined, 'User name for it.'),
  option('public-metrics/metrics-push-pass', 'secret', undefined, 'Password for it.'),
  option('public-metrics/metrics-push-header', 'other', undefined, 'Headers for it.'),
  option(
    'logging/log-encoder',
    'text',
    'console',
    'console is text, json one object a line, which tools read more easily.',
    ['console', 'json'],
  ),
  ...logServices.map(({ key, preset, explain }) =>
    option(`logging/${key}`, 'level', preset, explain, configLevels),
  ),
];

/** Keys that the node knows and this editor leaves as they are. A section named alone is taken completely. */
const otherKeys: Readonly<Record<string, string>> = {
  main: 'standalone profiler-name profiler-url layer-duration layer-average-size layers-per-epoch poet-server pprof-mutex-profile pprof-block-profile txs-per-proposal block-gas-limit optimistic-filtering-threshold tick-size db-size-metering-interval db-skip-migrations db-query-cache db-query-cache-sizes db-allow-schema-drift miner-good-atxs-percent atx-grade-delay no-main-override atx-versions',
  genesis: 'genesis-time genesis-extra-data accounts',
  api: 'grpc-tls-services smesherstreaminterval db-connections',
  smeshing: '',
  p2p: 'gracepeersshutdown maxmessagesize disable-connection-manager disable-resource-manager disable-dht disable-pubsub flood inbound-fraction outbound-fraction autoscale-peers advertise-address p2p-accept-queue p2p-metrics p2p-bootnode p2p-reachability force-dht-server p2p-holepunching relay-server ip4-blocklist ip6-blocklist gossip-queue-size gossip-peer-outbound-queue-size gossip-validation-throttle gossip-atx-validation-throttle gossip-eviction-strategy ping-peers ping-interval relay static-relays enable-tcp-transport enable-quic-transport enable-routing-discovery routing-discovery-advertise discovery-timings auto-nat-server',
  logging: '',
  recovery: '',
  'public-metrics': '',
};
const wholeSections =
  'tortoise hare3 hare4 hare-eligibility certificate beacon time vm certifier post poet fetch bootstrap syncer cache active-set-preparation'.split(
    ' ',
  );

/** Sections whose every key is named here, and their names in lower case, as the node compares them. */
export const knownKeys: ReadonlyMap<string, ReadonlySet<string>> = (() => {
  const known = new Map<string, Set<string>>();
  const add = (section: string, key: string) => {
    const keys = known.get(section) ?? new Set<string>();
    known.set(section, keys.add(key.toLowerCase()));
  };
  for (const { path } of configOptions)
    for (let depth = 1; depth <= path.length; depth++)
      add(
        path
          .slice(0, depth - 1)
          .join('/')
          .toLowerCase(),
        path[depth - 1] ?? '',
      );
  for (const [section, keys] of Object.entries(otherKeys)) {
    add('', section);
    for (const key of keys.split(' ').filter(Boolean)) add(section, key);
  }
  for (const section of wholeSections) add('', section);
  return known;
})();
