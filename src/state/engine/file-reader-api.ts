/** What the state worker sends to its helper thread. */
import type { Ticket } from './source';

/** One read: bytes [offset, offset + length) into these slots; `sequence` is stored when it is done. */
export interface ReadRequest extends Ticket {
  readonly offset: number;
  readonly length: number;
  readonly slots: readonly number[];
}

export interface ReaderSetup {
  readonly file: File;
  readonly arena: SharedArrayBuffer;
  /** Numbers of each channel: see `channelCell`. */
  readonly control: SharedArrayBuffer;
}
