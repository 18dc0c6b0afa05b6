/** Findings about folders, node configs and the complete drop. */
import { counted } from '../../base/counted';
import type { Source } from '../places';
import type { InventoryDrop, KeyItem, ConfigItem, InventoryFinding } from './types';
import { bare } from '../places';
import {
  placeName,
  isLoadedByNode,
  folderName,
  folderOf,
  fileName,
  groupBy,
  shown,
  distinct,
  list,
} from './items';

/** What go-spacemesh node/node_identities.go checks when it loads a folder of keys. */
export function aboutFolders(keys: readonly (KeyItem & Source)[]): InventoryFinding[] {
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

export function aboutConfigs(configs: readonly (ConfigItem & Source)[]): InventoryFinding[] {
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

export function aboutDrop(drop: InventoryDrop): InventoryFinding[] {
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
