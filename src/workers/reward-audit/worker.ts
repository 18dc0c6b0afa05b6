/** The audit of rewards and slots away from the page, over an engine of its own on the same files. */
import { auditActiveSets } from '../../audit/active-sets';
import { auditBallots } from '../../audit/ballots';
import { auditLayers } from '../../audit/layers';
import { auditRewards } from '../../audit/rewards/rewards';
import { auditSlots } from '../../audit/slots/slots';
import { openDatabase } from '../../state/database';
import type { DatabaseFiles } from '../../state/database-files';
import { useCompiledSql } from '../../state/sqlite-worker';
import { expose } from '../rpc';
import type { RewardAuditWorkerApi } from '../../audit/reward-worker-api';

/** Half of what the page's own engine has: an audit reads every page but once. */
const cacheBytes = 32 * 1024 * 1024;

const open = ({ main, wal, shm }: DatabaseFiles) =>
  openDatabase(
    [main, wal, shm].filter((file) => file !== undefined),
    { complete: true, cacheBytes },
  );

const api: RewardAuditWorkerApi = {
  prepare: useCompiledSql,

  rewards: async (files, { network, range, weights }, onLayers, onProgress) =>
    auditRewards(await open(files), network, range, { weights, onLayers, onProgress }),

  ballots: async (files, { network, span }, onReport, onProgress) =>
    auditBallots(await open(files), network, span, {
      onReport: (report) => {
        if (report.outcome !== 'pass' || report.notChecked.length > 0) onReport(report);
      },
      onProgress,
    }),

  slots: async (files, network, smesher, onProgress) =>
    auditSlots(await open(files), network, smesher, { onProgress }),

  layers: async (files, { network, range }, onReport, onProgress) =>
    auditLayers(await open(files), network, range, { onReport, onProgress }),

  activeSets: async (files) => auditActiveSets(await open(files)),
};
expose(api);
