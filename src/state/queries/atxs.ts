/** ATXs. Epochs are target epochs unless a name has "publish": an ATX published in epoch 7 earns in epoch 8. */
import type { BytesLike } from '../../base/bytes';
import { WorkbenchError } from '../../base/error';
import { missingFrom } from '../schema';
import { validities, type Validity } from '../validity';
import { type Queryable, type AskOptions, askRows, lacks } from './ask';
import { readId } from './ids';
import { bytes, bytesOrNull, integer, integerOrNull, number, numberOrNull, type Row } from './row';

export interface AtxRow {
  readonly id: Uint8Array;
  readonly publishEpoch: number;
  readonly targetEpoch: number;
  /** 1 or 2; null where the database does not say. */
  readonly version: number | null;
  readonly blobBytes: number | null;
  readonly publisher: Uint8Array;
  /** Units of this identity in it. */
  readonly ownUnits: number;
  /** Units of all identities in it, as they count. */
  readonly atxUnits: number;
  readonly tickCount: bigint;
  readonly tickHeight: bigint;
  readonly weight: bigint;
  readonly sequence: bigint;
  readonly previousAtx: Uint8Array | null;
  readonly commitmentAtx: Uint8Array | null;
  readonly vrfNonce: bigint | null;
  readonly coinbase: Uint8Array;
  /** When the node received it, Unix seconds; 0 marks an ATX from a checkpoint. */
  readonly receivedUnixS: number;
  /** This node's own opinion: see validity.ts. */
  readonly validity: Validity | null;
  /** Of the equivocation set, on merged ATXs. */
  readonly marriageAtx: Uint8Array | null;
}

export const atxRow = (row: Row): AtxRow => ({
  id: bytes(row, 'atx_id'),
  publishEpoch: number(row, 'publish_epoch'),
  targetEpoch: number(row, 'publish_epoch') + 1,
  version: row['atx_version'] === 0 ? 1 : numberOrNull(row, 'atx_version'),
  blobBytes: numberOrNull(row, 'blob_bytes'),
  publisher: bytes(row, 'publisher'),
  ownUnits: number(row, 'own_units'),
  atxUnits: number(row, 'atx_units'),
  tickCount: integer(row, 'tick_count'),
  tickHeight: integer(row, 'tick_height'),
  weight: integer(row, 'weight'),
  sequence: integer(row, 'sequence'),
  previousAtx: bytesOrNull(row, 'prev_atx'),
  commitmentAtx: bytesOrNull(row, 'commitment_atx'),
  vrfNonce: integerOrNull(row, 'vrf_nonce'),
  coinbase: bytes(row, 'coinbase'),
  receivedUnixS: number(row, 'received_unix_s'),
  validity: row['validity'] === null ? null : (validities[number(row, 'validity')] ?? null),
  marriageAtx: bytesOrNull(row, 'marriage_atx'),
});

export interface AtxMember {
  readonly smesher: Uint8Array;
  readonly units: number;
  readonly previousAtx: Uint8Array | null;
  /** The ATX that continues from this one. */
  readonly nextAtx: Uint8Array | null;
}

export interface AtxInfo {
  /** Every column of the row in `atxs`, as stored. */
  readonly columns: Row;
  readonly members: readonly AtxMember[];
  readonly blob: Uint8Array | null;
  /** 1 or 2; null where the database does not say. */
  readonly version: number | null;
}

const unsignedAtxColumns = ['nonce', 'base_tick_height', 'tick_count', 'sequence'];

/** One ATX with its links along the chain of previous ATXs; null when the database does not have it. */
export async function atx(
  database: Queryable,
  id: BytesLike,
  options: AskOptions = {},
): Promise<AtxInfo | null> {
  const key = readId(id, 'The ATX id');
  const { tables } = database.info;
  const has = (...needs: string[]): boolean => missingFrom(tables, needs).length === 0;
  if (!has('atxs')) throw lacks(database.info, 'ATX', ['atxs']);
  const [columns] = await askRows(
    database,
    'SELECT * FROM atxs WHERE id = :id',
    { id: key },
    { ...options, unsigned: unsignedAtxColumns },
  );
  if (!columns) return null;
  const [blob] = has('atx_blobs')
    ? await askRows(
        database,
        `SELECT atx, ${has('atx_blobs.version') ? 'version' : 'NULL AS version'} FROM atx_blobs WHERE id = :id`,
        { id: key },
        options,
      )
    : [{ atx: columns['atx'] ?? null, version: null }];
  return {
    columns,
    members: has('posts')
      ? await postMembers(database, key, has('posts.publish_epoch'), columns, options)
      : await ownMember(database, key, has('atxs.prev_id'), columns, options),
    blob: blob ? bytesOrNull(blob, 'atx') : null,
    version: blob?.['version'] === 0 ? 1 : blob ? numberOrNull(blob, 'version') : null,
  };
}

async function postMembers(
  database: Queryable,
  key: Uint8Array,
  hasEpoch: boolean,
  columns: Row,
  options: AskOptions,
): Promise<AtxMember[]> {
  // By (pubkey, publish_epoch), which is an index: by prev_atxid alone it would read the entire table.
  const next = hasEpoch
    ? `(SELECT n.atxid FROM posts n WHERE n.pubkey = p.pubkey AND n.publish_epoch > :epoch AND n.prev_atxid = p.atxid LIMIT 1)`
    : 'NULL';
  const rows = await askRows(
    database,
    `SELECT p.pubkey, p.units, p.prev_atxid, ${next} AS next_atxid
     FROM posts p WHERE p.atxid = :id ORDER BY p.pubkey`,
    { id: key, ...(hasEpoch && { epoch: number(columns, 'epoch') }) },
    options,
  );
  return rows.map((row) => ({
    smesher: bytes(row, 'pubkey'),
    units: number(row, 'units'),
    previousAtx: bytesOrNull(row, 'prev_atxid'),
    nextAtx: bytesOrNull(row, 'next_atxid'),
  }));
}

async function ownMember(
  database: Queryable,
  key: Uint8Array,
  hasPrevious: boolean,
  columns: Row,
  options: AskOptions,
): Promise<AtxMember[]> {
  const publisher = bytes(columns, 'pubkey');
  const [next] = hasPrevious
    ? await askRows(
        database,
        'SELECT id FROM atxs WHERE pubkey = :publisher AND epoch > :epoch AND prev_id = :id LIMIT 1',
        { publisher, epoch: number(columns, 'epoch'), id: key },
        options,
      )
    : [];
  return [
    {
      smesher: publisher,
      units: number(columns, 'effective_num_units'),
      previousAtx: hasPrevious ? bytesOrNull(columns, 'prev_id') : null,
      nextAtx: next ? bytesOrNull(next, 'id') : null,
    },
  ];
}

/**
 * The ATX that a new identity would commit to: the highest of the latest publish epoch that is not marked
 * invalid (go-spacemesh activation/post.go findCommitmentAtx, which verifies it besides).
 * @returns 32 bytes
 * @throws WorkbenchError `schema-lacks`, `no-atxs`
 */
export async function highestAtx(
  database: Queryable,
  options: AskOptions = {},
): Promise<Uint8Array> {
  const { tables } = database.info;
  const missing = missingFrom(tables, ['atxs.base_tick_height', 'atxs.tick_count']);
  if (missing.length > 0) throw lacks(database.info, 'The highest ATX', missing);
  const invalid = missingFrom(tables, ['atxs.validity']).length === 0 ? 'AND validity <> 2' : '';
  const [row] = await askRows(
    database,
    `SELECT id FROM atxs WHERE epoch = (SELECT max(epoch) FROM atxs) ${invalid}
     ORDER BY base_tick_height + tick_count DESC, id LIMIT 1`,
    {},
    options,
  );
  if (!row) throw new WorkbenchError('no-atxs', 'This database holds no ATXs to commit to.');
  return bytes(row, 'id');
}
