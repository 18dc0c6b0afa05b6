/**
 * What the log tells of a smesher's life: from its entries to the stages of an epoch and the calendar of
 * eligibilities. The messages are those of go-spacemesh v1.7.6 and post-service v0.8.5.
 */
import { postService, readFields, smesherOf, type LogFields, type LogHead } from './lines';

export type StageKind =
  | 'node-started'
  | 'identity'
  | 'sync'
  | 'initialised'
  | 'challenge'
  | 'waiting-for-poet'
  | 'registered-at-poet'
  | 'poet-proof'
  | 'proof-started'
  | 'k2pow'
  | 'k2pow-done'
  | 'reading-data'
  | 'proof-found'
  | 'proof-checked'
  | 'proof-done'
  | 'atx-waiting'
  | 'atx-published'
  | 'eligibility'
  | 'proposal'
  | 'beacon'
  | 'equivocation'
  | 'post-failed'
  | 'init-failed'
  | 'publish-failed'
  | 'publish-missed';

export interface Stage {
  readonly kind: StageKind;
  readonly timeMs: number;
  /** Six digits; undefined where neither the entry nor what came before it names a smesher. */
  readonly smesher: string | undefined;
  /** The epoch of the ATX or the eligibility; undefined where none is known. */
  readonly epoch: number | undefined;
  readonly text: string;
}

export interface LayerSlots {
  readonly layer: number;
  readonly slots: number;
}

export interface EpochEligibility {
  readonly smesher: string;
  readonly epoch: number;
  readonly weight: number;
  /** All slots of the epoch. */
  readonly slots: number;
  readonly layers: readonly LayerSlots[];
}

export interface SyncChange {
  readonly timeMs: number;
  /** "notSynced", "gossipSync", "synced" (go-spacemesh syncer/syncer.go). */
  readonly to: string;
}

export interface NetworkClock {
  readonly genesisMs: number;
  readonly layerMs: number;
}

export interface LogLife {
  readonly stages: readonly Stage[];
  /** Stages that were left out beyond the bound. */
  readonly stagesLeftOut: number;
  /** The latest entry of each smesher and epoch wins. */
  readonly eligibilities: readonly EpochEligibility[];
  /** Every change of the sync state. */
  readonly syncChanges: readonly SyncChange[];
  readonly clock: NetworkClock | undefined;
  readonly version: string | undefined;
  readonly genesisId: string | undefined;
}

interface Rule {
  readonly kind: StageKind;
  /** The message begins so. */
  readonly says: string;
  /** Which of the entries with this message, where not all. */
  readonly when?: (fields: LogFields) => boolean;
  /** The epoch, where the entry's own fields give one. */
  readonly epoch?: (fields: LogFields) => unknown;
  readonly text: (fields: LogFields, message: string) => string;
}

const plain = (fields: LogFields, name: string): string => {
  const value = fields[name];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '?';
};
const plus1 = (value: unknown): unknown => (typeof value === 'number' ? value + 1 : undefined);

/** Message → stage. By the logger's name, so that a foreign line is never taken for one. */
const rules: ReadonlyMap<string, readonly Rule[]> = new Map(
  Object.entries({
    node: [
      { kind: 'node-started', says: 'App version: ', text: (_, message) => message },
      {
        kind: 'identity',
        says: 'Created new identity',
        text: (f) => `New identity ${plain(f, 'public_key')}… in ${plain(f, 'filename')}`,
      },
      {
        kind: 'identity',
        says: 'Loaded existing identity',
        text: (f) => `Identity ${plain(f, 'public_key')}… from ${plain(f, 'filename')}`,
      },
    ],
    'node.sync': [
      {
        kind: 'sync',
        says: 'sync state change',
        text: (f) => `Sync: ${plain(f, 'from state')} → ${plain(f, 'to state')}`,
      },
    ],
    'node.post': [
      { kind: 'initialised', says: 'post setup completed', text: () => 'PoST data complete' },
      {
        kind: 'init-failed',
        says: 'post setup session failed',
        text: (f) => `Initialisation failed: ${plain(f, 'error')}`,
      },
    ],
    'node.atxBuilder': [
      {
        kind: 'challenge',
        says: 'building new NiPOST challenge',
        epoch: (f) => plus1(f.current_epoch),
        text: () => 'Building the challenge for the next ATX',
      },
      {
        kind: 'waiting-for-poet',
        says: 'paused building NiPoST challenge',
        epoch: (f) => plus1(f['current epoch']),
        text: (f) => `Waiting until ${plain(f, 'waiting until')} to choose a positioning ATX`,
      },
      {
        kind: 'atx-waiting',
        says: 'awaiting atx publication epoch',
        epoch: (f) => f.pub_epoch,
        text: (f) => `ATX ready, waiting for epoch ${plain(f, 'pub_epoch')}`,
      },
      {
        kind: 'atx-published',
        says: 'atx published',
        text: (f) => `ATX ${plain(f, 'atx_id')} published, ${plain(f, 'size')} bytes`,
      },
      {
        kind: 'publish-missed',
        says: 'failed to publish atx',
        // ErrATXChallengeExpired, activation/activation_errors.go; any other error is tried again.
        when: (f) => plain(f, 'error').includes('atx expired'),
        text: (f) => `The publish window was missed: ${plain(f, 'error')}`,
      },
      {
        kind: 'publish-failed',
        says: 'failed to publish atx',
        text: (f) => `The ATX was not published yet: ${plain(f, 'error')}`,
      },
      ...[
        'initial PoST is invalid',
        'initial POST is invalid',
        'failed to generate initial proof',
        'failed to build initial post',
        'initial post is no longer valid',
        'failed to regenerate initial post',
      ].map((says): Rule => ({
        kind: 'post-failed',
        says,
        text: (f, message) =>
          Object.hasOwn(f, 'error') ? `${message} ${plain(f, 'error')}` : message,
      })),
    ],
    'node.nipostBuilder': [
      {
        kind: 'challenge',
        says: 'building nipost',
        epoch: (f) => f['publish epoch'],
        text: (f) =>
          `PoET round from ${plain(f, 'poet round start')} to ${plain(f, 'poet round end')}`,
      },
      {
        kind: 'registered-at-poet',
        says: 'challenge submitted to poet',
        text: (f) => `Registered at ${plain(f, 'poet')}, round ${plain(f, 'round')}`,
      },
      {
        kind: 'waiting-for-poet',
        says: 'waiting until poet round end',
        text: (f) => `Waiting for the PoET round, ${plain(f, 'wait time')} left`,
      },
      {
        kind: 'poet-proof',
        says: 'got poet proof',
        text: (f) => `PoET proof with ${plain(f, 'leaf count')} leaves`,
      },
      { kind: 'proof-started', says: 'starting post execution', text: () => 'PoST proof started' },
      {
        kind: 'proof-done',
        says: 'finished post execution',
        text: (f) => `PoST proof done in ${plain(f, 'duration')}`,
      },
    ],
    [postService]: [
      {
        kind: 'k2pow',
        says: 'calculating proof of work for nonces',
        text: (_, message) => message,
      },
      { kind: 'k2pow-done', says: 'finished k2pow', text: (_, message) => message },
      { kind: 'reading-data', says: 'started reading POST data', text: () => 'Reading PoST data' },
      { kind: 'proof-found', says: 'found proof for nonce', text: (_, message) => message },
      { kind: 'proof-checked', says: 'proof is valid', text: (_, message) => message },
    ],
    'node.proposalBuilder': [
      {
        kind: 'eligibility',
        says: 'proposal eligibilities for an epoch',
        epoch: (f) => f.epoch,
        text: (f) => `Eligible in ${plain(f, 'eligible')} layers, ${plain(f, 'slots')} slots`,
      },
      {
        kind: 'proposal',
        says: 'proposal created',
        epoch: (f) => f.epoch_id,
        text: (f) => `Proposal ${plain(f, 'proposal_id')} for layer ${plain(f, 'layer_id')}`,
      },
    ],
    'node.beacon': [
      {
        kind: 'beacon',
        says: 'beacon set for epoch',
        epoch: (f) => f.target_epoch,
        text: (f) => `Beacon of epoch ${plain(f, 'target_epoch')}: ${plain(f, 'beacon')}`,
      },
    ],
    'node.mesh': [
      {
        kind: 'equivocation',
        says: 'smesher produced more than one ballot in the same layer',
        text: (f) => `${plain(f, 'smesher').slice(0, 6)} signed two ballots in one layer`,
      },
    ],
  } satisfies Readonly<Record<string, readonly Rule[]>>),
);

/** Stages between a challenge and its ATX: they belong to the epoch their smesher is working for. */
const ofTheAtx: ReadonlySet<StageKind> = new Set([
  'registered-at-poet',
  'waiting-for-poet',
  'poet-proof',
  'proof-started',
  'k2pow',
  'k2pow-done',
  'reading-data',
  'proof-found',
  'proof-checked',
  'proof-done',
  'atx-published',
]);

// An epoch has some 20 stages and, of a large smesher on mainnet, hundreds of proposals.
const mostStages = 50_000;
const mostEligibilities = 10_000;

/** Reads the entries of one log in their order. Memory is bounded by `mostStages` and `mostEligibilities`. */
export class LifeReader {
  readonly #stages: Stage[] = [];
  readonly #eligibilities = new Map<string, EpochEligibility>();
  readonly #epochOf = new Map<string, number>();
  readonly #syncChanges: SyncChange[] = [];
  #leftOut = 0;
  #lastSmesher: string | undefined;
  #clock: NetworkClock | undefined;
  #version: string | undefined;
  #genesisId: string | undefined;

  read(line: string, head: LogHead): void {
    if (head.service === 'node.clock') this.#readClock(line, head);
    const candidates = rules.get(head.service)?.filter(({ says }) => head.message.startsWith(says));
    if (!candidates || candidates.length === 0) return;
    const fields = readFields(line, head);
    const rule = candidates.find(({ when }) => when?.(fields) ?? true);
    if (!rule) return;
    if (rule.kind === 'node-started') this.#readVersion(head.message);
    const smesher = this.#smesher(rule.kind, line, head);
    if (rule.kind === 'eligibility') this.#readEligibility(fields);
    if (rule.kind === 'sync' && this.#syncChanges.length < mostStages)
      this.#syncChanges.push({ timeMs: head.timeMs, to: plain(fields, 'to state') });
    const stated = rule.epoch?.(fields);
    const known = smesher === undefined ? undefined : this.#epochOf.get(smesher);
    const epoch = typeof stated === 'number' ? stated : ofTheAtx.has(rule.kind) ? known : undefined;
    if (rule.kind === 'challenge' && smesher !== undefined && epoch !== undefined)
      this.#epochOf.set(smesher, epoch);
    if (this.#stages.length >= mostStages) {
      this.#leftOut++;
      return;
    }
    this.#stages.push({
      kind: rule.kind,
      timeMs: head.timeMs,
      smesher,
      epoch,
      text: rule.text(fields, head.message).slice(0, 300),
    });
  }

  get life(): LogLife {
    return {
      stages: this.#stages,
      stagesLeftOut: this.#leftOut,
      eligibilities: [...this.#eligibilities.values()],
      syncChanges: this.#syncChanges,
      clock: this.#clock,
      version: this.#version,
      genesisId: this.#genesisId,
    };
  }

  /** Some lines of the building of a NiPoST name no smesher; they follow one that does. */
  #smesher(kind: StageKind, line: string, head: LogHead): string | undefined {
    const named = smesherOf(line, head);
    if (named !== undefined) {
      if (kind !== 'equivocation') this.#lastSmesher = named;
      return named;
    }
    return ofTheAtx.has(kind) ? this.#lastSmesher : undefined;
  }

  #readVersion(message: string): void {
    this.#version = /^App version: (\S+?)\.? /.exec(message)?.[1] ?? this.#version;
    this.#genesisId = /Genesis ([0-9a-f]{40})/.exec(message)?.[1] ?? this.#genesisId;
  }

  #readClock(line: string, head: LogHead): void {
    if (head.message !== 'starting global clock') return;
    const { genesis, layer_duration: duration } = readFields(line, head);
    const genesisMs = typeof genesis === 'string' ? Date.parse(genesis) : Number.NaN;
    const layerMs = typeof duration === 'string' ? goDurationMs(duration) : undefined;
    if (!Number.isNaN(genesisMs) && layerMs !== undefined && layerMs > 0)
      this.#clock = { genesisMs, layerMs };
  }

  #readEligibility(fields: LogFields): void {
    const { signer, epoch, weight, slots } = fields;
    const layers = fields['eligible by layer'];
    if (typeof signer !== 'string' || typeof epoch !== 'number' || !Array.isArray(layers)) return;
    const key = `${signer.slice(0, 6)} ${epoch}`;
    if (!this.#eligibilities.has(key) && this.#eligibilities.size >= mostEligibilities) return;
    this.#eligibilities.set(key, {
      smesher: signer.slice(0, 6),
      epoch,
      weight: typeof weight === 'number' ? weight : 0,
      slots: typeof slots === 'number' ? slots : 0,
      layers: layers.filter(isLayerSlots).map(({ layer, slots }) => ({ layer, slots })),
    });
  }
}

const isLayerSlots = (value: unknown): value is LayerSlots =>
  typeof value === 'object' &&
  value !== null &&
  'layer' in value &&
  'slots' in value &&
  typeof value.layer === 'number' &&
  typeof value.slots === 'number';

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Go's time.Duration as it prints itself and as configs write it ("1m30s", "5m0s"); undefined where it is none. */
export function goDurationMs(text: string): number | undefined {
  if (text === '0') return 0;
  if (!/^[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(text)) return undefined;
  let sum = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g))
    sum += Number(amount) * (unitMs[unit ?? ''] ?? 0);
  return text.startsWith('-') ? -sum : sum;
}

/** One day's worth of the calendar: which layers, when, how many slots. */
export interface CalendarLayer extends LayerSlots {
  readonly smesher: string;
  readonly epoch: number;
  readonly startMs: number;
}

/** Eligibilities as moments in time, earliest first. `clock` comes from the log itself or from the network's parameters. */
export function eligibilityCalendar(
  eligibilities: readonly EpochEligibility[],
  { genesisMs, layerMs }: NetworkClock,
): CalendarLayer[] {
  return eligibilities
    .flatMap(({ smesher, epoch, layers }) =>
      layers.map(({ layer, slots }) => ({
        smesher,
        epoch,
        layer,
        slots,
        startMs: genesisMs + layer * layerMs,
      })),
    )
    .sort((a, b) => a.startMs - b.startMs || a.smesher.localeCompare(b.smesher));
}

/** The stages of one smesher's ATX, with the time each took until the next. */
export function atxStages(
  life: LogLife,
  smesher: string,
  epoch: number,
): (Stage & { untilNextMs: number | undefined })[] {
  const stages = life.stages.filter(
    (stage) => stage.epoch === epoch && (stage.smesher === smesher || stage.smesher === undefined),
  );
  return stages.map((stage, i) => {
    const next = stages[i + 1];
    return { ...stage, untilNextMs: next ? next.timeMs - stage.timeMs : undefined };
  });
}
