/**
 * Opens files on the Node document: logs, metrics, node configs, events and other grpcurl output. What
 * cannot be recognised by its first bytes goes to the part that is open.
 */
import type { FileKind } from '../../protocol/recognise';
import { limits, readTextFile } from '../../base/read-file';
import type { Dropped, DroppedFile } from '../../ui/drop';
import { route } from '../../ui/route.svelte';
import type { Stores } from '../../ui/stores.svelte';
import type { Intake, IntakeMessage } from '../shared/intake';
import { byKind, kindNames } from '../shared/kinds';

type Part = 'logs' | 'metrics' | 'config' | 'events' | 'status';

const partOf: Partial<Record<FileKind, Part>> = {
  log: 'logs',
  metrics: 'metrics',
  'node-config': 'config',
  'event-stream': 'events',
};

export class NodeIntakeStore implements Intake {
  readonly #stores: Stores;
  busy = $state(false);
  error = $state.raw<unknown>();
  message = $state.raw<IntakeMessage>();

  constructor(stores: Stores) {
    this.#stores = stores;
  }

  dismiss(): void {
    this.error = undefined;
    this.message = undefined;
  }

  readonly take = (dropped: Promise<Dropped>): Promise<void> =>
    this.#run(async () => {
      const kinds = await byKind((await dropped).files);
      const unread: string[] = [];
      for (const [kind, files] of kinds) {
        const part = partOf[kind] ?? (kind === 'unknown' ? await partFor(files) : undefined);
        if (part) await this.#open(part, files);
        else unread.push(...files.slice(0, 4).map(({ path }) => `${path}: ${kindNames[kind]}`));
      }
      if (unread.length > 0)
        this.message = {
          severity: 'warn',
          lines: [
            'This page reads logs, metrics, node configs and grpcurl output. Not read:',
            ...unread,
          ],
        };
    });

  /** For the buttons of the parts: the user selects what it is. */
  readonly takeLog = (dropped: Promise<Dropped>) => this.#takeAs('logs', dropped);
  readonly takeMetrics = (dropped: Promise<Dropped>) => this.#takeAs('metrics', dropped);
  readonly takeConfig = (dropped: Promise<Dropped>) => this.#takeAs('config', dropped);
  readonly takeEvents = (dropped: Promise<Dropped>) => this.#takeAs('events', dropped);
  readonly takePrinted = (dropped: Promise<Dropped>) => this.#takeAs('status', dropped);

  #takeAs(part: Part, dropped: Promise<Dropped>): Promise<void> {
    return this.#run(async () => this.#open(part, (await dropped).files));
  }

  async #run(work: () => Promise<void>): Promise<void> {
    this.dismiss();
    this.busy = true;
    try {
      await work();
    } catch (error) {
      this.error = error;
    } finally {
      this.busy = false;
    }
  }

  async #open(part: Part, files: readonly DroppedFile[]): Promise<void> {
    const [first] = files;
    if (!first) return;
    route.go(part === 'status' ? 'node' : `node/${part}`);
    switch (part) {
      case 'logs': {
        const { LogStore } = await import('./log.store.svelte');
        // Its own progress is shown; the drop itself is done.
        void this.#stores.get(LogStore).open(first.file);
        if (files.length > 1)
          this.message = {
            severity: 'warn',
            lines: [`One log at a time: ${first.path} was opened.`],
          };
        break;
      }
      case 'metrics': {
        const { MetricsStore } = await import('./metrics.store.svelte');
        const metrics = this.#stores.get(MetricsStore);
        for (const { path, file } of files) await metrics.add(path, file);
        break;
      }
      case 'config': {
        const { ConfigEditorStore } = await import('./config-editor.store.svelte');
        this.#stores
          .get(ConfigEditorStore)
          .offer(
            first.path,
            await readTextFile(first.file, { ...limits.config, name: first.path }),
          );
        break;
      }
      case 'events': {
        const { EventStore } = await import('./events.store.svelte');
        const events = this.#stores.get(EventStore);
        for (const { path, file } of files) await events.addText(file, path);
        break;
      }
      case 'status': {
        const { NodeStore } = await import('./nodes.store.svelte');
        const nodes = this.#stores.get(NodeStore);
        for (const { path, file } of files) await nodes.takePrinted(file, path);
        break;
      }
    }
  }
}

const named: readonly Part[] = ['logs', 'metrics', 'config', 'events'];

/** grpcurl output comes in a few files: what the first ones are decides for all. */
const mostHeads = 20;

/** For what its first bytes do not tell: the part that is open; on Status, if grpcurl may have printed it. */
async function partFor(files: readonly DroppedFile[]): Promise<Part | undefined> {
  const open = route.path[1];
  if (open !== undefined) return named.find((part) => part === open);
  const heads = await Promise.all(
    files.slice(0, mostHeads).map(({ file }) => file.slice(0, 200).text()),
  );
  return heads.every((head) => /^\s*(\{|ERROR:|Failed to dial)/.test(head)) ? 'status' : undefined;
}
