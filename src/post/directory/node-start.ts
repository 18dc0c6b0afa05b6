/**
 * What a node would do to a PoST directory on its next start with smeshing on: go-spacemesh v1.7.6
 * activation/post.go (PrepareInitializer, StartSession), Go post v0.12.9 initialization/initialization.go.
 */
import type { Bytes } from '../../base/bytes';
import { equalBytes, toHex } from '../../base/bytes';
import { counted } from '../../base/counted';
import { formatBytes } from '../../base/format';
import type { PostMetadata } from '../../protocol/metadata';
import { fileCount, labelsInFile } from '../../protocol/metadata';
import type { SmeshingConfig } from '../../protocol/node-config';
import { labelBytes } from '../../protocol/units';
import type { Finding, SizedFile } from './findings';
import { minFileBytes, fileRanges } from './findings';

interface DirectoryState {
  readonly metadata: PostMetadata | undefined;
  readonly files: readonly SizedFile[];
}

/**
 * What the node would do, in its order; it ends where the node would refuse to go on.
 * @param nodeId the identity in the node's data folder, if known: 32 bytes
 */
export function nodeStart(
  { metadata, files }: DirectoryState,
  config: SmeshingConfig,
  nodeId?: Bytes,
): Finding[] {
  if (!config.start)
    return [
      {
        code: 'smeshing-off',
        severity: 'info',
        message:
          'This config does not start smeshing (smeshing-start is false): the node leaves the directory alone. A PoST service of its own may still prove from it.',
      },
    ];
  const refused = refusal(metadata, files, config, nodeId);
  if (refused) return [refused];
  if (files.every(({ sizeBytes }) => sizeBytes < labelBytes)) return [startsAnew(metadata, config)];
  if (!metadata) return [];
  const target = { ...metadata, numUnits: config.numUnits };
  const steps = [
    ...shrinking(metadata, config),
    ...deletions(target, files),
    ...cuts(target, files),
  ];
  const left = missingBytes(target, files);
  if (left > 0n)
    steps.push({
      code: 'would-initialise',
      severity: 'warning',
      message: `It would compute the ${formatBytes(left)} that are missing, file by file, before it proves.`,
    });
  if (metadata.nonce === undefined)
    steps.push({
      code: 'would-search-nonce',
      severity: 'warning',
      message:
        'It would look for a VRF nonce only in labels that it still computes, and then beyond the end of the data; it does not look through the files that are there.',
      action: 'Find the nonce here first and save it into the metadata: that is faster.',
    });
  if (steps.length === 0)
    steps.push({
      code: 'would-do-nothing',
      severity: 'info',
      message: 'It finds everything as configured, rewrites the metadata as it is, and goes on.',
    });
  return steps;
}

/** What stops the node before it touches anything (config.Validate, loadMetadata, verifyMetadata). */
function refusal(
  metadata: PostMetadata | undefined,
  files: readonly SizedFile[],
  { numUnits, maxFileSize, network }: SmeshingConfig,
  nodeId: Bytes | undefined,
): Finding | undefined {
  const refuse = (message: string, action: string): Finding => ({
    code: 'would-refuse',
    severity: 'error',
    message: `It would refuse to start smeshing: ${message}`,
    action,
  });
  const setUnits = 'Set smeshing-opts-numunits to what the data has.';
  if (numUnits < network.minNumUnits)
    return refuse(
      `smeshing-opts-numunits is ${numUnits}, the network's minimum is ${network.minNumUnits}.`,
      setUnits,
    );
  if (numUnits > network.maxNumUnits)
    return refuse(
      `smeshing-opts-numunits is ${numUnits}, the network's maximum is ${network.maxNumUnits}.`,
      setUnits,
    );
  if (maxFileSize < minFileBytes)
    return refuse(
      `smeshing-opts-maxfilesize is ${maxFileSize}, less than ${minFileBytes} bytes.`,
      'Set it to MaxFileSize of the metadata.',
    );
  if (files.every(({ sizeBytes }) => sizeBytes < labelBytes)) return undefined;
  if (!metadata)
    return refuse(
      'there is data, but no metadata that it can read.',
      'Restore postdata_metadata.json.',
    );
  if (nodeId && !equalBytes(nodeId, metadata.nodeId))
    return refuse(
      `the data belongs to ${toHex(metadata.nodeId)}, the node's key to ${toHex(nodeId)}.`,
      'Use the key that the data was made with. NodeId in the metadata must never be changed: the data would be worthless.',
    );
  if (metadata.labelsPerUnit !== network.labelsPerUnit)
    return refuse(
      `the data has ${metadata.labelsPerUnit} labels per unit, the network ${network.labelsPerUnit}: it was made for another network.`,
      'Choose the right preset or the right folder.',
    );
  if (metadata.maxFileSize !== maxFileSize)
    return refuse(
      `smeshing-opts-maxfilesize is ${maxFileSize}, but the data was made with ${metadata.maxFileSize}.`,
      `Set "smeshing-opts-maxfilesize": ${metadata.maxFileSize} in the config; never change it in the metadata.`,
    );
  if (numUnits > metadata.numUnits)
    return refuse(
      `smeshing-opts-numunits is ${numUnits}, but the data has ${metadata.numUnits}: data that exists cannot be grown.`,
      `Set "smeshing-opts-numunits": ${metadata.numUnits}, or make another identity for the rest of the space.`,
    );
  return undefined;
}

function startsAnew(metadata: PostMetadata | undefined, config: SmeshingConfig): Finding {
  const target = {
    numUnits: config.numUnits,
    labelsPerUnit: config.network.labelsPerUnit,
    maxFileSize: config.maxFileSize,
  };
  const size = formatBytes(BigInt(target.numUnits) * target.labelsPerUnit * BigInt(labelBytes));
  return {
    code: 'would-start-again',
    severity: metadata ? 'error' : 'warning',
    message: metadata
      ? `It would find no data, write new metadata (the VRF nonce would be forgotten; the commitment ATX is kept) and initialise ${size} from nothing.`
      : `It would write new metadata and initialise ${size} from nothing.`,
    action: 'If the data exists elsewhere, mount it or correct smeshing-opts-datadir first.',
  };
}

function* shrinking(metadata: PostMetadata, { numUnits }: SmeshingConfig): Iterable<Finding> {
  if (numUnits === metadata.numUnits) return;
  yield {
    code: 'would-shrink',
    severity: 'error',
    message: `It would make the data smaller: smeshing-opts-numunits is ${numUnits}, the data has ${metadata.numUnits}. It writes NumUnits ${numUnits} into the metadata, and there is no way back but to initialise again.`,
    action: `Set "smeshing-opts-numunits": ${metadata.numUnits} unless you mean it.`,
  };
}

function* deletions(target: PostMetadata, files: readonly SizedFile[]): Iterable<Finding> {
  const count = Number(fileCount(target));
  const deleted = files.filter(({ number }) => number >= count);
  if (deleted.length === 0) return;
  const bytes = deleted.reduce((total, { sizeBytes }) => total + BigInt(sizeBytes), 0n);
  yield {
    code: 'would-delete-files',
    severity: 'error',
    message: `It would delete files: ${fileRanges(deleted)}, ${formatBytes(bytes)} in all.`,
    action: 'Do not start the node with this config and this folder unless you mean it.',
  };
}

function* cuts(target: PostMetadata, files: readonly SizedFile[]): Iterable<Finding> {
  const wanted = ({ number }: SizedFile) => labelsInFile(target, number) * BigInt(labelBytes);
  const cut = files.filter((file) => wanted(file) > 0n && BigInt(file.sizeBytes) > wanted(file));
  if (cut.length === 0) return;
  const bytes = cut.reduce((total, file) => total + BigInt(file.sizeBytes) - wanted(file), 0n);
  yield {
    code: 'would-cut-files',
    severity: 'error',
    message: `It would cut ${fileRanges(cut)} by ${formatBytes(bytes)} in all.`,
  };
}

function missingBytes(target: PostMetadata, files: readonly SizedFile[]): bigint {
  const count = Number(fileCount(target));
  const wanted = BigInt(target.numUnits) * target.labelsPerUnit * BigInt(labelBytes);
  const there = files
    .filter(({ number }) => number < count)
    .reduce((total, file) => {
      const full = labelsInFile(target, file.number) * BigInt(labelBytes);
      const size = BigInt(file.sizeBytes);
      return total + (size < full ? size : full);
    }, 0n);
  return wanted - there;
}

/** An ATX of the identity, as a row of state.sql gives it. */
export interface SmesherAtx {
  readonly publishEpoch: number;
  /** Units of this identity. */
  readonly numUnits: number;
  /** Only in the identity's first ATX. */
  readonly commitmentAtxId?: Uint8Array | undefined;
  readonly vrfNonce?: bigint | undefined;
}

/** The metadata beside the ATXs that its identity has published. */
export function compareWithAtxs(metadata: PostMetadata, atxs: readonly SmesherAtx[]): Finding[] {
  const latest = atxs.reduce<SmesherAtx | undefined>(
    (best, atx) => (best && best.publishEpoch >= atx.publishEpoch ? best : atx),
    undefined,
  );
  if (!latest)
    return [
      {
        code: 'no-atx',
        severity: 'info',
        message: `The database has no ATX of ${toHex(metadata.nodeId)}. If there really is none, NumUnits may still be chosen freely.`,
      },
    ];
  const findings: Finding[] = [];
  const commitment = atxs.find(({ commitmentAtxId }) => commitmentAtxId)?.commitmentAtxId;
  if (commitment && !equalBytes(commitment, metadata.commitmentAtxId))
    findings.push({
      code: 'commitment-differs',
      severity: 'error',
      message: `The first ATX commits to ${toHex(commitment)}, the metadata to ${toHex(metadata.commitmentAtxId)}: proofs from this data would be refused.`,
      action:
        'One of the two belongs to other data. If the data was made with the ATX’s commitment, put that into the metadata; “Check” tells which one the labels fit.',
    });
  if (latest.numUnits > metadata.numUnits)
    findings.push({
      code: 'smaller-than-atx',
      severity: 'warning',
      message: `The ATX of epoch ${latest.publishEpoch} has ${counted(latest.numUnits, 'unit')}, the metadata ${metadata.numUnits}: the next ATX would be smaller.`,
    });
  if (latest.numUnits < metadata.numUnits)
    findings.push({
      code: 'larger-than-atx',
      severity: 'warning',
      message: `The ATX of epoch ${latest.publishEpoch} has ${counted(latest.numUnits, 'unit')}, the metadata ${metadata.numUnits}. In the first ATX after a growth the network counts the old size, and the VRF nonce is checked against the new one.`,
    });
  const { nonce } = metadata;
  if (latest.vrfNonce !== undefined && nonce !== undefined && latest.vrfNonce !== nonce)
    findings.push({
      code: 'vrf-nonce-differs',
      severity: 'info',
      message: `The ATX of epoch ${latest.publishEpoch} has the VRF nonce ${latest.vrfNonce}, the metadata ${nonce}. Both may be good; the next ATX takes the one of the metadata.`,
    });
  if (findings.length === 0)
    findings.push({
      code: 'atx-agrees',
      severity: 'info',
      message: `The metadata agrees with ${atxs.length === 1 ? 'the ATX' : `all ${atxs.length} ATXs`}, the latest of epoch ${latest.publishEpoch} with ${counted(latest.numUnits, 'unit')}.`,
    });
  return findings;
}
