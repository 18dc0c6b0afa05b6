/**
 * Addresses of servers that a user asked to be remembered: nodes, bridges, Prometheus. Kept in the browser's own
 * database until they are forgotten; they hold no passwords (`serverUrl` refuses those).
 */
import { get, update } from 'idb-keyval';
import { store } from './store';

export type AddressKind = 'gateway' | 'grpc' | 'prometheus' | 'operator' | 'metrics';

export interface RememberedAddress {
  readonly kind: AddressKind;
  readonly address: string;
}

const key = 'addresses:servers';
/** Beyond this the oldest go. */
const kept = 100;

const same = (a: RememberedAddress) => (b: RememberedAddress) =>
  a.kind === b.kind && a.address === b.address;

/** In the order in which they were remembered; none where the browser refuses. */
export async function readAddresses(): Promise<readonly RememberedAddress[]> {
  try {
    return (await get<readonly RememberedAddress[]>(key, store)) ?? [];
  } catch {
    return [];
  }
}

/** Resolves to all, or to undefined if the browser would not keep it. */
export const rememberAddress = (added: RememberedAddress) =>
  change((all) => (all.some(same(added)) ? all : [...all, added].slice(-kept)));

export const forgetAddress = (gone: RememberedAddress) =>
  change((all) => all.filter((one) => !same(gone)(one)));

export const forgetAddresses = () => change(() => []);

async function change(
  next: (all: readonly RememberedAddress[]) => readonly RememberedAddress[],
): Promise<readonly RememberedAddress[] | undefined> {
  let result: readonly RememberedAddress[] = [];
  try {
    await update<readonly RememberedAddress[]>(key, (all) => (result = next(all ?? [])), store);
    return result;
  } catch {
    return undefined;
  }
}
