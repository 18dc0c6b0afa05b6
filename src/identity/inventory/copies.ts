/** Findings about one identity: where its key and its data are, and whether they are there twice. */
import { toHex } from '../../base/bytes';
import type {
  InventoryDrop,
  KeyItem,
  InventoryFindingCode,
  InventoryFinding,
  InventoryRow,
} from './types';
import { bare, type Source } from '../places';
import { notNamed, isLoadedByNode, folderName, folderOf, shown, distinct, list } from './items';

/** Spaces and case make no difference between two names. */
export function sameSpelling(drops: readonly InventoryDrop[]): InventoryDrop[] {
  const spellings = new Map<string, string>();
  return drops.map((drop) => {
    const machine = drop.machine.trim().replace(/\s+/g, ' ');
    const spelling = spellings.get(machine.toLowerCase()) ?? machine;
    spellings.set(machine.toLowerCase(), spelling);
    return { ...drop, machine: spelling };
  });
}

export function aboutIdentity(
  row: InventoryRow,
  anyKeys: boolean,
  anyPosts: boolean,
): InventoryFinding[] {
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
