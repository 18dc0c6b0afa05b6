/** What is left of one or several machines, and the report on it. */
import type { PostMetadata } from '../../protocol/metadata';
import type { Source } from '../places';

export interface FoundKey extends Source {
  /** Hex. */
  readonly nodeId: string;
  readonly hasPrivateKey: boolean;
}

/** A folder with postdata_N.bin, with metadata, or with both. */
export interface FoundFolder extends Source {
  readonly metadata:
    | { readonly state: 'readable'; readonly metadata: PostMetadata }
    | { readonly state: 'missing' | 'empty' | 'torn' | 'unreadable'; readonly reason: string };
  readonly files: readonly { readonly number: number; readonly sizeBytes: number }[];
}

/** A database by its name, size and header; nothing else of it is read. */
export interface FoundDatabase extends Source {
  readonly sizeBytes: number;
  /** Pages that the header promises, in bytes; undefined where there is no readable header. */
  readonly promisedBytes: number | undefined;
}

export interface FoundConfig extends Source {
  /** smeshing-opts-numunits, or what the preset has; undefined where the config starts no smeshing. */
  readonly numUnits: number | undefined;
}

export interface FoundLog extends Source {
  /** Lines that report a full disk or a damaged database, the first few. */
  readonly alarming: readonly string[];
}

/** What the network or a database states about an identity. */
export interface KnownCommitment {
  /** Hex, both. */
  readonly nodeId: string;
  readonly commitmentAtxId: string;
  readonly source: string;
}

export interface Estate {
  readonly keys: readonly FoundKey[];
  readonly folders: readonly FoundFolder[];
  readonly databases: readonly FoundDatabase[];
  readonly configs: readonly FoundConfig[];
  readonly logs: readonly FoundLog[];
  readonly commitments: readonly KnownCommitment[];
  /** Hex ids of identities with a malfeasance proof; undefined: no database was asked. */
  readonly malicious: readonly string[] | undefined;
  /** Labels per unit of the network. */
  readonly labelsPerUnit: bigint;
  /** Files that could not be read, with the reason. */
  readonly unread: readonly (Source & { readonly reason: string })[];
  /** Files that were not looked into, because it is not known what they are. */
  readonly unrecognised: readonly Source[];
}

export type RescueCode =
  | 'malicious'
  | 'key-in-two-places'
  | 'key-missing'
  | 'key-public-only'
  | 'commitment-of-another-network-atx'
  | 'two-commitments'
  | 'units-reduced-in-config'
  | 'metadata-empty'
  | 'metadata-torn'
  | 'metadata-missing'
  | 'metadata-unreadable'
  | 'max-file-size-differs'
  | 'files-missing'
  | 'files-missing-at-end'
  | 'file-short'
  | 'file-misaligned'
  | 'file-long'
  | 'file-extra'
  | 'data-missing'
  | 'data-in-two-places'
  | 'two-local-databases'
  | 'database-empty'
  | 'database-truncated'
  | 'database-without-header'
  | 'wal-without-database'
  | 'local-database-missing'
  | 'nonce-missing'
  | 'log-alarming'
  | 'file-not-read';

export interface RescueFinding {
  readonly code: RescueCode;
  /** danger: act before any node starts. damaged: something is lost or unusable. note: good to know. */
  readonly severity: 'danger' | 'damaged' | 'note';
  readonly message: string;
  /** In their order. */
  readonly steps: readonly string[];
  /** Hex id; absent where it is of a place. */
  readonly identity?: string | undefined;
  readonly sources: readonly Source[];
  /** For damaged metadata: the file as it can be written again. */
  readonly rebuilt?: RebuiltMetadata | undefined;
}

export interface RebuiltMetadata {
  /** postdata_metadata.json; undefined while something is not known. */
  readonly text: string | undefined;
  /** What is not known, and where to find it. */
  readonly missing: readonly string[];
  /** What was assumed rather than read. */
  readonly assumed: readonly string[];
}

export interface RescuedIdentity {
  /** Hex. */
  readonly identity: string;
  readonly keys: readonly Source[];
  readonly folders: readonly Source[];
  /** Hex; of its metadata, and of what the network states. */
  readonly commitments: readonly string[];
}

export interface RescueReport {
  /** The worst first. */
  readonly findings: readonly RescueFinding[];
  readonly identities: readonly RescuedIdentity[];
  readonly outcome: 'good' | 'attention' | 'nothing';
  readonly notChecked: readonly string[];
}
