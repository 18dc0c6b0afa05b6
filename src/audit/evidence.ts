/** What the database has on an ATX: its row, its blob, and everything that these refer to. Read, not judged. */
import { decodeAtx, type Atx } from '../protocol/atx';
import { equalBytes, isZero, toHex, type Bytes } from '../base/bytes';
import { WorkbenchError } from '../base/error';
import { missingFrom } from '../state/schema';
import type { Queryable } from '../state/queries/ask';
import type { SqlParams, SqlValue } from '../state/types';
import type { JobOptions } from '../base/progress';
import { askAll } from '../state/queries/ask';

/** A row of atxs; undefined where the column is NULL or the schema has none. */
export interface AtxRecord {
  readonly publishEpoch: number;
  readonly smesher: Bytes;
  readonly effectiveUnits: number;
  readonly commitmentAtx: Bytes | undefined;
  readonly vrfNonce: bigint | undefined;
  readonly baseTickHeight: bigint;
  readonly ticks: bigint;
  readonly sequence: bigint | undefined;
  readonly coinbase: Bytes;
  /** 0 in an ATX that a checkpoint brought. */
  readonly receivedNs: bigint;
  readonly marriageAtx: Bytes | undefined;
  /** Undefined before schema 20. */
  readonly weight: bigint | undefined;
}

/** A row of posts: one identity's part in an ATX. */
export interface PostRow {
  readonly smesher: Bytes;
  readonly previousAtx: Bytes | undefined;
  readonly previousIndex: number;
  readonly units: number;
  /** Undefined before schema 23. */
  readonly publishEpoch: number | undefined;
}

/** A row of marriages; before schema 24, of identities with the same columns. */
export interface MarriageRow {
  readonly smesher: Bytes;
  /** Of the set; undefined before schema 24. */
  readonly setId: number | undefined;
  readonly index: number;
  readonly target: Bytes;
  readonly signature: Bytes;
}

/** Another ATX of the same publish epoch in which one of the same identities has a part. */
export interface SecondAtx {
  readonly atx: Bytes;
  readonly smesher: Bytes;
}

/** Where an identity's labels come from. */
export interface Commitment {
  readonly atx: Bytes;
  /** As the identity's first ATX has it; undefined where that has no blob here. */
  readonly inBlob: Bytes | undefined;
}

/** The facts of a PoET proof and its faults; for one that cannot be read only the faults. */
export type PoetFacts =
  | {
      readonly ref: Bytes;
      readonly statement: Bytes;
      readonly leafCount: bigint;
      readonly failure: string | undefined;
    }
  | { readonly ref: undefined; readonly failure: string };

/** Of an ATX's members: all of them in the order of their marriage indices, and where they were married. */
export interface MarriedSet {
  readonly members: readonly Bytes[];
  /** By the table, of the publisher. */
  readonly marriageAtx: Bytes;
  /** The members' `marriage_idx`; undefined where more than one ATX married them, and before schema 24. */
  readonly indices: readonly number[] | undefined;
}

export interface Evidence {
  readonly id: Bytes;
  readonly row: AtxRecord;
  readonly blob: Bytes | undefined;
  readonly version: number;
  /** Undefined before schema 21. */
  readonly posts: readonly PostRow[] | undefined;
  readonly seconds: readonly SecondAtx[];
  /** The ATXs that it refers to and that are here, by their ids in hex. */
  readonly linked: ReadonlyMap<string, AtxRecord>;
  /** Units of members in previous ATXs, by `unitsKey`. */
  readonly previousUnits: ReadonlyMap<string, number>;
  /** Only of merged ATXs. */
  readonly married: MarriedSet | undefined;
  /** Rows that name this ATX as the place of the marriage; undefined before schema 20, and where it does not marry. */
  readonly marriages: readonly MarriageRow[] | undefined;
  /** By identity in hex. */
  readonly commitments: ReadonlyMap<string, Commitment>;
  /** By reference in hex. */
  readonly poets: ReadonlyMap<string, PoetFacts>;
}

export const unitsKey = (atx: Uint8Array, smesher: Uint8Array): string =>
  `${toHex(atx)}/${toHex(smesher)}`;

/** Turns the blob of a PoET proof into what audits ask of it: 60,000 hashes, so once a proof. */
export type InspectPoet = (blob: Bytes) => Promise<PoetFacts>;

type Row = Readonly<Record<string, SqlValue>>;

/** Remembers answers that many ATXs ask for, the latest `limit` of them. */
class Remembered<Value> {
  readonly #values = new Map<string, Promise<Value>>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(key: string, find: () => Promise<Value>): Promise<Value> {
    const known = this.#values.get(key);
    if (known) return known;
    const found = find();
    this.#values.set(key, found);
    // A failure is reported to who asked, and asked again by the next.
    found.catch(() => this.#values.delete(key));
    const [oldest] = this.#values.keys();
    if (this.#values.size > this.#limit && oldest !== undefined) this.#values.delete(oldest);
    return found;
  }
}

const rememberedRows = 4096;
const rememberedPoets = 64;

/** Reads evidence from one database. Memory: some thousands of rows that ATXs have in common. */
export class EvidenceReader {
  readonly #database: Queryable;
  readonly #inspectPoet: InspectPoet;
  readonly #rows = new Remembered<AtxRecord | undefined>(rememberedRows);
  readonly #commitments = new Remembered<Commitment | undefined>(rememberedRows);
  readonly #poets = new Remembered<PoetFacts | undefined>(rememberedPoets);

  constructor(database: Queryable, inspectPoet: InspectPoet) {
    this.#database = database;
    this.#inspectPoet = inspectPoet;
  }

  /** @throws WorkbenchError `atx-not-found`, and those of the database */
  async read(id: Bytes, options: Pick<JobOptions, 'signal'>): Promise<Evidence> {
    const ask: Ask = (sql, params) => this.#ask(sql, params, options);
    const [found] = await ask(`${this.#atxRows()} WHERE a.id = :id`, { id });
    if (!found)
      throw new WorkbenchError(
        'atx-not-found',
        `ATX ${toHex(id)} is not in this database. Look it up by its smesher, or open a newer copy.`,
        { id },
      );
    const row = readAtxRow(found);
    const blob = blobOf(found['blob']);
    const version = Number(found['version'] ?? 0) || 1;
    const posts = await this.#posts(id, ask);
    const seconds = await this.#seconds(id, row, ask);
    const atx = blob && tryDecodeAtx(blob, version);
    const marriages =
      atx?.version === 2 && atx.marriages.length > 0 ? await this.#marriages(id, ask) : undefined;
    const common = { id, row, blob, version, posts, seconds, marriages };
    const none = {
      linked: new Map(),
      previousUnits: new Map(),
      commitments: new Map(),
      poets: new Map(),
    };
    if (!atx) return { ...common, ...none, married: undefined };

    const married =
      atx.version === 2 && atx.marriageAtx
        ? await this.#married(atx.smesher, atx.marriageAtx, ask)
        : undefined;
    const members = membersOf(atx, married);
    const [linked, previousUnits, commitments, poets] = await Promise.all([
      collect(linksOf(atx), toHex, (key) =>
        this.#rows.get(toHex(key), async () => {
          const [linkedRow] = await ask(`${this.#atxRows(false)} WHERE a.id = :id`, { id: key });
          return linkedRow && readAtxRow(linkedRow);
        }),
      ),
      this.#previousUnits(atx, members, ask),
      collect(members, toHex, (smesher) =>
        this.#commitments.get(toHex(smesher), () => this.#commitment(smesher, ask)),
      ),
      collect(poetRefs(atx), toHex, (ref) =>
        this.#poets.get(toHex(ref), async () => {
          if (!this.#has('poets')) return undefined;
          const [poet] = await ask('SELECT poet FROM poets WHERE ref = :ref', { ref });
          const message = bytesOf(poet?.['poet']);
          return message && this.#inspectPoet(message);
        }),
      ),
    ]);
    return { ...common, linked, previousUnits, married, commitments, poets };
  }

  /** The commitment ATX of an identity, as the node looks it up (sql/atxs CommitmentATX). */
  async commitment(
    smesher: Bytes,
    options: Pick<JobOptions, 'signal'>,
  ): Promise<Commitment | undefined> {
    const ask: Ask = (sql, params) => this.#ask(sql, params, options);
    return this.#commitments.get(toHex(smesher), () => this.#commitment(smesher, ask));
  }

  #has(...needs: string[]): boolean {
    return missingFrom(this.#database.info.tables, needs).length === 0;
  }

  async #ask(
    sql: string,
    params: SqlParams,
    { signal }: Pick<JobOptions, 'signal'>,
  ): Promise<Row[]> {
    const { columns, rows } = await askAll(this.#database, sql, params, {
      signal,
      unsigned: ['nonce', 'base_tick_height', 'tick_count', 'sequence', 'weight'],
    });
    return rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i] ?? null])));
  }

  #atxRows(withBlob = true): string {
    if (!withBlob) return 'SELECT a.* FROM atxs a';
    if (!this.#has('atx_blobs')) return 'SELECT a.*, a.atx AS blob, 1 AS version FROM atxs a';
    const version = this.#has('atx_blobs.version') ? 'b.version' : '1 AS version';
    return `SELECT a.*, b.atx AS blob, ${version} FROM atxs a LEFT JOIN atx_blobs b ON b.id = a.id`;
  }

  async #posts(id: Bytes, ask: Ask): Promise<PostRow[] | undefined> {
    if (!this.#has('posts')) return undefined;
    const hasEpoch = this.#has('posts.publish_epoch');
    const rows = await ask(
      `SELECT pubkey, prev_atxid, prev_atx_index, units, ${hasEpoch ? 'publish_epoch' : 'NULL'} AS publish_epoch
       FROM posts WHERE atxid = :id`,
      { id },
    );
    return rows.map((row) => ({
      smesher: bytesOf(row['pubkey']) ?? new Uint8Array(),
      previousAtx: bytesOf(row['prev_atxid']),
      previousIndex: Number(row['prev_atx_index'] ?? 0),
      units: Number(row['units']),
      publishEpoch: hasEpoch ? Number(row['publish_epoch'] ?? NaN) : undefined,
    }));
  }

  async #seconds(id: Bytes, { smesher, publishEpoch }: AtxRecord, ask: Ask): Promise<SecondAtx[]> {
    const published =
      'SELECT id AS atx, pubkey FROM atxs WHERE pubkey = :smesher AND epoch = :publishEpoch AND id != :id';
    const merged = `SELECT p.atxid, p.pubkey FROM posts mine
       JOIN posts p ON p.pubkey = mine.pubkey AND p.publish_epoch = :publishEpoch AND p.atxid != :id
       WHERE mine.atxid = :id`;
    const sql = this.#has('posts.publish_epoch') ? `${published} UNION ${merged}` : published;
    const rows = await ask(sql, { id, smesher, publishEpoch });
    return rows.map((row) => ({
      atx: bytesOf(row['atx']) ?? new Uint8Array(),
      smesher: bytesOf(row['pubkey']) ?? new Uint8Array(),
    }));
  }

  async #marriages(id: Bytes, ask: Ask): Promise<MarriageRow[] | undefined> {
    const table = this.#has('marriages')
      ? 'marriages'
      : this.#has('identities.marriage_idx', 'identities.marriage_target')
        ? 'identities'
        : undefined;
    if (!table) return undefined;
    const rows = await ask(
      `SELECT pubkey, ${table === 'marriages' ? 'id' : 'NULL'} AS set_id, marriage_idx, marriage_target,
         ${table === 'marriages' ? 'marriage_sig' : 'marriage_signature'} AS signature
       FROM ${table} WHERE marriage_atx = :id ORDER BY marriage_idx`,
      { id },
    );
    return rows.map((row) => ({
      smesher: bytesOf(row['pubkey']) ?? new Uint8Array(),
      setId: table === 'marriages' ? Number(row['set_id'] ?? NaN) : undefined,
      index: Number(row['marriage_idx']),
      target: bytesOf(row['marriage_target']) ?? new Uint8Array(),
      signature: bytesOf(row['signature']) ?? new Uint8Array(),
    }));
  }

  /** In the order in which the node reads them, which marriage indices count in (sql/marriage NodeIDsByID). */
  async #married(smesher: Bytes, marriageAtx: Bytes, ask: Ask): Promise<MarriedSet | undefined> {
    const rows = this.#has('marriages')
      ? await ask(
          `SELECT pubkey, (SELECT marriage_atx FROM marriages WHERE pubkey = :smesher) AS marriage_atx,
             marriage_atx AS own_atx, marriage_idx
           FROM marriages WHERE id = (SELECT id FROM marriages WHERE pubkey = :smesher) ORDER BY rowid`,
          { smesher },
        )
      : this.#has('identities.marriage_atx', 'identities.marriage_idx')
        ? await ask(
            'SELECT pubkey, marriage_atx FROM identities WHERE marriage_atx = :marriageAtx ORDER BY marriage_idx',
            { marriageAtx },
          )
        : [];
    const [first] = rows;
    const where = bytesOf(first?.['marriage_atx']);
    if (!where) return undefined;
    const isOneMarriage = rows.every((row) => {
      const own = bytesOf(row['own_atx']);
      return own && equalBytes(own, where);
    });
    return {
      members: rows.flatMap((row) => bytesOf(row['pubkey']) ?? []),
      marriageAtx: where,
      indices: isOneMarriage ? rows.map((row) => Number(row['marriage_idx'] ?? NaN)) : undefined,
    };
  }

  async #commitment(smesher: Bytes, ask: Ask): Promise<Commitment | undefined> {
    const [row] = await ask(
      `${this.#atxRows()} WHERE a.pubkey = :smesher AND a.commitment_atx IS NOT NULL ORDER BY a.epoch DESC LIMIT 1`,
      { smesher },
    );
    const atx = bytesOf(row?.['commitment_atx']);
    if (!row || !atx) return undefined;
    const blob = bytesOf(row['blob']);
    const first = blob && tryDecodeAtx(blob, Number(row['version'] ?? 0) || 1);
    return { atx, inBlob: first && commitmentIn(first) };
  }

  async #previousUnits(
    atx: Atx,
    members: readonly Bytes[],
    ask: Ask,
  ): Promise<ReadonlyMap<string, number>> {
    const units = new Map<string, number>();
    for (const previous of previousAtxsOf(atx)) {
      if (this.#has('posts')) {
        const rows = await ask('SELECT pubkey, units FROM posts WHERE atxid = :previous', {
          previous,
        });
        for (const row of rows) {
          const smesher = bytesOf(row['pubkey']);
          const held = integerOf(row['units']);
          if (smesher && held !== undefined) units.set(unitsKey(previous, smesher), Number(held));
        }
        continue;
      }
      const [row] = await ask(`${this.#atxRows()} WHERE a.id = :previous`, { previous });
      const blob = bytesOf(row?.['blob']);
      const decoded = blob && tryDecodeAtx(blob, 1);
      const [publisher] = members;
      if (decoded?.version === 1 && publisher)
        units.set(unitsKey(previous, publisher), decoded.numUnits);
    }
    return units;
  }
}

type Ask = (sql: string, params: SqlParams) => Promise<Row[]>;

async function collect<Value>(
  keys: readonly Bytes[],
  name: (key: Bytes) => string,
  find: (key: Bytes) => Promise<Value | undefined>,
): Promise<Map<string, Value>> {
  const found = new Map<string, Value>();
  for (const key of keys) {
    if (found.has(name(key))) continue;
    const value = await find(key);
    if (value !== undefined) found.set(name(key), value);
  }
  return found;
}

/** Undefined for a blob that cannot be read: the checks say why. */
export function tryDecodeAtx(blob: Uint8Array, version: number): Atx | undefined {
  try {
    return decodeAtx(blob, version);
  } catch (error) {
    if (error instanceof WorkbenchError) return undefined;
    throw error;
  }
}

/** Zeros mean that there is none. */
export const previousAtxsOf = (atx: Atx): readonly Bytes[] =>
  (atx.version === 1 ? [atx.previousAtx] : atx.previousAtxs).filter((id) => !isZero(id));

export const commitmentIn = (atx: Atx): Bytes | undefined =>
  atx.version === 1 ? atx.commitmentAtx : atx.initial?.commitmentAtx;

/** Whose PoSTs an ATX may have: the publisher's, or those of all who are married to it. */
const membersOf = (atx: Atx, married: MarriedSet | undefined): readonly Bytes[] =>
  married ? [...married.members, atx.smesher] : [atx.smesher];

const linksOf = (atx: Atx): Bytes[] =>
  [
    atx.positioningAtx,
    ...previousAtxsOf(atx),
    commitmentIn(atx),
    ...(atx.version === 2
      ? [atx.marriageAtx, ...atx.marriages.map(({ referenceAtx }) => referenceAtx)]
      : []),
  ].filter((id) => id !== undefined && !isZero(id)) as Bytes[];

function poetRefs(atx: Atx): readonly Bytes[] {
  if (atx.version === 2) return atx.niposts.map(({ challenge }) => challenge);
  const challenge = atx.nipost?.postMetadata?.challenge;
  return challenge ? [challenge] : [];
}

const bytesOf = (value: SqlValue | undefined): Bytes | undefined =>
  value instanceof Uint8Array && value.length > 0 ? new Uint8Array(value) : undefined;

/** Undefined if there is none; no bytes for a value of another type, which no decoder accepts. */
const blobOf = (value: SqlValue | undefined): Bytes | undefined =>
  value === null || value === undefined || value instanceof Uint8Array
    ? bytesOf(value)
    : new Uint8Array();

/** A column may have a value of any type, whatever its declaration is. */
const integerOf = (value: SqlValue | undefined): bigint | undefined =>
  typeof value === 'bigint' || Number.isSafeInteger(value)
    ? BigInt(value as number | bigint)
    : undefined;

const readAtxRow = (row: Row): AtxRecord => ({
  publishEpoch: Number(row['epoch']),
  smesher: bytesOf(row['pubkey']) ?? new Uint8Array(),
  effectiveUnits: Number(row['effective_num_units']),
  commitmentAtx: bytesOf(row['commitment_atx']),
  vrfNonce: integerOf(row['nonce']),
  baseTickHeight: integerOf(row['base_tick_height']) ?? 0n,
  ticks: integerOf(row['tick_count']) ?? 0n,
  sequence: integerOf(row['sequence']),
  coinbase: bytesOf(row['coinbase']) ?? new Uint8Array(),
  receivedNs: integerOf(row['received']) ?? 0n,
  marriageAtx: bytesOf(row['marriage_atx']),
  weight: integerOf(row['weight']),
});
