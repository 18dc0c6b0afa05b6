/** What an id names beside ATXs and smeshers: a ballot, a block or a PoET proof. */
import { auditBallot } from '../../audit/ballots';
import { loadBlob } from '../../audit/blobs';
import { auditBlock, type MessageReport } from '../../audit/messages';
import type { AuditNetwork } from '../../audit/network';
import { blobTree } from '../../audit/tree/blob-tree';
import type { TreeNode } from '../../audit/tree/node';
import { WorkbenchError } from '../../base/error';
import type { Queryable } from '../../state/queries/ask';
import { attempt, type Attempt } from '../../ui/attempt';

const kinds = ['ballot', 'block', 'poet'] as const;
export type MessageKind = (typeof kinds)[number];

export interface FoundMessage {
  readonly kind: MessageKind;
  readonly tree: Attempt<TreeNode>;
  /** PoET proofs are checked with the ATXs that rest on them. */
  readonly report: MessageReport | null;
}

/**
 * @returns null if the database has nothing of that id
 * @throws WorkbenchError of the id or the database; AbortError
 */
export async function findMessage(
  database: Queryable,
  id: string,
  { network, hrp }: { readonly network: AuditNetwork; readonly hrp: string },
  options: { readonly signal?: AbortSignal },
): Promise<FoundMessage | null> {
  let unreadable: WorkbenchError | undefined;
  for (const kind of kinds) {
    try {
      const found = await loadBlob(database, kind, id, options);
      if (!found) continue;
      return {
        kind,
        tree: attempt(() => blobTree(kind, found.blob, { hrp })),
        report:
          kind === 'ballot'
            ? await auditBallot(database, id, { network }, options)
            : kind === 'block'
              ? await auditBlock(database, id, options)
              : null,
      };
    } catch (error) {
      // 20 bytes cannot be a PoET reference, 32 cannot be a ballot: only an id of no kind is an error.
      if (!(error instanceof WorkbenchError)) throw error;
      unreadable ??= error;
    }
  }
  if (unreadable && !/^(0x)?([0-9a-f]{40}|[0-9a-f]{64})$/i.test(id.trim())) throw unreadable;
  return null;
}
