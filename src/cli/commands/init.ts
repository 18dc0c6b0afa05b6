/** `init`: computes the labels of an identity and writes them as postcli does; the same command continues it. */
import { availableParallelism } from 'node:os';
import { toHex } from '../../base/bytes';
import { counted } from '../../base/counted';
import { formatBytes } from '../../base/format';
import { initialize } from '../../post/initialize/initialize';
import { planInitialization } from '../../post/initialize/plan';
import type { CliContext } from '../context';
import { exitCode, type ExitCode } from '../exit-code';
import { diskSink } from '../files/disk-sink';
import { makeFolder } from '../files/lines';
import { toJson } from '../output';
import { progressOutput } from '../progress';

export interface InitCommandOptions {
  readonly nodeId: string;
  readonly commitment: string;
  readonly units: number;
  readonly labelsPerUnit?: number | undefined;
  readonly maxFileSize?: number | undefined;
  readonly fromFile?: number | undefined;
  readonly toFile?: number | undefined;
  readonly scryptN?: number | undefined;
  readonly threads?: number | undefined;
  readonly json: boolean;
}

/**
 * Memory: as `initialize`.
 * @throws WorkbenchError as `planInitialization`, `initialize` and `diskSink`; AbortError
 */
export async function init(
  context: CliContext,
  folder: string,
  options: InitCommandOptions,
): Promise<ExitCode> {
  const { threads = availableParallelism(), json } = options;
  const geometry = {
    nodeId: options.nodeId,
    commitmentAtxId: options.commitment,
    numUnits: options.units,
    labelsPerUnit: options.labelsPerUnit,
    maxFileSize: options.maxFileSize,
    fromFile: options.fromFile,
    toFile: options.toFile,
    scryptN: options.scryptN,
  };
  // Refuses a request before it makes a folder.
  const plan = planInitialization(geometry);
  for (const remark of plan.remarks) await context.err.write(`warning: ${remark}\n`);
  makeFolder(folder);
  const { signal } = context;
  const progress = progressOutput(context, 'init');
  const engines = await context.openLabels(threads);
  try {
    const metadata = await initialize(
      { ...geometry, sink: diskSink(folder) },
      { signal, onProgress: progress.onProgress },
      engines,
    );
    progress.finish();
    const files = plan.toFile - plan.fromFile + 1;
    const nonce =
      metadata.nonce === undefined
        ? 'No VRF nonce yet: it is found when all files are complete, or in another part of them.'
        : `VRF nonce ${metadata.nonce}.`;
    await context.out.write(
      json
        ? toJson({ directory: folder, files, bytes: plan.bytes, metadata })
        : `${counted(files, 'file')} of ${folder} complete, ${formatBytes(Number(plan.bytes))}, smesher ${toHex(metadata.nodeId)}. ${nonce}\n`,
    );
    return exitCode.good;
  } catch (error) {
    progress.finish();
    if (signal.aborted) await context.err.write('Run the same command again to continue.\n');
    throw error;
  } finally {
    engines.close();
  }
}
