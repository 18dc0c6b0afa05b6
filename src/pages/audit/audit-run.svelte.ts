/** The audit of many ATXs as a view shows it: reports as they come, the tally with them, cancelled reports kept. */
import { audit, type AuditRequest, type RunTally } from '../../audit/run';
import { checkList, failedChecks, reasons } from '../../audit/presentation';
import type { AtxReport } from '../../audit/types';
import type { Database } from '../../state/database';
import { tableOf, type Cell, type TableData } from '../../ui/cells';
import { Job } from '../../ui/job.svelte';
import type { Progress } from '../../base/progress';
import type { RunSettingsStore } from './run-settings.store.svelte';

export class AuditRun {
  readonly job = new Job<RunTally, Progress>();
  /** In the order they came. */
  reports = $state.raw<readonly AtxReport[]>([]);
  tally = $state.raw<RunTally>();
  readonly #settings: RunSettingsStore;

  constructor(settings: RunSettingsStore) {
    this.#settings = settings;
  }

  /** Starting again cancels the run before, and drops its reports. */
  async start(database: Database, request: AuditRequest): Promise<void> {
    const came: AtxReport[] = [];
    let latest: RunTally | undefined;
    const show = (): void => {
      this.reports = came.slice();
      this.tally = latest;
    };
    await this.job.collect(show, async ({ changed, ...controls }) => {
      const onReport = (report: AtxReport, tally: RunTally): void => {
        came.push(report);
        latest = tally;
        changed();
      };
      return (latest = await this.#settings.using((engines) =>
        audit(database, request, { ...controls, onReport }, engines),
      ));
    });
  }
}

export const reportColumns = [
  'atx',
  'smesher',
  'publish_epoch',
  'version',
  'effective_units',
  'posts',
  'outcome',
  'failed_checks',
  'not_checked',
  'reason',
] as const;

/** One row per ATX. */
export const reportTable = (reports: readonly AtxReport[]): TableData =>
  tableOf(
    reportColumns,
    reports.map((report): Cell[] => [
      report.id,
      report.smesher ?? null,
      report.publishEpoch ?? null,
      report.version ?? null,
      report.effectiveUnits ?? null,
      report.posts,
      report.outcome,
      failedChecks(report.checks),
      checkList(report.notChecked),
      reasons(report.checks),
    ]),
  );
