/** Reads what one drop holds for the rescue report: keys, metadata, configs and logs; of databases only the header. */
import { WorkbenchError } from '../../base/error';
import { toHex } from '../../base/bytes';
import { limits, readTextFile } from '../../base/read-file';
import { readSlice } from '../../base/read-slice';
import { metadataFileName, readMetadata, tornMetadata } from '../../protocol/metadata';
import { readSmeshingConfig } from '../../protocol/node-config';
import type { FileKind } from '../../protocol/recognise';
import { readKeyFile } from '../keys';
import { fileNameOf, folderNameOf, type Source } from '../places';
import { headerBytes, promisedBytes } from './databases';
import type { Estate, FoundDatabase, FoundFolder } from './types';

interface PlacedFile {
  readonly path: string;
  readonly file: File;
}

export type CollectedEstate = Pick<
  Estate,
  'keys' | 'folders' | 'databases' | 'configs' | 'logs' | 'unread' | 'unrecognised'
>;

const alarm =
  /no space left on device|disk (?:is )?full|database disk image is malformed|input\/output error|equivocat|malfeasance/i;
/** Of a log this much of its end is looked at. */
const logTailBytes = 1_048_576;
const mostLines = 5;

/**
 * A file that cannot be read stops nothing: it is in `unread`. Memory: one file at a time, of a log its last MiB.
 * @param place the operator's name of the machine
 */
export async function collectEstate(
  place: string,
  kinds: ReadonlyMap<FileKind, readonly PlacedFile[]>,
): Promise<CollectedEstate> {
  const unread: (Source & { reason: string })[] = [];
  const readAll = async <Item>(
    kind: FileKind,
    read: (file: PlacedFile) => Promise<Item>,
  ): Promise<Item[]> => {
    const items: Item[] = [];
    for (const placed of kinds.get(kind) ?? [])
      try {
        items.push(await read(placed));
      } catch (error) {
        if (!(error instanceof WorkbenchError)) throw error;
        if (error.code !== 'key-of-other-kind')
          unread.push({ place, path: placed.path, reason: error.message });
      }
    return items;
  };
  const keys = await readAll('key', async ({ path, file }) => {
    const { publicKey, hasPrivateKey, privateKey } = await readKeyFile(file);
    privateKey?.wipe();
    return { place, path, nodeId: toHex(publicKey), hasPrivateKey };
  });
  const readDatabase = async ({ path, file }: PlacedFile): Promise<FoundDatabase> => {
    const head = await readSlice({ file, from: 0, to: Math.min(file.size, headerBytes) });
    return { place, path, sizeBytes: file.size, promisedBytes: promisedBytes(head) };
  };
  const databases = [
    ...(await readAll('database', readDatabase)),
    ...(await readAll('database-wal', readDatabase)),
  ];
  const configs = await readAll('node-config', async ({ path, file }) => {
    const text = await readTextFile(file, { ...limits.config, name: path });
    const { start, numUnits } = readSmeshingConfig(text);
    return { place, path, numUnits: start ? numUnits : undefined };
  });
  const logs = await readAll('log', async ({ path, file }) => {
    const from = Math.max(0, file.size - logTailBytes);
    const tail = new TextDecoder().decode(await readSlice({ file, from, to: file.size }));
    const lines = tail.split('\n').filter((line) => alarm.test(line));
    return { place, path, alarming: lines.slice(-mostLines).map((line) => line.slice(0, 300)) };
  });
  const unrecognised = (kinds.get('unknown') ?? [])
    .filter(({ path }) => !isMetadata(path))
    .map(({ path }) => ({ place, path }));
  const folders = await collectFolders(place, kinds);
  return { keys, folders, databases, configs, logs, unread, unrecognised };
}

/** By its name: what a crash left of it is recognised as empty or not at all. */
const isMetadata = (path: string): boolean => fileNameOf(path).toLowerCase() === metadataFileName;

async function collectFolders(
  place: string,
  kinds: ReadonlyMap<FileKind, readonly PlacedFile[]>,
): Promise<FoundFolder[]> {
  const folders = new Map<string, { files: PlacedFile[]; metadata?: PlacedFile }>();
  const at = (path: string): { files: PlacedFile[]; metadata?: PlacedFile } => {
    const folder = folders.get(folderNameOf(path)) ?? { files: [] };
    folders.set(folderNameOf(path), folder);
    return folder;
  };
  for (const placed of kinds.get('post-data') ?? []) at(placed.path).files.push(placed);
  for (const placed of [...kinds.values()].flat())
    if (isMetadata(placed.path)) at(placed.path).metadata = placed;
  const found: FoundFolder[] = [];
  for (const [path, { files, metadata }] of folders)
    found.push({
      place,
      path: path === '' ? 'the files without a folder' : path,
      metadata: await readFolderMetadata(metadata),
      files: files.map((placed) => ({
        number: Number(/postdata_(\d+)\.bin$/i.exec(placed.path)?.[1] ?? -1),
        sizeBytes: placed.file.size,
      })),
    });
  return found;
}

async function readFolderMetadata(
  placed: PlacedFile | undefined,
): Promise<FoundFolder['metadata']> {
  if (!placed) return { state: 'missing', reason: 'postdata_metadata.json is missing.' };
  if (placed.file.size === 0)
    return { state: 'empty', reason: 'postdata_metadata.json is empty, as a full disk leaves it.' };
  try {
    const text = await readTextFile(placed.file, { ...limits.metadata, name: placed.path });
    const torn = tornMetadata(text);
    if (torn) return { state: 'torn', reason: torn.message };
    return { state: 'readable', metadata: readMetadata(text).metadata };
  } catch (error) {
    if (!(error instanceof WorkbenchError)) throw error;
    return { state: 'unreadable', reason: error.message };
  }
}
