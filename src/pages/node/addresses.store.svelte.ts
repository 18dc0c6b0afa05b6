/** The addresses that this browser was asked to remember. Nothing is remembered without being asked to. */
import {
  forgetAddress,
  forgetAddresses,
  readAddresses,
  rememberAddress,
  type AddressKind,
  type RememberedAddress,
} from '../../storage/addresses';

export class AddressStore {
  all = $state.raw<readonly RememberedAddress[]>([]);
  /** The browser would not keep one: a private window, or a full disk. */
  refused = $state(false);

  constructor() {
    void readAddresses().then((all) => (this.all = all));
  }

  has(kind: AddressKind, address: string): boolean {
    return this.all.some((one) => one.kind === kind && one.address === address);
  }

  async remember(kind: AddressKind, address: string): Promise<void> {
    this.#show(await rememberAddress({ kind, address }));
  }

  async forget(kind: AddressKind, address: string): Promise<void> {
    this.#show(await forgetAddress({ kind, address }));
  }

  async forgetAll(): Promise<void> {
    this.#show(await forgetAddresses());
  }

  #show(all: readonly RememberedAddress[] | undefined): void {
    this.refused = all === undefined;
    if (all) this.all = all;
  }
}
