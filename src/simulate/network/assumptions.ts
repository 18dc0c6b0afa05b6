/**
 * Everything that the network simulator takes for granted: one record a number, with its source, all of
 * them editable. "ours" marks what no source gives.
 */
import { WorkbenchError } from '../../base/error';

export const classNames = ['home', 'semi', 'industrial'] as const;
/** Home smeshers, semi-professional private ones, industrial ones (the announcement's own classes). */
export type ClassName = (typeof classNames)[number];
export type PerClass<T> = Readonly<Record<ClassName, T>>;

export const forClasses = <T>(make: (name: ClassName) => T): PerClass<T> => ({
  home: make('home'),
  semi: make('semi'),
  industrial: make('industrial'),
});

interface Text {
  readonly title: string;
  readonly unit: string;
  /** Where the number is from, or "ours". */
  readonly source: string;
}

export interface Assumption extends Text {
  /** The name under which `assumptions` of an input changes it: "gossipCopies", "home.smeshers". */
  readonly key: string;
  readonly value: number;
}

const perClass = (home: number, semi: number, industrial: number): PerClass<number> => ({
  home,
  semi,
  industrial,
});

const general = {
  committeeSize: {
    value: 50,
    unit: 'proposals a layer',
    title: 'Proposals expected in a layer',
    source: 'go-spacemesh config/mainnet.go, LayerAvgSize',
  },
  layersPerEpoch: {
    value: 4032,
    unit: 'layers',
    title: 'Layers of an epoch',
    source: 'go-spacemesh config/mainnet.go',
  },
  layerS: {
    value: 300,
    unit: 's',
    title: 'Duration of a layer',
    source: 'go-spacemesh config/mainnet.go',
  },
  gapS: {
    value: 43_200,
    unit: 's',
    title: 'Cycle gap',
    source: 'go-spacemesh config/mainnet.go, POET',
  },
  minUnits: {
    value: 4,
    unit: 'SU',
    title: 'Smallest allocation',
    source: 'go-spacemesh config/mainnet.go, POST',
  },
  minWeight: {
    value: 1_000_000,
    unit: 'weight',
    title: 'Minimal active set weight',
    source: 'go-spacemesh config/mainnet.go, Tortoise',
  },
  ticks: {
    value: 1,
    unit: 'ticks',
    title: 'PoET ticks of an epoch: weight is units × ticks',
    source: 'ours; it only scales weight against the minimal active set weight',
  },
  gossipCopies: {
    value: 4,
    unit: 'copies',
    title: 'Times that a gossiped message passes a node’s line, in and out',
    source: 'ours',
  },
  txsPerProposal: {
    value: 10,
    unit: 'transactions',
    title: 'Transactions named in a proposal',
    source: 'ours',
  },
  verifyPostS: {
    value: 0.033,
    unit: 's',
    title: 'Checking one PoST: k2pow and K3 = 1 label',
    source: 'measured on one Xeon core with post-rs 0.8.5',
  },
  verifyBallotS: {
    value: 0.001,
    unit: 's',
    title: 'Checking one ballot and its proposal',
    source: 'ours',
  },
  atxRowBytes: {
    value: 500,
    unit: 'bytes',
    title: 'Rows and indices of an ATX in state.sql beside its blob',
    source: 'ours',
  },
  ballotRowBytes: {
    value: 250,
    unit: 'bytes',
    title: 'Row and indices of a ballot beside its bytes',
    source: 'ours',
  },
  rewardRowBytes: {
    value: 200,
    unit: 'bytes',
    title: 'A reward: its rows and its place in the block',
    source: 'ours',
  },
  stateStartBytes: { value: 60e9, unit: 'bytes', title: 'state.sql at the start', source: 'ours' },
  baseGossipBytesPerLayer: {
    value: 5e6,
    unit: 'bytes',
    title: 'Gossip of a layer that does not depend on smeshers (hare, beacon, transactions)',
    source: 'ours',
  },
  homeBandwidthBytesPerS: {
    value: 250_000,
    unit: 'bytes/s',
    title: 'Steady load that a home line bears (2 Mbit/s)',
    source: 'ours',
  },
  homeCpuShare: {
    value: 0.25,
    unit: 'cores',
    title: 'Steady share of a core that a home node bears',
    source: 'ours',
  },
  homeStateBytesPerEpoch: {
    value: 5e9,
    unit: 'bytes',
    title: 'Growth of state.sql an epoch that a home node bears',
    source: 'ours',
  },
  maxAtxs: {
    value: 8_000_000,
    unit: 'ATXs',
    title: 'ATXs of an epoch that a node can receive',
    source: 'go-spacemesh fetch/wire_types.go, EpochData',
  },
  maxBallotsPerLayer: {
    value: 2350,
    unit: 'ballots',
    title: 'Ballots of a layer, and rewards of a block',
    source: 'go-spacemesh fetch/wire_types.go, common/types/block.go',
  },
  smhUsd: { value: 0.5, unit: '$', title: 'Price of 1 SMH', source: 'ours' },
  threadHUsd: {
    value: 0.04,
    unit: '$',
    title: 'An hour of one busy thread: power, and hardware that works 12 hours in two weeks',
    source: 'ours',
  },
  equivocation: {
    value: 1e-5,
    unit: 'per identity and epoch',
    title: 'Chance that an identity equivocates by accident',
    source: 'ours',
  },
  consolidateProofs: {
    value: 1,
    unit: '1 = yes',
    title: 'Under the new PoST a merged ATX needs one proof over all its identities',
    source: '"Reducing Network Load": work consolidated across all allocated space',
  },
} as const satisfies Record<string, Text & { value: number }>;

const ofClass = {
  smeshers: {
    values: perClass(20_000, 4000, 200),
    unit: 'smeshers',
    title: 'Smeshers at the start',
    source:
      'ours; about 20 million SU in all, as the comment in go-spacemesh common/types/ballot.go has for epoch 16',
  },
  medianUnits: {
    values: perClass(80, 800, 60_000),
    unit: 'SU',
    title: 'Median storage of a smesher',
    source: 'ours',
  },
  sizeSpread: {
    values: perClass(0.6, 0.6, 0.6),
    unit: 'ln',
    title: 'Spread of that storage (deviation of the logarithm)',
    source: 'ours',
  },
  driveUnits: {
    values: perClass(60, 90, 90),
    unit: 'SU',
    title: 'Storage of one drive',
    source: 'ours',
  },
  drivesPerServer: {
    values: perClass(2, 12, 36),
    unit: 'drives',
    title: 'Drives of one machine',
    source: 'ours',
  },
  diskBytesPerS: {
    values: perClass(180e6, 250e6, 250e6),
    unit: 'bytes/s',
    title: 'Sequential read speed of a drive',
    source: 'ours',
  },
  threads: {
    values: perClass(8, 32, 96),
    unit: 'threads',
    title: 'Threads of one machine',
    source: 'ours',
  },
  scanBytesPerS: {
    values: perClass(1.48 * 2 ** 30, 1.48 * 2 ** 30, 1.48 * 2 ** 30),
    unit: 'bytes/s',
    title: 'Scan speed of a thread at 16 nonces',
    source: 'measured with post-rs 0.8.5, one Xeon core',
  },
  hashesPerThread: {
    values: perClass(360, 360, 360),
    unit: 'hashes/s',
    title: 'RandomX hashes per second of a thread, fast mode',
    source: 'measured with post-rs 0.8.5, one Xeon core',
  },
  identityUsd: {
    values: perClass(0.5, 0.05, 0.003),
    unit: '$ an epoch',
    title: 'What one more identity costs to run: memory, watching, attention',
    source: 'ours; automation makes it small for large operators',
  },
  growth: {
    values: perClass(0.005, 0.01, 0.03),
    unit: 'share an epoch',
    title: 'Storage that is added',
    source: 'ours',
  },
  leaving: {
    values: perClass(0.01, 0.005, 0.001),
    unit: 'share an epoch',
    title: 'Smeshers that leave',
    source: 'ours',
  },
  newcomers: {
    values: perClass(0.9, 0.6, 0.3),
    unit: 'share',
    title: 'Part of added storage that comes with new smeshers',
    source: 'ours',
  },
  followsCheapest: {
    values: perClass(0.1, 0.6, 0.95),
    unit: 'share',
    title: 'Part of added storage set up in the way that earns most',
    source: 'ours',
  },
  reinitialise: {
    values: perClass(0, 0.01, 0.02),
    unit: 'share an epoch',
    title: 'Smeshers that initialise again in the way that earns most',
    source: 'ours',
  },
  startSplit: {
    values: perClass(0, 0, 0),
    unit: 'share',
    title: 'Smeshers that are split at the start',
    source: 'the announcement: none was expected',
  },
} as const satisfies Record<string, Text & { values: PerClass<number> }>;

type GeneralAssumptions = Readonly<Record<keyof typeof general, number>>;
type ClassAssumptions = Readonly<Record<keyof typeof ofClass, number>>;
export interface Assumptions extends GeneralAssumptions {
  readonly classes: PerClass<ClassAssumptions>;
}

/** All of them with their texts, as an editor lists them. */
export function assumptionList(overrides: Readonly<Record<string, number>> = {}): Assumption[] {
  const list = [
    ...Object.entries(general).map(([key, { value, ...text }]) => ({ key, value, ...text })),
    ...classNames.flatMap((name) =>
      Object.entries(ofClass).map(([key, { values, ...text }]) => ({
        key: `${name}.${key}`,
        value: values[name],
        ...text,
      })),
    ),
  ];
  const known = new Set(list.map(({ key }) => key));
  for (const [key, value] of Object.entries(overrides)) {
    if (!known.has(key))
      throw new WorkbenchError(
        'unknown-assumption',
        `There is no assumption "${key}". Known are ${[...known].join(', ')}.`,
        { key },
      );
    if (!(value >= 0 && value < Infinity))
      throw new WorkbenchError('input-not-valid', `${key} must be a number, 0 or more.`, {
        key,
        value,
      });
  }
  return list.map((entry) => ({ ...entry, value: overrides[entry.key] ?? entry.value }));
}

/** The numbers alone, with what a user changed. @throws WorkbenchError `unknown-assumption`, `input-not-valid` */
export function readAssumptions(overrides: Readonly<Record<string, number>> = {}): Assumptions {
  const values = new Map(assumptionList(overrides).map(({ key, value }) => [key, value]));
  const pick = (keys: readonly string[], prefix: string) =>
    Object.fromEntries(keys.map((key) => [key, values.get(`${prefix}${key}`) ?? NaN]));
  return {
    ...(pick(Object.keys(general), '') as GeneralAssumptions),
    classes: Object.fromEntries(
      classNames.map((name) => [name, pick(Object.keys(ofClass), `${name}.`)]),
    ) as PerClass<ClassAssumptions>,
  };
}
