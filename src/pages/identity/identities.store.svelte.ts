/**
 * The open key and everything collected for the inventory. Private halves stay inside their PrivateKey; nothing here
 * is remembered.
 */
import { collectDrop } from '../../identity/collect';
import { takeInventory } from '../../identity/inventory/inventory';
import type { ConfigItem, InventoryDrop, KeyItem, PostItem } from '../../identity/inventory/types';
import { readKeyFile, type Identity } from '../../identity/keys';
import type { FileKind } from '../../protocol/recognise';
import type { Dropped, DroppedFile } from '../../ui/drop';
import { route } from '../../ui/route.svelte';
import type { Intake, IntakeMessage } from '../shared/intake';
import { byKind, kindNames } from '../shared/kinds';
import { askMalfeasance } from '../shared/malfeasance-channel';

/** Kinds that the inventory reads. */
const read: ReadonlySet<FileKind> = new Set(['key', 'post-metadata', 'node-config', 'post-data']);

export class IdentityStore implements Intake {
  busy = $state(false);
  error = $state.raw<unknown>();
  message = $state.raw<IntakeMessage>();

  /** The open key. */
  identity = $state.raw<Identity>();
  drops = $state.raw<readonly InventoryDrop[]>([]);
  keys = $state.raw<readonly KeyItem[]>([]);
  posts = $state.raw<readonly PostItem[]>([]);
  configs = $state.raw<readonly ConfigItem[]>([]);
  malfeasance = $state.raw<readonly { readonly nodeId: Uint8Array; readonly why: string }[]>([]);
  /** How many databases, open in other tabs of the workbench, were asked for malfeasance proofs and have answered. */
  databasesAsked = $state(0);

  readonly inventory = $derived(
    takeInventory({
      drops: this.drops,
      keys: this.keys,
      posts: this.posts,
      configs: this.configs,
      malfeasance: this.malfeasance,
      databasesAsked: this.databasesAsked,
    }),
  );
  readonly empty = $derived(this.drops.length === 0);

  #lastDrop = 0;
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
    this.drops = [];
    this.keys = [];
    this.posts = [];
    this.configs = [];
    this.malfeasance = [];
    this.databasesAsked = 0;
    this.#stopAsking();
    this.#lastDrop = 0;
  }

  /** Drops of one name are one machine. */
  nameMachine(id: number, machine: string): void {
    this.drops = this.drops.map((drop) => (drop.id === id ? { ...drop, machine } : drop));
  }

  removeDrop(id: number): void {
    const isKept = ({ drop }: { readonly drop: number }) => drop !== id;
    this.drops = this.drops.filter((drop) => drop.id !== id);
    this.keys = this.keys.filter(isKept);
    this.posts = this.posts.filter(isKept);
    this.configs = this.configs.filter(isKept);
  }

  readonly take = async (dropped: Promise<Dropped>): Promise<void> => {
    this.dismiss();
    this.busy = true;
    try {
      const kinds = await byKind((await dropped).files);
      await this.#collect(kinds);
      const rest = [...kinds].filter(([kind]) => !read.has(kind));
      if (rest.length > 0)
        this.message = {
          severity: 'warn',
          lines: [
            'This page reads keys, PoST metadata and node configs. Not read:',
            ...rest.flatMap(([kind, files]) =>
              files.slice(0, 4).map(({ path }) => `${path}: ${kindNames[kind]}`),
            ),
          ],
        };
    } catch (error) {
      this.error = error;
    } finally {
      this.busy = false;
    }
  };

  async #collect(kinds: ReadonlyMap<FileKind, readonly DroppedFile[]>): Promise<void> {
    const files = (kind: FileKind) => kinds.get(kind) ?? [];
    const relevant = [...kinds].filter(([kind]) => read.has(kind)).flatMap(([, some]) => some);
    const [single] = files('key');
    if (single && relevant.length === 1 && route.path[1] !== 'inventory') {
      this.show(await readKeyFile(single.file));
      route.go('identity');
      return;
    }
    if (relevant.length === 0) return;
    const { drop, keys, posts, configs } = await collectDrop(++this.#lastDrop, {
      keys: files('key'),
      metadata: files('post-metadata'),
      configs: files('node-config'),
      data: files('post-data'),
    });
    this.drops = [...this.drops, drop];
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
