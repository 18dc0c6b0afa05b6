/** What a node's local.sql holds about each of its identities: what is pending, its slots, and what went wrong. */
import { toHex } from '../../base/bytes';
import { missingFrom } from '../schema';
import { askRows, lacks, type AskOptions, type Queryable } from './ask';
import { bytes, number, numberOrNull, type Row } from './row';

export interface LocalIdentity {
  readonly smesher: Uint8Array;
  /** Of its initial PoST; null: not stored here. */
  readonly units: number | null;
  /** What the next ATX is made for. */
  readonly challenge: { readonly publishEpoch: number; readonly hasPoetProof: boolean } | null;
  readonly registrations: readonly { readonly address: string; readonly roundEndMs: number }[];
  /** The proof is made, its ATX not yet published. */
  readonly isProofReady: boolean;
  /** Layers of its slots, ascending; null: this schema does not store them. */
  readonly slots: readonly number[] | null;
  readonly lastProposalLayer: number | null;
  /** The newest first; null: this schema does not store them. */
  readonly events: readonly LocalEvent[] | null;
}

export interface LocalEvent {
  readonly timeMs: number;
  readonly text: string;
  /** Null: the event is stored in a form that is not read. */
  readonly isFailure: boolean | null;
}

/** Events of an identity that are read. */
const mostEvents = 50;

/** By id. Memory: the slots of the newest two epochs or so, which is what the node keeps. @throws WorkbenchError `schema-lacks` */
export async function localIdentities(
  database: Queryable,
  options: AskOptions = {},
): Promise<LocalIdentity[]> {
  const { tables } = database.info;
  const has = (...needs: readonly string[]): boolean => missingFrom(tables, needs).length === 0;
  const missing = missingFrom(tables, ['challenge.poet_proof_ref', 'poet_registration.round_end']);
  if (missing.length > 0) throw lacks(database.info, 'What is pending', missing);
  const rowsOf = (sql: string): Promise<Row[]> => askRows(database, sql, {}, options);
  const challenges = await rowsOf(
    'SELECT id, epoch, poet_proof_ref IS NOT NULL AS has_proof FROM challenge',
  );
  const registrations = await rowsOf(
    'SELECT id, CAST(address AS TEXT) AS address, round_end FROM poet_registration ORDER BY round_end',
  );
  const initial = has('post.num_units') ? await rowsOf('SELECT id, num_units FROM post') : [];
  // Of schemas 1 and 2 the table of this name holds challenges.
  const ready = has('nipost.post_indices') ? await rowsOf('SELECT id FROM nipost') : [];
  const slots = has('eligibilities.layer')
    ? await rowsOf('SELECT id, layer FROM eligibilities ORDER BY layer')
    : null;
  const proposals = has('proposals.layer')
    ? await rowsOf('SELECT id, max(layer) AS layer FROM proposals GROUP BY id')
    : [];
  const events = has('events.timestamp', 'events.event')
    ? await rowsOf(
        `SELECT id, timestamp / 1000 AS ms, CAST(event AS TEXT) AS event FROM
           (SELECT *, row_number() OVER (PARTITION BY id ORDER BY timestamp DESC) AS place FROM events)
         WHERE place <= ${mostEvents} ORDER BY timestamp DESC`,
      )
    : null;
  const all = [challenges, registrations, initial, ready, slots ?? [], proposals, events ?? []];
  const ids = new Map(
    all.flat().map((row) => [toHex(bytes(row, 'id')), bytes(row, 'id')] as const),
  );
  return [...ids]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([hex, smesher]): LocalIdentity => {
      const own = (rows: readonly Row[]): Row[] =>
        rows.filter((row) => toHex(bytes(row, 'id')) === hex);
      const [challenge] = own(challenges);
      const [post] = own(initial);
      const [proposal] = own(proposals);
      return {
        smesher,
        units: post ? numberOrNull(post, 'num_units') : null,
        challenge: challenge
          ? {
              publishEpoch: number(challenge, 'epoch'),
              hasPoetProof: number(challenge, 'has_proof') === 1,
            }
          : null,
        registrations: own(registrations).map((row) => ({
          address: String(row['address']),
          roundEndMs: number(row, 'round_end') * 1000,
        })),
        isProofReady: own(ready).length > 0,
        slots: slots && own(slots).map((row) => number(row, 'layer')),
        lastProposalLayer: proposal ? numberOrNull(proposal, 'layer') : null,
        events: events && own(events).map(localEvent),
      };
    });
}

/** The node stores protobuf's JSON: `{"timestamp": …, "help": …, "failure": true, …}`. */
function localEvent(row: Row): LocalEvent {
  const stored = String(row['event']);
  const event = { timeMs: number(row, 'ms'), text: stored.slice(0, 500), isFailure: null };
  try {
    const { help, failure } = JSON.parse(stored) as { help?: unknown; failure?: unknown };
    return {
      ...event,
      text: typeof help === 'string' && help !== '' ? help : event.text,
      isFailure: failure === true,
    };
  } catch {
    // A branch of the node stores the binary form: then it is shown as it is.
    return event;
  }
}
