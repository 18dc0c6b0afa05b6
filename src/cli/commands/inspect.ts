/** `inspect`: what is right and wrong with PoST directories, by metadata, names and sizes. */
import { toHex } from '../../base/bytes';
import { counted } from '../../base/counted';
import { formatBytes } from '../../base/format';
import { openDirectory, type PostDirectory } from '../../post/directory/directory';
import type { CliContext } from '../context';
import { exitCode, type ExitCode } from '../exit-code';
import { filesOfFolder } from '../files/disk-file';
import { printable, toJson } from '../output';

/** @throws WorkbenchError of the files; `no-post-directory` */
export const openPostFolder = (folder: string): Promise<PostDirectory> =>
  openDirectory(filesOfFolder(folder));

const sizeOf = ({ files }: PostDirectory): number =>
  files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);

/**
 * Opens every directory before it writes, so that a wrong path gives no half answer.
 * @returns `checkFailed` if a directory cannot be proved as it is
 */
export async function inspect(
  context: CliContext,
  folders: readonly string[],
  { json }: { readonly json: boolean },
): Promise<ExitCode> {
  const directories: PostDirectory[] = [];
  for (const folder of folders) directories.push(await openPostFolder(folder));
  if (json)
    await context.out.write(
      toJson(
        directories.map((directory) => ({
          directory: directory.name,
          metadata: directory.metadata,
          files: directory.files.length,
          sizeBytes: sizeOf(directory),
          findings: directory.findings,
        })),
      ),
    );
  else for (const directory of directories) await context.out.write(describe(directory));
  const hasError = directories.some(({ findings }) =>
    findings.some(({ severity }) => severity === 'error'),
  );
  return hasError ? exitCode.checkFailed : exitCode.good;
}

function describe(directory: PostDirectory): string {
  const { name, metadata, files, findings } = directory;
  const parts = [
    ...(metadata ? [counted(metadata.numUnits, 'unit')] : []),
    counted(files.length, 'data file'),
    formatBytes(sizeOf(directory)),
    ...(metadata ? [`smesher ${toHex(metadata.nodeId)}`] : []),
  ];
  const lines = [`${printable(name)}: ${parts.join(', ')}`];
  for (const { severity, code, message, action } of findings) {
    lines.push(`  ${severity}[${code}]: ${printable(message)}`);
    if (action !== undefined) lines.push(`    ${printable(action)}`);
  }
  if (findings.length === 0) lines.push('  Nothing is wrong with its metadata, names and sizes.');
  return `${lines.join('\n')}\n`;
}
