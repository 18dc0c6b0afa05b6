/** What an initialisation writes: its files and metadata, checked against the limits of the node and of go-spacemesh. */
import { readBytes, type BytesLike } from '../../base/bytes';
import { vrfDifficulty } from '../../protocol/difficulty';
import { WorkbenchError } from '../../base/error';
import { checkScryptN } from '../../protocol/labels';
import {
  fileCount,
  labelsInFile,
  labelsPerFile,
  totalLabels,
  type PostMetadata,
} from '../../protocol/metadata';
import { labelBytes, mainnetPost } from '../../protocol/units';

export interface Geometry {
  readonly nodeId: BytesLike;
  readonly commitmentAtxId: BytesLike;
  /** Space units. */
  readonly numUnits: number;
  /** Mainnet's 2^32 (64 GiB) by default. */
  readonly labelsPerUnit?: bigint | number | undefined;
  /** Bytes; postcli's 4 GiB by default. A power of two, unless `anyFileSize`. */
  readonly maxFileSize?: bigint | number | undefined;
  /** Allows a file size that is only a multiple of 16: the references do, operators hardly ever mean it. */
  readonly anyFileSize?: boolean | undefined;
  readonly scryptN?: number | undefined;
  /** First and last file of a subset, as postcli's -fromFile and -toFile. */
  readonly fromFile?: number | undefined;
  readonly toFile?: number | undefined;
}

/** What is to be done, checked. */
export interface InitializePlan {
  /** As it is in the metadata before a nonce is found. */
  readonly metadata: PostMetadata;
  readonly scryptN: number;
  readonly totalLabels: bigint;
  /** Files of the entire directory. */
  readonly totalFiles: number;
  readonly fromFile: number;
  readonly toFile: number;
  /** Labels and bytes of the files fromFile … toFile. */
  readonly labels: bigint;
  readonly bytes: bigint;
  /** What the user should know before. */
  readonly remarks: readonly string[];
}

const minGoFileSize = 1024n;

const defaultLabelsPerUnit = 2n ** 32n;

const defaultMaxFileSize = 2n ** 32n;

const maxU32 = 2 ** 32 - 1;

const maxU64 = 2n ** 64n - 1n;

export const postFileName = (index: number): string => `postdata_${index}.bin`;

/**
 * Checks a request, touching nothing.
 * @throws WorkbenchError with `details.field`: `bytes-wrong-length`, `bytes-not-readable` (details.what),
 *   `num-units-invalid`, `labels-per-unit-invalid`, `max-file-size-invalid`, `scrypt-n-invalid`,
 *   `file-range-invalid`, `too-many-labels`, `vrf-difficulty-undefined`
 */
export function planInitialization(request: Geometry): InitializePlan {
  const { scryptN = mainnetPost.scryptN } = request;
  const nodeId = readBytes(request.nodeId, 32, 'nodeId');
  const commitmentAtxId = readBytes(request.commitmentAtxId, 32, 'commitmentAtxId');
  checkScryptN(scryptN);
  const { numUnits } = request;
  if (!Number.isInteger(numUnits) || numUnits < 1 || numUnits > maxU32)
    throw refusal(
      'num-units-invalid',
      'numUnits',
      numUnits,
      `numUnits (space units, SU) must be a whole number from 1 on`,
    );
  const labelsPerUnit = whole(request.labelsPerUnit ?? defaultLabelsPerUnit);
  if (labelsPerUnit === undefined || labelsPerUnit < 1n || labelsPerUnit > maxU64)
    throw refusal(
      'labels-per-unit-invalid',
      'labelsPerUnit',
      request.labelsPerUnit,
      'labelsPerUnit must be a whole number from 1 on (mainnet: 4294967296)',
    );
  const maxFileSize = checkFileSize(request);
  const metadata: PostMetadata = {
    nodeId,
    commitmentAtxId,
    labelsPerUnit,
    numUnits,
    maxFileSize,
    nonce: undefined,
    nonceValue: undefined,
    lastPosition: undefined,
  };
  const total = totalLabels(metadata);
  if (total > maxU64)
    throw refusal(
      'too-many-labels',
      'numUnits',
      numUnits,
      `numUnits × labelsPerUnit must stay below 2^64, but it is ${total}`,
    );
  // Fails where there is no difficulty, before any work.
  vrfDifficulty(total);
  const totalFiles = Number(fileCount(metadata));
  const { fromFile, toFile } = checkFileRange(request, totalFiles);
  const perFile = labelsPerFile(metadata);
  const labels = BigInt(toFile - fromFile) * perFile + labelsInFile(metadata, toFile);
  const remarks: string[] = [];
  if (maxFileSize < minGoFileSize)
    remarks.push(
      `The node refuses files below ${minGoFileSize} bytes (smeshing-opts-maxfilesize); this directory is for tools only.`,
    );
  if (scryptN !== mainnetPost.scryptN)
    remarks.push(
      `Mainnet has scrypt N = ${mainnetPost.scryptN}; data with N = ${scryptN} fail there.`,
    );
  return {
    metadata,
    scryptN,
    totalLabels: total,
    totalFiles,
    fromFile,
    toFile,
    labels,
    bytes: labels * BigInt(labelBytes),
    remarks,
  };
}

/** A whole number as a bigint, or undefined. */
const whole = (value: bigint | number): bigint | undefined =>
  typeof value === 'bigint' ? value : Number.isSafeInteger(value) ? BigInt(value) : undefined;

const refusal = (code: string, field: string, value: unknown, rule: string): WorkbenchError =>
  new WorkbenchError(code, `${rule}, but it is ${String(value)}.`, { field, value });

function checkFileSize({ maxFileSize = defaultMaxFileSize, anyFileSize }: Geometry): bigint {
  const size = whole(maxFileSize);
  const refuse = (rule: string) =>
    refusal('max-file-size-invalid', 'maxFileSize', maxFileSize, `maxFileSize must be ${rule}`);
  if (size === undefined || size < BigInt(labelBytes) || size % BigInt(labelBytes) !== 0n)
    throw refuse(`a multiple of ${labelBytes} bytes (one label) above 0`);
  if (size > maxU64) throw refuse('below 2^64 bytes');
  if (!anyFileSize && (size & (size - 1n)) !== 0n)
    throw refuse('a power of two, such as 4294967296 (4 GiB)');
  return size;
}

function checkFileRange(
  { fromFile = 0, toFile }: Geometry,
  totalFiles: number,
): { fromFile: number; toFile: number } {
  const last = totalFiles - 1;
  const check = (field: string, value: number, from: number) => {
    if (Number.isInteger(value) && value >= from && value <= last) return value;
    throw refusal(
      'file-range-invalid',
      field,
      value,
      `${field} must be a whole number from ${from} to ${last} (the directory has ${totalFiles} files)`,
    );
  };
  check('fromFile', fromFile, 0);
  return { fromFile, toFile: check('toFile', toFile ?? last, fromFile) };
}

export interface Forecast {
  readonly labels: bigint;
  readonly bytes: bigint;
  /** Total duration at that rate. */
  readonly seconds: number;
}

/** How long a plan takes at a measured rate. */
export const forecast = (
  { labels, bytes }: Pick<InitializePlan, 'labels' | 'bytes'>,
  labelsPerS: number,
): Forecast => ({ labels, bytes, seconds: Number(labels) / labelsPerS });
