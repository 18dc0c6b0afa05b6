/** `check`: computes labels of a PoST directory again and compares them with the disk. */
import { availableParallelism } from 'node:os';
import { counted } from '../../base/counted';
import { WorkbenchError } from '../../base/error';
import { formatCount } from '../../base/format';
import { shardSpan, type Shard } from '../../audit/run';
import { belongsElsewhere, sampleSize, verifyData, type CheckResult } from '../../post/check/check';
import { requireMetadata } from '../../post/directory/directory';
import { fileCount, labelsInFile, totalLabels, type PostMetadata } from '../../protocol/metadata';
import type { CliContext } from '../context';
import { exitCode, type ExitCode } from '../exit-code';
import { toJson } from '../output';
import { progressOutput } from '../progress';
import { openPostFolder } from './inspect';

export interface CheckCommandOptions {
  readonly fraction?: number | undefined;
  readonly all: boolean;
  readonly fromFile?: number | undefined;
  readonly toFile?: number | undefined;
  readonly shard?: Shard | undefined;
  readonly scryptN?: number | undefined;
  readonly threads?: number | undefined;
  readonly json: boolean;
}

/** Below this all labels take seconds. */
const fewLabels = 20_000n;
const usualFraction = 0.1;
/** Wrong labels that the text names. */
const namedLabels = 20;

/** @throws WorkbenchError `option-fraction`, `fraction-too-small`, of the files, and as `verifyData`; AbortError */
export async function check(
  context: CliContext,
  folder: string,
  options: CheckCommandOptions,
): Promise<ExitCode> {
  const { all, scryptN, json } = options;
  if (all && options.fraction !== undefined)
    throw new WorkbenchError('option-fraction', 'Use either --fraction or --all, not both.');
  const directory = await openPostFolder(folder);
  const metadata = requireMetadata(directory);
  const fraction =
    options.fraction ?? (all || totalLabels(metadata) <= fewLabels ? 100 : usualFraction);
  const files = filesOf(metadata, options);
  if (!files) {
    await context.out.write(json ? toJson(emptyShard(directory.name)) : 'No file in this shard.\n');
    return exitCode.good;
  }
  const { fromFile, toFile } = files;
  const progress = progressOutput(context, 'check');
  const engines = await context.openLabels(options.threads ?? availableParallelism());
  let result: CheckResult;
  try {
    result = await verifyData(
      directory,
      { fraction, fromFile, toFile, scryptN },
      { signal: context.signal, onProgress: progress.onProgress },
      engines,
    );
  } finally {
    progress.finish();
    engines.close();
  }
  if (result.checked === 0)
    throw new WorkbenchError(
      'fraction-too-small',
      `At ${fraction} % no file has a label to check. Raise --fraction, or use --all.`,
      { fraction },
    );
  const unsampled = unsampledFiles(metadata, { fraction, fromFile, toFile });
  const document = {
    directory: directory.name,
    fraction,
    ...result,
    unsampledFiles: unsampled,
    belongsElsewhere: belongsElsewhere(result),
  };
  await context.out.write(json ? toJson(document) : describe(result, fraction, unsampled));
  return result.bad.length > 0 ? exitCode.checkFailed : exitCode.good;
}

/** First and last file; undefined for a shard without files. @throws WorkbenchError `option-shard` */
function filesOf(
  metadata: PostMetadata,
  { fromFile, toFile, shard }: CheckCommandOptions,
): Pick<CheckCommandOptions, 'fromFile' | 'toFile'> | undefined {
  if (!shard) return { fromFile, toFile };
  if (fromFile !== undefined || toFile !== undefined)
    throw new WorkbenchError('option-shard', 'Use either --shard or --from-file and --to-file.');
  const { first, end } = shardSpan(Number(fileCount(metadata)), shard);
  return first < end ? { fromFile: first, toFile: end - 1 } : undefined;
}

const emptyShard = (directory: string): object => ({
  ...{ directory, checked: 0, bad: [], stoppedEarly: false },
  ...{ unsampledFiles: [], belongsElsewhere: false },
});

/** Numbers of the files of which the fraction is less than one label. */
function unsampledFiles(
  metadata: PostMetadata,
  options: Required<Pick<CheckCommandOptions, 'fraction'>> &
    Pick<CheckCommandOptions, 'fromFile' | 'toFile'>,
): number[] {
  const { fraction = 100, fromFile = 0, toFile = Number(fileCount(metadata)) - 1 } = options;
  const numbers: number[] = [];
  for (let number = fromFile; number <= toFile; number++)
    if (sampleSize(Number(labelsInFile(metadata, number)), fraction) === 0) numbers.push(number);
  return numbers;
}

function describe(result: CheckResult, fraction: number, unsampled: readonly number[]): string {
  const { checked, bad, stoppedEarly } = result;
  const compared = `${formatCount(checked)} labels computed again (${fraction} %)`;
  const lines: string[] = [];
  if (bad.length === 0) lines.push(`${compared}: all are right.`);
  else {
    lines.push(
      `${compared}: ${formatCount(bad.length)} are wrong${stoppedEarly ? ', and the check stopped there' : ''}.`,
    );
    for (const { file, index, offset } of bad.slice(0, namedLabels))
      lines.push(`  postdata_${file}.bin at byte ${offset}: label ${index}`);
    if (bad.length > namedLabels)
      lines.push(`  and ${formatCount(bad.length - namedLabels)} more: --json lists them.`);
    if (belongsElsewhere(result))
      lines.push(
        'Nothing that was checked is right: the metadata or --scrypt-n are probably those of other data. Delete nothing before you have checked them.',
      );
  }
  if (unsampled.length > 0)
    lines.push(
      `Not checked, since the fraction of them is less than one label: ${counted(unsampled.length, 'file')}.`,
    );
  return `${lines.join('\n')}\n`;
}
