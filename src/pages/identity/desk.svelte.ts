/**
 * What lies on the identity desk: the key that is looked at, and everything collected for the inventory.
 * Private halves stay inside their PrivateKey; nothing here is remembered.
 */
import {
  takeInventory,
  type ConfigItem,
  type KeyItem,
  type PostItem,
} from '../../identity/inventory';
import { readKeyFile, type Identity } from '../../identity/keys';
import { askMalfeasance } from '../malfeasance-channel';
import { WorkbenchError } from '../../protocol/error';
import { readMetadata } from '../../protocol/metadata';
import { readSmeshingConfig } from '../../protocol/node-config';
import type { Dropped, DroppedFile } from '../../ui/drop';
import { route } from '../../ui/route.svelte';
import type { Intake, IntakeMessage } from '../intake';
import { byKind, kindNames } from '../kinds';

class Desk implements Intake {
  busy = $state(false);
  error = $state.raw<unknown>();
  message = $state.raw<IntakeMessage>();

  /** The key that is looked at. */
  identity = $state.raw<Identity>();
  keys = $state.raw<readonly KeyItem[]>([]);
  posts = $state.raw<readonly PostItem[]>([]);
  configs = $state.raw<readonly ConfigItem[]>([]);
  malfeasance = $state.raw<readonly { readonly nodeId: Uint8Array; readonly why: string }[]>([]);
  /** How many databases, open in other tabs of the workbench, were asked for malfeasance proofs and have answered. */
  databasesAsked = $state(0);

  readonly inventory = $derived(
    takeInventory({
      keys: this.keys,
      posts: this.posts,
      configs: this.configs,
      malfeasance: this.malfeasance,
    }),
  );
  readonly empty = $derived(
    this.keys.length === 0 && this.posts.length === 0 && this.configs.length === 0,
  );

  #drops = 0;
  #stopAsking = (): void => undefined;

  dismiss(): void {
    this.error = undefined;
    this.message = undefined;
  }

  show(identity: Identity | undefined): void {
    if (this.identity !== identity) this.identity?.privateKey?.wipe();
    this.identity = identity;
  }

  clearInventory(): void {
    this.keys = [];
    this.posts = [];
    this.configs = [];
    this.malfeasance = [];
    this.#stopAsking();
    this.#drops = 0;
  }

  readonly take = async (dropped: Promise<Dropped>): Promise<void> => {
    this.dismiss();
    this.busy = true;
    try {
      const { files } = await dropped;
      const kinds = await byKind(files);
      await this.#collect(
        kinds.get('key') ?? [],
        kinds.get('post-metadata') ?? [],
        kinds.get('node-config') ?? [],
      );
      const known = new Set(['key', 'post-metadata', 'node-config', 'post-data']);
      const others = [...kinds].filter(([kind]) => !known.has(kind));
      if (others.length > 0)
        this.message = {
          severity: 'warn',
          lines: [
            'This page reads keys, PoST metadata and node configs. Not read:',
            ...others.flatMap(([kind, some]) =>
              some.slice(0, 4).map(({ path }) => `${path}: ${kindNames[kind]}`),
            ),
          ],
        };
    } catch (error) {
      this.error = error;
    } finally {
      this.busy = false;
    }
  };

  async #collect(
    keyFiles: readonly DroppedFile[],
    metadataFiles: readonly DroppedFile[],
    configFiles: readonly DroppedFile[],
  ): Promise<void> {
    const [single] = keyFiles;
    const onlyOneKey = keyFiles.length === 1 && metadataFiles.length + configFiles.length === 0;
    if (single && onlyOneKey && route.path[1] !== 'inventory') {
      this.show(await readKeyFile(single.file));
      route.go('identity');
      return;
    }
    if (keyFiles.length + metadataFiles.length + configFiles.length === 0) return;
    // Everything that came in one drop from one top folder is taken for one machine.
    this.#drops++;
    const placeOf = (path: string): string =>
      path.includes('/') ? path.slice(0, path.indexOf('/')) : `drop ${this.#drops}`;
    const keys: KeyItem[] = [];
    for (const { path, file } of keyFiles) {
      const { publicKey, hasPrivateKey, privateKey } = await readKeyFile(file).catch(
        (error: unknown) => {
          throw named(path, error);
        },
      );
      privateKey?.wipe();
      keys.push({ place: placeOf(path), path, publicKey, hasPrivateKey });
    }
    const posts: PostItem[] = [];
    for (const { path, file } of metadataFiles) {
      const { metadata } = readMetadata(await file.text());
      posts.push({ place: placeOf(path), path, ...metadata });
    }
    const configs: ConfigItem[] = [];
    for (const { path, file } of configFiles) {
      const { start, dataDir, dataFolder, coinbase } = readSmeshingConfig(await file.text());
      configs.push({
        ...{ place: placeOf(path), path },
        ...{ smeshing: start, postFolder: dataDir, dataFolder, coinbase },
      });
    }
    this.keys = [...this.keys, ...keys];
    this.posts = [...this.posts, ...posts];
    this.configs = [...this.configs, ...configs];
    route.go('identity/inventory');
    this.askForMalfeasance();
  }

  /** Asks the databases open in other tabs of the workbench about the identities collected here. */
  askForMalfeasance(): void {
    this.#stopAsking();
    this.databasesAsked = 0;
    this.malfeasance = [];
    const ids = this.inventory.rows.map(({ identity }) => identity);
    this.#stopAsking = askMalfeasance(ids, (malicious) => {
      this.databasesAsked++;
      this.malfeasance = [...this.malfeasance, ...malicious];
    });
  }
}

/** Says which file it was; the message itself never repeats what a key file holds. */
const named = (path: string, error: unknown): unknown =>
  error instanceof WorkbenchError
    ? new WorkbenchError(error.code, `${path}: ${error.message}`, error.details)
    : error;

export const desk = new Desk();
