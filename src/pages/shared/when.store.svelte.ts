/**
 * When the layers of the open database began, and in which time zone times are shown. The clock is found out from the
 * signatures in the database; the user may set it, in the address. The time zone is the user's own choice, remembered.
 */
import { findClock, type FoundClock } from '../../audit/clock';
import { mainnetTiming, type LayerClock } from '../../protocol/epochs';
import type { TimeZone } from '../../base/instant';
import type { Database } from '../../state/database';
import { readSetting, writeSetting } from '../../storage/settings';
import { route } from '../../ui/route.svelte';
import { network } from './network.svelte';
import { Dates } from './when';

const settingName = 'time-zone';

/**
 * `asked`: as the user set it. `found`: by the genesis id. `assumed`: nothing contradicts mainnet, and nothing proves it.
 * `unknown`: there are no dates.
 */
export type ClockSource = 'asked' | 'found' | 'assumed' | 'unknown';

export class WhenStore {
  zone = $state<TimeZone>('local');
  /** Null: the database does not show it. */
  #found = $state.raw<FoundClock | null>();
  lookError = $state.raw<unknown>();

  readonly #asked: Omit<LayerClock, 'layersPerEpoch'> | undefined = $derived.by(() => {
    const genesisMs = Date.parse(route.param('genesisTime'));
    const layerS = Number(route.param('layerS'));
    return Number.isFinite(genesisMs) && layerS > 0
      ? { genesisMs, layerMs: layerS * 1000 }
      : undefined;
  });

  readonly source: ClockSource = $derived.by(() => {
    if (this.#asked) return 'asked';
    if (this.#found) return 'found';
    const isMainnetLike =
      network.source !== 'default' && network.layersPerEpoch === mainnetTiming.layersPerEpoch;
    return this.#found === null && isMainnetLike ? 'assumed' : 'unknown';
  });

  readonly clock: LayerClock | undefined = $derived.by(() => {
    const { layersPerEpoch } = network;
    if (this.#asked) return { ...this.#asked, layersPerEpoch };
    if (this.#found) return { ...this.#found, layersPerEpoch };
    return this.source === 'assumed' ? { ...mainnetTiming, layersPerEpoch } : undefined;
  });

  readonly dates: Dates = $derived(new Dates(this.clock, this.zone));

  /** "mainnet": of the network that was found. */
  get networkName(): string | undefined {
    return this.#found?.network;
  }

  constructor() {
    void readSetting<TimeZone>(settingName, 'local').then((zone) => (this.zone = zone));
  }

  toggleZone(): void {
    this.zone = this.zone === 'utc' ? 'local' : 'utc';
    void writeSetting(settingName, this.zone);
  }

  /** Looks into a database that was just opened. After `network.look`, whose layers per epoch it needs. */
  async look(database: Database, signal: AbortSignal): Promise<void> {
    this.#found = this.lookError = undefined;
    try {
      const found = await findClock(database, network.layersPerEpoch, { signal });
      if (!signal.aborted) this.#found = found ?? null;
    } catch (error) {
      if (!signal.aborted) this.lookError = error;
    }
  }
}
