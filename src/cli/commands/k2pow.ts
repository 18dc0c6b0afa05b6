/** `k2pow`: the proof of work of a nonce group. */
import { readBytes } from '../../base/bytes';
import { WorkbenchError } from '../../base/error';
import { formatCount, formatDuration, formatNumber } from '../../base/format';
import type { Progress } from '../../base/progress';
import { readPowRequest, searchK2pow } from '../../post/k2pow/k2pow';
import { k2powInput, scalePowDifficulty } from '../../protocol/k2pow';
import { mainnetPost } from '../../protocol/units';
import type { CliContext } from '../context';
import { exitCode, type ExitCode } from '../exit-code';
import { toJson } from '../output';
import { progressOutput } from '../progress';

export interface K2powCommandOptions {
  readonly challenge: string;
  readonly nodeId: string;
  readonly group: number;
  readonly units: number;
  readonly powDifficulty?: string | undefined;
  readonly start: string;
  readonly maxHashes?: number | undefined;
  readonly json: boolean;
}

/**
 * Finds the smallest counter that is good. A search that ends before prints where it continues.
 * @returns `unfinished` after `--max-hashes` without result
 * @throws WorkbenchError `option-number`, and as `searchK2pow`; AbortError
 */
export async function k2pow(context: CliContext, options: K2powCommandOptions): Promise<ExitCode> {
  const { challenge, nodeId, group, units, maxHashes, json } = options;
  const { powDifficulty = mainnetPost.powDifficulty } = options;
  const startNonce = readCounter(options.start);
  const request = {
    ...{ challenge, nodeId, nonceGroup: group, startNonce, maxHashes },
    difficulty: scalePowDifficulty(readBytes(powDifficulty, 32, '--pow-difficulty'), units),
  };
  // Refuses what cannot be searched before RandomX is started.
  k2powInput(startNonce, readPowRequest(request));
  const progress = progressOutput(context, 'k2pow', describeSearch);
  let resumeFrom = startNonce;
  try {
    const engines = await context.openPow(1, context.signal);
    const result = await searchK2pow(engines, request, {
      signal: context.signal,
      onProgress: (state) => {
        resumeFrom = state.resumeFrom;
        progress.onProgress(state);
      },
    });
    progress.finish();
    if (!result) {
      await context.err.write(`Not found yet. Continue with --start ${resumeFrom}\n`);
      return exitCode.unfinished;
    }
    await context.out.write(
      json ? toJson(result) : `k2pow ${result.pow}, after ${formatCount(result.hashes)} hashes\n`,
    );
    return exitCode.good;
  } catch (error) {
    progress.finish();
    if (context.signal.aborted && resumeFrom > startNonce)
      await context.err.write(`Continue with --start ${resumeFrom}\n`);
    throw error;
  }
}

/** A search has no memory: a share of the mean would promise an end. */
function describeSearch({ done, total, etaS }: Progress): string {
  const mean = etaS === undefined ? '' : `, which takes ${formatDuration(etaS)}`;
  return `${formatCount(done)} hashes tried; the mean of a search is ${formatNumber(total)}${mean}`;
}

function readCounter(text: string): bigint {
  if (/^\d{1,20}$/.test(text)) return BigInt(text);
  throw new WorkbenchError(
    'option-number',
    `--start takes a whole number from 0 on, but it is "${text}".`,
    { text },
  );
}
