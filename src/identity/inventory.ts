/**
 * What lies where: keys, PoST directories and node configs of several machines, put side by side to find one
 * identity in two places before the network does.
 */
import { toHex } from '../protocol/bytes';
import { counted } from '../protocol/counted';

/** Where something was found. `place` is the machine or folder as the person named it. */
export interface Source {
  readonly place: string;
  readonly path: string;
}

export interface KeyItem extends Source {
  readonly publicKey: Uint8Array;
  readonly hasPrivateKey: boolean;
}

export interface PostItem extends Source {
  readonly nodeId: Uint8Array;
  readonly commitmentAtxId: Uint8Array;
  readonly numUnits: number;
}

export interface ConfigItem extends Source {
  /** smeshing.smeshing-start */
  readonly smeshing: boolean;
  readonly dataFolder: string | undefined;
  readonly postFolder: string | undefined;
  readonly coinbase: string | undefined;
}

/** A row of state.sql's malfeasance or identities table. */
export interface MalfeasanceItem {
  readonly nodeId: Uint8Array;
  readonly why: string;
}

export interface InventoryInput {
  readonly keys: readonly KeyItem[];
  readonly posts: readonly PostItem[];
  readonly configs: readonly ConfigItem[];
  readonly malfeasance: readonly MalfeasanceItem[];
}

export type InventoryFindingCode =
  | 'key-in-two-places'
  | 'data-in-two-places'
  | 'malicious'
  | 'data-without-key'
  | 'key-without-data'
  | 'public-half-only'
  | 'two-commitments'
  | 'supervised-key-beside-others'
  | 'same-key-twice-in-a-folder'
  | 'two-smeshing-configs'
  | 'different-coinbases';

export interface InventoryFinding {
  readonly code: InventoryFindingCode;
  readonly severity: 'danger' | 'warning' | 'note';
  readonly message: string;
  /** Hex of the identity concerned; absent where it concerns a place. */
  readonly identity: string | undefined;
  readonly sources: readonly Source[];
}

export interface InventoryRow {
  /** Hex. */
  readonly identity: string;
  readonly keys: readonly KeyItem[];
  readonly posts: readonly PostItem[];
  readonly malfeasance: readonly MalfeasanceItem[];
}

export interface Inventory {
  readonly rows: readonly InventoryRow[];
  /** The worst first. */
  readonly findings: readonly InventoryFinding[];
}

const severityOrder = { danger: 0, warning: 1, note: 2 } as const;

export function takeInventory({ keys, posts, configs, malfeasance }: InventoryInput): Inventory {
  const ids = [
    ...new Set([
      ...keys.map((key) => toHex(key.publicKey)),
      ...posts.map((post) => toHex(post.nodeId)),
    ]),
  ].sort();
  const rows = ids.map((identity): InventoryRow => ({
    identity,
    keys: keys.filter((key) => toHex(key.publicKey) === identity),
    posts: posts.filter((post) => toHex(post.nodeId) === identity),
    malfeasance: malfeasance.filter((proof) => toHex(proof.nodeId) === identity),
  }));
  const findings = [
    ...rows.flatMap((row) => aboutIdentity(row, keys.length > 0, posts.length > 0)),
    ...aboutFolders(keys),
    ...aboutConfigs(configs),
  ];
  findings.sort((a, b) => severityOrder[a.severity] - severityOrder[b.severity]);
  return { rows, findings };
}

function aboutIdentity(row: InventoryRow, anyKeys: boolean, anyPosts: boolean): InventoryFinding[] {
  const { identity, keys, posts, malfeasance } = row;
  const short = identity.slice(0, 6);
  const found: InventoryFinding[] = [];
  const say = (
    code: InventoryFindingCode,
    severity: InventoryFinding['severity'],
    sources: readonly Source[],
    message: string,
  ) => found.push({ code, severity, message, identity, sources: sources.map(bare) });

  const whole = keys.filter((key) => key.hasPrivateKey);
  const places = distinct(whole.map((key) => key.place));
  if (places.length > 1)
    say(
      'key-in-two-places',
      'danger',
      whole,
      `The private key of ${short} lies in ${places.length} places: ${list(places)}. If two nodes ever run with it, both sign and the network bans the identity for equivocation, for ever. Keep it on the one node that smeshes; elsewhere move it to a backup that no node can start from.`,
    );
  for (const proof of malfeasance)
    say(
      'malicious',
      'danger',
      [...keys, ...posts],
      `${short} has a malfeasance proof (${proof.why}): it earns nothing any more and its PoST data is worth nothing. Initialise new data for a new key.`,
    );
  const dataPlaces = distinct(posts.map((post) => post.place));
  if (dataPlaces.length > 1)
    say(
      'data-in-two-places',
      'warning',
      posts,
      `PoST data of ${short} lies in ${dataPlaces.length} places: ${list(dataPlaces)}. A copy does no harm by itself, but only one may be used, and only by one node. If they are parts of one initialisation, put them together before you start the node.`,
    );
  const commitments = distinct(posts.map((post) => toHex(post.commitmentAtxId)));
  if (commitments.length > 1)
    say(
      'two-commitments',
      'danger',
      posts,
      `PoST data of ${short} was made for ${commitments.length} different commitment ATXs (${list(commitments.map((id) => id.slice(0, 10)))}). Files of one do not fit the other; never mix them in one folder.`,
    );
  if (posts.length > 0 && keys.length === 0)
    say(
      'data-without-key',
      anyKeys ? 'danger' : 'note',
      posts,
      anyKeys
        ? `There is PoST data of ${short}, but no key for it among what you dropped. Without the key the data cannot earn: look for identities/*.key in a backup before you do anything else.`
        : `There is PoST data of ${short}. Drop its key as well to see whether it is there.`,
    );
  if (keys.length > 0 && posts.length === 0 && anyPosts)
    say(
      'key-without-data',
      'warning',
      keys,
      `There is a key of ${short}, but no PoST data for it. Either its folder was not dropped, or it never smeshed.`,
    );
  if (keys.length > 0 && whole.length === 0)
    say(
      'public-half-only',
      'note',
      keys,
      `Of ${short} only the public half was given: that names it, but a node cannot run with it.`,
    );
  return found;
}

/** What go-spacemesh node/node_identities.go checks when it loads a folder of keys. */
function aboutFolders(keys: readonly KeyItem[]): InventoryFinding[] {
  const found: InventoryFinding[] = [];
  const folders = new Map<string, KeyItem[]>();
  for (const key of keys.filter(({ path }) => path.endsWith('.key'))) {
    const folder = `${key.place}\0${key.path.slice(0, key.path.lastIndexOf('/') + 1)}`;
    folders.set(folder, [...(folders.get(folder) ?? []), key]);
  }
  for (const files of folders.values()) {
    const [first] = files;
    if (!first || files.length < 2) continue;
    // Files of one name cannot lie in one folder: they were dropped without theirs.
    if (distinct(files.map(({ path }) => path)).length < files.length) continue;
    if (files.some(({ path }) => path.split('/').at(-1) === 'local.key'))
      found.push({
        code: 'supervised-key-beside-others',
        severity: 'warning',
        identity: undefined,
        sources: files.map(bare),
        message: `In ${first.place} local.key lies beside ${counted(files.length - 1, 'other key')}. The node does not start like this: local.key is for one supervised smesher only. Rename it if these identities are to run with remote post services.`,
      });
    const seen = new Map<string, KeyItem>();
    for (const file of files) {
      const identity = toHex(file.publicKey);
      const twin = seen.get(identity);
      if (twin)
        found.push({
          code: 'same-key-twice-in-a-folder',
          severity: 'warning',
          identity,
          sources: [bare(twin), bare(file)],
          message: `In ${file.place} two files hold the key of ${identity.slice(0, 6)}: ${twin.path} and ${file.path}. The node does not start like this: remove one.`,
        });
      seen.set(identity, file);
    }
  }
  return found;
}

function aboutConfigs(configs: readonly ConfigItem[]): InventoryFinding[] {
  const byFolder = new Map<string, ConfigItem[]>();
  for (const config of configs)
    if (config.smeshing && config.postFolder)
      byFolder.set(config.postFolder, [...(byFolder.get(config.postFolder) ?? []), config]);
  const shared = [...byFolder].flatMap(([folder, users]): InventoryFinding[] =>
    users.length < 2
      ? []
      : [
          {
            code: 'two-smeshing-configs',
            severity: 'warning',
            identity: undefined,
            sources: users.map(bare),
            message: `${users.length} configs smesh with the PoST folder ${folder}: ${list(users.map(({ place, path }) => `${place} (${path})`))}. If that is the same disk, two nodes would prove with one identity.`,
          },
        ],
  );
  const paid = configs.filter(({ coinbase }) => coinbase);
  const coinbases = distinct(paid.map(({ coinbase }) => coinbase ?? ''));
  if (coinbases.length < 2) return shared;
  return [
    ...shared,
    {
      code: 'different-coinbases',
      severity: 'note',
      identity: undefined,
      sources: paid.map(bare),
      message: `These configs pay to ${coinbases.length} different addresses: ${list(coinbases)}. Check that each is yours.`,
    },
  ];
}

const bare = ({ place, path }: Source): Source => ({ place, path });
const distinct = (values: readonly string[]): string[] => [...new Set(values)];
const list = (values: readonly string[]): string => values.join(', ');
