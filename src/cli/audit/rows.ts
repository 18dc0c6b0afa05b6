/** The rows that an audit writes: one per ATX, with what identifies its part. Their names are those of the Parquet columns. */
import { toHex } from '../../base/bytes';
import { reasons } from '../../audit/presentation';
import type { CountedReport } from '../../audit/run';
import type { AtxReport, CheckName, Outcome } from '../../audit/types';
import type { SqlValue } from '../../state/types';
import type { InputIdentity } from './input';

/** What is the same in all parts of one audit; parts that differ in it are not joined. */
export interface AuditIdentity extends InputIdentity {
  /** Which ATXs: "all", "epoch 12", "smeshers 31b3… …"; with a sample its size and seed. */
  readonly choice: string;
  /** Which labels were recomputed: "all", "one", "none". */
  readonly labels: string;
  readonly network: string;
  /** Version of the workbench. */
  readonly workbench: string;
}

/** One part of an audit. */
export interface PartIdentity extends AuditIdentity {
  readonly shard: number;
  readonly shards: number;
  /** ATXs of all parts together. */
  readonly chosen: number;
}

/** An ATX's report as a row: JSON and Parquet hold it as it is. */
export interface AuditRow {
  /** Among the chosen ATXs, from 0 on: the shards together have each place once. */
  readonly place: number;
  readonly atx: string;
  readonly smesher: string | null;
  readonly publish_epoch: number | null;
  readonly version: number | null;
  readonly units: number | null;
  readonly posts: number;
  readonly outcome: Outcome;
  /** Names of checks, separated by spaces. */
  readonly failed: string;
  readonly not_checked: string;
  readonly skipped: string;
  /** Why it does not pass; empty where it does. */
  readonly reasons: string;
}

export const rowColumns = [
  ...['place', 'atx', 'smesher', 'publish_epoch', 'version', 'units', 'posts'],
  ...['outcome', 'failed', 'not_checked', 'skipped', 'reasons'],
] as readonly (keyof AuditRow)[];

/** Columns of `PartIdentity`, in each row. */
export const identityColumns = {
  shard: 'shard',
  shards: 'shards',
  chosen: 'chosen',
  choice: 'choice',
  labels: 'labels',
  network: 'network',
  workbench: 'workbench',
  databaseBytes: 'database_bytes',
  firstPage: 'first_page',
  lastPage: 'last_page',
  wal: 'wal',
} as const satisfies Readonly<Record<keyof PartIdentity, string>>;

export const identityKeys = Object.keys(identityColumns) as (keyof PartIdentity)[];

export function rowOf(report: AtxReport, place: number): AuditRow {
  const { id, smesher, publishEpoch, version, effectiveUnits, posts, outcome, checks } = report;
  const failed = checks.filter((check) => check.outcome === 'fail');
  return {
    place,
    atx: toHex(id),
    smesher: smesher ? toHex(smesher) : null,
    publish_epoch: publishEpoch ?? null,
    version: version ?? null,
    units: effectiveUnits ?? null,
    posts,
    outcome,
    failed: [...new Set(failed.map(({ check }) => check))].join(' '),
    not_checked: report.notChecked.join(' '),
    skipped: report.skipped.join(' '),
    reasons: outcome === 'pass' ? '' : reasons(checks),
  };
}

const names = (text: string): CheckName[] =>
  text.split(' ').filter((name) => name !== '') as CheckName[];

/** What a tally counts of a row. */
export const countedOf = (row: AuditRow): CountedReport => ({
  outcome: row.outcome,
  checks: names(row.failed).map((check) => ({ check, outcome: 'fail' })),
  notChecked: names(row.not_checked),
  skipped: names(row.skipped),
});

/** A row with the identity of its part, in the order of the columns. */
export const fullRow = (row: AuditRow, part: PartIdentity): SqlValue[] => [
  ...rowColumns.map((column) => row[column]),
  ...identityKeys.map((key) => part[key]),
];

export const allColumns: readonly string[] = [
  ...rowColumns,
  ...identityKeys.map((key) => identityColumns[key]),
];
