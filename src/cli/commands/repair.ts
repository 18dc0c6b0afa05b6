/** `repair`: computes damaged labels again, and with --write puts the right ones in their place. */
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  openSync,
  readSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Bytes } from '../../base/bytes';
import { counted } from '../../base/counted';
import { WorkbenchError } from '../../base/error';
import { formatBytes } from '../../base/format';
import { isRecord } from '../../base/record';
import { readTextFile } from '../../base/read-file';
import { repairDirectory, type RepairResult, type RepairTarget } from '../../post/repair/repair';
import type { CliContext } from '../context';
import { exitCode, type ExitCode } from '../exit-code';
import { diskFile } from '../files/disk-file';
import { lockFolder } from '../files/disk-sink';
import { explainWriteError, makeFolder } from '../files/lines';
import { toJson } from '../output';
import { progressOutput } from '../progress';
import { openPostFolder } from './inspect';

export interface RepairCommandOptions {
  readonly fromCheck: string;
  readonly write: boolean;
  readonly originals?: string | undefined;
  readonly scryptN?: number | undefined;
  readonly threads?: number | undefined;
  readonly json: boolean;
}

const reportLimit = {
  what: 'the output of check --json',
  mostBytes: 4 << 20,
  advice: 'Name the file that "check --json" wrote.',
};

/**
 * Memory: as `repairDirectory`.
 * @returns `unfinished` without --write: the damage is still there
 * @throws WorkbenchError `report-not-readable`, `option-originals`, of the files, as `repairDirectory`; AbortError
 */
export async function repair(
  context: CliContext,
  folder: string,
  options: RepairCommandOptions,
): Promise<ExitCode> {
  const { fromCheck, write, scryptN, json, threads = availableParallelism() } = options;
  const bad = await readReport(fromCheck);
  const directory = await openPostFolder(folder);
  const originals = options.originals ?? `${folder.replace(/[\\/]+$/, '')}.originals`;
  const progress = progressOutput(context, 'repair');
  const unlock = write ? lockFolder(folder) : undefined;
  const target = write ? diskTarget(folder, originals) : undefined;
  let result: RepairResult;
  try {
    const engines = await context.openLabels(threads);
    try {
      result = await repairDirectory(
        directory,
        { bad, scryptN },
        { signal: context.signal, onProgress: progress.onProgress, target },
        engines,
      );
    } finally {
      engines.close();
    }
  } finally {
    progress.finish();
    target?.close();
    unlock?.();
  }
  await context.out.write(
    json
      ? toJson({ directory: directory.name, originals: write ? originals : undefined, ...result })
      : describe(result, originals),
  );
  return result.written || result.badLabels === 0 ? exitCode.good : exitCode.unfinished;
}

/** The bad labels of a report of `check --json`. @throws WorkbenchError `report-not-readable` */
async function readReport(
  path: string,
): Promise<{ readonly file: number; readonly offset: number }[]> {
  const text = await readTextFile(diskFile(path), { ...reportLimit, name: path });
  const refuse = (): WorkbenchError =>
    new WorkbenchError(
      'report-not-readable',
      `${path} is not the output of "check --json". Run "check DIR --all --json > ${path}" first.`,
      { path },
    );
  let report: unknown;
  try {
    report = JSON.parse(text);
  } catch {
    throw refuse();
  }
  const bad = isRecord(report) ? report['bad'] : undefined;
  if (!Array.isArray(bad)) throw refuse();
  return bad.map((label: unknown) => {
    const { file, offset } = isRecord(label) ? label : {};
    if (typeof file !== 'number' || typeof offset !== 'number') throw refuse();
    return { file, offset };
  });
}

/** Files of the folder, opened for writing at their first write; the original bytes go to another folder. */
function diskTarget(folder: string, originals: string): RepairTarget & { close(): void } {
  const open = new Map<string, number>();
  const writable = (name: string): number => {
    const descriptor = open.get(name) ?? openSync(join(folder, name), 'r+');
    open.set(name, descriptor);
    return descriptor;
  };
  const act = <R>(path: string, use: () => R): Promise<R> => {
    try {
      return Promise.resolve(use());
    } catch (error) {
      return Promise.reject(
        error instanceof WorkbenchError ? error : explainWriteError(error, path),
      );
    }
  };
  return {
    read: (name, from, to) =>
      act(name, () => {
        const bytes: Bytes = new Uint8Array(to - from);
        const descriptor = openSync(join(folder, name), 'r');
        try {
          for (let at = 0; at < bytes.length;) {
            const read = readSync(descriptor, bytes, at, bytes.length - at, from + at);
            if (read === 0) return bytes.slice(0, at);
            at += read;
          }
        } finally {
          closeSync(descriptor);
        }
        return bytes;
      }),
    write: (name, offset, bytes) =>
      act(name, () => {
        const descriptor = writable(name);
        if (offset + bytes.length > fstatSync(descriptor).size)
          throw new Error('the file became shorter');
        for (let at = 0; at < bytes.length;)
          at += writeSync(descriptor, bytes, at, bytes.length - at, offset + at);
      }),
    flush: () => act(folder, () => open.forEach((descriptor) => fsyncSync(descriptor))),
    keepOriginal: (name, bytes) =>
      act(join(originals, name), () => {
        makeFolder(originals);
        const path = join(originals, name);
        if (existsSync(path))
          throw new WorkbenchError(
            'option-originals',
            `${path} exists: an earlier repair kept its original bytes there. Name another folder with --originals.`,
            { path },
          );
        const descriptor = openSync(path, 'wx');
        try {
          writeFileSync(descriptor, bytes);
          fsyncSync(descriptor);
        } finally {
          closeSync(descriptor);
        }
      }),
    close: () => {
      for (const descriptor of open.values()) closeSync(descriptor);
    },
  };
}

function describe({ ranges, badLabels, written }: RepairResult, originals: string): string {
  const lines = ranges.map(
    ({ fileName, offset, sizeBytes, badLabels: bad }) =>
      `  ${fileName} at byte ${offset}: ${formatBytes(sizeBytes)}, ${counted(bad, 'wrong label')}`,
  );
  const what = `${counted(badLabels, 'wrong label')} in ${counted(ranges.length, 'range')}`;
  if (badLabels === 0) return 'These labels are right now: there is nothing to repair.\n';
  return written
    ? `Repaired: ${what}. The original bytes are in ${originals}.\n${lines.join('\n')}\nCheck the directory again: places that the report did not name are unchanged.\n`
    : `To repair: ${what}. Nothing was written; --write repairs them and keeps the original bytes in ${originals}.\n${lines.join('\n')}\n`;
}
