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
import { auditNetwork } from './network.svelte';

/** More are counted, not kept: a year of mainnet has 105,000 layers. */
const maxRows = 150_000;
const maxDifferences = 20_000;
/** Between two updates of what is shown. */
const flushMs = 250;

export class RewardRun {
  readonly job = new Job<RewardTotals, Progress>();
  rows = $state.raw<readonly LayerRow[]>([]);
  differences = $state.raw<readonly RewardDifference[]>([]);
  #runs = 0;

  /** Starting again cancels the run before, whose rows then belong to nobody. */
  async start(database: Database, range: LayerRange, weights: boolean): Promise<void> {
    const rows: LayerRow[] = [];
    const differences: RewardDifference[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const run = ++this.#runs;
    const show = (): void => {
      timer = undefined;
      if (run !== this.#runs) return;
      this.rows = rows.slice();
      this.differences = differences.slice();
    };
    show();
    await this.job.start(async (controls) => {
      try {
        return await runRewardAudit(database.files, auditNetwork.rewards, range, {
          ...controls,
          weights,
          onLayers: (some, found) => {
            rows.push(...some.slice(0, maxRows - rows.length));
            differences.push(...found.slice(0, maxDifferences - differences.length));
            timer ??= setTimeout(show, flushMs);
          },
        });
      } finally {
        clearTimeout(timer);
        show();
      }
    });
  }
}

interface SlotAnswer {
  readonly id: ResolvedId;
  readonly hex: string;
  readonly epochs: readonly SlotEpoch[];
}

export class SlotRun {
  readonly job = new Job<SlotAnswer, Progress>();

  /** @param smesher as typed */
  async start(database: Database, smesher: string): Promise<void> {
    await this.job.start(async ({ signal, onProgress }) => {
      const network = { ...auditNetwork.rewards, genesisId: auditNetwork.value.genesisId };
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

  async start(database: Database, span: LayerSpan): Promise<void> {
    const failures: MessageReport[] = [];
    const gaps: MessageReport[] = [];
    this.reports = [];
    await this.job.start(async (controls) => {
      const totals = await runBallotAudit(database.files, auditNetwork.value, span, {
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
