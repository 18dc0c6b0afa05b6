/** `prove`: a PoST proof over a directory. With --out it continues where it was stopped. */
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { isRecord } from '../../base/record';
import { WorkbenchError } from '../../base/error';
import { formatPercent } from '../../base/format';
import { readTextFile } from '../../base/read-file';
import { requireMetadata } from '../../post/directory/directory';
import type { PowEngines } from '../../post/k2pow/engines';
import { searchK2pow } from '../../post/k2pow/k2pow';
import {
  prove as provePost,
  type FindPow,
  type ProvingCheckpoint,
  type ProvingProgress,
} from '../../post/prove/prove';
import { writeProof } from '../../protocol/proof';
import { mainnetPost } from '../../protocol/units';
import type { CliContext } from '../context';
import { exitCode, type ExitCode } from '../exit-code';
import { diskFile } from '../files/disk-file';
import { explainWriteError, writeComplete } from '../files/lines';
import { progressOutput } from '../progress';
import { openPostFolder } from './inspect';

export interface ProveCommandOptions {
  readonly challenge: string;
  readonly nonces: number;
  readonly threads?: number | undefined;
  readonly k1?: number | undefined;
  readonly k2?: number | undefined;
  readonly powDifficulty?: string | undefined;
  readonly out?: string | undefined;
}

const saveIntervalMs = 30_000;
/** 4096 nonces with 40 good labels each. */
const positionLimit = {
  what: 'the position of a proof',
  mostBytes: 16 << 20,
  advice: 'Remove it to start again.',
};

/**
 * Memory: of the scanner, and 256 MiB for RandomX.
 * @throws WorkbenchError of the files, `position-not-readable`, as `prove`; AbortError
 */
export async function prove(
  context: CliContext,
  folder: string,
  options: ProveCommandOptions,
): Promise<ExitCode> {
  const { threads = availableParallelism(), nonces, challenge, out } = options;
  const directory = await openPostFolder(folder);
  const metadata = requireMetadata(directory);
  const saved = out === undefined ? undefined : `${out}.position`;
  const resume = saved !== undefined && existsSync(saved) ? await readPosition(saved) : undefined;
  const { signal } = context;
  const progress = progressOutput(context, 'prove');
  let pow: Promise<PowEngines> | undefined;
  const findPow: FindPow = async (request, searching) => {
    pow ??= context.openPow(threads, signal);
    const found = await searchK2pow(await pow, request, searching);
    // Without a bound on the hashes a search ends with a hit or an abort.
    return found?.pow ?? 0n;
  };
  let latest: ProvingProgress | undefined;
  const save = (): void => {
    if (saved !== undefined && latest) writePosition(saved, latest.checkpoint());
  };
  let nextSaveMs = performance.now() + saveIntervalMs;
  try {
    const proof = await provePost(
      { metadata, files: directory.files },
      {
        ...{ challenge, nonces },
        k1: options.k1 ?? mainnetPost.k1,
        k2: options.k2 ?? mainnetPost.k2,
        powDifficulty: options.powDifficulty ?? mainnetPost.powDifficulty,
      },
      { scanner: await context.openScanner(threads), findPow },
      {
        ...{ signal, resume },
        onProgress: (state) => {
          latest = state;
          progress.onProgress(state);
          if (performance.now() < nextSaveMs) return;
          save();
          nextSaveMs = performance.now() + saveIntervalMs;
        },
      },
    );
    progress.finish();
    const text = `${writeProof(proof)}\n`;
    if (out === undefined) await context.out.write(text);
    else {
      await writeComplete(out, (write) => write(new TextEncoder().encode(text)));
      await context.out.write(`Proof with nonce ${proof.nonce} written to ${out}\n`);
    }
    if (saved !== undefined) rmSync(saved, { force: true });
    return exitCode.good;
  } catch (error) {
    progress.finish();
    if (signal.aborted && latest) {
      save();
      await context.err.write(
        saved === undefined
          ? 'The position is lost: with --out it is kept.\n'
          : `Run the same command again to continue (pass ${latest.pass + 1}, ${latest.phase}, ${formatPercent(latest.total > 0 ? latest.done / latest.total : 1, 1)}).\n`,
      );
    }
    throw error;
  } finally {
    (await pow?.catch(() => undefined))?.close();
  }
}

/** @throws WorkbenchError `position-not-readable` */
async function readPosition(path: string): Promise<ProvingCheckpoint> {
  const text = await readTextFile(diskFile(path), { ...positionLimit, name: path });
  try {
    const value: unknown = JSON.parse(text);
    if (isRecord(value) && typeof value['request'] === 'string')
      return value as unknown as ProvingCheckpoint;
  } catch {
    // Explained below.
  }
  throw new WorkbenchError(
    'position-not-readable',
    `${path} is not a position of a proof. Remove it to start again.`,
    { path },
  );
}

function writePosition(path: string, position: ProvingCheckpoint): void {
  const partial = `${path}.partial`;
  try {
    writeFileSync(partial, JSON.stringify(position));
    renameSync(partial, path);
  } catch (error) {
    throw explainWriteError(error, path);
  }
}
