/**
 * Everything about an ATX that can be judged from its evidence alone, without labels and RandomX: pure, so that it
 * runs in a worker as well as in a test. Rules: go-spacemesh v1.7.6 activation/handler_v1.go, handler_v2.go and
 * validation.go.
 */
import {
  atxSignedBytes,
  decodeAtx,
  poetChallengeV2,
  postsOf,
  type Atx,
  type AtxPost,
  type AtxV1,
  type AtxV2,
} from '../protocol/atx';
import { equalBytes, toHex, type Bytes } from '../protocol/bytes';
import { WorkbenchError } from '../protocol/error';
import { isMember } from '../protocol/merkle';
import { decodePoet, poetWorkFailure } from '../protocol/poet';
import { verifyMarriage, verifySignature } from '../protocol/signing';
import {
  commitmentIn,
  previousAtxsOf,
  unitsKey,
  type AtxRow,
  type Evidence,
  type PoetFacts,
  type PostRow,
} from './evidence';
import type { AuditNetwork } from './network';
import type { AtxCheckName, Check, Outcome } from './types';

/** A PoST that is left to be verified with labels and RandomX. */
export interface PendingPost extends AtxPost {
  /** "PoST of 43057b28…" */
  readonly subject: string;
  readonly nodeId: Bytes;
  readonly commitmentAtx: Bytes;
  readonly labelsPerUnit: bigint;
}

/** A VRF nonce whose label is left to be computed. */
export interface PendingNonce {
  readonly nodeId: Bytes;
  readonly commitmentAtx: Bytes;
  readonly nonce: bigint;
  readonly numUnits: number;
  readonly labelsPerUnit: bigint;
}

export interface Inspection {
  readonly checks: readonly Check[];
  readonly posts: readonly PendingPost[];
  /** PoSTs that the ATX has, pending or not. */
  readonly postCount: number;
  readonly nonce: PendingNonce | undefined;
  /** Whose it says it is. */
  readonly smesher: Bytes | undefined;
}

/** What of a network the checks need; its parameters cross into workers as they are. */
export type InspectedNetwork = Pick<AuditNetwork, 'post' | 'tickSize' | 'genesisId' | 'goldenAtx'>;

export function inspectPoet(blob: Uint8Array): PoetFacts {
  try {
    const proof = decodePoet(blob);
    const { ref, statement, leafCount } = proof;
    return { ref, statement, leafCount, failure: poetWorkFailure(proof) };
  } catch (error) {
    if (!(error instanceof WorkbenchError)) throw error;
    return { ref: undefined, failure: error.message };
  }
}

export function inspectAtx(evidence: Evidence, network: InspectedNetwork): Inspection {
  const { blob, version, row } = evidence;
  const nothing = { posts: [], postCount: 0, nonce: undefined, smesher: undefined };
  if (!blob) {
    const explanation =
      row.receivedNs === 0n
        ? 'A checkpoint brought this ATX: the database never had its content, so nothing in it can be checked.'
        : 'Its content is not in the database (pruned, or not copied), so nothing in it can be checked.';
    return { ...nothing, checks: [{ check: 'blob', outcome: 'cannot be told', explanation }] };
  }
  let atx: Atx;
  try {
    atx = decodeAtx(blob, version);
  } catch (error) {
    if (!(error instanceof WorkbenchError)) throw error;
    return {
      ...nothing,
      checks: [{ check: 'blob', outcome: 'fails', explanation: error.message }],
    };
  }
  return new Inspector(atx, evidence, network).inspect();
}

const short = (id: Uint8Array): string => `${toHex(id.subarray(0, 4))}…`;
const isZero = (id: Uint8Array): boolean => id.every((byte) => byte === 0);
const min = (a: number, b: number): number => (a < b ? a : b);
const uint64 = (value: bigint): bigint => BigInt.asUintN(64, value);

/** A nipost as both versions have it: PoSTs under one PoET proof. */
interface Nipost {
  readonly ref: Bytes | undefined;
  readonly nodes: readonly Bytes[];
  /** Members' challenges by their place in the tree. */
  readonly leaves: ReadonlyMap<bigint, Bytes>;
  readonly parts: readonly Part[];
}

/** One identity's part in an ATX. */
interface Part {
  /** Undefined: the ATX names a member that there is not. */
  readonly smesher: Bytes | undefined;
  readonly numUnits: number;
  readonly previousAtx: Bytes | undefined;
  readonly previousIndex: number;
}

class Inspector {
  readonly #atx: Atx;
  readonly #evidence: Evidence;
  readonly #network: InspectedNetwork;
  readonly #checks: Check[] = [];
  readonly #members: readonly Bytes[];
  readonly #niposts: readonly Nipost[];

  constructor(atx: Atx, evidence: Evidence, network: InspectedNetwork) {
    this.#atx = atx;
    this.#evidence = evidence;
    this.#network = network;
    const isMerged = atx.version === 2 && atx.marriageAtx !== undefined;
    this.#members = isMerged ? (evidence.married?.members ?? []) : [atx.smesher];
    this.#niposts = atx.version === 1 ? nipostsV1(atx) : nipostsV2(atx, this.#members);
  }

  inspect(): Inspection {
    const atx = this.#atx;
    this.#say(
      'blob',
      true,
      `Version ${atx.version}; every byte of the ${this.#evidence.blob?.length ?? 0} is accounted for.`,
    );
    this.#identity();
    this.#form();
    this.#plainColumns();
    this.#sequence();
    this.#positioning();
    this.#previous();
    this.#seconds();
    this.#commitment();
    this.#marriages();
    this.#marriageAtx();
    this.#unitLimits();
    this.#postsTable();
    this.#effectiveUnits();
    this.#poets();
    this.#heights();
    const nonce = this.#nonce();
    const { posts, postCount } = this.#posts();
    return { checks: this.#checks, posts, postCount, nonce, smesher: atx.smesher };
  }

  #say(
    check: AtxCheckName,
    outcome: boolean | Outcome,
    explanation: string,
    subject?: string,
  ): void {
    const told = typeof outcome === 'string' ? outcome : outcome ? 'holds' : 'fails';
    this.#checks.push({ check, outcome: told, explanation, subject });
  }

  /** Says that a column is, or is not, what the blob says. */
  #column(
    check: AtxCheckName,
    what: string,
    expected: bigint | number | string,
    stored: bigint | number | string,
  ): void {
    const same = expected === stored;
    this.#say(
      check,
      same,
      same
        ? `${what} is ${expected}, as the table has it.`
        : `${what} is ${expected}, but the table has ${stored}.`,
    );
  }

  #identity(): void {
    const { id } = this.#evidence;
    const atx = this.#atx;
    const same = equalBytes(atx.id, id);
    this.#say(
      'id',
      same,
      same
        ? 'Recomputed from the content, it is the one in the table.'
        : `The content has the id ${toHex(atx.id)}, but the table has it under ${toHex(id)}.`,
    );
    const { genesisId } = this.#network;
    if (!genesisId) {
      this.#say(
        'signature',
        'cannot be told',
        'The genesis id of the network is not known, and every signature is over it.',
      );
      return;
    }
    const holds = verifySignature(
      atx.smesher,
      genesisId,
      'atx',
      atxSignedBytes(atx),
      atx.signature,
    );
    this.#say(
      'signature',
      holds,
      holds
        ? `Signed by ${short(atx.smesher)} for this network.`
        : `The signature is not one of ${short(atx.smesher)} over this content on this network.`,
    );
  }

  /** What must be there, or must not, whatever its value is. */
  #form(): void {
    const problems =
      this.#atx.version === 1
        ? formProblemsV1(this.#atx)
        : formProblemsV2(this.#atx, this.#network.goldenAtx);
    const [first] = problems;
    this.#say(
      'form',
      first === undefined,
      first ??
        (this.#isInitial()
          ? 'It has all parts of a first ATX.'
          : 'It has the parts of a later ATX, and none of a first.'),
    );
  }

  #isInitial(): boolean {
    const atx = this.#atx;
    return atx.version === 1 ? isZero(atx.previousAtx) : atx.initial !== undefined;
  }

  #plainColumns(): void {
    const atx = this.#atx;
    const { row } = this.#evidence;
    this.#column('smesher-column', 'The publisher', toHex(atx.smesher), toHex(row.smesher));
    this.#column('epoch-column', 'The publish epoch', atx.publishEpoch, row.publishEpoch);
    this.#column('coinbase-column', 'The coinbase', toHex(atx.coinbase), toHex(row.coinbase));
  }

  #sequence(): void {
    const atx = this.#atx;
    const { row } = this.#evidence;
    if (atx.version === 2) {
      this.#column('sequence', 'Version 2 counts no ATXs: the sequence', 0n, row.sequence ?? 0n);
      return;
    }
    if (atx.sequence !== row.sequence) {
      this.#column('sequence', 'The sequence', atx.sequence, row.sequence ?? 'none');
      return;
    }
    if (this.#isInitial()) {
      this.#say(
        'sequence',
        atx.sequence === 0n,
        `The sequence of a first ATX is 0; here it is ${atx.sequence}.`,
      );
      return;
    }
    const previous = this.#linked(atx.previousAtx);
    if (previous?.sequence === undefined)
      this.#say(
        'sequence',
        'cannot be told',
        `It is ${atx.sequence}, as the table has it; the ATX before is not here to compare.`,
      );
    else
      this.#say(
        'sequence',
        previous.sequence + 1n === atx.sequence,
        `It is ${atx.sequence}; that of the ATX before is ${previous.sequence}.`,
      );
  }

  #linked(id: Uint8Array): AtxRow | undefined {
    return this.#evidence.linked.get(toHex(id));
  }

  #isGolden(id: Uint8Array): boolean {
    const { goldenAtx } = this.#network;
    return goldenAtx !== undefined && equalBytes(id, goldenAtx);
  }

  /** An ATX of an earlier epoch, by its id. */
  #earlier(id: Uint8Array): { outcome: Outcome; explanation: string } {
    const { publishEpoch } = this.#atx;
    if (this.#isGolden(id))
      return { outcome: 'holds', explanation: 'the golden ATX, with which the network began.' };
    const linked = this.#linked(id);
    if (!linked)
      return this.#network.goldenAtx
        ? { outcome: 'cannot be told', explanation: `${short(id)}, which is not in this database.` }
        : {
            outcome: 'cannot be told',
            explanation: `${short(id)}, which is not in this database; it may be the golden ATX, which is not known.`,
          };
    return {
      outcome: linked.publishEpoch < publishEpoch ? 'holds' : 'fails',
      explanation: `${short(id)} of publish epoch ${linked.publishEpoch}; it must be before ${publishEpoch}.`,
    };
  }

  #positioning(): void {
    const { positioningAtx } = this.#atx;
    if (isZero(positioningAtx)) {
      this.#say('positioning-atx', false, 'It names no positioning ATX.');
      return;
    }
    const { outcome, explanation } = this.#earlier(positioningAtx);
    this.#say('positioning-atx', outcome, `It is placed after ${explanation}`);
  }

  #previous(): void {
    const atx = this.#atx;
    const all = previousAtxsOf(atx);
    if (all.length === 0) {
      this.#say(
        'previous-atxs',
        this.#isInitial(),
        this.#isInitial()
          ? 'A first ATX has none before it.'
          : 'It is not a first ATX, but names none before it.',
      );
      return;
    }
    for (const [i, id] of all.entries()) {
      const { outcome, explanation } = this.#earlier(id);
      const subject = all.length > 1 ? `previous ATX ${i}` : undefined;
      const publisher = this.#linked(id)?.smesher;
      if (atx.version === 1 && publisher && !equalBytes(publisher, atx.smesher))
        this.#say(
          'previous-atxs',
          false,
          `The ATX before is of another smesher, ${short(publisher)}.`,
          subject,
        );
      else this.#say('previous-atxs', outcome, `The ATX before is ${explanation}`, subject);
    }
    for (const { smesher, previousAtx, previousIndex } of this.#parts()) {
      if (!previousAtx)
        this.#say(
          'previous-atxs',
          false,
          `It names previous ATX ${previousIndex}, but has ${all.length}.`,
        );
      else if (
        smesher &&
        this.#linked(previousAtx) &&
        this.#unitsBefore(previousAtx, smesher) === undefined
      )
        this.#say(
          'previous-atxs',
          false,
          `${short(smesher)} has no part in ${short(previousAtx)}, which should be its ATX before.`,
        );
    }
  }

  /** Two in one epoch are equivocation (go-spacemesh activation handlers: double publish, double merge). */
  #seconds(): void {
    const { seconds, row } = this.#evidence;
    if (seconds.length === 0)
      this.#say(
        'no-second-atx',
        true,
        `Nobody in it has a part in another ATX of publish epoch ${row.publishEpoch} here.`,
      );
    for (const { atx, smesher } of seconds)
      this.#say(
        'no-second-atx',
        false,
        `${short(smesher)} also has a part in ${short(atx)} of publish epoch ${row.publishEpoch}: equivocation.`,
        short(smesher),
      );
  }

  #parts(): readonly Part[] {
    return this.#niposts.flatMap(({ parts }) => parts);
  }

  #unitsBefore(previousAtx: Uint8Array, smesher: Uint8Array): number | undefined {
    return this.#evidence.previousUnits.get(unitsKey(previousAtx, smesher));
  }

  #commitment(): void {
    const { row, commitments } = this.#evidence;
    const own = commitmentIn(this.#atx);
    const stored = row.commitmentAtx;
    if (own && !(stored && equalBytes(own, stored))) {
      this.#say(
        'commitment-atx',
        false,
        `The content has ${short(own)}, but the table has ${stored ? short(stored) : 'none'}.`,
      );
      return;
    }
    if (own) {
      const { outcome, explanation } = this.#earlier(own);
      this.#say(
        'commitment-atx',
        isZero(own) ? 'fails' : outcome,
        `Its labels are bound to ${explanation}`,
      );
      return;
    }
    if (stored) {
      this.#say(
        'commitment-atx',
        false,
        `Only a first ATX has one, but the table has ${short(stored)} here.`,
      );
      return;
    }
    for (const smesher of this.#members) {
      const found = commitments.get(toHex(smesher));
      const subject = this.#members.length > 1 ? short(smesher) : undefined;
      if (!found)
        this.#say(
          'commitment-atx',
          'cannot be told',
          `The first ATX of ${short(smesher)} is not in this database.`,
          subject,
        );
      else if (!found.inBlob)
        this.#say(
          'commitment-atx',
          'cannot be told',
          `The table has ${short(found.atx)}; the content of the first ATX, which would confirm it, is not here.`,
          subject,
        );
      else {
        const same = equalBytes(found.inBlob, found.atx);
        this.#say(
          'commitment-atx',
          same,
          same
            ? `The first ATX of ${short(smesher)} binds its labels to ${short(found.atx)}.`
            : `The first ATX of ${short(smesher)} has ${short(found.inBlob)}, but the table has ${short(found.atx)}.`,
          subject,
        );
      }
    }
  }

  /** Where an identity's labels come from: its blobs are believed before the tables. */
  #commitmentOf(smesher: Bytes): Bytes | undefined {
    const own = equalBytes(smesher, this.#atx.smesher) ? commitmentIn(this.#atx) : undefined;
    const found = this.#evidence.commitments.get(toHex(smesher));
    return own ?? found?.inBlob ?? found?.atx;
  }

  #marriages(): void {
    const atx = this.#atx;
    if (atx.version !== 2 || atx.marriages.length === 0) return;
    const { genesisId } = this.#network;
    const rows = this.#evidence.marriages;
    const seen = new Set<string>();
    for (const [i, { referenceAtx, signature }] of atx.marriages.entries()) {
      const subject = `certificate ${i}`;
      const smesher = isZero(referenceAtx) ? atx.smesher : this.#linked(referenceAtx)?.smesher;
      if (!smesher) {
        this.#say(
          'marriage-certificates',
          'cannot be told',
          `It refers to ATX ${short(referenceAtx)}, which is not in this database.`,
          subject,
        );
        continue;
      }
      const repeated = seen.has(toHex(smesher));
      seen.add(toHex(smesher));
      const row = rows?.find(({ index }) => index === i);
      const isStored =
        !rows ||
        (row &&
          equalBytes(row.smesher, smesher) &&
          equalBytes(row.target, atx.smesher) &&
          equalBytes(row.signature, signature));
      const holds =
        genesisId &&
        verifyMarriage({ network: genesisId, smesher, publisher: atx.smesher, signature });
      if (repeated)
        this.#say('marriage-certificates', false, `${short(smesher)} is married twice.`, subject);
      else if (holds === undefined)
        this.#say(
          'marriage-certificates',
          'cannot be told',
          'The genesis id of the network is not known.',
          subject,
        );
      else if (!holds)
        this.#say(
          'marriage-certificates',
          false,
          `It is not signed by ${short(smesher)} for ${short(atx.smesher)}.`,
          subject,
        );
      else
        this.#say(
          'marriage-certificates',
          isStored === true,
          isStored === true
            ? `${short(smesher)} agreed to be married to ${short(atx.smesher)}.`
            : `It holds, but the table marriages has another entry for it.`,
          subject,
        );
    }
  }

  #marriageAtx(): void {
    const atx = this.#atx;
    const { row, married } = this.#evidence;
    const own = atx.version === 2 ? atx.marriageAtx : undefined;
    const hex = (id: Bytes | undefined) => (id ? toHex(id) : 'none');
    if (hex(own) !== hex(row.marriageAtx)) {
      this.#column('marriage-atx', 'The marriage ATX', hex(own), hex(row.marriageAtx));
      return;
    }
    if (!own) return;
    const at = this.#linked(own);
    if (!married)
      this.#say(
        'marriage-atx',
        'cannot be told',
        `The marriage of ${short(atx.smesher)} is not in this database.`,
      );
    else if (!equalBytes(married.marriageAtx, own))
      this.#say(
        'marriage-atx',
        false,
        `${short(atx.smesher)} was married in ${short(married.marriageAtx)}, not in ${short(own)}.`,
      );
    else if (!this.#parts().some(({ smesher }) => smesher && equalBytes(smesher, atx.smesher)))
      this.#say('marriage-atx', false, 'The publisher itself has no PoST in it.');
    else if (this.#parts().some(({ smesher }) => !smesher))
      this.#say(
        'marriage-atx',
        false,
        `It names a member that there is not among the ${married.members.length} married.`,
      );
    else if (!at)
      this.#say(
        'marriage-atx',
        'cannot be told',
        `The marriage ATX ${short(own)} is not in this database.`,
      );
    else
      this.#say(
        'marriage-atx',
        at.publishEpoch + 2 <= atx.publishEpoch,
        `Its ${married.members.length} members were married in epoch ${at.publishEpoch}, which must be two or more before ${atx.publishEpoch}.`,
      );
  }

  #unitLimits(): void {
    const { minNumUnits, maxNumUnits, labelsPerUnit } = this.#network.post;
    const bad = this.#parts().find(
      ({ numUnits }) => numUnits < minNumUnits || numUnits > maxNumUnits,
    );
    const stated = this.#labelsPerUnit();
    if (stated < labelsPerUnit)
      this.#say(
        'units-in-limits',
        false,
        `It counts ${stated} labels to a unit; the network wants ${labelsPerUnit} or more.`,
      );
    else
      this.#say(
        'units-in-limits',
        !bad,
        bad
          ? `A PoST is of ${bad.numUnits} units; the network allows ${minNumUnits} to ${maxNumUnits}.`
          : `Every PoST is of ${minNumUnits} to ${maxNumUnits} units.`,
      );
  }

  #labelsPerUnit(): bigint {
    const atx = this.#atx;
    const stated = atx.version === 1 ? atx.nipost?.postMetadata?.labelsPerUnit : undefined;
    return stated ?? this.#network.post.labelsPerUnit;
  }

  #postsTable(): void {
    const { posts } = this.#evidence;
    if (!posts) return;
    const described = (row: PostRow) =>
      `${toHex(row.smesher)} ${row.units} ${row.previousAtx ? toHex(row.previousAtx) : 'none'} ${row.previousIndex}`;
    const expected = this.#parts().map(({ smesher, numUnits, previousAtx, previousIndex }) =>
      described({
        smesher: smesher ?? new Uint8Array(),
        units: numUnits,
        previousAtx: previousAtx && !isZero(previousAtx) ? previousAtx : undefined,
        previousIndex,
      }),
    );
    const stored = new Set(posts.map(described));
    const missing = expected.find((line) => !stored.has(line));
    const same = missing === undefined && posts.length === expected.length;
    if (same)
      this.#say(
        'posts-table',
        true,
        `The table has the ${posts.length} identities, units and previous ATXs of the content.`,
      );
    else if (missing === undefined)
      this.#say(
        'posts-table',
        false,
        `The table has ${posts.length} identities, the content ${expected.length}.`,
      );
    else {
      const [smesher = '', units] = missing.split(' ');
      this.#say(
        'posts-table',
        false,
        `The content has ${smesher.slice(0, 8)}… with ${units} units; the table has something else.`,
      );
    }
  }

  /** Of each nipost, the units that count; undefined if a previous ATX is not here. */
  #unitsThatCount(): readonly number[] | undefined {
    const sums: number[] = [];
    for (const { parts } of this.#niposts) {
      let sum = 0;
      for (const { smesher, numUnits, previousAtx } of parts) {
        if (this.#isInitial()) {
          sum += numUnits;
          continue;
        }
        const before = smesher && previousAtx && this.#unitsBefore(previousAtx, smesher);
        if (before === undefined) return undefined;
        sum += min(before, numUnits);
      }
      sums.push(sum);
    }
    return sums;
  }

  #effectiveUnits(): void {
    const sums = this.#unitsThatCount();
    if (!sums) {
      this.#say(
        'effective-units',
        'cannot be told',
        'Units count only as far as the ATX before had them, and it is not in this database.',
      );
      return;
    }
    const sum = sums.reduce((total, units) => total + units, 0);
    this.#column(
      'effective-units',
      'The sum of the units that count (of each identity the fewer of now and before)',
      sum,
      this.#evidence.row.effectiveUnits,
    );
  }

  #poets(): void {
    for (const [i, { ref, nodes, leaves }] of this.#niposts.entries()) {
      const subject = this.#niposts.length > 1 ? `NiPoST ${i}` : undefined;
      const poet = ref && this.#evidence.poets.get(toHex(ref));
      if (!ref || !poet) {
        const explanation = ref
          ? `The PoET proof ${short(ref)} is not in this database.`
          : 'It names no PoET proof.';
        this.#say('poet-proof', ref ? 'cannot be told' : 'fails', explanation, subject);
        if (ref) this.#say('membership', 'cannot be told', explanation, subject);
        continue;
      }
      if (!poet.ref) {
        this.#say('poet-proof', false, poet.failure, subject);
        this.#say('membership', 'cannot be told', 'The PoET proof cannot be read.', subject);
        continue;
      }
      if (!equalBytes(poet.ref, ref))
        this.#say(
          'poet-proof',
          false,
          `The proof stored under ${short(ref)} hashes to ${short(poet.ref)}.`,
          subject,
        );
      else
        this.#say(
          'poet-proof',
          poet.failure === undefined,
          poet.failure === undefined
            ? `The PoSTs' challenge is the PoET proof ${short(ref)} over ${poet.leafCount} leaves, and its work holds.`
            : `The work of the PoET proof ${short(ref)} does not hold: ${poet.failure}.`,
          subject,
        );
      const member = isMember(
        [...leaves]
          .map(([index, node]) => ({ index, node }))
          .sort((a, b) => (a.index < b.index ? -1 : 1)),
        nodes,
        poet.statement,
      );
      this.#say(
        'membership',
        member,
        member
          ? `Its challenge, registered before the PoET began, is among the PoET's members.`
          : 'Its challenge is not among the members of the PoET: the Merkle proof leads to another root.',
        subject,
      );
    }
  }

  /** Ticks, height and weight. */
  #heights(): void {
    const { row } = this.#evidence;
    const { tickSize } = this.#network;
    const { positioningAtx } = this.#atx;
    const ticks = this.#niposts.map(({ ref }) => {
      const poet = ref && this.#evidence.poets.get(toHex(ref));
      return poet?.ref && tickSize > 0n ? poet.leafCount / tickSize : undefined;
    });
    const [first] = ticks;
    if (first === undefined || ticks.includes(undefined))
      this.#say(
        'ticks',
        'cannot be told',
        'They are counted from the PoET proof, which is not in this database or cannot be read.',
      );
    else {
      const least = ticks.reduce<bigint>((a, b) => (b !== undefined && b < a ? b : a), first);
      this.#column('ticks', `The PoET's leaves divided by ${tickSize}`, least, row.ticks);
    }

    const positioned = this.#linked(positioningAtx);
    if (positioned)
      this.#column(
        'base-tick-height',
        'The height of the positioning ATX',
        uint64(positioned.baseTickHeight + positioned.ticks),
        row.baseTickHeight,
      );
    else if (this.#isGolden(positioningAtx))
      this.#column('base-tick-height', 'The height of the golden ATX', 0n, row.baseTickHeight);
    else
      this.#say(
        'base-tick-height',
        'cannot be told',
        'It is the height of the positioning ATX, which is not in this database.',
      );

    if (row.weight === undefined) return;
    const units = this.#unitsThatCount();
    if (!units || ticks.includes(undefined)) {
      this.#say(
        'weight',
        'cannot be told',
        'It is units times ticks, and one of them cannot be told.',
      );
      return;
    }
    const weight = units.reduce((sum, count, i) => sum + BigInt(count) * (ticks[i] ?? 0n), 0n);
    this.#column('weight', 'Units times ticks', weight, row.weight);
  }

  #nonce(): PendingNonce | undefined {
    const atx = this.#atx;
    const { row } = this.#evidence;
    const before = atx.version === 1 ? this.#linked(atx.previousAtx)?.vrfNonce : undefined;
    const nonce = atx.vrfNonce ?? before;
    if (nonce === undefined)
      this.#say(
        'vrf-nonce-column',
        'cannot be told',
        'It is that of the ATX before, which is not in this database.',
      );
    else if (row.vrfNonce === undefined && atx.version === 1 && atx.vrfNonce === undefined)
      this.#say(
        'vrf-nonce-column',
        'cannot be told',
        'The table has none: before v1.5 the node kept only those that changed.',
      );
    else this.#column('vrf-nonce-column', 'The VRF nonce', nonce, row.vrfNonce ?? 'none');

    const commitmentAtx = this.#commitmentOf(atx.smesher);
    const used = nonce ?? row.vrfNonce;
    if (used === undefined || !commitmentAtx) {
      this.#say(
        'vrf-nonce',
        'cannot be told',
        used === undefined
          ? 'The nonce is not known.'
          : 'The commitment of the publisher is not known.',
      );
      return undefined;
    }
    // The whole collected space must deserve it (ActivationTxV2.TotalNumUnits, which wraps as uint32 does).
    const numUnits = this.#parts().reduce((sum, part) => (sum + part.numUnits) >>> 0, 0);
    return {
      nodeId: atx.smesher,
      commitmentAtx,
      nonce: used,
      numUnits,
      labelsPerUnit: this.#labelsPerUnit(),
    };
  }

  #posts(): Pick<Inspection, 'posts' | 'postCount'> {
    const all = postsOf(this.#atx);
    const posts: PendingPost[] = [];
    for (const post of all) {
      const nodeId =
        post.initial || this.#atx.version === 1
          ? this.#atx.smesher
          : this.#members[this.#isMerged() ? post.marriageIndex : 0];
      const commitmentAtx = nodeId && this.#commitmentOf(nodeId);
      const subject = post.initial
        ? 'initial PoST'
        : all.length > 1 && nodeId
          ? `PoST of ${short(nodeId)}`
          : 'PoST';
      if (nodeId && commitmentAtx) {
        posts.push({
          ...post,
          subject,
          nodeId,
          commitmentAtx,
          labelsPerUnit: this.#labelsPerUnit(),
        });
        continue;
      }
      const explanation = nodeId
        ? `The commitment of ${short(nodeId)} is not in this database, so its labels are not known.`
        : `Whose PoST it is (marriage index ${post.marriageIndex}) is not in this database.`;
      if (post.initial) this.#say('initial-post', 'cannot be told', explanation, subject);
      else
        for (const check of ['k2pow', 'post-indices'] as const)
          this.#say(check, 'cannot be told', explanation, subject);
    }
    return { posts, postCount: all.length };
  }

  #isMerged(): boolean {
    return this.#atx.version === 2 && this.#atx.marriageAtx !== undefined;
  }
}

function nipostsV1(atx: AtxV1): Nipost[] {
  const { nipost } = atx;
  const part = {
    smesher: atx.smesher,
    numUnits: atx.numUnits,
    previousAtx: atx.previousAtx,
    previousIndex: 0,
  };
  const { nodes = [], leafIndex = 0n } = nipost?.membership ?? {};
  const ref = nipost?.postMetadata?.challenge;
  return [{ ref, nodes, leaves: new Map([[leafIndex, atx.poetChallenge]]), parts: [part] }];
}

function nipostsV2(atx: AtxV2, members: readonly Bytes[]): Nipost[] {
  const none = new Uint8Array(32);
  return atx.niposts.map(({ challenge, membershipNodes, posts }) => {
    const leaves = new Map<bigint, Bytes>();
    const parts = posts.map(
      ({ marriageIndex, previousAtxIndex, membershipLeafIndex, numUnits }): Part => {
        const previousAtx = atx.initial ? none : atx.previousAtxs[previousAtxIndex];
        if (previousAtx && !leaves.has(membershipLeafIndex))
          leaves.set(membershipLeafIndex, poetChallengeV2(atx, previousAtx));
        return {
          smesher: members[marriageIndex],
          numUnits,
          previousAtx,
          previousIndex: previousAtxIndex,
        };
      },
    );
    return { ref: challenge, nodes: membershipNodes, leaves, parts };
  });
}

/** syntacticallyValidate in activation/handler_v1.go. */
function formProblemsV1(atx: AtxV1): string[] {
  const problems: string[] = [];
  if (!atx.nipost?.post || !atx.nipost.postMetadata)
    problems.push('It has no NiPoST, or one without PoST or metadata.');
  const parts = {
    'initial PoST': atx.initialPost,
    'node id': atx.nodeId,
    'commitment ATX': atx.commitmentAtx,
  };
  for (const [name, part] of Object.entries(parts)) {
    if (isZero(atx.previousAtx) && !part) problems.push(`It is a first ATX, but has no ${name}.`);
    if (!isZero(atx.previousAtx) && part)
      problems.push(`It is not a first ATX, but has a ${name}.`);
  }
  if (isZero(atx.previousAtx) && atx.vrfNonce === undefined)
    problems.push('It is a first ATX, but has no VRF nonce.');
  return problems;
}

/** syntacticallyValidate in activation/handler_v2.go. */
function formProblemsV2(atx: AtxV2, goldenAtx: Bytes | undefined): string[] {
  const problems: string[] = [];
  const isMerged = atx.marriageAtx !== undefined;
  const posts = atx.niposts.flatMap((nipost) => nipost.posts);
  if (atx.marriages.length > 0 && !atx.marriages.some(({ referenceAtx }) => isZero(referenceAtx)))
    problems.push('It marries others, but has no certificate of the publisher itself.');
  if (posts.length === 0) problems.push('It has no PoST.');
  if (!isMerged && (atx.niposts.length !== 1 || posts.length !== 1))
    problems.push(
      `It is of one identity, but has ${atx.niposts.length} NiPoSTs with ${posts.length} PoSTs.`,
    );
  if (!isMerged && posts.some(({ previousAtxIndex }) => previousAtxIndex !== 0))
    problems.push('It is of one identity, but names another previous ATX than its first.');
  if (!isMerged && posts.some(({ marriageIndex }) => marriageIndex !== 0))
    problems.push('It is of one identity, but names a member of a marriage.');
  if (atx.initial && isMerged) problems.push('A first ATX cannot be merged.');
  if (atx.initial && atx.previousAtxs.length > 0)
    problems.push('It is a first ATX, but names previous ones.');
  if (!atx.initial && !isMerged && atx.previousAtxs.length !== 1)
    problems.push(`It is of one identity, but names ${atx.previousAtxs.length} previous ATXs.`);
  if (atx.previousAtxs.some((id) => isZero(id) || (goldenAtx && equalBytes(id, goldenAtx))))
    problems.push('A previous ATX is none, or the golden one.');
  if (isMerged && atx.marriages.length > 0) problems.push('A merged ATX cannot marry.');
  if (new Set(posts.map(({ marriageIndex }) => marriageIndex)).size < posts.length)
    problems.push('An identity has more than one PoST in it.');
  return problems;
}
