/**
 * Everything about an ATX that can be judged from its evidence alone, without labels and RandomX: pure, so that it
 * runs in a worker as well as in a test. Rules: go-spacemesh v1.7.6 activation/handler_v1.go, handler_v2.go and
 * validation.go.
 */
import { decodeAtx, postsOf, type Atx } from '../../protocol/atx';
import type { Bytes } from '../../base/bytes';
import { WorkbenchError } from '../../base/error';
import { judged } from '../check';
import type { Evidence } from '../evidence';
import type { Check, Outcome } from '../types';
import { commitmentAtx, noSecondAtx, positioningAtx, previousAtxs, sequence } from './chain';
import { blobRead, computedId, repeatedColumns, signature } from './content';
import { form } from './form';
import { Inspected, type InspectedNetwork } from './inspected';
import { marriageAtx, marriageCertificates } from './marriages';
import {
  pendingNonce,
  pendingPosts,
  vrfNonceColumn,
  type PendingNonce,
  type PendingPost,
} from './pending';
import { baseTickHeight, poetProofs, ticks, weight } from './poets';
import { effectiveUnits, postsContradiction, postsTable, unitsInLimits } from './units';

export interface Inspection {
  readonly checks: readonly Check[];
  readonly posts: readonly PendingPost[];
  /** False if there is no blob, or one that cannot be decoded: then `checks` has only that. */
  readonly isRead: boolean;
  /** PoSTs that the ATX has, pending or not. */
  readonly postCount: number;
  readonly hasInitialPost: boolean;
  readonly nonce: PendingNonce | undefined;
  /** The publisher that the blob names. */
  readonly smesher: Bytes | undefined;
}

/** In the order of a report. */
const judgements: readonly ((inspected: Inspected) => Check | readonly Check[])[] = [
  blobRead,
  computedId,
  signature,
  form,
  repeatedColumns,
  sequence,
  positioningAtx,
  previousAtxs,
  noSecondAtx,
  commitmentAtx,
  marriageCertificates,
  marriageAtx,
  unitsInLimits,
  postsTable,
  effectiveUnits,
  poetProofs,
  ticks,
  baseTickHeight,
  weight,
  vrfNonceColumn,
];

/** Never throws for what the database holds: that is what the checks are about. */
export function inspectAtx(evidence: Evidence, network: InspectedNetwork): Inspection {
  const { blob, version, row } = evidence;
  if (!blob)
    return unread(
      evidence,
      'inconclusive',
      row.receivedNs === 0n
        ? 'A checkpoint brought this ATX: the database never had its content, so nothing in it can be checked.'
        : 'Its content is not in the database (pruned, or not copied), so nothing in it can be checked.',
    );
  let atx: Atx;
  try {
    atx = decodeAtx(blob, version);
  } catch (error) {
    if (!(error instanceof WorkbenchError)) throw error;
    return unread(evidence, 'fail', error.message);
  }
  const inspected = new Inspected(atx, evidence, network);
  const checks = judgements.flatMap((judge) => judge(inspected));
  const nonce = pendingNonce(inspected);
  const posts = pendingPosts(inspected);
  return {
    checks: [...checks, ...nonce.inconclusive, ...posts.inconclusive],
    isRead: true,
    posts: posts.work,
    postCount: postsOf(atx).length,
    hasInitialPost: postsOf(atx).some(({ initial }) => initial),
    nonce: nonce.work,
    smesher: atx.smesher,
  };
}

const unread = (evidence: Evidence, outcome: Outcome, explanation: string): Inspection => ({
  checks: [judged('blob', outcome, explanation), postsContradiction(evidence)].flat(),
  isRead: false,
  posts: [],
  postCount: 0,
  hasInitialPost: false,
  nonce: undefined,
  smesher: undefined,
});
