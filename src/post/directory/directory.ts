/**
 * A PoST directory as it is on a disk: postdata_metadata.json and its postdata_N.bin. Opening one
 * reads the metadata, 16 bytes at the VRF nonce, and the names and sizes of the files; nothing else,
 * however large the directory is.
 */
import type { Bytes } from '../../base/bytes';
import { WorkbenchError } from '../../base/error';
import type { MetadataReading, PostMetadata } from '../../protocol/metadata';
import {
  metadataFileName,
  labelsPerFile,
  readMetadata,
  tornMetadata,
} from '../../protocol/metadata';
import { labelBytes } from '../../protocol/units';
import { limits } from '../../base/read-file';
import { readSlice } from '../../base/read-slice';
import type { Finding } from './findings';
import { examineDirectory } from './findings';

export interface PostFile {
  readonly name: string;
  /** The number in its name. */
  readonly number: number;
  /**
   * Its place among the files sorted by number. The reference takes the first label's index from this,
   * rank × MaxFileSize / 16, not from the name (post-rs src/reader.rs, read_data).
   */
  readonly rank: number;
  readonly sizeBytes: number;
  readonly file: File;
}

export interface PostDirectory {
  readonly name: string;
  /** Absent if there is no metadata file or it cannot be read; a finding states why. */
  readonly metadata: PostMetadata | undefined;
  readonly reading: MetadataReading | undefined;
  /** By rank. */
  readonly files: readonly PostFile[];
  readonly findings: readonly Finding[];
}

/** A file and its path inside what was dropped or picked, `post/postdata_0.bin`. */
export interface PlacedFile {
  readonly path: string;
  readonly file: File;
}

/** Whatever holds a directory's files: a picked folder, a drop, a file input, or one by one. */
export type DirectorySource = FileSystemDirectoryHandle | Iterable<File | PlacedFile>;

/** More than this is not read as metadata; the reference's own file has under 400 bytes. */
const maxMetadataBytes = limits.metadata.mostBytes;

/**
 * Opens the one PoST directory among the files.
 * @throws WorkbenchError `no-post-directory` or `several-post-directories` (details.names)
 */
export async function openDirectory(source: DirectorySource): Promise<PostDirectory> {
  const directories = groupByFolder(await placedFiles(source));
  const [found, ...others] = directories;
  if (!found)
    throw new WorkbenchError(
      'no-post-directory',
      `There is no ${metadataFileName} and no postdata_N.bin here. Choose the folder that holds them (smeshing-opts-datadir in the node's config).`,
    );
  if (others.length > 0) {
    const names = directories.map(({ folder }) => folder);
    throw new WorkbenchError(
      'several-post-directories',
      `There are ${names.length} PoST directories here: ${names.join(', ')}. Choose one of them.`,
      { names },
    );
  }
  return openFolder(found);
}

/** Opens every PoST directory among the files, one by one. */
export async function openDirectories(source: DirectorySource): Promise<PostDirectory[]> {
  const opened: PostDirectory[] = [];
  for (const folder of groupByFolder(await placedFiles(source)))
    opened.push(await openFolder(folder));
  return opened;
}

/**
 * The metadata, or the reason why a job cannot do without it.
 * @throws WorkbenchError with the code of the finding
 */
export function requireMetadata(directory: PostDirectory): PostMetadata {
  if (directory.metadata) return directory.metadata;
  const reason = directory.findings.find(({ severity }) => severity === 'error');
  throw new WorkbenchError(
    reason?.code ?? 'metadata-missing',
    reason?.message ?? `${directory.name} has no ${metadataFileName}.`,
  );
}

/** A label's place in the directory. */
export interface LabelPlace {
  readonly file: PostFile;
  readonly offsetBytes: number;
}

/**
 * Where the reference takes the label at an index from: by rank.
 * @returns undefined if no file of the directory holds it
 */
export function locateLabel(
  { files, metadata }: Pick<PostDirectory, 'files' | 'metadata'>,
  index: bigint,
): LabelPlace | undefined {
  if (!metadata || !hasWholeLabels(metadata)) return undefined;
  const perFile = labelsPerFile(metadata);
  const file = files[Number(index / perFile)];
  const offsetBytes = Number(index % perFile) * labelBytes;
  return file && offsetBytes + labelBytes <= file.sizeBytes ? { file, offsetBytes } : undefined;
}

const hasWholeLabels = ({ maxFileSize }: PostMetadata): boolean =>
  maxFileSize > 0n && maxFileSize % BigInt(labelBytes) === 0n;

/** Reads one label, 16 bytes. @throws WorkbenchError `file-not-readable` */
export const readLabel = ({ file, offsetBytes }: LabelPlace): Promise<Bytes> =>
  readSlice({ file: file.file, from: offsetBytes, to: offsetBytes + labelBytes });

interface Folder {
  readonly folder: string;
  readonly files: ReadonlyMap<string, File>;
}

async function placedFiles(source: DirectorySource): Promise<PlacedFile[]> {
  if ('getFileHandle' in source) return filesOfHandle(source);
  return Array.from(source, (item) =>
    'path' in item ? item : { path: item.webkitRelativePath || item.name, file: item },
  );
}

async function filesOfHandle(directory: FileSystemDirectoryHandle): Promise<PlacedFile[]> {
  const pending: Promise<PlacedFile>[] = [];
  for await (const handle of directory.values()) {
    if (handle.kind !== 'file') continue;
    const { name } = handle;
    pending.push(handle.getFile().then((file) => ({ path: `${directory.name}/${name}`, file })));
  }
  return Promise.all(pending);
}

/** The folders that hold PoST data or metadata, in the order in which they came. */
function groupByFolder(placed: readonly PlacedFile[]): Folder[] {
  const folders = new Map<string, Map<string, File>>();
  for (const { path, file } of placed) {
    const slash = path.lastIndexOf('/');
    const folder = slash < 0 ? '' : path.slice(0, slash);
    const files = folders.get(folder) ?? new Map<string, File>();
    folders.set(folder, files.set(path.slice(slash + 1), file));
  }
  return Array.from(folders, ([folder, files]) => ({ folder, files })).filter(
    ({ files }) =>
      files.has(metadataFileName) ||
      Array.from(files.keys()).some((name) => dataFileNumber(name) !== undefined),
  );
}

/**
 * The number in a data file's name, as the reference reads it (post-rs src/reader.rs, pos_files):
 * leading zeros are fine, any other ending is another file.
 */
export function dataFileNumber(name: string): number | undefined {
  const digits = /^postdata_([0-9]+)\.bin$/.exec(name)?.[1];
  const number = Number(digits);
  return digits !== undefined && Number.isSafeInteger(number) ? number : undefined;
}

async function openFolder({ folder, files }: Folder): Promise<PostDirectory> {
  const others: string[] = [];
  const numbered: Omit<PostFile, 'rank'>[] = [];
  for (const [name, file] of files) {
    const number = dataFileNumber(name);
    if (number !== undefined) numbered.push({ name, number, sizeBytes: file.size, file });
    else if (name !== metadataFileName) others.push(name);
  }
  const ranked = numbered
    .sort((a, b) => a.number - b.number || a.name.length - b.name.length)
    .map((file, rank) => ({ ...file, rank }));

  const metadataFile = files.get(metadataFileName);
  const { reading, unreadable, isTorn } = metadataFile ? await readMetadataFile(metadataFile) : {};
  const metadata = reading?.metadata;
  return {
    name: folder || 'PoST data',
    metadata,
    reading,
    files: ranked,
    findings: examineDirectory({
      reading,
      unreadable,
      isTorn,
      files: ranked,
      others,
      labelAtNonce: metadata && (await labelAtNonce(metadata, ranked)),
    }),
  };
}

async function readMetadataFile(
  file: File,
): Promise<{ reading?: MetadataReading; unreadable?: WorkbenchError; isTorn?: boolean }> {
  try {
    if (file.size > maxMetadataBytes)
      throw new WorkbenchError(
        'metadata-too-large',
        `${metadataFileName} has ${file.size} bytes: this is not what the node wrote.`,
      );
    // A BOM must stay visible: the node does not read such a file.
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(await file.arrayBuffer());
    const torn = tornMetadata(text);
    if (torn) return { unreadable: torn, isTorn: true };
    return { reading: readMetadata(text) };
  } catch (error) {
    if (error instanceof WorkbenchError) return { unreadable: error };
    throw error;
  }
}

/**
 * Where a label was written: by the number in the file's name, whatever files are missing now.
 * @returns undefined if no file of the directory holds it
 */
export function writtenPlace(
  metadata: PostMetadata,
  index: bigint,
  files: readonly PostFile[],
): LabelPlace | undefined {
  const { maxFileSize } = metadata;
  if (!hasWholeLabels(metadata)) return undefined;
  const position = index * BigInt(labelBytes);
  const file = files.find(({ number }) => BigInt(number) === position / maxFileSize);
  const offsetBytes = Number(position % maxFileSize);
  return file && offsetBytes + labelBytes <= file.sizeBytes ? { file, offsetBytes } : undefined;
}

async function labelAtNonce(
  metadata: PostMetadata,
  files: readonly PostFile[],
): Promise<Bytes | undefined> {
  const { nonce } = metadata;
  const place = nonce === undefined ? undefined : writtenPlace(metadata, nonce, files);
  return place && readLabel(place);
}
