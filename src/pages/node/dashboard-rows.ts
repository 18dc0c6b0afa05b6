/** The figures of several nodes as rows of a table, one column per node. */
import type { NodeDashboard } from '../../node/metrics/metrics';
import { formatBytes, formatCount, formatDuration } from '../../base/format';
import { utcTime } from './time';

type Figure = readonly [title: string, show: (node: NodeDashboard) => string | undefined];

const count = (value: number | undefined) => (value === undefined ? undefined : formatCount(value));
const bytes = (value: number | undefined) => (value === undefined ? undefined : formatBytes(value));
const seconds = (value: number | undefined) =>
  value === undefined ? undefined : formatDuration(value);

const figures: readonly Figure[] = [
  ['Sync', ({ sync }) => sync],
  [
    'ATXs synced',
    ({ atxsSynced }) => (atxsSynced === undefined ? undefined : atxsSynced ? 'yes' : 'no'),
  ],
  ['Peers', ({ peers }) => count(peers)],
  ['Connections', ({ connections }) => count(connections)],
  ['Newest layer', ({ layers }) => count(layers.last)],
  ['Processed layer', ({ layers }) => count(layers.processed)],
  ['Verified layer', ({ layers }) => count(layers.verified)],
  ['Applied layer', ({ layers }) => count(layers.applied)],
  ['Synced layer', ({ layers }) => count(layers.synced)],
  ['Tortoise', ({ tortoiseMode }) => tortoiseMode],
  ['Last PoST proof took', ({ postProofS }) => seconds(postProofS)],
  ['Proposals built', ({ proposalsBuilt }) => count(proposalsBuilt)],
  ['Building a proposal, 95 %', ({ proposalBuildP95S }) => seconds(proposalBuildP95S)],
  ['ATXs on time', ({ atxsOnTime }) => count(atxsOnTime)],
  ['ATXs late', ({ atxsLate }) => count(atxsLate)],
  ['Malfeasance proofs seen', ({ malfeasanceProofs }) => count(malfeasanceProofs)],
  [
    'Errors',
    ({ errors }) =>
      errors.map(({ name, count: times }) => `${name} ${formatCount(times)}`).join(', ') || 'none',
  ],
  ['state.sql', ({ databaseBytes }) => bytes(databaseBytes)],
  ['Memory', ({ memoryBytes }) => bytes(memoryBytes)],
  ['CPU time', ({ cpuS }) => seconds(cpuS)],
  ['Received', ({ trafficInBytes }) => bytes(trafficInBytes)],
  ['Sent', ({ trafficOutBytes }) => bytes(trafficOutBytes)],
  ['API calls', ({ apiCalls }) => count(apiCalls)],
  ['API errors', ({ apiErrors }) => count(apiErrors)],
  ['Started (UTC)', ({ startedMs }) => (startedMs === undefined ? undefined : utcTime(startedMs))],
  ['Go', ({ goVersion }) => goVersion],
];

/** Figures that none of the nodes has are left out. */
export const dashboardRows = (
  nodes: readonly NodeDashboard[],
): { readonly title: string; readonly values: readonly string[] }[] =>
  figures.flatMap(([title, show]) => {
    const values = nodes.map(show);
    if (values.every((value) => value === undefined)) return [];
    return [{ title, values: values.map((value) => value ?? '–') }];
  });
