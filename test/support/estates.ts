/** Broken estates for the rescue report: files of a small network, made in memory by name and content. */
import { toBase64 } from '../../src/base/bytes';
import { PrivateKey } from '../../src/protocol/keys';
import { metadataFileName } from '../../src/protocol/metadata';
import type { KnownCommitment, RescueCode } from '../../src/identity/rescue/types';

/** 64 labels per unit, as the standalone network has them. */
export const labelsPerUnit = 64n;
const unitBytes = 1024;

export const keyOf = (seed: number): PrivateKey => new PrivateKey(new Uint8Array(32).fill(seed));
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
export const idOf = (seed: number): string => hexOf(keyOf(seed).publicKey);
export const commitmentOf = (seed: number): string => hexOf(new Uint8Array(32).fill(seed + 100));

interface Geometry {
  readonly numUnits?: number;
  readonly maxFileSize?: number;
  readonly commitment?: number;
  readonly nonce?: number | null;
}

export const metadataText = (
  seed: number,
  { numUnits = 4, maxFileSize = unitBytes, commitment = seed, nonce = 7 }: Geometry = {},
): string =>
  JSON.stringify({
    NodeId: toBase64(keyOf(seed).publicKey),
    CommitmentAtxId: toBase64(new Uint8Array(32).fill(commitment + 100)),
    LabelsPerUnit: 64,
    NumUnits: numUnits,
    MaxFileSize: maxFileSize,
    ...(nonce === null ? {} : { Nonce: nonce }),
  });

/** The header of a database of so many pages of 4 KiB. */
export function databaseBytes(pages: number, promised = pages): Uint8Array {
  const bytes = new Uint8Array(pages * 4096);
  bytes.set(new TextEncoder().encode('SQLite format 3\0'));
  const view = new DataView(bytes.buffer);
  view.setUint16(16, 4096);
  view.setUint32(28, promised);
  return bytes;
}

export type Files = Readonly<Record<string, string | Uint8Array | number>>;

/** A key, its complete PoST folder, databases and config. A number is the size of a file of zeros. */
export const healthy = (seed: number): Files => ({
  'node/identities/local.key': keyOf(seed).toKeyFile(),
  'node/local.sql': databaseBytes(2),
  'node/state.sql': databaseBytes(2),
  'node/config.json':
    '{"preset":"standalone","smeshing":{"smeshing-opts":{"smeshing-opts-numunits":4}}}',
  [`post/${metadataFileName}`]: metadataText(seed),
  'post/postdata_0.bin': unitBytes,
  'post/postdata_1.bin': unitBytes,
  'post/postdata_2.bin': unitBytes,
  'post/postdata_3.bin': unitBytes,
});

/** The healthy files without some, and with others. */
const but = (without: readonly string[], files: Files = {}): Files => ({
  ...Object.fromEntries(Object.entries(healthy(1)).filter(([path]) => !without.includes(path))),
  ...files,
});
const metadata = `post/${metadataFileName}`;
const key = 'node/identities/local.key';

export interface BrokenEstate {
  readonly name: string;
  readonly files: Files;
  /** Files of a second machine. */
  readonly other?: Files;
  readonly commitments?: readonly KnownCommitment[];
  readonly malicious?: readonly string[];
  /** All codes of danger and damage, the worst first. */
  readonly codes: readonly RescueCode[];
}

const network: KnownCommitment = {
  nodeId: idOf(1),
  commitmentAtxId: commitmentOf(1),
  source: 'state.sql',
};

export const brokenEstates: readonly BrokenEstate[] = [
  { name: 'nothing is wrong', files: healthy(1), commitments: [network], codes: [] },
  {
    name: 'one key on two machines',
    files: healthy(1),
    other: { 'backup/identities/local.key': keyOf(1).toKeyFile() },
    codes: ['key-in-two-places'],
  },
  {
    name: 'one key twice on a machine',
    files: but([], { 'node/identities/copy.key': keyOf(1).toKeyFile() }),
    codes: ['key-in-two-places'],
  },
  { name: 'data without its key', files: but([key]), codes: ['key-missing'] },
  {
    name: 'the public half of the key only',
    files: but([key], { [key]: idOf(1) }),
    codes: ['key-public-only'],
  },
  {
    name: 'a key without data',
    files: but(Object.keys(healthy(1)).filter((path) => path.startsWith('post/'))),
    codes: ['data-missing'],
  },
  {
    name: 'metadata lost',
    files: but([metadata]),
    commitments: [network],
    codes: ['data-missing', 'metadata-missing'],
  },
  {
    name: 'metadata empty after a full disk',
    files: but([], { [metadata]: '' }),
    codes: ['data-missing', 'metadata-empty'],
  },
  {
    name: 'metadata cut off',
    files: but([], { [metadata]: metadataText(1).slice(0, 90) }),
    codes: ['data-missing', 'metadata-torn'],
  },
  {
    name: 'metadata of zeros after a power loss',
    files: but([], { [metadata]: '\0'.repeat(200) }),
    codes: ['data-missing', 'metadata-torn'],
  },
  {
    name: 'metadata with a word that is not JSON',
    files: but([], { [metadata]: metadataText(1).replace('64', 'sixty-four') }),
    codes: ['data-missing', 'metadata-unreadable'],
  },
  {
    name: 'a file of the middle missing',
    files: but(['post/postdata_1.bin']),
    codes: ['files-missing'],
  },
  {
    name: 'files missing at the end',
    files: but(['post/postdata_2.bin', 'post/postdata_3.bin']),
    codes: ['files-missing-at-end'],
  },
  {
    name: 'metadata without any file',
    files: but([0, 1, 2, 3].map((number) => `post/postdata_${number}.bin`)),
    codes: ['files-missing'],
  },
  {
    name: 'the last file short',
    files: but([], { 'post/postdata_3.bin': 512 }),
    codes: ['file-short'],
  },
  {
    name: 'the last file cut in a label',
    files: but([], { 'post/postdata_3.bin': 515 }),
    codes: ['file-misaligned'],
  },
  {
    name: 'the last file too long',
    files: but([], { 'post/postdata_3.bin': unitBytes + 16 }),
    codes: ['file-long'],
  },
  {
    name: 'NumUnits reduced in the metadata',
    files: but([], { [metadata]: metadataText(1, { numUnits: 2 }) }),
    codes: ['file-extra'],
  },
  {
    name: 'NumUnits reduced in the config',
    files: but([], {
      'node/config.json': '{"preset":"standalone","smeshing":{"smeshing-opts-numunits":2}}',
    }),
    codes: ['units-reduced-in-config'],
  },
  {
    name: 'another MaxFileSize in the metadata',
    files: but([], { [metadata]: metadataText(1, { maxFileSize: 2048 }) }),
    codes: ['max-file-size-differs'],
  },
  {
    name: 'another commitment ATX than the network’s',
    files: but([], { [metadata]: metadataText(1, { commitment: 9 }) }),
    commitments: [network],
    codes: ['commitment-of-another-network-atx'],
  },
  {
    name: 'two folders with different commitments',
    files: but([], {
      'post2/postdata_metadata.json': metadataText(1, { commitment: 9 }),
      'post2/postdata_0.bin': unitBytes,
      'post2/postdata_1.bin': unitBytes,
      'post2/postdata_2.bin': unitBytes,
      'post2/postdata_3.bin': unitBytes,
    }),
    codes: ['two-commitments'],
  },
  {
    name: 'both node_state.sql and local.sql',
    files: but([], { 'node/node_state.sql': databaseBytes(1) }),
    codes: ['two-local-databases'],
  },
  {
    name: 'state.sql copied in part',
    files: but([], { 'node/state.sql': databaseBytes(2, 9) }),
    codes: ['database-truncated'],
  },
  {
    name: 'local.sql empty',
    files: but([], { 'node/local.sql': '' }),
    codes: ['database-empty'],
  },
  {
    name: 'state.sql overwritten with zeros',
    files: but([], { 'node/state.sql': 8192 }),
    codes: ['database-without-header'],
  },
  {
    name: 'a -wal without its database',
    files: but(['node/state.sql'], { 'node/state.sql-wal': 'wal' }),
    codes: ['wal-without-database'],
  },
  {
    name: 'local.sql lost',
    files: but(['node/local.sql']),
    codes: ['local-database-missing'],
  },
  {
    name: 'an identity with a malfeasance proof',
    files: healthy(1),
    malicious: [idOf(1)],
    codes: ['malicious'],
  },
  {
    name: 'a damaged key file',
    files: but([key], { [key]: 'zz'.repeat(64) }),
    codes: ['key-missing', 'file-not-read'],
  },
];
