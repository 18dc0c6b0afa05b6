/**
 * postdata_metadata.json written again from the files, the key and the commitment. Go post shared/post_metadata.go for the
 * fields. The labels are the judge: one label that does not fit shows that NodeId or CommitmentAtxId is wrong.
 */
import { readBytes, toHex } from '../../base/bytes';
import { writeMetadata } from '../../protocol/metadata';
import { labelBytes } from '../../protocol/units';
import type { Estate, FoundFolder, RebuiltMetadata } from './types';

/** The default of go-spacemesh and postcli. */
const usualFileBytes = 4_294_967_296;

export function rebuildMetadata(folder: FoundFolder, estate: Estate): RebuiltMetadata {
  const missing: string[] = [];
  const assumed: string[] = [];
  const nodeId = onlyCandidate(folder, estate);
  if (nodeId === undefined)
    missing.push(
      'NodeId: more than one key or none may belong here. Add the key file of this identity alone.',
    );
  const commitments = new Set(
    estate.commitments
      .filter((known) => known.nodeId === nodeId)
      .map(({ commitmentAtxId }) => commitmentAtxId),
  );
  const [commitmentAtxId] = commitments;
  if (commitments.size !== 1)
    missing.push(
      'CommitmentAtxId: it is commitment_atx of the first ATX of this smesher in state.sql, or commit_atx of the table post in local.sql.',
    );
  const fileBytes = fullFileBytes(folder);
  if (fileBytes === undefined)
    assumed.push(`MaxFileSize ${usualFileBytes}: a single file does not show it.`);
  const unitBytes = estate.labelsPerUnit * BigInt(labelBytes);
  const lastNumber = Math.max(-1, ...folder.files.map(({ number }) => number));
  const lastBytes = folder.files.find(({ number }) => number === lastNumber)?.sizeBytes ?? 0;
  const endBytes =
    BigInt(Math.max(0, lastNumber)) * BigInt(fileBytes ?? usualFileBytes) + BigInt(lastBytes);
  const isComplete = endBytes > 0n && endBytes % unitBytes === 0n;
  const numUnits = Number((endBytes + unitBytes - 1n) / unitBytes);
  if (!isComplete)
    assumed.push(
      `NumUnits ${numUnits}: the files end within a unit, so some may be missing. Compare with smeshing-opts-numunits of the config.`,
    );
  assumed.push(`LabelsPerUnit ${estate.labelsPerUnit}: that of the network.`);
  if (missing.length > 0 || !nodeId || !commitmentAtxId || numUnits === 0)
    return { text: undefined, missing, assumed };
  return {
    text: writeMetadata({
      nodeId: readBytes(nodeId, 32, 'NodeId'),
      commitmentAtxId: readBytes(commitmentAtxId, 32, 'CommitmentAtxId'),
      labelsPerUnit: estate.labelsPerUnit,
      numUnits,
      maxFileSize: BigInt(fileBytes ?? usualFileBytes),
      nonce: undefined,
      nonceValue: undefined,
      lastPosition: undefined,
    }),
    missing,
    assumed,
  };
}

/** The size of the files before the last one, if there are such and they agree. */
export function fullFileBytes({ files }: FoundFolder): number | undefined {
  const last = Math.max(...files.map(({ number }) => number));
  const sizes = new Set(
    files.filter(({ number }) => number !== last).map(({ sizeBytes }) => sizeBytes),
  );
  const [size] = sizes;
  return sizes.size === 1 ? size : undefined;
}

/** The one identity with a private key whose data is nowhere else: on this machine, or among all. */
function onlyCandidate(folder: FoundFolder, { keys, folders }: Estate): string | undefined {
  const used = new Set(
    folders.flatMap(({ metadata }) =>
      metadata.state === 'readable' ? [toHex(metadata.metadata.nodeId)] : [],
    ),
  );
  const free = keys.filter(({ nodeId, hasPrivateKey }) => hasPrivateKey && !used.has(nodeId));
  const here = new Set(
    free.filter(({ place }) => place === folder.place).map(({ nodeId }) => nodeId),
  );
  const all = here.size > 0 ? here : new Set(free.map(({ nodeId }) => nodeId));
  const [id] = all;
  return all.size === 1 ? id : undefined;
}
