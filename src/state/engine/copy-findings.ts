/** What a copy's files, taken together, show about how they were copied. */
import { WorkbenchError } from '../../base/error';
import type { DatabaseFinding } from '../types';
import type { DatabasePages } from './pages';
import type { ShmHeader, WalIndex } from './wal';

export interface CopiedFile {
  readonly name: string;
  /** When it was last written, Unix ms. */
  readonly modifiedMs: number;
}

export interface Copy {
  /** The first 100 bytes of the main file: https://www.sqlite.org/fileformat2.html §1.3 */
  readonly header: Uint8Array;
  readonly pages: DatabasePages;
  readonly main: CopiedFile & { readonly sizeBytes: number };
  readonly wal: (CopiedFile & { readonly index: WalIndex }) | undefined;
  readonly shm: ShmHeader | undefined;
  /** The main file is known to be everything: no warning about a missing -wal. */
  readonly complete: boolean;
  readonly nowMs: number;
}

const liveWithinMs = 2 * 60 * 1000;

/** @throws WorkbenchError `database-truncated` */
export function copyFindings(copy: Copy): DatabaseFinding[] {
  const { header, pages, main, wal, nowMs } = copy;
  const usesWal = header[18] === 2 || header[19] === 2;
  const findings = wal
    ? [...logFindings(wal.index, wal.name, copy), ...pairFindings(wal, copy)]
    : usesWal
      ? missingLog(copy)
      : [];
  if (wal && nowMs - wal.modifiedMs < liveWithinMs && wal.modifiedMs - main.modifiedMs > 10_000)
    findings.push({
      code: 'looks-live',
      severity: 'warning',
      message: `These files look like those of a running node: ${wal.name} was written ${Math.max(0, Math.round((nowMs - wal.modifiedMs) / 1000))} s ago. Reading does no harm, but stops at the node's next write. Copy state.sql and state.sql-wal together to another folder and drop the copies.`,
    });
  refuseTruncated(copy, new DataView(header.buffer, header.byteOffset, 100), pages);
  return findings;
}

/** How many frames the -shm counts that are not yet in the main file. */
const unsavedFrames = (shm: ShmHeader | undefined): number =>
  shm?.initialised ? Math.max(0, shm.frames - shm.checkpointed) : 0;

function missingLog({ main: { name }, shm, complete }: Copy): DatabaseFinding[] {
  const unsaved = unsavedFrames(shm);
  if (unsaved > 0)
    return [
      {
        code: 'wal-missing',
        severity: 'error',
        message: `The newest data is missing: it is in ${name}-wal, which was not dropped (the -shm file counts ${unsaved} pages in it). Drop ${name}, ${name}-wal and ${name}-shm together.`,
      },
    ];
  if (complete) return [];
  return [
    {
      code: 'wal-missing',
      severity: 'warning',
      message: `The newest data may be missing. A node keeps its latest changes in ${name}-wal, even after it was stopped. If there is such a file beside ${name}, drop both together; if there is none, this is everything.`,
    },
  ];
}

function logFindings(wal: WalIndex, walName: string, { main, shm }: Copy): DatabaseFinding[] {
  if (wal.end === 'bad-header' || wal.end === 'empty') {
    if (shm && unsavedFrames(shm) > 0)
      return [
        {
          code: 'wal-torn',
          severity: 'error',
          message: `${walName} is ${wal.end === 'empty' ? 'empty' : 'damaged'}, although the -shm file counts ${shm.frames} pages in it: the newest data is missing. Copy all files again.`,
        },
      ];
    if (wal.end === 'empty')
      return [
        {
          code: 'wal-empty',
          severity: 'info',
          message: `${walName} is empty: everything is in ${main.name}.`,
        },
      ];
    return [
      {
        code: 'wal-torn',
        severity: 'warning',
        message: `${walName} does not begin as a write-ahead log, so nothing of it was used: the newest data may be missing. Copy both files again.`,
      },
    ];
  }
  if (shm?.initialised && sameSalts(shm, wal) && shm.frames > wal.committedFrames)
    return [
      {
        code: 'wal-torn',
        severity: 'error',
        message: `${walName} is not complete: the node had written ${shm.frames} pages to it, ${wal.committedFrames} of them are here and intact. The newest data is missing. Copy all files again.`,
      },
    ];
  if (wal.end === 'torn')
    return [
      {
        code: 'wal-torn',
        severity: 'info',
        message: `${walName} ends with an unfinished write, as after a crash or in a copy of a running node. Everything up to the last commit is here (${wal.committedFrames} pages).`,
      },
    ];
  return [];
}

/** Whether main file, WAL and -shm belong to one moment. */
function pairFindings(
  { name: walName, index }: NonNullable<Copy['wal']>,
  { main: { name }, pages, shm }: Copy,
): DatabaseFinding[] {
  const findings: DatabaseFinding[] = [];
  if (shm?.initialised && !sameSalts(shm, index) && index.committedFrames > 0 && shm.frames > 0)
    findings.push({
      code: 'copy-torn',
      severity: 'warning',
      message:
        'The files do not belong to one moment: the node restarted its -wal while they were copied. Rows may be missing or wrong. Copy all files again, best with the node stopped.',
    });
  const { missingPages, pageCount } = pages;
  if (missingPages > 0)
    findings.push({
      code: 'copy-torn',
      severity: 'error',
      message: `${name} is shorter than ${walName} states: of ${pageCount} pages ${missingPages} are in neither file. They were copied at different moments, or one of them is damaged. Some queries will fail. Copy both files again.`,
    });
  return findings;
}

function refuseTruncated({ main, wal }: Copy, header: DataView, pages: DatabasePages): void {
  const headerPages = header.getUint32(28);
  const isCountValid = header.getUint32(24) === header.getUint32(92);
  const isCountOfWal = wal !== undefined && wal.index.committedFrames > 0;
  if (isCountOfWal || !isCountValid || headerPages <= pages.pageCount) return;
  throw new WorkbenchError(
    'database-truncated',
    `${main.name} is truncated: its header counts ${headerPages} pages of ${pages.pageSize} bytes, the file has ${pages.pageCount}. The copy was not finished${wal ? '' : `, or ${main.name}-wal belongs to it`}. Copy it again.`,
    { expectedBytes: headerPages * pages.pageSize, sizeBytes: main.sizeBytes },
  );
}

const sameSalts = (
  a: { salts: readonly [number, number] },
  b: { salts: readonly [number, number] },
): boolean => a.salts[0] === b.salts[0] && a.salts[1] === b.salts[1];
