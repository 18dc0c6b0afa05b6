/**
 * Keys, PoST directories and node configs of several machines, compared to find one identity in two places before
 * the network does. Every file counts by itself: names of folders never make two files one.
 */
import { toHex } from '../base/bytes';
import { counted } from '../base/counted';

/** One drop or pick of files. */
export interface InventoryDrop {
  readonly id: number;
  /** As the operator names it; '' until then. */
  readonly machine: string;
  /** Files that should have been read and were not. */
  readonly unread: readonly UnreadFile[];
  /** Folders with postdata_N.bin, but without a readable postdata_metadata.json. */
  readonly foldersWithoutMetadata: readonly string[];
}

export interface UnreadFile {
  readonly path: string;
  readonly reason: string;
  /** It has the name or the form of a smesher key: another copy of a key could be in it. */
  readonly mayBeKey: boolean;
}

/** Where a file was found. */
interface Dropped {
  /** `id` of its drop. */
  readonly drop: number;
  /** Inside the drop; only a name where files were dropped without their folder. */
  readonly path: string;
}

export interface KeyItem extends Dropped {
  readonly publicKey: Uint8Array;
  readonly hasPrivateKey: boolean;
}

export interface PostItem extends Dropped {
  readonly nodeId: Uint8Array;
  readonly commitmentAtxId: Uint8Array;
  readonly numUnits: number;
  readonly data: SeenData;
}

/** What was dropped beside the metadata. `unclear`: several directories came under one path. */
export type SeenData = 'complete' | 'incomplete' | 'not-seen' | 'unclear';

export interface ConfigItem extends Dropped {
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
  readonly drops: readonly InventoryDrop[];
  readonly keys: readonly KeyItem[];
  readonly posts: readonly PostItem[];
  readonly configs: readonly ConfigItem[];
  readonly malfeasance: readonly MalfeasanceItem[];
  /** Databases that were asked for malfeasance proofs and answered. */
  readonly databasesAsked: number;
}

export type InventoryFindingCode =
  | 'key-in-two-places'
  | 'key-twice-on-one-machine'
  | 'same-key-twice-in-a-folder'
  | 'data-in-two-places'
  | 'key-and-data-apart'
  | 'malicious'
  | 'data-without-key'
  | 'key-without-data'
  | 'data-incomplete'
  | 'data-not-seen'
  | 'data-without-metadata'
  | 'public-half-only'
  | 'two-commitments'
  | 'supervised-key-beside-others'
  | 'two-smeshing-configs'
  | 'different-coinbases'
  | 'file-not-read';

/** A file and its machine, as they are shown. */
export interface Source {
  readonly place: string;
  readonly path: string;
}

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
  readonly keys: readonly (KeyItem & Source)[];
  readonly posts: readonly (PostItem & Source)[];
  readonly malfeasance: readonly MalfeasanceItem[];
}

/** What all of it amounts to. Only a `pass` is an all-clear, and only for what `text` claims. */
export interface InventoryConclusion {
  readonly outcome: 'pass' | 'fail' | 'inconclusive';
  readonly text: string;
  readonly notChecked: readonly string[];
}

export interface Inventory {
  readonly rows: readonly InventoryRow[];
  readonly configs: readonly (ConfigItem & Source)[];
  /** The worst first. */
  readonly findings: readonly InventoryFinding[];
  readonly conclusion: InventoryConclusion;
}

const severityOrder = { danger: 0, warning: 1, note: 2 } as const;

export function takeInventory(input: InventoryInput): Inventory {
  const { malfeasance } = input;
  const drops = sameSpelling(input.drops);
  const places = new Map(drops.map((drop) => [drop.id, placeName(drop)]));
  const placed = <Item extends Dropped>(items: readonly Item[]): (Item & Source)[] =>
    items.map((item) => ({ ...item, place: places.get(item.drop) ?? `drop ${item.drop}` }));
  const keys = placed(input.keys);
  const posts = placed(input.posts);
  const configs = placed(input.configs);
  const ids = distinct([
    ...keys.map((key) => toHex(key.publicKey)),
    ...posts.map((post) => toHex(post.nodeId)),
  ]).sort();
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
    ...drops.flatMap(aboutDrop),
  ];
  findings.sort((a, b) => severityOrder[a.severity] - severityOrder[b.severity]);
  return { rows, configs, findings, conclusion: conclude({ ...input, drops }, rows, findings) };
}

/** Spaces and case make no difference between two names. */
function sameSpelling(drops: readonly InventoryDrop[]): InventoryDrop[] {
  const spellings = new Map<string, string>();
  return drops.map((drop) => {
    const machine = drop.machine.trim().replace(/\s+/g, ' ');
    const spelling = spellings.get(machine.toLowerCase()) ?? machine;
    spellings.set(machine.toLowerCase(), spelling);
    return { ...drop, machine: spelling };
  });
}

/** Two drops are one machine only where the operator gave both the same name. */
const placeName = ({ id, machine }: Pick<InventoryDrop, 'id' | 'machine'>): string =>
  machine === '' ? `drop ${id} ${notNamed}` : machine;

function aboutIdentity(row: InventoryRow, anyKeys: boolean, anyPosts: boolean): InventoryFinding[] {
  const { identity, keys, posts, malfeasance } = row;
  const short = identity.slice(0, 6);
  const found: InventoryFinding[] = [];
  const add = (
    code: InventoryFindingCode,
    severity: InventoryFinding['severity'],
    sources: readonly Source[],
    message: string,
  ) => found.push({ code, severity, message, identity, sources: sources.map(bare) });

  const privateKeys = keys.filter((key) => key.hasPrivateKey);
  found.push(...aboutCopies(identity, privateKeys));
  for (const proof of malfeasance)
    add(
      'malicious',
      'danger',
      [...keys, ...posts],
      `${short} has a malfeasance proof (${proof.why}). It no longer earns anything and its PoST data is worthless. Initialise new data for a new key.`,
    );
  if (posts.length > 1)
    add(
      'data-in-two-places',
      'warning',
      posts,
      `PoST data of ${short} was found ${posts.length} times: ${list(posts.map(shown))}. A copy does no harm by itself, but only one may be used, and only by one node. If they are parts of one initialisation, put them together before you start the node.`,
    );
  const commitments = distinct(posts.map((post) => toHex(post.commitmentAtxId)));
  if (commitments.length > 1)
    add(
      'two-commitments',
      'danger',
      posts,
      `PoST data of ${short} was made for ${commitments.length} different commitment ATXs (${list(commitments.map((id) => id.slice(0, 10)))}). Files of one do not fit the other; never mix them in one folder.`,
    );
  if (posts.length > 0 && keys.length === 0)
    add(
      'data-without-key',
      anyKeys ? 'danger' : 'note',
      posts,
      anyKeys
        ? `There is PoST data of ${short}, but no key for it among what you dropped. Without the key the data cannot earn: look for identities/*.key in a backup before you do anything else.`
        : `There is PoST data of ${short}. Drop its key as well to see whether you have it.`,
    );
  if (keys.length > 0 && posts.length === 0 && anyPosts)
    add(
      'key-without-data',
      'warning',
      keys,
      `There is a key of ${short}, but no PoST data for it. Either its folder was not dropped, or it never smeshed.`,
    );
  const dataPlaces = distinct(posts.map((post) => post.place));
  const keyPlaces = distinct(privateKeys.map((key) => key.place));
  if (posts.length > 0 && keyPlaces.length > 0 && !dataPlaces.some((it) => keyPlaces.includes(it)))
    add(
      'key-and-data-apart',
      'warning',
      [...privateKeys, ...posts],
      `The private key of ${short} is on ${list(keyPlaces)}, its PoST data on ${list(dataPlaces)}. A node needs both on one machine, unless its PoST service runs elsewhere. If it is one machine, give both drops the same machine name.`,
    );
  for (const post of posts) {
    const size = `${post.numUnits} SU`;
    if (post.data === 'incomplete')
      add(
        'data-incomplete',
        'warning',
        [post],
        `The files beside ${shown(post)} are not the complete PoST data of ${short} (${size}): some are missing or have another size. Drop the complete folder, or open it on the PoST data page.`,
      );
    else if (post.data !== 'complete')
      add(
        'data-not-seen',
        'note',
        [post],
        post.data === 'not-seen'
          ? `${shown(post)} names ${short} (${size}), but no postdata_N.bin was dropped beside it: whether the data exists was not checked. Drop the complete folder.`
          : `Several PoST directories were dropped under the path of ${shown(post)}, so their data files cannot be assigned. Drop them one by one.`,
      );
  }
  if (keys.length > 0 && privateKeys.length === 0)
    add(
      'public-half-only',
      'note',
      keys,
      `Of ${short} only the public half was given: it names the identity, but a node cannot run with it.`,
    );
  return found;
}

/** The private key of one identity in more than one file. */
function aboutCopies(
  identity: string,
  privateKeys: readonly (KeyItem & Source)[],
): InventoryFinding[] {
  if (privateKeys.length < 2) return [];
  const short = identity.slice(0, 6);
  const sources = privateKeys.map(bare);
  const places = distinct(privateKeys.map((key) => key.place));
  const ban =
    'If two nodes ever run with it, both sign and the network bans the identity for equivocation, permanently. Keep it on the one node that smeshes; move every other copy to a backup that no node can start from.';
  if (places.length > 1) {
    const isUnnamed = privateKeys.some((key) => key.place.endsWith(notNamed));
    return [
      {
        code: 'key-in-two-places',
        severity: 'danger',
        identity,
        sources,
        message: `The private key of ${short} is in ${places.length} places: ${list(privateKeys.map(shown))}. ${ban}${isUnnamed ? ' If this is one file that you dropped twice, remove one of the drops; if the drops are of one machine, give them the same machine name.' : ''}`,
      },
    ];
  }
  const place = places[0] ?? '';
  // Inside one folder, names differ: two equal paths of one drop are two folders of one name, or loose files.
  const folders = distinct(privateKeys.map((key) => folderOf(key)));
  const paths = distinct(privateKeys.map((key) => `${key.drop} ${key.path}`));
  const isOneFolder =
    folders.length === 1 &&
    paths.length === privateKeys.length &&
    folderName(privateKeys[0]) !== '';
  if (isOneFolder && privateKeys.every(isLoadedByNode))
    return [
      {
        code: 'same-key-twice-in-a-folder',
        severity: 'warning',
        identity,
        sources,
        message: `On ${place}, ${privateKeys.length} files of one folder hold the key of ${short}: ${list(privateKeys.map(({ path }) => path))}. The node does not start like this: keep one.`,
      },
    ];
  const isRepeat = distinct(privateKeys.map(({ path }) => path)).length < privateKeys.length;
  return [
    {
      code: 'key-twice-on-one-machine',
      severity: 'danger',
      identity,
      sources,
      message: `On ${place}, ${privateKeys.length} files hold the private key of ${short}: ${list(privateKeys.map(({ path }) => path))}. ${ban}${isRepeat ? ' If this is one file that you dropped twice, remove one of the drops.' : ''}`,
    },
  ];
}

const notNamed = '(machine not named)';
const separators = /[/\\]/;
const isLoadedByNode = ({ path }: Dropped): boolean => path.endsWith('.key');
/** '' for a file that was dropped without its folder. Archives made on Windows leave backslashes in names. */
function folderName(item: Dropped | undefined): string {
  return item?.path.split(separators).slice(0, -1).join('/') ?? '';
}
const folderOf = (item: Dropped): string => `${item.drop} ${folderName(item)}`;
const fileName = ({ path }: Dropped): string => path.split(separators).at(-1) ?? '';

/** What go-spacemesh node/node_identities.go checks when it loads a folder of keys. */
function aboutFolders(keys: readonly (KeyItem & Source)[]): InventoryFinding[] {
  const folders = groupBy(
    keys.filter((key) => isLoadedByNode(key) && folderName(key) !== ''),
    folderOf,
  );
  return [...folders.values()].flatMap((files): InventoryFinding[] => {
    const [first] = files;
    if (!first || !files.some((key) => fileName(key) === 'local.key')) return [];
    const others = new Set(files.map(fileName)).size - 1;
    if (others < 1) return [];
    return [
      {
        code: 'supervised-key-beside-others',
        severity: 'warning',
        identity: undefined,
        sources: files.map(bare),
        message: `On ${first.place}, local.key is beside ${counted(others, 'other key')}. The node does not start like this: local.key is for one supervised smesher only. Rename it if these identities are to run with remote post services.`,
      },
    ];
  });
}

/** Windows accepts both separators and ignores case. */
const samePath = (path: string): string => {
  const isWindows = /^[a-z]:[/\\]|^\\\\/i.test(path);
  const bare = (isWindows ? path.replaceAll('\\', '/').toLowerCase() : path).replace(/\/+$/, '');
  return bare || path;
};

function aboutConfigs(configs: readonly (ConfigItem & Source)[]): InventoryFinding[] {
  const byFolder = groupBy(
    configs.filter(({ smeshing, postFolder }) => smeshing && postFolder),
    ({ postFolder }) => samePath(postFolder ?? ''),
  );
  const shared = [...byFolder].flatMap(([folder, users]): InventoryFinding[] =>
    users.length < 2
      ? []
      : [
          {
            code: 'two-smeshing-configs',
            severity: 'warning',
            identity: undefined,
            sources: users.map(bare),
            message: `${users.length} configs smesh with the PoST folder ${folder}: ${list(users.map(shown))}. If that is the same disk, two nodes would prove with one identity.`,
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

function aboutDrop(drop: InventoryDrop): InventoryFinding[] {
  const place = placeName(drop);
  const base = { identity: undefined };
  return [
    ...drop.unread.map(({ path, reason, mayBeKey }) => ({
      ...base,
      code: 'file-not-read' as const,
      severity: mayBeKey ? ('warning' as const) : ('note' as const),
      sources: [{ place, path }],
      message: `Not read: ${reason}`,
    })),
    ...drop.foldersWithoutMetadata.map((folder) => ({
      ...base,
      code: 'data-without-metadata' as const,
      severity: 'warning' as const,
      sources: [{ place, path: folder || 'files without a folder' }],
      message:
        'There are postdata_N.bin files without a readable postdata_metadata.json, so the identity that they belong to is unknown. Drop the complete folder, or open it on the PoST data page.',
    })),
  ];
}

function conclude(
  { drops, configs, databasesAsked, posts }: InventoryInput,
  rows: readonly InventoryRow[],
  findings: readonly InventoryFinding[],
): InventoryConclusion {
  const owned = rows.filter(({ keys }) => keys.some(({ hasPrivateKey }) => hasPrivateKey));
  const isLoose = owned.some(({ keys }) => keys.some((key) => folderName(key) === ''));
  const notDone: readonly (readonly [condition: boolean, text: string])[] = [
    [
      drops.some(({ machine }) => machine.trim() === ''),
      'which machine a drop is from, where it was not named',
    ],
    [posts.length === 0, 'whether the keys have PoST data: no PoST folder was dropped'],
    [
      findings.some(({ code }) => code === 'data-not-seen'),
      'whether all PoST data exists: of some only the metadata was dropped',
    ],
    [posts.length > 0, 'the contents of the PoST data (the PoST data page does that)'],
    [databasesAsked === 0, 'malfeasance proofs: no database is open in another tab'],
    [configs.length === 0, 'node configs: none was dropped'],
    [
      isLoose,
      'whether a node accepts the folder of the keys that were dropped without their folder',
    ],
    [true, 'machines, disks and backups that you did not drop'],
  ];
  const notChecked = notDone.flatMap(([condition, text]) => (condition ? [text] : []));
  const problems = findings.filter(({ severity }) => severity !== 'note').length;
  if (problems > 0)
    return {
      outcome: 'fail',
      text: `${counted(problems, 'finding needs', 'findings need')} your attention.`,
      notChecked,
    };
  if (owned.length === 0)
    return {
      outcome: 'inconclusive',
      text: 'No private key is among what you dropped, so nothing can be concluded about keys. Drop the identities folders.',
      notChecked,
    };
  const claims = [
    `${counted(owned.length, 'private key')} on ${list(distinct(drops.map(placeName)))}${owned.length > 1 ? ', each' : ','} in one file only among what you dropped.`,
  ];
  if (owned.every(({ posts: data }) => data.length === 1 && data[0]?.data === 'complete'))
    claims.push(
      `${owned.length > 1 ? 'Each has' : 'It has'} its PoST data on the same machine, with all files in their full size.`,
    );
  return { outcome: 'pass', text: claims.join(' '), notChecked };
}

/** In the order in which the groups came. */
export function groupBy<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}

const shown = ({ place, path }: Source): string => `${place}: ${path}`;
const bare = ({ place, path }: Source): Source => ({ place, path });
const distinct = (values: readonly string[]): string[] => [...new Set(values)];
const list = (values: readonly string[]): string => values.join(', ');
