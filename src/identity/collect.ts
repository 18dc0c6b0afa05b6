/** Reads what one drop holds for the inventory. Private halves are wiped as soon as they were checked. */
import { WorkbenchError } from '../base/error';
import { fileCount, labelsInFile, readMetadata } from '../protocol/metadata';
import type { PostMetadata } from '../protocol/metadata';
import { readSmeshingConfig } from '../protocol/node-config';
import { labelBytes } from '../protocol/units';
import { limits, readTextFile } from '../base/read-file';
import { groupBy } from './inventory/items';
import type { ConfigItem, InventoryDrop, KeyItem, PostItem, SeenData } from './inventory/types';
import { readKeyFile } from './keys';
import { folderNameOf } from './places';

interface PlacedFile {
  readonly path: string;
  readonly file: File;
}

export interface DropFiles {
  readonly keys: readonly PlacedFile[];
  readonly metadata: readonly PlacedFile[];
  readonly configs: readonly PlacedFile[];
  /** postdata_N.bin; only their sizes are used. */
  readonly data: readonly PlacedFile[];
}

export interface Collected {
  readonly drop: InventoryDrop;
  readonly keys: readonly KeyItem[];
  readonly posts: readonly PostItem[];
  readonly configs: readonly ConfigItem[];
}

/** A file that cannot be read stops nothing: it is in the result's `drop.unread`. */
export async function collectDrop(id: number, files: DropFiles): Promise<Collected> {
  const unread: { path: string; reason: string; mayBeKey: boolean }[] = [];
  const readAll = async <Item>(
    placed: readonly PlacedFile[],
    mayBeKey: boolean,
    read: (placed: PlacedFile) => Promise<Item>,
  ): Promise<Item[]> => {
    const items: Item[] = [];
    for (const one of placed)
      try {
        items.push(await read(one));
      } catch (error) {
        if (!(error instanceof WorkbenchError)) throw error;
        // p2p.key and PEM files end in .key and are none of a smesher's.
        const isOther = error.code === 'key-of-other-kind';
        unread.push({ path: one.path, reason: error.message, mayBeKey: mayBeKey && !isOther });
      }
    return items;
  };
  const keys = await readAll(files.keys, true, async ({ path, file }): Promise<KeyItem> => {
    const { publicKey, hasPrivateKey, privateKey } = await readKeyFile(file);
    privateKey?.wipe();
    return { drop: id, path, publicKey, hasPrivateKey };
  });
  const metadata = await readAll(files.metadata, false, async (placed) => ({
    path: placed.path,
    ...readMetadata(await textOf(placed, 'metadata')).metadata,
  }));
  const configs = await readAll(files.configs, false, async (placed): Promise<ConfigItem> => {
    const text = await textOf(placed, 'config');
    const { start, dataDir, dataFolder, coinbase } = readSmeshingConfig(text);
    return {
      drop: id,
      path: placed.path,
      smeshing: start,
      postFolder: dataDir,
      dataFolder,
      coinbase,
    };
  });
  const described = groupBy(metadata, ({ path }) => folderNameOf(path));
  const dataFolders = groupBy(files.data, ({ path }) => folderNameOf(path));
  return {
    drop: {
      id,
      machine: '',
      unread,
      foldersWithoutMetadata: [...dataFolders.keys()].filter((folder) => !described.has(folder)),
    },
    keys,
    posts: metadata.map(({ path, nodeId, commitmentAtxId, numUnits, ...rest }): PostItem => {
      const folder = folderNameOf(path);
      const isAlone = described.get(folder)?.length === 1;
      const data = seenData({ numUnits, ...rest }, dataFolders.get(folder) ?? [], isAlone);
      return { drop: id, path, nodeId, commitmentAtxId, numUnits, data };
    }),
    configs,
  };
}

const textOf = ({ path, file }: PlacedFile, kind: 'config' | 'metadata'): Promise<string> =>
  readTextFile(file, { ...limits[kind], name: path });

type Geometry = Pick<PostMetadata, 'numUnits' | 'labelsPerUnit' | 'maxFileSize'>;

/** Judged by names and sizes; nothing of the data is read. */
function seenData(geometry: Geometry, data: readonly PlacedFile[], isAlone: boolean): SeenData {
  if (!isAlone) return 'unclear';
  if (data.length === 0) return 'not-seen';
  if (geometry.maxFileSize === 0n || geometry.maxFileSize % BigInt(labelBytes) !== 0n)
    return 'incomplete';
  const sizes = new Map(data.map(({ path, file }) => [numberOf(path), BigInt(file.size)]));
  // Two files of one number are two folders of one name.
  if (sizes.size !== data.length) return 'unclear';
  const files = fileCount(geometry);
  if (files === 0n || BigInt(data.length) < files) return 'incomplete';
  for (let number = 0n; number < files; number++)
    if ((sizes.get(number) ?? 0n) < labelsInFile(geometry, number) * BigInt(labelBytes))
      return 'incomplete';
  return 'complete';
}

const numberOf = (path: string): bigint => BigInt(/postdata_(\d+)\.bin$/i.exec(path)?.[1] ?? -1);
