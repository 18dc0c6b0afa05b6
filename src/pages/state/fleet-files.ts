/**
 * The identities that dropped files name: key files, PoST metadata, node configs, farm files. Of a key file only the public
 * half is read: this page has network permission, and private keys stay out of it.
 */
import { toHex } from '../../base/bytes';
import { counted } from '../../base/counted';
import { limits, readTextFile } from '../../base/read-file';
import { readSlice } from '../../base/read-slice';
import { isFarmFile, readFarmIdentities, type FleetIdentity } from '../../protocol/farm-identities';
import { readMetadata } from '../../protocol/metadata';
import type { FileKind } from '../../protocol/recognise';
import { readConfig } from '../../node/config/config';
import { configAt } from '../../node/config/values';
import type { DroppedFile } from '../../ui/drop';

export interface FleetFiles {
  readonly identities: readonly FleetIdentity[];
  /** Files that name none, for the user. */
  readonly unused: readonly string[];
}

/** 128 hex digits: the seed, then the public key. */
const keyDigits = 64;

const folderOf = (path: string): string | undefined => path.split('/').slice(0, -1).at(-1);
const baseOf = (path: string): string => path.split('/').at(-1) ?? path;

/** @throws WorkbenchError `farm-not-readable`, `config-…`, `metadata-…`: a file that cannot be read is not left out silently */
export async function identitiesOf(
  kinds: ReadonlyMap<FileKind, readonly DroppedFile[]>,
): Promise<FleetFiles> {
  const identities: FleetIdentity[] = [];
  const unused: string[] = [];
  for (const [kind, files] of kinds)
    for (const dropped of files) {
      const found = await readers[kind]?.(dropped);
      if (found) identities.push(...found);
      else if (kind !== 'post-data') unused.push(dropped.path);
    }
  return { identities, unused };
}

type Read = (dropped: DroppedFile) => Promise<readonly FleetIdentity[] | undefined>;

const readers: Readonly<Partial<Record<FileKind, Read>>> = {
  key: async ({ path, file }) => {
    if (file.size < 2 * keyDigits) return undefined;
    const publicHalf = new TextDecoder().decode(
      await readSlice({ file, from: keyDigits, to: 2 * keyDigits }),
    );
    return /^[0-9a-f]{64}$/i.test(publicHalf)
      ? [
          {
            id: publicHalf.toLowerCase(),
            name: baseOf(path).replace(/\.key$/, ''),
            group: folderOf(path),
          },
        ]
      : undefined;
  },
  'post-metadata': async ({ path, file }) => {
    const text = await readTextFile(file, { ...limits.metadata, name: path });
    const { metadata } = readMetadata(text);
    return [{ id: toHex(metadata.nodeId), name: folderOf(path) }];
  },
  'node-config': async ({ path, file }) => {
    const { config } = readConfig(await readTextFile(file, { ...limits.config, name: path }));
    const coinbase = configAt(config, ['smeshing', 'smeshing-coinbase']);
    return typeof coinbase === 'string' && coinbase !== ''
      ? [{ id: coinbase, group: baseOf(path).replace(/\.json$/, '') }]
      : undefined;
  },
  unknown: async ({ path, file }) => {
    if (!path.toLowerCase().endsWith('.json')) return undefined;
    const text = await readTextFile(file, { ...limits.farm, name: path });
    return isFarmFile(text) ? readFarmIdentities(text) : undefined;
  },
};

export const describeUnused = (unused: readonly string[]): string =>
  `${counted(unused.length, 'file')} named no identity: ${unused.slice(0, 5).join(', ')}${unused.length > 5 ? ' …' : ''}`;
