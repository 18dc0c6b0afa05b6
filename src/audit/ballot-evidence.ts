/** What a database holds to judge the eligibility of ballots: ATXs, reference ballots, active sets and beacons. */
import { decodeActiveSet, type ActiveSet } from '../protocol/active-set';
import { decodeBallot, type Ballot } from '../protocol/ballot';
import { concatBytes, equalBytes, isZero, toHex, type Bytes } from '../base/bytes';
import { WorkbenchError } from '../base/error';
import { missingFrom } from '../state/schema';
import type { Queryable } from '../state/queries/ask';
import type { SqlParams } from '../state/types';
import { bytesOf, cutIds, integerOf, readable, type ValueRow } from './layer-data';
import { isAbsent } from './messages';
import { askAll } from '../state/queries/ask';

export interface BallotAtx {
  readonly smesher: Uint8Array;
  /** The epoch in which it counts. */
  readonly targetEpoch: number;
  readonly weight: bigint;
  /** Undefined where neither the ATX nor one before it in this database states one. */
  readonly vrfNonce: bigint | undefined;
}

export interface WeighedSet extends ActiveSet {
  /** ATXs of the set that are in this database and count in its epoch. */
  readonly known: number;
  /** Their weights added up. */
  readonly weight: bigint;
}

/** Undefined: not in this database. An error: it is, but cannot be read. */
export interface BallotEvidence {
  readonly ballot: Ballot;
  /** The smesher's first ballot of the epoch: this one, or the one that it names. */
  readonly reference: Ballot | WorkbenchError | undefined;
  readonly atx: BallotAtx | undefined;
  /** The set that the reference names. */
  readonly activeSet: WeighedSet | WorkbenchError | undefined;
  /** What the node calculated for the epoch, or got from its peers. */
  readonly beacon: Uint8Array | undefined;
}

/** Ballots of an epoch share what they refer to: it is kept up to this number per kind. */
const mostKept = 1000;

/**
 * Reads the evidence of ballots. Memory: the last thousand references, ATXs, sums of active sets, and beacons; and one
 * active set at a time (see MAX_ACTIVE_SET).
 */
export class BallotEvidenceReader {
  readonly #database: Queryable;
  readonly #signal: AbortSignal | undefined;
  readonly #references = new Map<string, Promise<BallotEvidence['reference']>>();
  readonly #atxs = new Map<string, Promise<BallotAtx | undefined>>();
  readonly #sets = new Map<string, Promise<BallotEvidence['activeSet']>>();
  readonly #beacons = new Map<string, Promise<Uint8Array | undefined>>();

  constructor(database: Queryable, signal?: AbortSignal) {
    this.#database = database;
    this.#signal = signal;
  }

  /** @throws WorkbenchError of the database; AbortError */
  async read(ballot: Ballot, epoch: number): Promise<BallotEvidence> {
    const reference = isZero(ballot.refBallot) ? ballot : await this.#reference(ballot.refBallot);
    const set = reference instanceof WorkbenchError ? undefined : reference?.epochData;
    return {
      ballot,
      reference,
      atx: await this.atx(ballot.atx),
      activeSet: set && (await this.activeSet(set.activeSetHash)),
      beacon: await this.#beacon(epoch),
    };
  }

  atx(id: Uint8Array): Promise<BallotAtx | undefined> {
    return kept(this.#atxs, toHex(id), async () => {
      const [row] = await this.#rows(
        `SELECT a.pubkey, a.epoch, ${this.#weight} AS weight, a.nonce FROM atxs a WHERE a.id = :id`,
        { id },
        ['weight', 'nonce'],
      );
      const [smesher, epoch, weight, nonce] = row ?? [];
      if (!(smesher instanceof Uint8Array)) return undefined;
      const stated = nonce ?? (await this.#earlierNonce(smesher, Number(epoch)));
      return {
        smesher,
        targetEpoch: Number(epoch) + 1,
        weight: integerOf(weight),
        vrfNonce: stated === undefined ? undefined : integerOf(stated),
      };
    });
  }

  activeSet(hash: Uint8Array): Promise<WeighedSet | WorkbenchError | undefined> {
    return kept(this.#sets, toHex(hash), async () => {
      if (!this.#has('activesets.active_set')) return undefined;
      const [row] = await this.#rows('SELECT active_set FROM activesets WHERE id = :hash', {
        hash,
      });
      if (isAbsent(row?.[0])) return undefined;
      const set = readable(() => decodeActiveSet(bytesOf(row?.[0]) ?? new Uint8Array()));
      if (set instanceof WorkbenchError) return set;
      const [sums] = await this.#rows(
        `${cutIds(32)}
         SELECT count(*), sum(${this.#weight}) FROM wanted JOIN atxs a ON a.id = substr(:ids, i * 32 + 1, 32)
         WHERE a.epoch = :publishEpoch`,
        { ids: set.ids, publishEpoch: set.epoch - 1 },
      );
      return { ...set, known: Number(sums?.[0] ?? 0), weight: integerOf(sums?.[1]) };
    });
  }

  #reference(id: Bytes): Promise<BallotEvidence['reference']> {
    return kept(this.#references, toHex(id), async () => {
      const [row] = await this.#rows('SELECT ballot FROM ballots WHERE id IN (:id, :short)', {
        id: concatBytes(id, new Uint8Array(32 - id.length)),
        short: id,
      });
      if (isAbsent(row?.[0])) return undefined;
      const reference = readable(() => decodeBallot(bytesOf(row?.[0]) ?? new Uint8Array()));
      // Its id is the hash of its content: another ballot in its row is not the one that was referred to.
      return reference instanceof WorkbenchError || equalBytes(reference.id, id)
        ? reference
        : new WorkbenchError(
            'ballot-replaced',
            `The row of ballot ${toHex(id)} contains ballot ${toHex(reference.id)}. Copy the database again while the node is stopped.`,
            { expected: toHex(id), actual: toHex(reference.id) },
          );
    });
  }

  #beacon(epoch: number): Promise<Uint8Array | undefined> {
    return kept(this.#beacons, String(epoch), async () => {
      if (!this.#has('beacons.beacon')) return undefined;
      const [row] = await this.#rows('SELECT beacon FROM beacons WHERE epoch = :epoch', { epoch });
      return bytesOf(row?.[0]);
    });
  }

  /** Until v1.5 an ATX without a VRF nonce of its own went on with the one before (sql/atxs VRFNonce). */
  async #earlierNonce(smesher: Uint8Array, publishEpoch: number) {
    const [row] = await this.#rows(
      `SELECT nonce FROM atxs WHERE pubkey = :smesher AND epoch < :publishEpoch AND nonce IS NOT NULL
       ORDER BY epoch DESC LIMIT 1`,
      { smesher, publishEpoch },
      ['nonce'],
    );
    return row?.[0] ?? undefined;
  }

  get #weight(): string {
    return this.#has('atxs.weight') ? 'a.weight' : 'a.effective_num_units * a.tick_count';
  }

  #has(need: string): boolean {
    return missingFrom(this.#database.info.tables, [need]).length === 0;
  }

  async #rows(
    sql: string,
    params: SqlParams,
    unsigned?: readonly string[],
  ): Promise<readonly ValueRow[]> {
    const signal = this.#signal;
    return (await askAll(this.#database, sql, params, { signal, unsigned })).rows;
  }
}

/** What `read` gave before for the key, or gives now. The oldest makes place for the newest. */
function kept<Value>(
  values: Map<string, Promise<Value>>,
  key: string,
  read: () => Promise<Value>,
): Promise<Value> {
  const before = values.get(key);
  if (before) return before;
  const [oldest] = values.keys();
  if (values.size >= mostKept && oldest !== undefined) values.delete(oldest);
  const value = read();
  values.set(key, value);
  return value;
}
