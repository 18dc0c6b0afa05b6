/** The audit of rewards and slots as a job of the page: in a worker, which ends with the job. */
import type { DatabaseFiles } from '../state/database-files';
import { compileSql } from '../state/sqlite-worker';
import type { JobOptions } from '../base/progress';
import type { RewardAuditWorkerApi } from './reward-worker-api';
import { proxy, WorkerHandle, type Remote } from '../workers/rpc';
import { spawn } from '../workers/spawn';
import type { BallotAuditOptions, BallotNetwork, BallotTotals, LayerSpan } from './ballots';
import type { EligibilityRules } from '../protocol/eligibility';
import type { ActiveSetReport } from './active-sets';
import type { LayerAuditOptions, LayerNetwork, LayerTotals } from './layers';
import type { LayerRange, RewardTotals } from './rewards/types';
import type { RewardAuditOptions } from './rewards/rewards';
import type { SlotEpoch, SlotNetwork, SlotOptions } from './slots/types';

/** `auditRewards` over the files of an open database. @throws as it does; AbortError immediately when aborted */
export const runRewardAudit = (
  files: DatabaseFiles,
  network: EligibilityRules,
  range: LayerRange,
  options: RewardAuditOptions = {},
): Promise<RewardTotals> =>
  inWorker(options.signal, (api) =>
    api.rewards(
      files,
      { network, range, weights: options.weights ?? true },
      proxy((rows, differences) => options.onLayers?.(rows, differences)),
      proxy((progress) => options.onProgress?.(progress)),
    ),
  );

/** `auditBallots` over the files of an open database; `onReport` gets what does not pass with every check made. */
export const runBallotAudit = (
  files: DatabaseFiles,
  network: BallotNetwork,
  span: LayerSpan,
  options: BallotAuditOptions = {},
): Promise<BallotTotals> =>
  inWorker(options.signal, (api) =>
    api.ballots(
      files,
      { network, span },
      proxy((report) => void options.onReport?.(report)),
      proxy((progress) => options.onProgress?.(progress)),
    ),
  );

/** `auditSlots` over the files of an open database. @throws as it does; AbortError immediately when aborted */
export const runSlotAudit = (
  files: DatabaseFiles,
  network: SlotNetwork,
  smesher: string,
  options: Pick<SlotOptions, 'signal' | 'onProgress'> = {},
): Promise<SlotEpoch[]> =>
  inWorker(options.signal, (api) =>
    api.slots(
      files,
      network,
      smesher,
      proxy((progress) => options.onProgress?.(progress)),
    ),
  );

/** `auditLayers` over the files of an open database. @throws as it does; AbortError at the abort */
export const runLayerAudit = (
  files: DatabaseFiles,
  network: LayerNetwork,
  range: LayerRange,
  options: LayerAuditOptions = {},
): Promise<LayerTotals> =>
  inWorker(options.signal, (api) =>
    api.layers(
      files,
      { network, range },
      proxy((report) => options.onReport?.(report)),
      proxy((progress) => options.onProgress?.(progress)),
    ),
  );

/** `auditActiveSets` over the files of an open database. @throws as it does; AbortError at the abort */
export const runActiveSetAudit = (
  files: DatabaseFiles,
  { signal }: Pick<JobOptions, 'signal'> = {},
): Promise<ActiveSetReport[]> => inWorker(signal, (api) => api.activeSets(files));

/** One worker per run: its memory is freed with it. */
async function inWorker<R>(
  signal: AbortSignal | undefined,
  use: (api: Remote<RewardAuditWorkerApi>) => Promise<R>,
): Promise<R> {
  signal?.throwIfAborted();
  const handle = new WorkerHandle<RewardAuditWorkerApi>(spawn.rewardAudit);
  const stop = (): void => handle.terminate();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const sql = await compileSql();
    await handle.call((api) => api.prepare(sql));
    return await handle.call(use);
  } finally {
    signal?.removeEventListener('abort', stop);
    handle.terminate();
  }
}
