/** The audit of rewards and of slots as the view shows them: rows as they come. */
import type { BallotTotals, LayerSpan } from '../../audit/ballots';
import type { MessageReport } from '../../audit/messages';
import { runBallotAudit, runRewardAudit, runSlotAudit } from '../../audit/reward-job';
import type {
  LayerRange,
  LayerRow,
  RewardDifference,
  RewardTotals,
} from '../../audit/rewards/types';
import type { SlotEpoch } from '../../audit/slots/types';
import { toHex } from '../../base/bytes';
import type { Database } from '../../state/database';
import { resolveId, type ResolvedId } from '../../state/queries/find-id';
import { Job } from '../../ui/job.svelte';
import type { Progress } from '../../base/progress';
import type { AuditNetworkStore } from './network.store.svelte';

/** More are counted, not kept: a year of mainnet has 105,000 layers. */
const maxRows = 150_000;
const maxDifferences = 20_000;

export class RewardRun {
  readonly job = new Job<RewardTotals, Progress>();
  rows = $state.raw<readonly LayerRow[]>([]);
  differences = $state.raw<readonly RewardDifference[]>([]);
  readonly #network: AuditNetworkStore;

  constructor(network: AuditNetworkStore) {
    this.#network = network;
  }

  /** Starting again cancels the run before, and drops its rows. */
  async start(database: Database, range: LayerRange, weights: boolean): Promise<void> {
    const rows: LayerRow[] = [];
    const differences: RewardDifference[] = [];
    const show = (): void => {
      this.rows = rows.slice();
      this.differences = differences.slice();
    };
    await this.job.collect(show, ({ changed, ...controls }) =>
      runRewardAudit(database.files, this.#network.rewards, range, {
        ...controls,
        weights,
        onLayers: (audited, found) => {
          rows.push(...audited.slice(0, maxRows - rows.length));
          differences.push(...found.slice(0, maxDifferences - differences.length));
          changed();
        },
      }),
    );
  }
}

interface SlotAnswer {
  readonly id: ResolvedId;
  readonly hex: string;
  readonly epochs: readonly SlotEpoch[];
}

export class SlotRun {
  readonly job = new Job<SlotAnswer, Progress>();
  readonly #network: AuditNetworkStore;

  constructor(network: AuditNetworkStore) {
    this.#network = network;
  }

  /** @param smesher as typed */
  async start(database: Database, smesher: string): Promise<void> {
    await this.job.start(async ({ signal, onProgress }) => {
      const network = { ...this.#network.rewards, genesisId: this.#network.value.genesisId };
      const id = await resolveId(database, smesher, ['smesher'], { signal });
      const hex = toHex(id.bytes);
      const epochs = await runSlotAudit(database.files, network, hex, { signal, onProgress });
      return { id, hex, epochs };
    });
  }
}

/** Of failures, and of the rest: more are counted, not kept. */
const maxReports = 1000;

export class BallotRun {
  readonly job = new Job<BallotTotals, Progress>();
  /** The ballots that fail; then those that are inconclusive, or could not be checked completely. */
  reports = $state.raw<readonly MessageReport[]>([]);
  /** There may be more of them. */
  isCut = $state(false);
  readonly #network: AuditNetworkStore;

  constructor(network: AuditNetworkStore) {
    this.#network = network;
  }

  async start(database: Database, span: LayerSpan): Promise<void> {
    const failures: MessageReport[] = [];
    const gaps: MessageReport[] = [];
    this.reports = [];
    await this.job.start(async (controls) => {
      const totals = await runBallotAudit(database.files, this.#network.value, span, {
        ...controls,
        onReport: (report) => {
          const reports = report.outcome === 'fail' ? failures : gaps;
          if (reports.length < maxReports) reports.push(report);
        },
      });
      this.reports = [...failures, ...gaps];
      this.isCut = [failures, gaps].some(({ length }) => length === maxReports);
      return totals;
    });
  }
}
