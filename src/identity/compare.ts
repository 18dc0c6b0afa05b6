/**
 * Whether a copy is complete: compares two folders by names and sizes first, then by contents, all of
 * them or samples. Memory: two pieces of 4 MiB.
 */
import { equalBytes } from '../base/bytes';
import { ProgressMeter, type JobOptions } from '../base/progress';

/** A file of a dropped folder. */
export interface FolderFile {
  /** Below the folder, with /. */
  readonly path: string;
  readonly file: Blob;
}

export interface CompareOptions extends JobOptions {
  /** 'names': sizes only. 'sample': 1 MiB from `samples` places of each file, its ends included. 'all': every byte. */
  readonly depth: 'names' | 'sample' | 'all';
  /** Places a file, 16 by default. */
  readonly samples?: number;
}

export type Difference =
  | { readonly kind: 'missing' | 'extra'; readonly path: string; readonly sizeBytes: number }
  | {
      readonly kind: 'size';
      readonly path: string;
      readonly sizeBytes: number;
      readonly copySizeBytes: number;
    }
  | { readonly kind: 'content'; readonly path: string; readonly atByte: number }
  | { readonly kind: 'unreadable'; readonly path: string; readonly message: string };

export interface FolderComparison {
  readonly differences: readonly Difference[];
  readonly files: number;
  readonly comparedBytes: number;
  readonly totalBytes: number;
}

const pieceBytes = 4 << 20;
const sampleBytes = 1 << 20;

/**
 * Compares a copy with its source. A file's first difference ends its comparison.
 * @throws AbortError
 */
export async function compareFolders(
  source: readonly FolderFile[],
  copy: readonly FolderFile[],
  options: CompareOptions,
): Promise<FolderComparison> {
  const copies = new Map(copy.map(({ path, file }) => [path, file]));
  const differences: Difference[] = [];
  const pairs: { path: string; a: Blob; b: Blob; pieces: Piece[] }[] = [];
  for (const { path, file } of source) {
    const twin = copies.get(path);
    copies.delete(path);
    if (!twin) differences.push({ kind: 'missing', path, sizeBytes: file.size });
    else if (twin.size !== file.size)
      differences.push({ kind: 'size', path, sizeBytes: file.size, copySizeBytes: twin.size });
    else pairs.push({ path, a: file, b: twin, pieces: piecesOf(file.size, options) });
  }
  for (const [path, file] of copies)
    differences.push({ kind: 'extra', path, sizeBytes: file.size });

  const toRead = pairs.reduce((sum, { pieces }) => sum + bytesOf(pieces), 0);
  const meter = new ProgressMeter(toRead, 'bytes');
  let comparedBytes = 0;
  for (const { path, a, b, pieces } of pairs)
    for (const [i, { start, end }] of pieces.entries()) {
      options.signal?.throwIfAborted();
      const difference = await comparePiece(path, a, b, start, end);
      comparedBytes += end - start;
      if (difference) differences.push(difference);
      const skipped = difference ? bytesOf(pieces.slice(i + 1)) : 0;
      options.onProgress?.(meter.advance(end - start + skipped));
      if (difference) break;
    }
  return {
    differences: differences.sort((a, b) => a.path.localeCompare(b.path, 'en', { numeric: true })),
    files: source.length,
    comparedBytes,
    totalBytes: source.reduce((sum, { file }) => sum + file.size, 0),
  };
}

interface Piece {
  readonly start: number;
  readonly end: number;
}

const bytesOf = (pieces: readonly Piece[]): number =>
  pieces.reduce((sum, { start, end }) => sum + end - start, 0);

function piecesOf(size: number, { depth, samples = 16 }: CompareOptions): Piece[] {
  if (depth === 'names' || size === 0) return [];
  if (depth === 'all' || size <= sampleBytes * samples)
    return Array.from({ length: Math.ceil(size / pieceBytes) }, (_, i) => ({
      start: i * pieceBytes,
      end: Math.min(size, (i + 1) * pieceBytes),
    }));
  // The ends always, where a copy breaks off; the rest evenly spread, each at random within its stretch.
  const stretch = (size - sampleBytes) / (samples - 1);
  return Array.from({ length: samples }, (_, i) => {
    const from = Math.floor(i * stretch);
    const inner = i > 0 && i < samples - 1;
    const jitter = inner ? Math.floor(Math.random() * Math.max(0, stretch - sampleBytes)) : 0;
    return { start: from + jitter, end: Math.min(size, from + jitter + sampleBytes) };
  });
}

async function comparePiece(
  path: string,
  a: Blob,
  b: Blob,
  start: number,
  end: number,
): Promise<Difference | undefined> {
  try {
    const [left, right] = await Promise.all(
      [a, b].map(async (file) => new Uint8Array(await file.slice(start, end).arrayBuffer())),
    );
    if (!left || !right || equalBytes(left, right)) return undefined;
    const at = left.findIndex((byte, i) => byte !== right[i]);
    return { kind: 'content', path, atByte: start + Math.max(0, at) };
  } catch {
    return {
      kind: 'unreadable',
      path,
      message: 'The browser cannot read it: it changed, the disk failed, or it was taken away.',
    };
  }
}
