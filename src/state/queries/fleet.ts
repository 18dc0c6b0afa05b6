/**
 * Many identities, epoch by epoch: what each published, what its ATX was worth, and what it earned. An epoch is the one in
 * which an ATX earns; it was published in the epoch before. In a merged ATX all rewards go to the publisher: each member
 * has a share, by the units that it proves. Memory: a row per identity and epoch.
 */
import { toHex, type BytesLike } from '../../base/bytes';
import { WorkbenchError } from '../../base/error';
import { formatCount } from '../../base/format';
import { eligibleSlots, type EligibilityRules } from '../../protocol/eligibility';
import { missingFrom } from '../schema';
import { askAll, lacks, type AskOptions, type Queryable } from './ask';
import { askOf, big, blob, distinct, type IdQuestion, type Values } from './ask-ids';
import { readId } from './ids';
import { tip } from './layers';

export interface FleetRow {
  readonly smesher: Uint8Array;
  readonly epoch: number;
  /** Null where rewards were paid and the ATX is not in the database. */
  readonly atx: Uint8Array | null;
  /** Who published the ATX, and so gets its rewards: another identity where they are merged. */
  readonly publisher: Uint8Array;
  /** Members of the ATX: 1 where it is not merged. */
  readonly members: number;
  readonly coinbase: Uint8Array | null;
  /** Its own. */
  readonly units: number;
  /** Its share of the weight of the ATX. */
  readonly weight: bigint;
  /** Slots and rewards of the ATX, which all its members share. */
  readonly slots: number | null;
  /** Null where the rewards of this epoch are not known by smesher. */
  readonly rewards: number | null;
  /**
   * Once the epoch is over: the layers that its slots hit on average, less the rewards. Slots of one layer share one reward, so
   * that many slots hit fewer layers.
   */
  readonly missed: number | null;
  /** Its share of what the ATX earned: the shares of all members add up to all of it. */
  readonly smidge: bigint;
}

/**
 * `not-published`: no ATX in an epoch that is over. `not-yet-published`: none in the epoch that is running.
 * `nothing-earned`: an ATX, and no reward in an epoch that is over. `unknown`: no ATX and no reward at all.
 */
export type FleetMiss = 'not-published' | 'not-yet-published' | 'nothing-earned' | 'unknown';

export interface FleetMissing {
  readonly smesher: Uint8Array;
  readonly epoch: number;
  readonly what: FleetMiss;
}

export interface Fleet {
  /** By epoch, then by smesher. */
  readonly rows: readonly FleetRow[];
  /** The newest epoch first. */
  readonly missing: readonly FleetMissing[];
  /** The last epoch of which every layer is in the database; -1 where there is none. */
  readonly lastOver: number;
  /** Up to this epoch rewards may name no smesher, or are missing because the node started from a checkpoint; -1: none. */
  readonly unnamedUpTo: number;
}

const maxFleetIds = 10_000;

/** @throws WorkbenchError `schema-lacks`, `fleet-too-large`, of the ids */
export async function fleet(
  database: Queryable,
  ids: readonly BytesLike[],
  rules: EligibilityRules,
  options: AskOptions = {},
): Promise<Fleet> {
  const missing = missingFrom(database.info.tables, ['rewards.pubkey', 'atxs.pubkey']);
  if (missing.length > 0) throw lacks(database.info, 'Fleet', missing);
  if (ids.length > maxFleetIds)
    throw new WorkbenchError(
      'fleet-too-large',
      `This fleet has ${formatCount(ids.length)} ids, the limit is ${formatCount(maxFleetIds)}. Split it.`,
      { ids: ids.length, maxIds: maxFleetIds },
    );
  const keys = new Map(
    ids.map((id) => readId(id, 'The smesher id')).map((key) => [toHex(key), key]),
  );
  const question = { database, options, rules };
  const posts = await postsOf(question, [...keys.values()]);
  const merged = await membersOf(
    question,
    distinct(posts.filter((post) => post.isMerged).map((post) => post.atx)),
  );
  const payees = distinct([...keys.values(), ...posts.map((post) => post.publisher)]);
  const paid = await rewardsOf(question, payees);
  const totals = await weightsOf(question, new Set(posts.map((post) => post.epoch - 1)));
  const covered = await coverage(question);
  const rows = rowsOf({ posts, merged, paid, totals, covered, rules, keys });
  return {
    rows,
    missing: missesOf(rows, [...keys.values()], covered),
    lastOver: covered.lastOver,
    unnamedUpTo: covered.unnamedUpTo,
  };
}

interface Question extends IdQuestion {
  readonly rules: EligibilityRules;
}

/** What an identity has in an ATX. */
interface Post {
  readonly smesher: Uint8Array;
  readonly epoch: number;
  readonly units: number;
  readonly atx: Uint8Array;
  readonly publisher: Uint8Array;
  readonly weight: bigint;
  readonly coinbase: Uint8Array;
  readonly isMerged: boolean;
}

const hasColumns = ({ database }: Question, ...columns: readonly string[]): boolean =>
  missingFrom(database.info.tables, columns).length === 0;

const weightSql = (question: Question): string =>
  hasColumns(question, 'atxs.weight') ? 'a.weight' : '(a.effective_num_units * a.tick_count)';

async function postsOf(question: Question, ids: readonly Uint8Array[]): Promise<Post[]> {
  const byPosts = hasColumns(question, 'posts.publish_epoch');
  const columns = `a.id, a.pubkey, ${weightSql(question)}, a.coinbase`;
  if (!byPosts) {
    const rows = await askOf(
      question,
      ids,
      (list, without) =>
        `SELECT ${columns}, a.epoch, a.effective_num_units FROM atxs a WHERE ${without}a.pubkey IN (${list})`,
    );
    return rows.map((row) => ({
      ...atxOf(row),
      ...{ smesher: blob(row[1]), epoch: Number(row[4]) + 1, units: Number(row[5]) },
      isMerged: false,
    }));
  }
  const posts = await askOf(
    question,
    ids,
    (list, without) =>
      `SELECT atxid, pubkey, publish_epoch, units FROM posts WHERE ${without}pubkey IN (${list})`,
  );
  const atxs = new Map(
    (
      await askOf(
        question,
        distinct(posts.map((row) => blob(row[0]))),
        (list, without) =>
          `SELECT ${columns}, a.marriage_atx IS NOT NULL FROM atxs a WHERE ${without}a.id IN (${list})`,
      )
    ).map((row) => [toHex(blob(row[0])), { ...atxOf(row), isMerged: row[4] === 1 }] as const),
  );
  return posts.flatMap((row) => {
    const atx = atxs.get(toHex(blob(row[0])));
    return atx
      ? [{ ...atx, smesher: blob(row[1]), epoch: Number(row[2]) + 1, units: Number(row[3]) }]
      : [];
  });
}

const atxOf = (row: Values): Pick<Post, 'atx' | 'publisher' | 'weight' | 'coinbase'> => ({
  atx: blob(row[0]),
  publisher: blob(row[1]),
  weight: big(row[2]),
  coinbase: blob(row[3]),
});

interface Member {
  readonly smesher: string;
  readonly units: bigint;
}

/** All members of merged ATXs, also those outside of the fleet, by the ATX. */
async function membersOf(
  question: Question,
  atxs: readonly Uint8Array[],
): Promise<Map<string, Member[]>> {
  const rows = await askOf(
    question,
    atxs,
    (list, without) =>
      `SELECT atxid, pubkey, units FROM posts WHERE ${without}atxid IN (${list}) ORDER BY pubkey`,
  );
  const members = new Map<string, Member[]>();
  for (const row of rows) {
    const atx = toHex(blob(row[0]));
    const list = members.get(atx) ?? [];
    members.set(atx, list);
    list.push({ smesher: toHex(blob(row[1])), units: big(row[2]) });
  }
  return members;
}

interface Paid {
  readonly smesher: Uint8Array;
  readonly epoch: number;
  readonly count: number;
  readonly smidge: bigint;
  readonly coinbase: Uint8Array;
}

const keyOf = (smesher: Uint8Array, epoch: number): string => `${toHex(smesher)} ${epoch}`;

async function rewardsOf(
  question: Question,
  ids: readonly Uint8Array[],
): Promise<Map<string, Paid>> {
  const rows = await askOf(
    question,
    ids,
    (
      list,
      without,
    ) => `SELECT pubkey, layer / :lpe, count(*), sum(total_reward), max(coinbase) FROM rewards
      WHERE ${without}pubkey IN (${list}) GROUP BY 1, 2`,
    { lpe: question.rules.layersPerEpoch },
  );
  return new Map(
    rows.map((row) => {
      const paid = {
        smesher: blob(row[0]),
        epoch: Number(row[1]),
        count: Number(row[2]),
        smidge: big(row[3]),
        coinbase: blob(row[4]),
      };
      return [keyOf(paid.smesher, paid.epoch), paid];
    }),
  );
}

/** Weight of all ATXs of a publish epoch, in one pass over the ATXs. */
async function weightsOf(
  question: Question,
  publishEpochs: ReadonlySet<number>,
): Promise<Map<number, bigint>> {
  if (publishEpochs.size === 0) return new Map();
  const { rows } = await askAll(
    question.database,
    `SELECT a.epoch, sum(${weightSql(question)}) FROM atxs a GROUP BY +a.epoch`,
    [],
    question.options,
  );
  return new Map(
    rows
      .map((row) => [Number(row[0]), big(row[1])] as const)
      .filter(([epoch]) => publishEpochs.has(epoch)),
  );
}

interface Coverage {
  readonly lastOver: number;
  /** The newest epoch in which an ATX was published, and whether it is over. */
  readonly lastPublish: number;
  readonly unnamedUpTo: number;
}

async function coverage({ database, options, rules }: Question): Promise<Coverage> {
  const { layersPerEpoch } = rules;
  const { lastProcessedLayer, lastPublishEpoch, lastRewardLayer } = await tip(database, options);
  const lastLayer = lastProcessedLayer ?? lastRewardLayer ?? -1;
  const { rows } = await askAll(
    database,
    'SELECT (SELECT max(layer) FROM rewards WHERE pubkey IS NULL), (SELECT min(layer) FROM rewards)',
    [],
    options,
  );
  const [unnamed = null, first = null] = rows[0] ?? [];
  const epochOf = (layer: number): number => Math.floor(layer / layersPerEpoch);
  // Rewards begin with epoch 2. Where they begin later, the node started from a checkpoint, in the middle of that epoch.
  const begins = first === null ? 2 : epochOf(Number(first));
  return {
    lastOver: epochOf(lastLayer + 1) - 1,
    lastPublish: lastPublishEpoch ?? -1,
    unnamedUpTo: Math.max(
      unnamed === null ? -1 : epochOf(Number(unnamed)),
      begins > 2 ? begins : -1,
    ),
  };
}

interface Parts {
  readonly posts: readonly Post[];
  readonly merged: ReadonlyMap<string, readonly Member[]>;
  readonly paid: ReadonlyMap<string, Paid>;
  readonly totals: ReadonlyMap<number, bigint>;
  readonly covered: Coverage;
  readonly rules: EligibilityRules;
  readonly keys: ReadonlyMap<string, Uint8Array>;
}

function rowsOf({ posts, merged, paid, totals, covered, rules, keys }: Parts): FleetRow[] {
  const earners = earningAtxs(posts);
  const shown = new Set<string>();
  const rows = posts.map((post): FleetRow => {
    const payee = keyOf(post.publisher, post.epoch);
    const members = merged.get(toHex(post.atx)) ?? [];
    const share = (amount: bigint): bigint =>
      post.isMerged ? shareOf(amount, members, toHex(post.smesher)) : amount;
    // Rewards name the publisher, not the ATX: of two ATXs for one epoch, which is malfeasance, one gets them all.
    const earned = earners.get(payee) === toHex(post.atx) ? paid.get(payee) : undefined;
    shown.add(payee);
    const total = totals.get(post.epoch - 1) ?? 0n;
    const slots =
      total > 0n ? eligibleSlots({ ...rules, weight: post.weight, totalWeight: total }) : null;
    const isKnown = earned !== undefined || post.epoch > covered.unnamedUpTo;
    const rewards = isKnown ? (earned?.count ?? 0) : null;
    return {
      ...{ smesher: post.smesher, epoch: post.epoch, atx: post.atx, publisher: post.publisher },
      ...{ members: Math.max(1, members.length), coinbase: post.coinbase, units: post.units },
      ...{ weight: share(post.weight), slots, rewards },
      missed:
        slots === null || rewards === null || post.epoch > covered.lastOver
          ? null
          : Math.max(0, Math.round(layersHit(slots, rules.layersPerEpoch) - rewards)),
      smidge: share(earned?.smidge ?? 0n),
    };
  });
  // Paid, and the ATX is not here: it was pruned, or the database starts at a checkpoint.
  for (const [payee, { smesher, epoch, count, smidge, coinbase }] of paid) {
    if (shown.has(payee) || !keys.has(toHex(smesher))) continue;
    rows.push({
      ...{ smesher, epoch, atx: null, publisher: smesher, members: 1, coinbase, units: 0 },
      ...{ weight: 0n, slots: null, rewards: count, missed: null, smidge },
    });
  }
  const names = new Map(rows.map((row) => [row, toHex(row.smesher)]));
  return rows.sort(
    (a, b) => a.epoch - b.epoch || ((names.get(a) ?? '') < (names.get(b) ?? '') ? -1 : 1),
  );
}

/** Layers of an epoch with at least one of the slots, on average. */
export const layersHit = (slots: number, layersPerEpoch: number): number =>
  layersPerEpoch * -Math.expm1(slots * Math.log1p(-1 / layersPerEpoch));

/** The ATX that a publisher's rewards of an epoch are counted for: the heaviest. */
function earningAtxs(posts: readonly Post[]): Map<string, string> {
  const best = new Map<string, Post>();
  for (const post of posts) {
    const key = keyOf(post.publisher, post.epoch);
    const other = best.get(key);
    if (!other || post.weight > other.weight) best.set(key, post);
  }
  return new Map([...best].map(([key, { atx }]) => [key, toHex(atx)]));
}

/** Of an amount by the units of the members, in their order, rounded so that all shares add up to the amount. */
export function shareOf(amount: bigint, members: readonly Member[], smesher: string): bigint {
  const total = members.reduce((sum, { units }) => sum + units, 0n);
  if (total === 0n) return 0n;
  let before = 0n;
  for (const member of members) {
    const after = before + member.units;
    if (member.smesher === smesher) return (amount * after) / total - (amount * before) / total;
    before = after;
  }
  return 0n;
}

function missesOf(
  rows: readonly FleetRow[],
  ids: readonly Uint8Array[],
  { lastOver, lastPublish, unnamedUpTo }: Coverage,
): FleetMissing[] {
  const bySmesher = new Map<string, FleetRow[]>();
  for (const row of rows) {
    const list = bySmesher.get(toHex(row.smesher)) ?? [];
    bySmesher.set(toHex(row.smesher), list);
    list.push(row);
  }
  const misses: FleetMissing[] = [];
  for (const smesher of ids) {
    const own = bySmesher.get(toHex(smesher)) ?? [];
    if (own.length === 0) {
      misses.push({ smesher, epoch: lastPublish + 1, what: 'unknown' });
      continue;
    }
    const epochs = new Set(own.map(({ epoch }) => epoch));
    // Publish epochs up to the newest that any smesher published in.
    for (let epoch = own[0]?.epoch ?? 0; epoch <= lastPublish + 1; epoch++)
      if (!epochs.has(epoch))
        misses.push({
          ...{ smesher, epoch },
          what: epoch - 1 <= lastOver ? 'not-published' : 'not-yet-published',
        });
    // The first two epochs pay nothing.
    for (const { epoch, rewards } of own)
      if (epoch > 1 && epoch <= lastOver && epoch > unnamedUpTo && rewards === 0)
        misses.push({ smesher, epoch, what: 'nothing-earned' });
  }
  return misses.sort((a, b) => b.epoch - a.epoch);
}
