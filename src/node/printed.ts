/**
 * Texts that a node or grpcurl printed, read into what a page shows of them. Meant for a worker: a text may have
 * megabytes, but what is given back is bounded, so that taking it over does not block the page.
 */
import { readEvent, type NodeEvent } from './api/events';
import { readGrpcurl, type AnswerKind, type GrpcurlOutput } from './api/grpcurl';
import { nodeDashboard, parseMetrics, type NodeDashboard } from './metrics/metrics';

export interface MetricsSummary {
  readonly dashboard: NodeDashboard;
  readonly warnings: readonly string[];
  readonly samples: number;
}

/** A sample as a row of a table; a value that is not finite is the text that Prometheus writes. */
export type SampleRow = readonly [
  name: string,
  labels: string,
  value: number | string,
  type: string,
  help: string,
];

/**
 * Reads a metrics page; every sample goes to `push`.
 * @throws WorkbenchError `metrics-…`
 */
export function summariseMetrics(text: string, push: (row: SampleRow) => void): MetricsSummary {
  const page = parseMetrics(text);
  for (const { type, help, samples } of page.families.values())
    for (const { name, labels, value } of samples)
      push([
        name,
        [...labels].map(([label, of]) => `${label}=${of}`).join(' '),
        Number.isFinite(value) ? value : String(value).replace('Infinity', 'Inf'),
        type,
        help,
      ]);
  return { dashboard: nodeDashboard(page), warnings: page.warnings, samples: page.samples };
}

export interface PrintedSummary {
  /** The newest ones, oldest first. */
  readonly events: readonly NodeEvent[];
  /** How many answers there were of each kind. */
  readonly counts: Partial<Readonly<Record<AnswerKind, number>>>;
  /** Those that say something of a node: of each kind the last, of rewards the last ones. */
  readonly answers: GrpcurlOutput['answers'];
  /** Rewards before those in `answers`: a sum over them is not that of the text. */
  readonly rewardsLeftOut: number;
  readonly error: string | undefined;
  readonly cutOff: boolean;
}

/** An epoch of a large smesher has hundreds of events; what is shown is sorted again with every burst of a stream. */
export const mostEvents = 2500;
const mostRewards = 2500;

/**
 * Reads output of grpcurl.
 * @throws WorkbenchError `grpcurl-…`
 */
export function summarisePrinted(text: string): PrintedSummary {
  const { answers, error, cutOff } = readGrpcurl(text);
  const counts: Partial<Record<AnswerKind, number>> = {};
  const last = new Map<AnswerKind, GrpcurlOutput['answers'][number]>();
  const rewards: GrpcurlOutput['answers'][number][] = [];
  const events: NodeEvent[] = [];
  for (const one of answers) {
    counts[one.kind] = (counts[one.kind] ?? 0) + 1;
    if (one.kind === 'event') {
      const event = readEvent(one.answer);
      if (event) events.push(event);
    } else if (one.kind === 'reward') rewards.push(one);
    else if (one.kind === 'rewards' && Array.isArray(one.answer.rewards))
      for (const reward of one.answer.rewards as unknown[])
        if (typeof reward === 'object' && reward !== null)
          rewards.push({ kind: 'reward', answer: { ...reward } });
        else rewards.push({ kind: 'reward', answer: {} });
    else if (one.kind !== 'other') last.set(one.kind, one);
  }
  return {
    events: events.slice(-mostEvents),
    counts,
    answers: [...last.values(), ...rewards.slice(-mostRewards)],
    rewardsLeftOut: Math.max(0, rewards.length - mostRewards),
    error,
    cutOff,
  };
}
