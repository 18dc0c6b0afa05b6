/** `nonce`: finds a lost VRF nonce in the data on disk. */
import { formatCount } from '../../base/format';
import { toHex } from '../../base/bytes';
import { findNonceInData } from '../../post/check/nonce';
import { requireMetadata, type PostDirectory } from '../../post/directory/directory';
import { labelsInFile, totalLabels, type PostMetadata } from '../../protocol/metadata';
import { labelBytes } from '../../protocol/units';
import type { CliContext } from '../context';
import { exitCode, type ExitCode } from '../exit-code';
import { toJson } from '../output';
import { progressOutput } from '../progress';
import { openPostFolder } from './inspect';

export interface NonceCommandOptions {
  readonly scryptN?: number | undefined;
  readonly json: boolean;
}

/**
 * @returns `checkFailed` if there is no nonce, or a low label on disk is wrong
 * @throws WorkbenchError of the files, and as `findNonceInData`; AbortError
 */
export async function nonce(
  context: CliContext,
  folder: string,
  { scryptN, json }: NonceCommandOptions,
): Promise<ExitCode> {
  const directory = await openPostFolder(folder);
  const metadata = requireMetadata(directory);
  const progress = progressOutput(context, 'nonce');
  const engines = await context.openLabels(1);
  try {
    const { nonce: found, damaged } = await findNonceInData(
      directory,
      { scryptN },
      { signal: context.signal, onProgress: progress.onProgress },
      engines,
    );
    progress.finish();
    const searched = searchedLabels(directory, metadata);
    const total = totalLabels(metadata);
    const document = {
      directory: directory.name,
      nonce: found?.index,
      nonceValue: found && toHex(found.label.slice(0, labelBytes)),
      label: found?.label,
      inMetadata: metadata.nonce,
      damaged,
      searchedLabels: searched,
      totalLabels: total,
    };
    const lines = found
      ? [`"Nonce": ${found.index},`, `"NonceValue": "${document.nonceValue ?? ''}"`]
      : ['No label of this data is below the VRF difficulty.'];
    if (searched < total)
      lines.push(
        `Only ${formatCount(searched)} of ${formatCount(total)} labels are here: files are missing or short.`,
      );
    if (damaged.length > 0)
      lines.push(
        `Low labels on disk that are wrong: ${damaged.join(', ')}. Check the data: the lowest label may be among the damaged ones.`,
      );
    await context.out.write(json ? toJson(document) : `${lines.join('\n')}\n`);
    return found && damaged.length === 0 ? exitCode.good : exitCode.checkFailed;
  } finally {
    progress.finish();
    engines.close();
  }
}

/** Labels of the directory that its files hold. */
function searchedLabels({ files }: PostDirectory, metadata: PostMetadata): bigint {
  return files.reduce((sum, { number, sizeBytes }) => {
    const inFile = BigInt(Math.floor(sizeBytes / labelBytes));
    const expected = labelsInFile(metadata, number);
    return sum + (inFile < expected ? inFile : expected);
  }, 0n);
}
