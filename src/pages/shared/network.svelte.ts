/**
 * Which network the open database is of: what the database does not hold itself. Layers per epoch are inferred from
 * it, the prefix of addresses is guessed from that, and both can be set by the user, in the address of the page.
 */
import { addressPrefixes, formatAddress, type AddressPrefix } from '../../protocol/address';
import { mainnetTiming } from '../../protocol/epochs';
import type { Database } from '../../state/database';
import { inferLayersPerEpoch, type LayersPerEpoch } from '../../state/queries/epochs';
import { route } from '../../ui/route.svelte';

class Network {
  #inferred = $state.raw<LayersPerEpoch>();
  /** Why the database could not be asked: then the layers per epoch are those of mainnet, whatever it holds. */
  lookError = $state.raw<unknown>();

  readonly layersPerEpoch: number = $derived.by(() => {
    const asked = Number(route.param('lpe'));
    return Number.isInteger(asked) && asked > 0
      ? asked
      : (this.#inferred?.layersPerEpoch ?? mainnetTiming.layersPerEpoch);
  });

  readonly source: 'inferred' | 'default' | 'asked' = $derived(
    route.params.has('lpe') ? 'asked' : (this.#inferred?.source ?? 'default'),
  );

  readonly prefix: AddressPrefix = $derived.by(() => {
    const asked = addressPrefixes.find((prefix) => prefix === route.param('hrp'));
    return asked ?? (this.layersPerEpoch === mainnetTiming.layersPerEpoch ? 'sm' : 'stest');
  });

  /** Looks into a database that was just opened. */
  async look(database: Database, signal: AbortSignal): Promise<void> {
    this.#inferred = this.lookError = undefined;
    try {
      const inferred = await inferLayersPerEpoch(database, { signal });
      if (!signal.aborted) this.#inferred = inferred;
    } catch (error) {
      if (!signal.aborted) this.lookError = error;
    }
  }

  /** Parameters to keep when going to another view. */
  get params(): Record<string, string | undefined> {
    return {
      lpe: route.params.get('lpe') ?? undefined,
      hrp: route.params.get('hrp') ?? undefined,
      genesisTime: route.params.get('genesisTime') ?? undefined,
      layerS: route.params.get('layerS') ?? undefined,
    };
  }

  address(bytes: Uint8Array): string {
    return formatAddress(bytes, this.prefix);
  }
}

export const network = new Network();
