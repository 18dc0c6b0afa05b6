/** What a directory holds of an initialisation already, from which it goes on. */
import { toHex } from '../../base/bytes';
import { counted } from '../../base/counted';
import { WorkbenchError } from '../../base/error';
import {
  labelsInFile,
  metadataFileName,
  readMetadata,
  type PostMetadata,
} from '../../protocol/metadata';
import type { PostSink, SinkEntry } from '../directory/sink';
import { labelBytes } from '../../protocol/units';
import type { InitializePlan } from './plan';

/** What a folder holds of a plan already. */
export interface StartedData {
  readonly metadata: PostMetadata | undefined;
  /** By file index: complete labels on disk. */
  readonly labels: ReadonlyMap<number, number>;
  /** Files to be cut to complete labels, or to their target, before going on. */
  readonly cuts: readonly SinkEntry[];
}

/**
 * Looks at a folder before work begins.
 * @throws WorkbenchError `folder-other-data` (details.field), `disk-full`
 */
export async function inspect(sink: PostSink, plan: InitializePlan): Promise<StartedData> {
  const entries = await sink.entries();
  const data = entries.flatMap((entry) => {
    const number = /^postdata_(\d+)\.bin$/.exec(entry.name)?.[1];
    return number === undefined ? [] : [{ ...entry, index: Number(number) }];
  });
  // An empty one is what a full disk leaves of the very first write.
  const metadata = entries.some(({ name, sizeBytes }) => name === metadataFileName && sizeBytes > 0)
    ? readMetadata(await sink.readText(metadataFileName)).metadata
    : undefined;
  if (metadata) checkSameIdentity(metadata, plan.metadata);
  else if (data.some(({ sizeBytes }) => sizeBytes > 0))
    throw new WorkbenchError(
      'folder-other-data',
      `The folder has PoST data (${data[0]?.name ?? ''}) but no ${metadataFileName} to say whose. Choose an empty folder, or restore its metadata.`,
      { field: 'directory', files: data.map(({ name }) => name) },
    );
  const beyond = data.filter(({ index }) => index >= plan.totalFiles);
  if (beyond.length > 0)
    throw new WorkbenchError(
      'folder-other-data',
      `The folder has ${counted(beyond.length, 'data file')} more than ${plan.metadata.numUnits} SU need (${beyond[0]?.name ?? ''} …). Move them away first.`,
      { field: 'directory', files: beyond.map(({ name }) => name) },
    );
  const labels = new Map<number, number>();
  const cuts: SinkEntry[] = [];
  for (const { index, name, sizeBytes } of data) {
    if (index < plan.fromFile || index > plan.toFile) continue;
    const target = Number(labelsInFile(plan.metadata, index));
    const kept = Math.min(target, Math.floor(sizeBytes / labelBytes));
    labels.set(index, kept);
    if (kept * labelBytes !== sizeBytes) cuts.push({ name, sizeBytes: kept * labelBytes });
  }
  const free = await sink.freeBytes();
  const kept = [...labels.values()].reduce((sum, count) => sum + count, 0) * labelBytes;
  const needed = Number(plan.bytes) - kept;
  if (free !== undefined && needed > free)
    throw new WorkbenchError(
      'disk-full',
      `The data need ${needed} bytes more, but only ${free} are free there. Choose another folder, or fewer files (toFile).`,
      { field: 'directory', neededBytes: needed, freeBytes: free },
    );
  return { metadata, labels, cuts };
}

function checkSameIdentity(found: PostMetadata, wanted: PostMetadata): void {
  const fields: [string, string, string][] = [
    ['nodeId', toHex(found.nodeId), toHex(wanted.nodeId)],
    ['commitmentAtxId', toHex(found.commitmentAtxId), toHex(wanted.commitmentAtxId)],
    ['labelsPerUnit', String(found.labelsPerUnit), String(wanted.labelsPerUnit)],
    ['numUnits', String(found.numUnits), String(wanted.numUnits)],
    ['maxFileSize', String(found.maxFileSize), String(wanted.maxFileSize)],
  ];
  for (const [field, is, should] of fields)
    if (is !== should)
      throw new WorkbenchError(
        'folder-other-data',
        `The folder holds other PoST data: its ${field} is ${is}, not ${should}. Choose another folder, or the same values to go on with these data.`,
        { field, found: is, expected: should },
      );
}
