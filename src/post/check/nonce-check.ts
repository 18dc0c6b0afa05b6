/**
 * Whether the Nonce and NonceValue of a metadata file fit the data: the label at Nonce is computed and compared with
 * NonceValue, with the bytes on disk and with the VRF difficulty (Go post verifying, VerifyVRFNonce).
 */
import { equalBytes, toHex, type Bytes } from '../../base/bytes';
import { commitment } from '../../protocol/commitment';
import { vrfDifficulty } from '../../protocol/difficulty';
import { checkScryptN } from '../../protocol/labels';
import { totalLabels, type PostMetadata } from '../../protocol/metadata';
import { labelBytes, mainnetPost } from '../../protocol/units';
import { readLabel, writtenPlace, type PostDirectory } from '../directory/directory';
import type { BackendOptions } from '../../kernels/choose';
import { labelAt, withEngines, type LabelEngines } from '../labels';
import { isBelow } from './nonce';

type Outcome = 'pass' | 'fail' | 'inconclusive';

interface NonceCheck {
  readonly name: 'value' | 'disk' | 'difficulty';
  readonly outcome: Outcome;
  readonly text: string;
}

export interface NonceReport {
  /** `fail` if one check failed; `pass` only if none was left out. */
  readonly outcome: Outcome;
  readonly checks: readonly NonceCheck[];
}

export interface NonceCheckOptions extends BackendOptions {
  readonly scryptN?: number | undefined;
}

/**
 * Computes one label and reads 16 bytes.
 * @param metadata as edited
 * @param files the open directory's
 * @throws WorkbenchError `scrypt-n-…`
 */
export async function checkNonce(
  metadata: PostMetadata,
  files: PostDirectory['files'],
  { scryptN = mainnetPost.scryptN, ...options }: NonceCheckOptions = {},
  engines?: LabelEngines,
): Promise<NonceReport> {
  const { nonce, nonceValue, nodeId, commitmentAtxId } = metadata;
  if (nonce === undefined)
    return report([
      {
        name: 'value',
        outcome: nonceValue ? 'fail' : 'inconclusive',
        text: nonceValue
          ? 'NonceValue without Nonce has no meaning. Take it out, or enter the index of its label as Nonce.'
          : 'There is no Nonce. Search the data for it on "Check data"; without it no ATX can be published.',
      },
    ]);
  checkScryptN(scryptN);
  const job = { commitment: commitment(nodeId, commitmentAtxId), scryptN };
  const label = await withEngines({ threads: 1, ...options, backend: 'cpu' }, engines, (using) =>
    labelAt(job, nonce, using),
  );
  const start = label.slice(0, labelBytes);
  return report([
    valueCheck(nonce, nonceValue, start),
    await diskCheck(metadata, nonce, files, start),
    difficultyCheck(metadata, nonce, label),
  ]);
}

function report(checks: readonly NonceCheck[]): NonceReport {
  const has = (outcome: Outcome): boolean => checks.some((check) => check.outcome === outcome);
  return { outcome: has('fail') ? 'fail' : has('inconclusive') ? 'inconclusive' : 'pass', checks };
}

function valueCheck(nonce: bigint, nonceValue: Bytes | undefined, computed: Bytes): NonceCheck {
  const name = 'value';
  if (!nonceValue)
    return {
      name,
      outcome: 'pass',
      text: `NonceValue is left out; the node computes it (${toHex(computed)}).`,
    };
  return equalBytes(nonceValue, computed)
    ? { name, outcome: 'pass', text: `NonceValue is the label at ${nonce}.` }
    : {
        name,
        outcome: 'fail',
        text: `NonceValue is ${toHex(nonceValue)}, but the label at ${nonce} is ${toHex(computed)}. Correct one of the two, or check the scrypt N, NodeId and CommitmentAtxId.`,
      };
}

async function diskCheck(
  metadata: PostMetadata,
  nonce: bigint,
  files: PostDirectory['files'],
  computed: Bytes,
): Promise<NonceCheck> {
  const name = 'disk';
  if (nonce >= totalLabels(metadata))
    return {
      name,
      outcome: 'inconclusive',
      text: `Label ${nonce} is beyond the data, so no file holds it: not compared with the disk.`,
    };
  const place = writtenPlace(metadata, nonce, files);
  if (!place)
    return {
      name,
      outcome: 'inconclusive',
      text: `The file with label ${nonce} is not open: not compared with the disk. Open the complete folder.`,
    };
  const onDisk = await readLabel(place);
  return equalBytes(onDisk, computed)
    ? { name, outcome: 'pass', text: `${place.file.name} holds this label.` }
    : {
        name,
        outcome: 'fail',
        text: `${place.file.name} holds ${toHex(onDisk)} at label ${nonce}, but it must be ${toHex(computed)}. The data is damaged there, or NodeId, CommitmentAtxId, MaxFileSize or the scrypt N is wrong.`,
      };
}

function difficultyCheck(metadata: PostMetadata, nonce: bigint, label: Bytes): NonceCheck {
  const name = 'difficulty';
  const count = totalLabels(metadata);
  if (count <= 8n)
    return {
      name,
      outcome: 'inconclusive',
      text: 'There is no VRF difficulty for fewer than 9 labels.',
    };
  return isBelow(label, vrfDifficulty(count))
    ? { name, outcome: 'pass', text: `Label ${nonce} is below the VRF difficulty.` }
    : {
        name,
        outcome: 'fail',
        text: `Label ${nonce} is not below the VRF difficulty of ${count} labels: the network refuses an ATX with it. Search the data for the nonce on "Check data".`,
      };
}
