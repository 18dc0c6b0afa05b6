/** The audit of layers and active sets as the view shows it. */
import type { ActiveSetReport } from '../../audit/active-sets';
import { checkList, failedChecks, impossibleChecks, reasons } from '../../audit/presentation';
import type { LayerReport, LayerTotals } from '../../audit/layers';
import { runActiveSetAudit, runLayerAudit } from '../../audit/reward-job';
import type { LayerRange } from '../../audit/rewards/types';
import type { Database } from '../../state/database';
import { tableOf, type Cell, type TableData } from '../../ui/cells';
import { Job } from '../../ui/job.svelte';
import type { Progress } from '../../base/progress';
import { network } from '../shared/network.svelte';
import type { AuditNetworkStore } from './network.store.svelte';

/** More reports are counted, not kept: a year of mainnet has 105,000 layers. */
const maxReports = 20_000;

export interface LayerResult {
  readonly totals: LayerTotals;
  /** Of layers that do not pass with every check that a database allows, the first ones. */
  readonly reports: readonly LayerReport[];
  readonly activeSets: readonly ActiveSetReport[];
}

export class LayerRun {
  readonly job = new Job<LayerResult, Progress>();
  readonly #network: AuditNetworkStore;

  constructor(network: AuditNetworkStore) {
    this.#network = network;
  }

  async start(database: Database, range: LayerRange): Promise<void> {
    await this.job.start(async ({ signal, onProgress }) => {
      const { genesisId } = this.#network.value;
      const { layersPerEpoch } = network;
      const reports: LayerReport[] = [];
      const totals = await runLayerAudit(database.files, { genesisId, layersPerEpoch }, range, {
        signal,
        onProgress,
        onReport: (report) => {
          const isComplete =
            report.outcome === 'pass' &&
            report.notChecked.every((check) => impossibleChecks.has(check));
          if (!isComplete && reports.length < maxReports) reports.push(report);
        },
      });
      const activeSets = await runActiveSetAudit(database.files, { signal });
      return { totals, reports, activeSets };
    });
  }
}

export const layerReportTable = (reports: readonly LayerReport[]): TableData =>
  tableOf(
    ['layer', 'outcome', 'failed_checks', 'not_checked', 'reason'],
    reports.map((report): Cell[] => [
      report.layer,
      report.outcome,
      failedChecks(report.checks),
      checkList(report.notChecked),
      reasons(report.checks),
    ]),
  );

export const activeSetTable = (reports: readonly ActiveSetReport[]): TableData =>
  tableOf(
    ['epoch', 'active_set', 'atxs', 'outcome', 'failed_checks', 'not_checked', 'reason'],
    reports.map((report): Cell[] => [
      report.epoch ?? null,
      report.id,
      report.atxs,
      report.outcome,
      failedChecks(report.checks),
      checkList(report.notChecked),
      reasons(report.checks),
    ]),
  );
