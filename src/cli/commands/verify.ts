/** `verify`: whether a PoST proof holds. */
import { limits, readTextFile } from '../../base/read-file';
import { verify as verifyPost, type VerifyResult } from '../../post/verify/verify';
import { mainnetPost } from '../../protocol/units';
import type { CliContext } from '../context';
import { exitCode, type ExitCode } from '../exit-code';
import { diskFile } from '../files/disk-file';
import { toJson } from '../output';
import { openPostFolder } from './inspect';

export interface VerifyCommandOptions {
  readonly challenge: string;
  readonly dir?: string | undefined;
  readonly nodeId?: string | undefined;
  readonly commitment?: string | undefined;
  readonly units?: number | undefined;
  readonly labelsPerUnit?: number | undefined;
  readonly k1?: number | undefined;
  readonly k2?: number | undefined;
  readonly powDifficulty?: string | undefined;
  readonly scryptN?: number | undefined;
  readonly json: boolean;
}

/**
 * Every index of the proof and its k2pow. Memory: 262 MiB.
 * @returns `checkFailed` if the proof is invalid
 * @throws WorkbenchError of the files, and as `verify`; AbortError
 */
export async function verify(
  context: CliContext,
  proofPath: string,
  options: VerifyCommandOptions,
): Promise<ExitCode> {
  const text = await readTextFile(diskFile(proofPath), { ...limits.proof, name: proofPath });
  const directory = options.dir === undefined ? undefined : await openPostFolder(options.dir);
  const labels = await context.openLabels(1);
  // A proof that fails an early check needs none.
  let pow: ReturnType<CliContext['openPow']> | undefined;
  let result: VerifyResult;
  try {
    result = await verifyPost(
      {
        proof: text,
        directory,
        nodeId: options.nodeId,
        commitmentAtxId: options.commitment,
        numUnits: options.units,
        // The directory knows its own.
        labelsPerUnit: options.labelsPerUnit ?? (directory ? undefined : mainnetPost.labelsPerUnit),
        challenge: options.challenge,
        k1: options.k1 ?? mainnetPost.k1,
        k2: options.k2 ?? mainnetPost.k2,
        powDifficulty: options.powDifficulty ?? mainnetPost.powDifficulty,
        scryptN: options.scryptN,
      },
      { signal: context.signal },
      {
        labels,
        pow: {
          hash: async (input) => (await (pow ??= context.openPow(1, context.signal))).hash(input),
        },
      },
    );
  } finally {
    labels.close();
  }
  await context.out.write(options.json ? toJson(result) : describe(result));
  return result.valid ? exitCode.good : exitCode.checkFailed;
}

function describe(result: VerifyResult): string {
  if (!result.valid) return `Invalid (${result.kind}): ${result.explanation}\n`;
  const remarks = result.remarks.map((remark) => `${remark}\n`).join('');
  return `Valid: the k2pow and ${result.checked} indices hold.\n${remarks}`;
}
