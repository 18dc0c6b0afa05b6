/**
 * What an operator must not overlook: malfeasance of an own smesher, a failed PoST or initialisation, a missed publish
 * and lost sync, from events, a log, metrics or the status of a node. Messages and events: go-spacemesh v1.7.6
 * events/events.go, activation/activation.go, malfeasance/handler.go.
 */
import { epochLines, type EpochLine, type NodeEvent } from './api/events';
import type { LogLife, Stage } from './log/life';
import type { NodeDashboard } from './metrics/metrics';

type AlertKind = 'malfeasance' | 'post-failed' | 'init-failed' | 'publish-missed' | 'sync-lost';

export interface NodeAlert {
  /** The same occurrence from the same source has the same id; a new one has another. */
  readonly id: string;
  readonly kind: AlertKind;
  readonly severity: 'bad' | 'warn';
  /** Hex, or the first digits of it; undefined where the source does not name one. */
  readonly smesher: string | undefined;
  readonly atMs: number | undefined;
  /** "events", "node.log", an address. */
  readonly source: string;
  readonly text: string;
  readonly action: string;
}

const actions: Readonly<Record<AlertKind, string>> = {
  malfeasance:
    'Stop smeshing with this key: the identity earns nothing any more, permanently. Look for a second node that ran with the same key before you initialise data for a new one.',
  'post-failed':
    'Read the log around this time and check the data on the PoST data page. Without a proof before the end of the cycle gap there is no ATX for this epoch.',
  'init-failed': 'Read the log for the reason (disk full, GPU error), then restart the node.',
  'publish-missed':
    'This epoch earns nothing. Find the cause before the next PoET round ends: speed of the proof (Profile), sync, or a PoET that did not answer.',
  'sync-lost':
    'A node that is not synced makes no proposals and publishes no ATX. Check its peers, its clock and its disk.',
};

const alert = (
  found: Pick<NodeAlert, 'kind' | 'source' | 'text' | 'smesher' | 'atMs'> & {
    readonly severity?: NodeAlert['severity'];
    /** What tells two occurrences without a time apart. */
    readonly key?: string | number;
  },
): NodeAlert => {
  const { kind, source, smesher, atMs, text, key, severity = 'bad' } = found;
  const id = [kind, source, smesher ?? '', atMs ?? '', key ?? ''].join(' ');
  return { id, kind, severity, smesher, atMs, source, text, action: actions[kind] };
};

/**
 * The node sends events about its own smeshers only.
 * @param lines those of `events`, where they are known already
 */
export function eventAlerts(
  events: readonly NodeEvent[],
  source = 'events',
  lines: readonly EpochLine[] = epochLines(events),
): NodeAlert[] {
  const direct = events.flatMap((event): NodeAlert[] => {
    const { kind, failure, smesher, timeMs: atMs, text, help } = event;
    const common = { source, smesher, atMs };
    if (kind === 'malfeasance') return [alert({ ...common, kind: 'malfeasance', text })];
    if (kind === 'initFailed') return [alert({ ...common, kind: 'init-failed', text })];
    if (!failure) return [];
    // A proof that failed comes as one that is complete, with the failure set.
    return [alert({ ...common, kind: 'post-failed', text: help === '' ? text : help })];
  });
  return [...direct, ...missedPublishes(lines, source)];
}

/** An epoch that was worked for and has no ATX, although work for a later one has begun. */
function missedPublishes(lines: readonly EpochLine[], source: string): NodeAlert[] {
  const newest = new Map<string, number>();
  for (const { smesher, publishEpoch } of lines)
    newest.set(smesher, Math.max(publishEpoch, newest.get(smesher) ?? 0));
  return lines.flatMap(({ smesher, publishEpoch, steps }): NodeAlert[] => {
    const isPublished = steps.some(({ name, state }) => name === 'atx' && state === 'done');
    const isOver = publishEpoch < (newest.get(smesher) ?? 0);
    if (isPublished || !isOver) return [];
    const last = Math.max(...steps.map(({ fromMs, toMs }) => toMs ?? fromMs ?? 0));
    return [
      alert({
        ...{ kind: 'publish-missed', source, smesher, key: publishEpoch },
        atMs: last > 0 ? last : undefined,
        text: `No ATX was published in epoch ${publishEpoch}, as far as these events show`,
      }),
    ];
  });
}

/** Own smeshers are those that the log shows at work. */
export function logAlerts({ stages, syncChanges }: LogLife, source: string): NodeAlert[] {
  const own = new Set(
    stages.flatMap(({ kind, smesher }) =>
      kind === 'equivocation' || smesher === undefined ? [] : [smesher],
    ),
  );
  const found = stages.flatMap((stage): NodeAlert[] => {
    const kind = kindOfStage(stage, own);
    const { smesher, timeMs: atMs, text } = stage;
    return kind ? [alert({ kind, source, smesher, atMs, text })] : [];
  });
  return [...found, ...syncLosses(syncChanges, source)];
}

function kindOfStage(
  { kind, smesher }: Stage,
  own: ReadonlySet<string>,
): NodeAlert['kind'] | undefined {
  if (kind === 'equivocation')
    return smesher !== undefined && own.has(smesher) ? 'malfeasance' : undefined;
  return kind === 'post-failed' || kind === 'publish-missed' || kind === 'init-failed'
    ? kind
    : undefined;
}

/** A node that starts is not synced: only what was synced before can be lost. */
function syncLosses(changes: LogLife['syncChanges'], source: string): NodeAlert[] {
  const losses: NodeAlert[] = [];
  let isSynced = false;
  let lostMs: number | undefined;
  const add = (atMs: number, untilMs?: number): void => {
    const minutes = untilMs === undefined ? 0 : Math.max(1, Math.round((untilMs - atMs) / 60_000));
    losses.push(
      alert({
        ...{ kind: 'sync-lost', source, smesher: undefined, atMs },
        severity: untilMs === undefined ? 'bad' : 'warn',
        text:
          untilMs === undefined
            ? 'The node lost sync and is not synced at the end of the log'
            : `The node lost sync, and was synced again after ${minutes} min`,
      }),
    );
  };
  for (const { timeMs, to } of changes) {
    const isNow = to === 'synced';
    if (isSynced && !isNow) lostMs = timeMs;
    if (isNow && lostMs !== undefined) {
      add(lostMs, timeMs);
      lostMs = undefined;
    }
    isSynced = isNow;
  }
  if (lostMs !== undefined) add(lostMs);
  return losses;
}

/** Metrics name no smesher, and count the malfeasance of the complete network: that is not reported as an own one. */
export function metricsAlerts(
  { sync, atxsLate }: Pick<NodeDashboard, 'sync' | 'atxsLate'>,
  source: string,
): NodeAlert[] {
  const common = { source, smesher: undefined, atMs: undefined };
  return [
    ...(sync === 'not synced'
      ? [alert({ ...common, kind: 'sync-lost', text: 'The node is not synced' })]
      : []),
    ...(atxsLate !== undefined && atxsLate > 0
      ? [
          alert({
            ...common,
            ...{ kind: 'publish-missed', key: atxsLate },
            text: `${atxsLate} of this node’s ATXs missed the publish window since it started`,
          }),
        ]
      : []),
  ];
}

/** The status of a node that is asked again and again. */
export const statusAlerts = (sync: string | undefined, source: string): NodeAlert[] =>
  sync === undefined || sync === 'synced'
    ? []
    : [
        alert({
          ...{ kind: 'sync-lost', source, smesher: undefined, atMs: undefined },
          text: `The node is not synced (${sync})`,
        }),
      ];

/** What is shown: the worst and newest first, without what was dismissed. */
export const shownAlerts = (
  alerts: readonly NodeAlert[],
  dismissed: ReadonlySet<string>,
): NodeAlert[] =>
  [...new Map(alerts.map((one) => [one.id, one])).values()]
    .filter(({ id }) => !dismissed.has(id))
    .sort(
      (a, b) =>
        Number(a.severity === 'warn') - Number(b.severity === 'warn') ||
        (b.atMs ?? Infinity) - (a.atMs ?? Infinity) ||
        (a.id < b.id ? -1 : a.id > b.id ? 1 : 0),
    );

/** Dismissals of what is no longer there are dropped, so that the same trouble shows when it comes back. */
export const keptDismissals = (
  alerts: readonly NodeAlert[],
  dismissed: ReadonlySet<string>,
): ReadonlySet<string> => new Set(alerts.flatMap(({ id }) => (dismissed.has(id) ? [id] : [])));
