/**
 * What is right and wrong with a PoST directory, in plain words: by itself, under a node's config, and
 * beside the identity's ATXs. Pure: sizes and names in, findings out.
 */
import type { Bytes } from '../../base/bytes';
import { compareBytes, equalBytes, toHex } from '../../base/bytes';
import { counted } from '../../base/counted';
import { formatBytes } from '../../base/format';
import { vrfDifficulty } from '../../protocol/difficulty';
import type { WorkbenchError } from '../../base/error';
import type { MetadataReading, PostMetadata } from '../../protocol/metadata';
import { metadataFileName, fileCount, labelsInFile, totalLabels } from '../../protocol/metadata';
import { labelBytes } from '../../protocol/units';

/** `error`: it cannot be proved as it is, or something would be lost. `warning`: look at it. `info`: good to know. */
export interface Finding {
  readonly code: string;
  readonly severity: 'error' | 'warning' | 'info';
  readonly message: string;
  /** What to do about it. */
  readonly action?: string;
}

/** What the findings need to know of a data file (PostFile). */
export interface SizedFile {
  readonly name: string;
  readonly number: number;
  readonly rank: number;
  readonly sizeBytes: number;
}

export interface DirectoryContents {
  readonly reading: MetadataReading | undefined;
  /** The metadata was cut off or holds zeros, as a power loss leaves it. */
  readonly isTorn?: boolean | undefined;
  /** Why the metadata could not be read. */
  readonly unreadable: WorkbenchError | undefined;
  /** By rank. */
  readonly files: readonly SizedFile[];
  /** Names of all other files in the folder. */
  readonly others: readonly string[];
  /** The 16 bytes that are at Nonce, if they are there. */
  readonly labelAtNonce: Bytes | undefined;
}

/** Go post config/config.go, minFileSize. */
export const minFileBytes = 1024n;

export function examineDirectory(contents: DirectoryContents): Finding[] {
  const { reading, unreadable, isTorn = false, files, others } = contents;
  const findings = [...unusableNames(others), ...nameFindings(files)];
  if (unreadable)
    return [
      {
        code: unreadable.code,
        severity: 'error',
        message: unreadable.message,
        action: isTorn
          ? rebuildAction(files)
          : 'Correct that place in a copy of the file; the node writes it again from then on.',
      },
      ...findings,
    ];
  if (!reading)
    return [
      {
        code: 'metadata-missing',
        severity: 'error',
        message: `${metadataFileName} is missing. Without it neither the node nor the PoST service knows whose data this is.`,
        action: rebuildAction(files),
      },
      ...findings,
    ];
  const { metadata } = reading;
  findings.push(...readingFindings(reading));
  const geometry = geometryFindings(metadata);
  findings.push(...geometry);
  if (!geometry.some(({ severity }) => severity === 'error'))
    findings.push(...sizeFindings(metadata, files), ...nonceFindings(metadata, contents));
  return findings;
}

/** The labels do not depend on the metadata file: where each of its fields comes from. */
function rebuildAction(files: readonly SizedFile[]): string {
  const sizes = files.slice(0, -1).map(({ sizeBytes }) => sizeBytes);
  const largest = files.length > 1 ? Math.max(...sizes) : undefined;
  const bytes = files.reduce((sum, { sizeBytes }) => sum + BigInt(sizeBytes), 0n);
  return [
    files.length > 0
      ? `The labels in ${counted(files.length, 'postdata file')} (${formatBytes(bytes)}) are not affected: do not delete or initialise them again.`
      : '',
    `Restore ${metadataFileName} from a backup. Without one, write it again:`,
    'NodeId is the last 32 bytes of the key file (identities/*.key), in base64;',
    'CommitmentAtxId is the commitment_atx of this smesher’s first ATX in state.sql, or commit_atx of the table post in local.sql;',
    'NumUnits and MaxFileSize are smeshing-opts-numunits and smeshing-opts-maxfilesize of the node’s config',
    largest === undefined
      ? '(a single file does not show MaxFileSize);'
      : `(the files here show a MaxFileSize of ${largest});`,
    'LabelsPerUnit is the network’s, 4294967296 on mainnet;',
    'Nonce and NonceValue may be left out, and "Check data" finds them again.',
    'Then check the labels on "Check data": one label that does not fit means that NodeId or CommitmentAtxId is wrong.',
  ]
    .filter((part) => part !== '')
    .join(' ');
}

function* unusableNames(others: readonly string[]): Iterable<Finding> {
  const meant = others.filter((name) => /^postdata/i.test(name));
  if (meant.length > 0)
    yield {
      code: 'file-name-unknown',
      severity: 'warning',
      message: `${list(meant)} ${meant.length === 1 ? 'is' : 'are'} not used: only names like postdata_12.bin are read.`,
      action: 'If it is PoST data under a wrong name, give it its number back.',
    };
}

function* nameFindings(files: readonly SizedFile[]): Iterable<Finding> {
  const twice = files.filter(({ number }, i) => files[i - 1]?.number === number);
  if (twice.length > 0)
    yield {
      code: 'file-number-twice',
      severity: 'error',
      message: `${list(twice.map(({ name }) => name))} ${twice.length === 1 ? 'has' : 'have'} the number of another file. Which of them is read first is chance, and all later files move up.`,
      action: 'Keep the right one of each and move the other out of the folder.',
    };
  const padded = files.filter(({ name, number }) => name !== `postdata_${number}.bin`);
  if (padded.length > 0)
    yield {
      code: 'file-name-padded',
      severity: 'warning',
      message: `${list(padded.map(({ name }) => name))}: the node writes numbers without leading zeros. Proving reads such a file, but the node would make a new one beside it.`,
      action: 'Rename to the plain number while the node is stopped.',
    };
}

function* readingFindings({ remarks, node, metadata }: MetadataReading): Iterable<Finding> {
  for (const message of remarks)
    yield {
      code: 'metadata-read-differently',
      severity: node.ok ? 'warning' : 'error',
      message,
    };
  for (const [field, id] of [
    ['NodeId', metadata.nodeId],
    ['CommitmentAtxId', metadata.commitmentAtxId],
  ] as const)
    if (id.length !== 32)
      yield {
        code: 'id-length',
        severity: 'error',
        message:
          `${field} has ${counted(id.length, 'byte')}, an id has 32. ${id.length === 48 ? 'It looks like hex where base64 belongs.' : ''}`.trim(),
        action: 'Put the id there in base64: 44 characters, the last is “=”.',
      };
}

function geometryFindings(metadata: PostMetadata): Finding[] {
  const { numUnits, labelsPerUnit, maxFileSize } = metadata;
  const findings: Finding[] = [];
  if (numUnits === 0 || labelsPerUnit === 0n || totalLabels(metadata) >> 64n !== 0n)
    findings.push({
      code: 'size-invalid',
      severity: 'error',
      message: `${counted(numUnits, 'unit')} of ${counted(labelsPerUnit, 'label')} is not a possible size of a PoST.`,
      action: 'NumUnits and LabelsPerUnit must be as they were when the data was made.',
    });
  if (maxFileSize === 0n || maxFileSize % BigInt(labelBytes) !== 0n)
    findings.push({
      code: 'max-file-size-invalid',
      severity: 'error',
      message: `MaxFileSize is ${maxFileSize}, but must be a multiple of ${labelBytes} bytes (one label).`,
      action: 'It must be the size of the full files of this directory.',
    });
  else if (maxFileSize < minFileBytes)
    findings.push({
      code: 'max-file-size-small',
      severity: 'warning',
      message: `MaxFileSize is ${maxFileSize} bytes; the node refuses less than ${minFileBytes}.`,
    });
  return findings;
}

function* sizeFindings(metadata: PostMetadata, files: readonly SizedFile[]): Iterable<Finding> {
  const labels = totalLabels(metadata);
  const bytes = labels * BigInt(labelBytes);
  const count = Number(fileCount(metadata));
  const wanted = `${counted(count, 'file')}, ${formatBytes(bytes)} (NumUnits ${metadata.numUnits} × LabelsPerUnit ${metadata.labelsPerUnit})`;
  if (files.length === 0) {
    yield {
      code: 'no-data',
      severity: 'error',
      message: `There is no postdata_N.bin; it should be ${wanted}.`,
      action:
        'If the data is on another disk, point the node there before it starts: with an empty folder it writes new metadata, forgets the VRF nonce and initialises again.',
    };
    return;
  }
  const present = new Set(files.map(({ number }) => number));
  yield* missingFindings(count, present, files);
  yield* wrongSizes(metadata, count, files);
  const extra = files.filter(({ number }) => number >= count);
  if (extra.length > 0)
    yield {
      code: 'file-extra',
      severity: 'error',
      message: `${fileRanges(extra)}: ${formatBytes(sum(extra))} past the last that belongs here, postdata_${count - 1}.bin. The node deletes such files when it initialises; proving reads them, and a proof with such an index is refused in full or looks odd.`,
      action:
        'If NumUnits was made smaller by mistake, correct it before the node starts. Otherwise move them out of the folder.',
    };
  const complete =
    extra.length === 0 &&
    files.length === count &&
    files.every(
      ({ number, rank, sizeBytes }) =>
        number === rank && BigInt(sizeBytes) === labelsInFile(metadata, rank) * BigInt(labelBytes),
    );
  if (complete)
    yield { code: 'complete', severity: 'info', message: `All data is there: ${wanted}.` };
}

function* missingFindings(
  count: number,
  present: ReadonlySet<number>,
  files: readonly SizedFile[],
): Iterable<Finding> {
  const last = files.at(-1)?.number ?? 0;
  const gaps = missingNumbers(present, Math.min(last, count));
  if (gaps.total > 0) {
    const firstShifted = files.find(({ number, rank }) => number !== rank);
    yield {
      code: 'file-missing',
      severity: 'error',
      message: `${gaps.text} ${gaps.total === 1 ? 'is' : 'are'} missing. The proving program counts files instead of reading their numbers, so ${firstShifted?.name ?? 'every later file'} and all after it would silently be read as other labels: proofs from this directory are invalid.`,
      action:
        'Put the files back, or let the node initialise them again (it computes exactly the missing ones). Do not prove before that.',
    };
  }
  const missingAtEnd = count - 1 - last;
  if (missingAtEnd > 0)
    yield {
      code: 'files-missing-at-end',
      severity: 'error',
      message: `${rangeText(last + 1, count - 1)} ${missingAtEnd === 1 ? 'is' : 'are'} not there: initialisation has not come to its end, or they were lost.`,
      action: 'The node continues with them when it starts. A proof needs all of the data.',
    };
}

/** Lists gaps below `end` without walking through billions of numbers. */
function missingNumbers(
  present: ReadonlySet<number>,
  end: number,
): { total: number; text: string } {
  const sorted = [...present].filter((number) => number < end).sort((a, b) => a - b);
  const gaps: string[] = [];
  let total = 0;
  let next = 0;
  for (const number of [...sorted, end]) {
    if (number > next) {
      total += number - next;
      gaps.push(rangeText(next, number - 1));
    }
    next = number + 1;
  }
  return { total, text: list(gaps) };
}

function* wrongSizes(
  metadata: PostMetadata,
  count: number,
  files: readonly SizedFile[],
): Iterable<Finding> {
  const within = files.filter(({ number }) => number < count);
  const wantedBytes = ({ number }: SizedFile) =>
    Number(labelsInFile(metadata, number) * BigInt(labelBytes));
  const short = within.filter((file) => file.sizeBytes < wantedBytes(file));
  const ragged = short.filter(({ sizeBytes }) => sizeBytes % labelBytes !== 0);
  const describe = (file: SizedFile) =>
    `${file.name} has ${file.sizeBytes} of ${wantedBytes(file)} bytes`;
  if (short.length > 0)
    yield {
      code: 'file-short',
      severity: 'error',
      message: `${list(short.map(describe))}: the rest of ${short.length === 1 ? 'its' : 'their'} labels cannot be proved.`,
      action: 'The node goes on writing at the end of a short file when it starts.',
    };
  if (ragged.length > 0)
    yield {
      code: 'file-misaligned',
      severity: 'error',
      // Go post persistence/filewriter.go seeks to the end and counts complete labels only.
      message: `${list(ragged.map(({ name }) => name))} ends in the middle of a label. The node would write the next label right after these bytes, and every label from there on would be in the wrong place, without any error.`,
      action: `Cut it first, with the node stopped: ${ragged
        .slice(0, 3)
        .map(({ name, sizeBytes }) => `truncate -s ${sizeBytes - (sizeBytes % labelBytes)} ${name}`)
        .join('; ')}`,
    };
  const long = within.filter((file) => file.sizeBytes > wantedBytes(file));
  if (long.length > 0)
    yield {
      code: 'file-long',
      severity: 'warning',
      message: `${list(long.map(describe))}: longer than ${long.length === 1 ? 'it belongs' : 'they belong'}. The node cuts ${long.length === 1 ? 'it' : 'them'} when it starts.`,
      action:
        'If NumUnits or MaxFileSize was changed in the metadata, put back the old value before the node starts.',
    };
}

function* nonceFindings(
  metadata: PostMetadata,
  { labelAtNonce }: DirectoryContents,
): Iterable<Finding> {
  const { nonce, nonceValue, lastPosition } = metadata;
  const labels = totalLabels(metadata);
  if (nonce === undefined) {
    yield {
      code: 'nonce-missing',
      severity: 'warning',
      message:
        lastPosition === undefined
          ? 'There is no VRF nonce yet. The node finds it while it initialises; an ATX needs it.'
          : `There is no VRF nonce yet: the data has none, and the search beyond it has come to label ${lastPosition}.`,
      action: 'Once the data is complete it can also be found by “Find nonce”.',
    };
    return;
  }
  if (nonce >= labels)
    yield {
      code: 'nonce-beyond-data',
      severity: 'info',
      message: `The VRF nonce, ${nonce}, is beyond the ${labels} labels of the data. That is right if the data itself has no label that is good enough, and the network accepts it.`,
    };
  if (!nonceValue) {
    if (nonce < labels)
      yield {
        code: 'nonce-value-missing',
        severity: 'info',
        message: 'NonceValue is not set; the node computes it from Nonce when it starts.',
      };
    return;
  }
  if (nonceValue.length !== labelBytes)
    yield {
      code: 'nonce-value-length',
      severity: 'warning',
      message: `NonceValue has ${counted(nonceValue.length, 'byte')}; the node takes the first ${labelBytes} and fills up with zeros.`,
      action: `It should be the first ${labelBytes} bytes of the label at Nonce, in hex.`,
    };
  if (labelAtNonce && !equalBytes(labelAtNonce, nonceValue.subarray(0, labelBytes)))
    yield {
      code: 'nonce-value-mismatch',
      severity: 'error',
      message: `NonceValue is ${toHex(nonceValue)}, but the data has ${toHex(labelAtNonce)} at label ${nonce}. Either the data is damaged there or this metadata belongs to other data.`,
      action: 'Check the data. If it is good, run “Find nonce” and save what it finds.',
    };
  else if (labelAtNonce)
    yield {
      code: 'nonce-matches',
      severity: 'info',
      message: `NonceValue is what the data has at label ${nonce}.`,
    };
  // Eight labels or fewer have no difficulty; the first half of the label tells all but ties.
  if (
    labels > 8n &&
    compareBytes(
      nonceValue.subarray(0, labelBytes),
      vrfDifficulty(labels).subarray(0, labelBytes),
    ) > 0
  )
    yield {
      code: 'nonce-not-good',
      severity: 'error',
      message: `The label of the VRF nonce is not below the difficulty of ${labels} labels: the network would refuse the ATX.`,
      action:
        nonce < labels
          ? 'Run “Find nonce” over the complete data.'
          : 'Was NumUnits made larger? A nonce must be good for the size that is proved.',
    };
}

const maxListed = 5;

/** Names in a sentence; of many, the first few and how many more. */
function list(names: readonly string[]): string {
  const shown = names.slice(0, maxListed).join(', ');
  return names.length > maxListed ? `${shown} and ${names.length - maxListed} more` : shown;
}

/** Files by ascending number in a sentence: "postdata_3.bin … postdata_7.bin, postdata_9.bin". */
export function fileRanges(files: readonly Pick<SizedFile, 'number'>[]): string {
  const runs: { first: number; last: number }[] = [];
  for (const { number } of files) {
    const run = runs.at(-1);
    if (run?.last === number - 1) run.last = number;
    else runs.push({ first: number, last: number });
  }
  return list(runs.map(({ first, last }) => rangeText(first, last)));
}

function rangeText(first: number, last: number): string {
  if (first === last) return `postdata_${first}.bin`;
  return `postdata_${first}.bin … postdata_${last}.bin (${last - first + 1} files)`;
}

const sum = (files: readonly SizedFile[]): bigint =>
  BigInt(files.reduce((total, { sizeBytes }) => total + sizeBytes, 0));
