/** What was dropped for the rescue report, by machine. Private halves are not kept. */
import { collectEstate, type CollectedEstate } from '../../identity/rescue/collect';
import { rescueReport } from '../../identity/rescue/rescue';
import type { KnownCommitment } from '../../identity/rescue/types';
import { readBytes, toHex } from '../../base/bytes';
import { networkParameters } from '../../protocol/parameters';
import type { Dropped } from '../../ui/drop';
import { byKind } from '../shared/kinds';

export type RescueNetwork = keyof typeof networkParameters;
export const rescueNetworks = Object.keys(networkParameters) as RescueNetwork[];

export class RescueStore {
  machine = $state('machine 1');
  network = $state<RescueNetwork>('mainnet');
  busy = $state(false);
  error = $state.raw<unknown>();
  parts = $state.raw<readonly (CollectedEstate & { readonly place: string })[]>([]);
  commitments = $state.raw<readonly KnownCommitment[]>([]);

  readonly empty = $derived(this.parts.length === 0);
  readonly report = $derived(
    rescueReport({
      keys: this.parts.flatMap(({ keys }) => keys),
      folders: this.parts.flatMap(({ folders }) => folders),
      databases: this.parts.flatMap(({ databases }) => databases),
      configs: this.parts.flatMap(({ configs }) => configs),
      logs: this.parts.flatMap(({ logs }) => logs),
      unread: this.parts.flatMap(({ unread }) => unread),
      commitments: this.commitments,
      unrecognised: this.parts.flatMap(({ unrecognised }) => unrecognised),
      malicious: undefined,
      labelsPerUnit: networkParameters[this.network].labelsPerUnit,
    }),
  );

  readonly take = async (dropped: Promise<Dropped>): Promise<void> => {
    this.error = undefined;
    this.busy = true;
    const place = this.machine.trim() || 'a machine without name';
    try {
      const collected = await collectEstate(place, await byKind((await dropped).files));
      this.parts = [...this.parts, { ...collected, place }];
    } catch (error) {
      this.error = error;
    } finally {
      this.busy = false;
    }
  };

  /** @throws WorkbenchError `bytes-wrong-length`, `bytes-not-readable` */
  addCommitment(nodeId: string, commitmentAtxId: string): void {
    const known = {
      nodeId: toHex(readBytes(nodeId.trim(), 32, 'Smesher ID')),
      commitmentAtxId: toHex(readBytes(commitmentAtxId.trim(), 32, 'Commitment ATX')),
      source: 'what you entered',
    };
    this.commitments = [...this.commitments.filter((one) => one.nodeId !== known.nodeId), known];
  }

  clear(): void {
    this.parts = [];
    this.commitments = [];
    this.error = undefined;
  }
}
