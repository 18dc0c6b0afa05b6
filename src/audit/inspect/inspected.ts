/** An ATX as the checks look at it: both versions in one form, with the facts from their evidence. */
import { poetChallengeV2, type Atx, type AtxV1, type AtxV2 } from '../../protocol/atx';
import { equalBytes, isZero, toHex, type Bytes } from '../../base/bytes';
import { commitmentIn, unitsKey, type AtxRecord, type Evidence, type PoetFacts } from '../evidence';
import type { AuditNetwork } from '../network';

/** What of a network the checks need; its parameters cross into workers as they are. */
export type InspectedNetwork = Pick<AuditNetwork, 'post' | 'tickSize' | 'genesisId' | 'goldenAtx'>;

/** A nipost as both versions have it: PoSTs under one PoET proof. */
export interface Nipost {
  readonly ref: Bytes | undefined;
  readonly nodes: readonly Bytes[];
  /** Members' challenges by their place in the tree. */
  readonly leaves: ReadonlyMap<bigint, Bytes>;
  readonly parts: readonly Part[];
}

/** One identity's part in an ATX. */
export interface Part {
  /** Undefined: the ATX names a member that there is not. */
  readonly smesher: Bytes | undefined;
  readonly numUnits: number;
  readonly previousAtx: Bytes | undefined;
  readonly previousIndex: number;
}

/** An id as sentences have it: "43057b28…". */
export const short = (id: Uint8Array): string => `${toHex(id.subarray(0, 4))}…`;

export class Inspected {
  readonly atx: Atx;
  readonly evidence: Evidence;
  readonly network: InspectedNetwork;
  /** Whether it is an identity's first. */
  readonly isInitial: boolean;
  readonly isMerged: boolean;
  /** Whose PoSTs it may have, in the order in which they are numbered. */
  readonly members: readonly Bytes[];
  readonly niposts: readonly Nipost[];
  /** Of all niposts. */
  readonly parts: readonly Part[];
  /** As the ATX states it, or the network. */
  readonly labelsPerUnit: bigint;

  constructor(atx: Atx, evidence: Evidence, network: InspectedNetwork) {
    this.atx = atx;
    this.evidence = evidence;
    this.network = network;
    this.isMerged = atx.version === 2 && atx.marriageAtx !== undefined;
    this.members = this.isMerged ? (evidence.married?.members ?? []) : [atx.smesher];
    const { labelsPerUnit } = network.post;
    if (atx.version === 1) {
      this.isInitial = isZero(atx.previousAtx);
      this.niposts = [nipostV1(atx)];
      this.labelsPerUnit = atx.nipost?.postMetadata?.labelsPerUnit ?? labelsPerUnit;
    } else {
      this.isInitial = atx.initial !== undefined;
      this.niposts = nipostsV2(atx, this.members);
      this.labelsPerUnit = labelsPerUnit;
    }
    this.parts = this.niposts.flatMap(({ parts }) => parts);
  }

  /** The row of an ATX that it refers to; undefined if that is not in this database. */
  linked(id: Uint8Array): AtxRecord | undefined {
    return this.evidence.linked.get(toHex(id));
  }

  isGolden(id: Uint8Array): boolean {
    const { goldenAtx } = this.network;
    return goldenAtx !== undefined && equalBytes(id, goldenAtx);
  }

  /** Undefined if it had no part in the previous ATX, or that is not in this database. */
  unitsBefore(previousAtx: Uint8Array, smesher: Uint8Array): number | undefined {
    return this.evidence.previousUnits.get(unitsKey(previousAtx, smesher));
  }

  /** Where an identity's labels come from: its blobs are believed before the tables. */
  commitmentOf(smesher: Bytes): Bytes | undefined {
    const own = equalBytes(smesher, this.atx.smesher) ? commitmentIn(this.atx) : undefined;
    const found = this.evidence.commitments.get(toHex(smesher));
    return own ?? found?.inBlob ?? found?.atx;
  }

  /** Undefined if the nipost names none, or it is not in this database. */
  poetOf({ ref }: Nipost): PoetFacts | undefined {
    return ref && this.evidence.poets.get(toHex(ref));
  }
}

function nipostV1({ nipost, smesher, numUnits, previousAtx, poetChallenge }: AtxV1): Nipost {
  const { nodes = [], leafIndex = 0n } = nipost?.membership ?? {};
  return {
    ref: nipost?.postMetadata?.challenge,
    nodes,
    leaves: new Map([[leafIndex, poetChallenge]]),
    parts: [{ smesher, numUnits, previousAtx, previousIndex: 0 }],
  };
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
