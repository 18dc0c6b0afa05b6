/** What must be in an ATX, or must not, whatever its value is. */
import type { AtxV1, AtxV2 } from '../../protocol/atx';
import { equalBytes, isZero, type Bytes } from '../../base/bytes';
import { counted } from '../../base/counted';
import { judged } from '../check';
import type { Check } from '../types';
import type { Inspected } from './inspected';

export function form({ atx, network, isInitial }: Inspected): Check {
  const [first] = atx.version === 1 ? problemsV1(atx) : problemsV2(atx, network.goldenAtx);
  return judged(
    'form',
    first === undefined,
    first ??
      (isInitial
        ? 'It has all parts of a first ATX.'
        : 'It has the parts of a later ATX, and none of a first.'),
  );
}

/** syntacticallyValidate in activation/handler_v1.go. */
function problemsV1(atx: AtxV1): string[] {
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
      problems.push(`It is not a first ATX, but has the ${name} of one.`);
  }
  if (isZero(atx.previousAtx) && atx.vrfNonce === undefined)
    problems.push('It is a first ATX, but has no VRF nonce.');
  return problems;
}

/** syntacticallyValidate in activation/handler_v2.go. */
function problemsV2(atx: AtxV2, goldenAtx: Bytes | undefined): string[] {
  const problems: string[] = [];
  const isMerged = atx.marriageAtx !== undefined;
  const posts = atx.niposts.flatMap((nipost) => nipost.posts);
  if (atx.marriages.length > 0 && !atx.marriages.some(({ referenceAtx }) => isZero(referenceAtx)))
    problems.push('It marries others, but has no certificate of the publisher itself.');
  if (posts.length === 0) problems.push('It has no PoST.');
  if (!isMerged && (atx.niposts.length !== 1 || posts.length !== 1))
    problems.push(
      `It is of one identity, but has ${counted(atx.niposts.length, 'NiPoST')} with ${counted(posts.length, 'PoST')}.`,
    );
  if (!isMerged && posts.some(({ previousAtxIndex }) => previousAtxIndex !== 0))
    problems.push('It is of one identity, but names another previous ATX than its first.');
  if (!isMerged && posts.some(({ marriageIndex }) => marriageIndex !== 0))
    problems.push('It is of one identity, but names a member of a marriage.');
  if (atx.initial && isMerged) problems.push('A first ATX cannot be merged.');
  if (atx.initial && atx.previousAtxs.length > 0)
    problems.push('It is a first ATX, but names previous ones.');
  if (!atx.initial && !isMerged && atx.previousAtxs.length !== 1)
    problems.push(
      `It is of one identity, but names ${counted(atx.previousAtxs.length, 'previous ATX')}.`,
    );
  if (atx.previousAtxs.some((id) => isZero(id) || (goldenAtx && equalBytes(id, goldenAtx))))
    problems.push('A previous ATX is none, or the golden one.');
  if (isMerged && atx.marriages.length > 0) problems.push('A merged ATX cannot marry.');
  if (new Set(posts.map(({ marriageIndex }) => marriageIndex)).size < posts.length)
    problems.push('An identity has more than one PoST in it.');
  return problems;
}
