/** Proving as a page or a script asks for it: with the engines that it needs, opened for the job and closed after it. */
import type { Bytes } from '../../base/bytes';
import type { Proof } from '../../protocol/proof';
import type { PostDirectory } from '../directory/directory';
import { requireMetadata } from '../directory/directory';
import { openRandomX, type PowEngines } from '../k2pow/engines';
import { searchK2pow } from '../k2pow/k2pow';
import { prove, type FindPow, type ProveOptions, type ProveRequest } from './prove';
import { openScanner, type ScannerOptions } from './scanner';

export interface ProveJobRequest extends ProveRequest, ScannerOptions {
  /**
   * Leaves out k2pow (every counter is 0): shows what the scan finds and how fast. The network refuses
   * such a proof unless its pow difficulty lets any hash pass.
   */
  readonly scanOnly?: boolean | undefined;
  /** Finds each group's k2pow elsewhere (a k2pow service) instead of here. */
  readonly findPow?: FindPow | undefined;
}

/** The k2pow difficulty that lets any hash pass. */
const anyHash: Bytes = new Uint8Array(32).fill(0xff);

/**
 * Generates a proof over an open directory.
 * @throws WorkbenchError as `prove`, `openScanner` and `openRandomX`; AbortError
 */
export async function proveDirectory(
  directory: PostDirectory,
  request: ProveJobRequest,
  options: ProveOptions = {},
): Promise<Proof> {
  const metadata = requireMetadata(directory);
  const { backend, threads } = request;
  const scanner = await openScanner({ backend, threads });
  let randomx: PowEngines | undefined;
  const search: FindPow = async (pow, searching) => {
    randomx ??= await openRandomX({ threads }, { signal: searching.signal });
    const found = await searchK2pow(randomx, pow, searching);
    // Without a bound on the hashes a search ends with a hit or an abort.
    return found?.pow ?? 0n;
  };
  const { scanOnly } = request;
  const findPow = scanOnly ? () => Promise.resolve(0n) : (request.findPow ?? search);
  // A position that is saved without k2pow must not be gone on from as if it had one.
  const powDifficulty = scanOnly ? anyHash : request.powDifficulty;
  try {
    return await prove(
      { metadata, files: directory.files },
      { ...request, powDifficulty },
      { scanner, findPow },
      options,
    );
  } finally {
    randomx?.close();
  }
}
