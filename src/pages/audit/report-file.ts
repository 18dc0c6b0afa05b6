/** An audit as a file that can be read and repeated: the request, the tally, every report. */
import type { AuditNetwork } from '../../audit/network';
import type { RunTally } from '../../audit/run';
import type { AtxReport } from '../../audit/types';
import { toHex } from '../../base/bytes';

export interface AuditFile {
  /** Name of the database's file. */
  readonly database: string;
  readonly network: AuditNetwork;
  /** What was asked, in the names of the page's address. */
  readonly asked: Readonly<Record<string, string | number | undefined>>;
  readonly tally: RunTally;
  readonly reports: readonly AtxReport[];
}

/** JSON: ids in hex, integers beyond 2^53 as strings. */
export const auditJson = ({ database, network, asked, tally, reports }: AuditFile): string =>
  JSON.stringify(
    {
      database,
      network,
      asked,
      tally: {
        ...tally,
        failedBy: Object.fromEntries(tally.failedBy),
        notCheckedBy: Object.fromEntries(tally.notCheckedBy),
      },
      reports,
    },
    (_, value: unknown) =>
      value instanceof Uint8Array
        ? toHex(value)
        : typeof value === 'bigint'
          ? Number.isSafeInteger(Number(value))
            ? Number(value)
            : String(value)
          : value,
    1,
  );
