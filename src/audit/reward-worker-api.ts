/** What the worker offers that audits rewards, ballots, slots and layers. */
import type { Progress } from '../base/progress';
import type { ActiveSetReport } from './active-sets';
import type { BallotNetwork, BallotTotals, LayerSpan } from './ballots';
import type { LayerAuditOptions, LayerNetwork, LayerTotals } from './layers';
import type { MessageReport } from './messages';
import type { LayerRange, RewardTotals } from './rewards/types';
import type { RewardAuditOptions } from './rewards/rewards';
import type { SlotEpoch, SlotNetwork } from './slots/types';
import type { EligibilityRules } from '../protocol/eligibility';
import type { DatabaseFiles } from '../state/database-files';

/** Callbacks cross into the worker one by one: comlink takes functions as arguments, not within objects. */
type OnLayers = NonNullable<RewardAuditOptions['onLayers']>;
type OnProgress = (progress: Progress) => void;

export interface RewardAuditWorkerApi {
  /** Takes the compiled SQLite; comes before everything else. */
  prepare(sql: WebAssembly.Module): void;
  rewards(
    files: DatabaseFiles,
    request: {
      readonly network: EligibilityRules;
      readonly range: LayerRange;
      readonly weights: boolean;
    },
    onLayers: OnLayers,
    onProgress: OnProgress,
  ): Promise<RewardTotals>;
  ballots(
    files: DatabaseFiles,
    request: { readonly network: BallotNetwork; readonly span: LayerSpan },
    onReport: (report: MessageReport) => void,
    onProgress: OnProgress,
  ): Promise<BallotTotals>;
  slots(
    files: DatabaseFiles,
    network: SlotNetwork,
    smesher: string,
    onProgress: OnProgress,
  ): Promise<SlotEpoch[]>;
  layers(
    files: DatabaseFiles,
    request: { readonly network: LayerNetwork; readonly range: LayerRange },
    onReport: NonNullable<LayerAuditOptions['onReport']>,
    onProgress: OnProgress,
  ): Promise<LayerTotals>;
  activeSets(files: DatabaseFiles): Promise<ActiveSetReport[]>;
}
