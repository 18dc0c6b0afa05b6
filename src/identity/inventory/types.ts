/** What an inventory is taken of, and what it reports. */

import type { Source } from '../places';

/** One drop or pick of files. */
export interface InventoryDrop {
  readonly id: number;
  /** As the operator names it; '' until then. */
  readonly machine: string;
  /** Files that should have been read and were not. */
  readonly unread: readonly UnreadFile[];
  /** Folders with postdata_N.bin, but without a readable postdata_metadata.json. */
  readonly foldersWithoutMetadata: readonly string[];
}

export interface UnreadFile {
  readonly path: string;
  readonly reason: string;
  /** It has the name or the form of a smesher key: another copy of a key could be in it. */
  readonly mayBeKey: boolean;
}

/** Where a file was found. */
export interface InventoryItem {
  /** `id` of its drop. */
  readonly drop: number;
  /** Inside the drop; only a name where files were dropped without their folder. */
  readonly path: string;
}

export interface KeyItem extends InventoryItem {
  readonly publicKey: Uint8Array;
  readonly hasPrivateKey: boolean;
}

export interface PostItem extends InventoryItem {
  readonly nodeId: Uint8Array;
  readonly commitmentAtxId: Uint8Array;
  readonly numUnits: number;
  readonly data: SeenData;
}

/** What was dropped beside the metadata. `unclear`: several directories came under one path. */
export type SeenData = 'complete' | 'incomplete' | 'not-seen' | 'unclear';

export interface ConfigItem extends InventoryItem {
  /** smeshing.smeshing-start */
  readonly smeshing: boolean;
  readonly dataFolder: string | undefined;
  readonly postFolder: string | undefined;
  readonly coinbase: string | undefined;
}

/** A row of state.sql's malfeasance or identities table. */
export interface MalfeasanceItem {
  readonly nodeId: Uint8Array;
  readonly why: string;
}

export interface InventoryInput {
  readonly drops: readonly InventoryDrop[];
  readonly keys: readonly KeyItem[];
  readonly posts: readonly PostItem[];
  readonly configs: readonly ConfigItem[];
  readonly malfeasance: readonly MalfeasanceItem[];
  /** Databases that were asked for malfeasance proofs and answered. */
  readonly databasesAsked: number;
}

export type InventoryFindingCode =
  | 'key-in-two-places'
  | 'key-twice-on-one-machine'
  | 'same-key-twice-in-a-folder'
  | 'data-in-two-places'
  | 'key-and-data-apart'
  | 'malicious'
  | 'data-without-key'
  | 'key-without-data'
  | 'data-incomplete'
  | 'data-not-seen'
  | 'data-without-metadata'
  | 'public-half-only'
  | 'two-commitments'
  | 'supervised-key-beside-others'
  | 'two-smeshing-configs'
  | 'different-coinbases'
  | 'file-not-read';

export interface InventoryFinding {
  readonly code: InventoryFindingCode;
  readonly severity: 'danger' | 'warning' | 'note';
  readonly message: string;
  /** Hex of the identity concerned; absent where it concerns a place. */
  readonly identity: string | undefined;
  readonly sources: readonly Source[];
}

export interface InventoryRow {
  /** Hex. */
  readonly identity: string;
  readonly keys: readonly (KeyItem & Source)[];
  readonly posts: readonly (PostItem & Source)[];
  readonly malfeasance: readonly MalfeasanceItem[];
}

/** What all of it amounts to. Only a `pass` is an all-clear, and only for what `text` claims. */
export interface InventoryConclusion {
  readonly outcome: 'pass' | 'fail' | 'inconclusive';
  readonly text: string;
  readonly notChecked: readonly string[];
}

export interface Inventory {
  readonly rows: readonly InventoryRow[];
  readonly configs: readonly (ConfigItem & Source)[];
  /** The worst first. */
  readonly findings: readonly InventoryFinding[];
  readonly conclusion: InventoryConclusion;
}
