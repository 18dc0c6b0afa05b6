/** The networks that the user has added, remembered in this browser. */
import type { NetworkTiming } from '../../protocol/epochs';
import {
  knownNetworks,
  ownNetwork,
  readNetworks,
  type NamedNetwork,
} from '../../protocol/networks';
import { readSetting, writeSetting } from '../../storage/settings';

const setting = 'networks';

export class OwnNetworksStore {
  own = $state.raw<readonly NamedNetwork[]>([]);
  readonly all = $derived([...knownNetworks, ...this.own]);

  constructor() {
    void readSetting<unknown>(setting, []).then((stored) => (this.own = readNetworks(stored)));
  }

  /** One of the same name is replaced. @throws WorkbenchError `network-name-invalid`, `network-timing-invalid` */
  keep(name: string, timing: NetworkTiming): NamedNetwork {
    const network = ownNetwork(name, timing);
    this.#store([...this.own.filter((one) => one.name !== network.name), network]);
    return network;
  }

  remove(name: string): void {
    this.#store(this.own.filter((one) => one.name !== name));
  }

  #store(networks: readonly NamedNetwork[]): void {
    this.own = networks;
    void writeSetting(setting, networks);
  }
}
