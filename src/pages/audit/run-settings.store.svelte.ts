/** How ATXs are audited: which indices, by what, with how many threads; as the address keeps them. */
import type { AtxAuditSettings } from '../../audit/atx';
import { openAuditEngines, type AuditEngines } from '../../audit/engines';
import type { Backend } from '../../kernels/choose';
import { isAbort } from '../../base/abort';
import { route } from '../../ui/route.svelte';
import type { Stores } from '../../ui/stores.svelte';
import { AuditNetworkStore } from './network.store.svelte';

export const modes = [
  { value: 'all', text: 'all indices' },
  { value: 'k3', text: 'K3 indices, as a node' },
  { value: 'one', text: 'one index' },
  { value: 'none', text: 'no labels, no k2pow' },
] as const;
export type Mode = (typeof modes)[number]['value'];

const backends: readonly Backend[] = ['auto', 'cpu', 'gpu'];

const cores = navigator.hardwareConcurrency;

export class RunSettingsStore {
  readonly #network: AuditNetworkStore;
  #engines: { readonly key: string; readonly engines: AuditEngines } | undefined;

  constructor(stores: Stores) {
    this.#network = stores.get(AuditNetworkStore);
  }

  /** `usual` is what a view does by default. */
  mode(usual: Mode): Mode {
    return modes.find(({ value }) => value === route.param('mode'))?.value ?? usual;
  }

  get seed(): string {
    return route.param('seed', '1');
  }

  get position(): string {
    return route.param('position', '0');
  }

  get backend(): Backend {
    return backends.find((backend) => backend === route.param('backend')) ?? 'auto';
  }

  get threads(): string {
    return route.param('threads', String(cores));
  }

  put(values: Partial<Record<'mode' | 'seed' | 'position' | 'backend' | 'threads', string>>): void {
    const usual = { mode: '', seed: '1', position: '0', backend: 'auto', threads: String(cores) };
    route.update(
      Object.fromEntries(
        Object.entries(values).map(([name, value]) => [
          name,
          value === usual[name as keyof typeof usual] ? undefined : value,
        ]),
      ),
    );
  }

  /** @throws WorkbenchError naming the network's field that cannot be read */
  settings(usual: Mode): AtxAuditSettings & { readonly threads: number } {
    const network = this.#network.value;
    const mode = this.mode(usual);
    // A seed may be any text; the sampling takes its bytes.
    const seed = new TextEncoder().encode(this.seed);
    return {
      network,
      threads: Number(this.threads),
      indices:
        mode === 'k3'
          ? { subset: network.post.k3, seed }
          : mode === 'one'
            ? { one: Number(this.position) }
            : mode,
    };
  }

  /** Lends the engines, which are kept for the next audit: RandomX takes a second or two to start. */
  async using<Result>(audit: (engines: AuditEngines) => Promise<Result>): Promise<Result> {
    try {
      return await audit(this.#engine());
    } catch (error) {
      // What failed once, such as opening the GPU, is tried again.
      if (!isAbort(error)) this.close();
      throw error;
    }
  }

  #engine(): AuditEngines {
    const key = `${this.backend} ${this.threads}`;
    if (this.#engines?.key !== key) {
      this.close();
      const engines = openAuditEngines({ backend: this.backend, threads: Number(this.threads) });
      this.#engines = { key, engines };
    }
    return this.#engines.engines;
  }

  close(): void {
    this.#engines?.engines.close();
    this.#engines = undefined;
  }
}
