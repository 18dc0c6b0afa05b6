/**
 * Whether the data on disk are what they must be: labels are computed again and compared, a sample of
 * every file or all of them (post-rs src/pos_verification.rs).
 */
import type { Bytes } from '../../base/bytes';
import { commitment } from '../../protocol/commitment';
import { WorkbenchError } from '../../base/error';
import { checkScryptN } from '../../protocol/labels';
import { fileCount, labelsInFile, labelsPerFile } from '../../protocol/metadata';
import { ProgressMeter, type JobOptions } from '../../base/progress';
import { requireMetadata, type PostDirectory, type PostFile } from '../directory/directory';
import { postFileName } from '../initialize/plan';
import type { BackendOptions } from '../../kernels/choose';
import { withEngines, type LabelEngines, type LabelSlice } from '../labels';
import { readSlice } from '../../base/read-slice';
import { labelBytes, mainnetPost } from '../../protocol/units';

export interface CheckRequest extends BackendOptions {
  /** Percent of each file's labels, rounded down; all by default. */
  readonly fraction?: number | undefined;
  readonly scryptN?: number | undefined;
  /** First and last file, inclusive, by the numbers in their names. */
  readonly fromFile?: number | undefined;
  readonly toFile?: number | undefined;
}

export interface BadLabel {
  /** The number in the file's name. */
  readonly file: number;
  /** Index of the label in the entire data. */
  readonly index: bigint;
  /** Bytes from the file's start. */
  readonly offset: number;
}

export interface CheckResult {
  /** Labels compared. */
  readonly checked: number;
  /** In order of file and index. */
  readonly bad: readonly BadLabel[];
  /** True if it stopped early, after enough bad labels. */
  readonly stoppedEarly: boolean;
}

/** Fewer labels than this may all be wrong by damage in one place. */
const tellingLabels = 16;

/**
 * Whether nothing that was checked is right. Damage is hardly ever everywhere: then the metadata, or scrypt's N, are those
 * of other data, and nothing ought to be deleted.
 */
export const belongsElsewhere = ({ checked, bad }: CheckResult): boolean =>
  checked >= tellingLabels && bad.length === checked;

/** A damaged file easily has millions; these many tell. */
const maxBadLabels = 1000;

/** Labels of a file that are checked (post-rs: labels × (fraction / 100), truncated). */
export const sampleSize = (labelsInTheFile: number, fraction: number): number =>
  Math.min(labelsInTheFile, Math.floor(labelsInTheFile * (fraction / 100)));

/**
 * Checks a directory's files. The sample is one label, by chance, of each of a number of equal stretches:
 * no damage that is longer than a stretch escapes.
 * @throws WorkbenchError before any work: `fraction-invalid`, `scrypt-n-invalid`, `data-file-missing`,
 *   `data-file-short` (details.file), `metadata-missing` and the like; `file-not-readable`
 */
export async function verifyData(
  directory: PostDirectory,
  request: CheckRequest = {},
  { signal, onProgress }: JobOptions = {},
  engines?: LabelEngines,
): Promise<CheckResult> {
  const { fraction = 100, scryptN = mainnetPost.scryptN } = request;
  const metadata = requireMetadata(directory);
  if (!(fraction >= 0 && fraction <= 100))
    throw new WorkbenchError(
      'fraction-invalid',
      `fraction is the percentage of labels to check, from 0 to 100, but it is ${fraction}.`,
      { field: 'fraction', value: fraction },
    );
  checkScryptN(scryptN);
  const { fromFile = 0, toFile = Number(fileCount(metadata)) - 1 } = request;
  const perFile = labelsPerFile(metadata);
  const samples: FileSample[] = [];
  for (let number = fromFile; number <= toFile; number++) {
    const labels = Number(labelsInFile(metadata, number));
    const file = fileOf(directory, number);
    const count = sampleSize(labels, fraction);
    if (count > 0 && file.sizeBytes < labels * labelBytes)
      throw new WorkbenchError(
        'data-file-short',
        `${file.name} has ${file.sizeBytes} bytes, but ${labels * labelBytes} belong there. Let initialisation go on to complete it, or check the other files.`,
        { file: number, sizeBytes: file.sizeBytes, expectedBytes: labels * labelBytes },
      );
    samples.push({ file, labels, count, firstIndex: BigInt(number) * perFile });
  }
  const total = samples.reduce((sum, { count }) => sum + count, 0);
  const meter = new ProgressMeter(total, 'labels');
  const bad: BadLabel[] = [];
  let checked = 0;
  const job = {
    commitment: commitment(metadata.nodeId, metadata.commitmentAtxId),
    scryptN,
    labelBytes: 16 as const,
  };
  const pieces = sampledPieces(samples);
  if (total > 0)
    await withEngines(request, engines, (using) =>
      using.run(
        job,
        pieces,
        ({ labels }, { sample, places, onDisk }) => {
          compareLabels(labels, onDisk, (i) => {
            const index = places.indices[i] ?? 0n;
            const offset = Number(index - sample.firstIndex) * labelBytes;
            bad.push({ file: sample.file.number, index, offset });
          });
          checked += places.indices.length;
          onProgress?.(meter.advance(places.indices.length));
          return bad.length >= maxBadLabels ? 'stop' : undefined;
        },
        { signal },
      ),
    );
  bad.sort((a, b) => a.file - b.file || a.offset - b.offset);
  return { checked, bad, stoppedEarly: checked < total };
}

interface FileSample {
  readonly file: PostFile;
  readonly labels: number;
  /** How many of them are checked. */
  readonly count: number;
  readonly firstIndex: bigint;
}

interface SampleSlice extends LabelSlice {
  readonly sample: FileSample;
  readonly places: { readonly indices: BigUint64Array<ArrayBuffer> };
  /** Their 16 bytes each, one after another. */
  readonly onDisk: Bytes;
}

function fileOf({ files }: PostDirectory, number: number): PostFile {
  // As the reference, by the number in the name, not by rank.
  const file = files.find((one) => one.number === number);
  if (file) return file;
  throw new WorkbenchError(
    'data-file-missing',
    `${postFileName(number)} is missing. Add it, or choose files (fromFile, toFile) that are there.`,
    { file: number },
  );
}

/** Draws the samples in order, and reads what the disk has for them. */
function sampledPieces(samples: readonly FileSample[]) {
  const remaining = samples.filter(({ count }) => count > 0);
  let drawn = 0;
  return async (size: number): Promise<SampleSlice | undefined> => {
    const sample = remaining[0];
    if (!sample) return undefined;
    const { count, labels } = sample;
    const from = drawn;
    const end = Math.min(count, from + size);
    drawn = end === count ? 0 : end;
    if (end === count) remaining.shift();
    const places = Array.from({ length: end - from }, (_, i) => {
      const start = Math.floor(((from + i) * labels) / count);
      const next = Math.floor(((from + i + 1) * labels) / count);
      return start + Math.floor(Math.random() * (next - start));
    });
    return {
      sample,
      places: { indices: BigUint64Array.from(places, (at) => sample.firstIndex + BigInt(at)) },
      onDisk: await readLabels(sample.file.file, places),
    };
  };
}

/** Places this close are read in one go: fewer calls, and it is what the disk reads anyway. */
const maxSpanBytes = 2 ** 20;

async function readLabels(file: Blob, places: readonly number[]): Promise<Bytes> {
  const result = new Uint8Array(places.length * labelBytes);
  const start = (places[0] ?? 0) * labelBytes;
  const end = ((places.at(-1) ?? 0) + 1) * labelBytes;
  if (end - start <= maxSpanBytes) {
    const span = await readSlice({ file, from: start, to: end });
    places.forEach((place, i) => {
      const at = place * labelBytes - start;
      result.set(span.subarray(at, at + labelBytes), i * labelBytes);
    });
    return result;
  }
  for (const [i, place] of places.entries()) {
    const from = place * labelBytes;
    result.set(await readSlice({ file, from, to: from + labelBytes }), i * labelBytes);
  }
  return result;
}

function compareLabels(computed: Bytes, onDisk: Bytes, report: (i: number) => void): void {
  for (let i = 0; i * labelBytes < computed.length; i++) {
    const at = i * labelBytes;
    for (let byte = at; byte < at + labelBytes; byte++)
      if (computed[byte] !== onDisk[byte]) {
        report(i);
        break;
      }
  }
}
