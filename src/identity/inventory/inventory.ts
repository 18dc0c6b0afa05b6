/**
 * Keys, PoST directories and node configs of several machines, compared to find one identity in two places before
 * the network does. Every file counts by itself: names of folders never make two files one.
 */
import type { Source } from '../places';
import { toHex } from '../../base/bytes';
import { counted } from '../../base/counted';
import type {
  InventoryItem,
  InventoryInput,
  InventoryFinding,
  InventoryRow,
  InventoryConclusion,
  Inventory,
} from './types';
import { sameSpelling, aboutIdentity } from './copies';
import { placeName, folderName, distinct, list } from './items';
import { aboutFolders, aboutConfigs, aboutDrop } from './folders';

const severityOrder = { danger: 0, warning: 1, note: 2 } as const;

export function takeInventory(input: InventoryInput): Inventory {
  const { malfeasance } = input;
  const drops = sameSpelling(input.drops);
  const places = new Map(drops.map((drop) => [drop.id, placeName(drop)]));
  const placed = <Item extends InventoryItem>(items: readonly Item[]): (Item & Source)[] =>
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
