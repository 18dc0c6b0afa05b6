/** Runs as charts and tables show them. */
import { classNames, type ClassName } from '../../simulate/network/assumptions';
import type { Limit } from '../../simulate/network/load';
import type { NetworkEpoch } from '../../simulate/network/types';
import type { NetworkPopulation } from '../../state/queries/population';
import { formatBytes, formatCount, formatNumber } from '../../base/format';
import type { PlotMark, XySeries } from '../../ui/plot';
import type { ScenarioRun } from './comparison';

export const classTitles: Readonly<Record<ClassName, string>> = {
  home: 'Home',
  semi: 'Semi-professional',
  industrial: 'Industrial',
};

/** What is drawn of every epoch; `scale` makes it the unit of the axis. */
export interface Figure {
  readonly title: string;
  readonly axis: string;
  readonly unit?: string;
  readonly limit?: Limit['name'];
  readonly scale: number;
  readonly value: (epoch: NetworkEpoch) => number;
  readonly format: (value: number) => string;
}

const count = { scale: 1, format: (value: number) => formatCount(Math.round(value)) };
const gib = 2 ** 30;

export const figures: readonly Figure[] = [
  { title: 'Identities', axis: 'identities', value: (e) => e.identities, ...count },
  {
    title: 'ATXs of an epoch',
    axis: 'ATXs',
    limit: 'atxs',
    value: (e) => e.atxs,
    ...count,
  },
  { title: 'PoST proofs of an epoch', axis: 'proofs', value: (e) => e.posts, ...count },
  {
    title: 'Ballots and proposals of a layer',
    axis: 'ballots, each in a proposal',
    limit: 'ballots',
    scale: 1,
    value: (e) => e.load.ballotsPerLayer,
    format: (value) => formatNumber(value),
  },
  {
    title: 'Gossip',
    axis: 'bytes per second',
    unit: 'KiB/s',
    limit: 'bandwidth',
    scale: 1 / 1024,
    value: (e) => e.load.gossipBytesPerS,
    format: (value) => `${formatBytes(value)}/s`,
  },
  {
    title: 'Validation',
    axis: 'of one core',
    unit: '%',
    limit: 'cpu',
    scale: 100,
    value: (e) => e.load.validationCores,
    format: (value) => `${formatNumber(value * 100)} % of a core`,
  },
  {
    title: 'Growth of state.sql an epoch',
    axis: 'growth',
    unit: 'GiB',
    limit: 'state',
    scale: 1 / gib,
    value: (e) => e.load.stateGrowthBytes,
    format: (value) => formatBytes(value),
  },
  {
    title: 'Size of state.sql',
    axis: 'size, nothing pruned',
    unit: 'GiB',
    scale: 1 / gib,
    value: (e) => e.stateBytes,
    format: (value) => formatBytes(value),
  },
];

/** One line a scenario. */
export const figureSeries = (runs: readonly ScenarioRun[], figure: Figure): XySeries[] =>
  runs.map(({ title, run }) => ({
    name: title,
    type: 'line',
    x: run.epochs.map(({ epoch }) => epoch),
    y: run.epochs.map((epoch) => figure.value(epoch) * figure.scale),
  }));

export interface FigureLimit {
  readonly limit: number;
  /** Where the line would leave the curves flat at the bottom, it is stated as text instead. */
  readonly marks: readonly PlotMark[];
  readonly text: string;
}

export function figureLimit(runs: readonly ScenarioRun[], figure: Figure): FigureLimit | undefined {
  const found = runs[0]?.run.epochs[0]?.limits.find(({ name }) => name === figure.limit);
  if (!found) return undefined;
  const { limit } = found;
  const most = Math.max(...runs.flatMap(({ run }) => run.epochs.map(figure.value)));
  const whose =
    found.name === 'atxs' || found.name === 'ballots'
      ? 'What the node’s messages allow'
      : 'What a home node is assumed to bear';
  const what = found.name === 'ballots' ? ' in the busiest layer, some six deviations above' : '';
  const near = most * 4 >= limit;
  return {
    limit,
    marks: near ? [{ axis: 'y', at: limit * figure.scale, text: 'limit' }] : [],
    text: near
      ? `${whose}: ${figure.format(limit)}${what}.`
      : `${whose}: ${figure.format(limit)}${what}, ${formatNumber(limit / most, 2)} times the highest point.`,
  };
}

/** Reward of a unit by class, a line a scenario; the last one's with the spread of one smesher's epoch. */
export const rewardSeries = (runs: readonly ScenarioRun[], name: ClassName): XySeries[] => {
  const series = runs.map(({ title, run }, i): XySeries => {
    const mean = run.epochs.map(({ classes }) => classes[name].rewardPerUnitSmidge / 1e9);
    const spread = run.epochs.map(({ classes }) => classes[name].rewardDeviation);
    return {
      name: title,
      type: 'line',
      x: run.epochs.map(({ epoch }) => epoch),
      y: mean,
      ...(i === runs.length - 1
        ? {
            band: {
              low: mean.map((value, at) => Math.max(0, value * (1 - (spread[at] ?? 0)))),
              high: mean.map((value, at) => value * (1 + (spread[at] ?? 0))),
            },
          }
        : {}),
    };
  });
  return series;
};

/** Units expected to be condemned for equivocation over a run. */
export const condemnedUnits = ({ epochs }: ScenarioRun['run']): number =>
  epochs.reduce(
    (sum, { classes }) =>
      sum + classNames.reduce((units, name) => units + classes[name].condemnedUnits, 0),
    0,
  );

/** What one smesher happened to earn in the run of that seed. */
export const drawnSeries = ({ run }: ScenarioRun): XySeries[] =>
  classNames.map((name) => ({
    name: classTitles[name],
    type: 'line',
    x: run.epochs.map(({ epoch }) => epoch),
    y: run.epochs.map(({ classes }) => classes[name].sampleRewardPerUnitSmidge / 1e9),
  }));

/** Identities by powers of two, so that a million sizes are a few bars. */
export function sizeHistogram({ clusters }: NetworkPopulation): { x: string[]; y: number[] } {
  const bins: (number | undefined)[] = [];
  for (const { sizes } of clusters)
    for (const [units, identities] of sizes) {
      const bin = Math.floor(Math.log2(units));
      bins[bin] = (bins[bin] ?? 0) + identities;
    }
  const name = (bin: number): string => {
    const [from, to] = [2 ** bin, 2 ** (bin + 1) - 1];
    return from === to ? `${from} SU` : `${formatCount(from)}–${formatCount(to)} SU`;
  };
  return {
    x: Array.from(bins, (_, bin) => name(bin)),
    y: Array.from(bins, (identities) => identities ?? 0),
  };
}
