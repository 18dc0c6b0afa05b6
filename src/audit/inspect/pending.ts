/** What of an ATX only labels and RandomX can prove: made ready here, left to who has engines. */
import { postsOf, type AtxPost } from '../../protocol/atx';
import type { Bytes } from '../../base/bytes';
import { columnCheck, judged } from '../check';
import type { Check } from '../types';
import { short, type Inspected } from './inspected';

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

/** What is left to be computed, and the checks that are inconclusive because this database lacks something for it. */
interface Pending<Work> {
  readonly work: Work;
  readonly inconclusive: readonly Check[];
}

/** As the ATX states it, or the ATX before. */
function vrfNonceOf(inspected: Inspected): bigint | undefined {
  const { atx } = inspected;
  if (atx.vrfNonce !== undefined || atx.version === 2) return atx.vrfNonce;
  return inspected.linked(atx.previousAtx)?.vrfNonce;
}

export function vrfNonceColumn(inspected: Inspected): Check {
  const { atx, evidence } = inspected;
  const nonce = vrfNonceOf(inspected);
  const stored = evidence.row.vrfNonce;
  if (nonce === undefined)
    return judged(
      'vrf-nonce-column',
      'inconclusive',
      'It is that of the ATX before, which is not in this database.',
    );
  if (stored === undefined && atx.vrfNonce === undefined)
    return judged(
      'vrf-nonce-column',
      'inconclusive',
      'The table has none: before v1.5 the node kept only those that changed.',
    );
  return columnCheck<bigint | string>('vrf-nonce-column', 'The VRF nonce', nonce, stored ?? 'none');
}

export function pendingNonce(inspected: Inspected): Pending<PendingNonce | undefined> {
  const { atx, evidence, parts, labelsPerUnit } = inspected;
  const commitmentAtx = inspected.commitmentOf(atx.smesher);
  const nonce = vrfNonceOf(inspected) ?? evidence.row.vrfNonce;
  if (nonce === undefined || !commitmentAtx) {
    const explanation =
      nonce === undefined
        ? 'The nonce is not known.'
        : 'The commitment of the publisher is not known.';
    return { work: undefined, inconclusive: [judged('vrf-nonce', 'inconclusive', explanation)] };
  }
  // It counts for the entire collected space (ActivationTxV2.TotalNumUnits, which wraps as uint32 does).
  const numUnits = parts.reduce((sum, part) => (sum + part.numUnits) >>> 0, 0);
  const nodeId = atx.smesher;
  return { work: { nodeId, commitmentAtx, nonce, numUnits, labelsPerUnit }, inconclusive: [] };
}

export function pendingPosts(inspected: Inspected): Pending<readonly PendingPost[]> {
  const { atx, members, isMerged, labelsPerUnit } = inspected;
  const all = postsOf(atx);
  const work: PendingPost[] = [];
  const inconclusive: Check[] = [];
  for (const post of all) {
    const nodeId = post.initial || !isMerged ? atx.smesher : members[post.marriageIndex];
    const commitmentAtx = nodeId && inspected.commitmentOf(nodeId);
    const subject = post.initial
      ? 'initial PoST'
      : all.length > 1 && nodeId
        ? `PoST of ${short(nodeId)}`
        : 'PoST';
    if (nodeId && commitmentAtx) {
      work.push({ ...post, subject, nodeId, commitmentAtx, labelsPerUnit });
      continue;
    }
    const explanation = nodeId
      ? `The commitment of ${short(nodeId)} is not in this database, so its labels are not known.`
      : `Whose PoST it is (marriage index ${post.marriageIndex}) is not in this database.`;
    const checks = post.initial
      ? (['initial-post'] as const)
      : (['k2pow', 'post-indices'] as const);
    inconclusive.push(
      ...checks.map((check) => judged(check, 'inconclusive', explanation, subject)),
    );
  }
  return { work, inconclusive };
}
