/**
 * The node's events (spacemesh.v1 AdminService/EventsStream), as protobuf's JSON has them, whether from gRPC-Web or from
 * grpcurl; and the epoch they tell of.
 */
import { readBytes, toHex } from '../../base/bytes';
import { isRecord } from '../../base/record';
import { goDurationMs } from '../log/life';

/** The oneof of spacemesh/v1/admin_types.proto, in its JSON names. */
const eventKinds = [
  'beacon',
  'initStart',
  'initComplete',
  'initFailed',
  'postStart',
  'postComplete',
  'poetWaitRound',
  'poetWaitProof',
  'atxPublished',
  'eligibilities',
  'proposal',
  'malfeasance',
  'postServiceStarted',
  'postServiceStopped',
  'waitingForPoetRegistrationWindow',
  'proofDownloadedFromPoet',
  'registeredInPoet',
  'bestProofSelected',
  'waitingForPoetRoundEnd',
] as const;
export type EventKind = (typeof eventKinds)[number];

export interface NodeEvent {
  /** With fractions. */
  readonly timeMs: number;
  readonly kind: EventKind | 'unknown';
  readonly failure: boolean;
  /** The node's own sentence about it. */
  readonly help: string;
  /** Hex; undefined for what concerns the node as such. */
  readonly smesher: string | undefined;
  /** The epoch in which the ATX is published that the event is about. */
  readonly publishEpoch: number | undefined;
  /** The epoch whose rewards the event is about. */
  readonly targetEpoch: number | undefined;
  /** What the event announces comes to pass then. */
  readonly untilMs: number | undefined;
  /** Layer and slots of eligibilities; one entry for a proposal. */
  readonly layers: readonly { readonly layer: number; readonly slots: number }[];
  /** In a few words, with the event's own values. */
  readonly text: string;
}

type Json = Readonly<Record<string, unknown>>;
const text = (value: unknown): string => (typeof value === 'string' ? value.slice(0, 300) : '');
const number = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value)
    ? value
    : typeof value === 'string' && /^\d{1,15}$/.test(value)
      ? Number(value)
      : undefined;
const time = (value: unknown): number | undefined => {
  // Go gives nanoseconds, of which Date.parse need not understand more than three digits. Those below a
  // millisecond tell which of two events came first.
  const [, head = '', finer = '', tail = ''] = /^(.*?\.\d{3})(\d*)(\D.*)$/.exec(text(value)) ?? [];
  const ms = Date.parse(head === '' ? text(value) : head + tail);
  return Number.isNaN(ms) ? undefined : ms + Number(`0.${finer}0`);
};
function hex(value: unknown, length = 32): string | undefined {
  try {
    return toHex(readBytes(text(value), length, 'id'));
  } catch {
    return undefined;
  }
}

/** One event; undefined for an object that is none. */
export function readEvent(json: unknown): NodeEvent | undefined {
  if (!isRecord(json)) return undefined;
  const timeMs = time(json.timestamp);
  if (timeMs === undefined) return undefined;
  const kind = eventKinds.find((one) => isRecord(json[one]));
  const of = kind ? json[kind] : {};
  const details = isRecord(of) ? of : {};
  const proof = isRecord(details.proof) ? details.proof : {};
  const offender = isRecord(proof.smesherId) ? proof.smesherId.id : undefined;
  return {
    timeMs,
    kind: kind ?? 'unknown',
    failure: json.failure === true || kind === 'initFailed',
    help: text(json.help),
    smesher: hex(details.smesher ?? offender),
    ...epochs(kind, details),
    untilMs: time(details.until ?? details.roundEnd),
    layers: readLayers(kind, details),
    text: describe(kind, details, proof, json.failure === true),
  };
}

function epochs(
  kind: EventKind | undefined,
  details: Json,
): Pick<NodeEvent, 'publishEpoch' | 'targetEpoch'> {
  switch (kind) {
    case 'poetWaitRound':
    case 'poetWaitProof':
    case 'waitingForPoetRegistrationWindow':
    case 'waitingForPoetRoundEnd': {
      const publishEpoch = number(details.publish);
      return {
        publishEpoch,
        targetEpoch:
          number(details.target) ?? (publishEpoch === undefined ? undefined : publishEpoch + 1),
      };
    }
    case 'atxPublished':
      return { publishEpoch: number(details.current), targetEpoch: number(details.target) };
    case 'eligibilities':
    case 'beacon':
      return { publishEpoch: undefined, targetEpoch: number(details.epoch) };
    default:
      return { publishEpoch: undefined, targetEpoch: undefined };
  }
}

function readLayers(kind: EventKind | undefined, details: Json): NodeEvent['layers'] {
  if (kind === 'proposal') {
    const layer = number(details.layer);
    return layer === undefined ? [] : [{ layer, slots: 1 }];
  }
  const list = kind === 'eligibilities' ? details.eligibilities : undefined;
  if (!Array.isArray(list)) return [];
  const layers = (list as unknown[]).filter(isRecord).flatMap((one) => {
    const layer = number(one.layer);
    return layer === undefined ? [] : [{ layer, slots: number(one.count) ?? 0 }];
  });
  // The node writes them in no order.
  return layers.sort((a, b) => a.layer - b.layer);
}

function describe(
  kind: EventKind | undefined,
  details: Json,
  proof: Json,
  failed: boolean,
): string {
  const short = (value: unknown, length?: number) => hex(value, length)?.slice(0, 10) ?? '?';
  const wait = goDurationMs(text(details.wait));
  const left = wait === undefined ? '' : `, ${Math.round(wait / 1000)} s from then`;
  switch (kind) {
    case 'beacon':
      return `Beacon of epoch ${number(details.epoch) ?? '?'}: ${hex(details.beacon, 4) ?? '?'}`;
    case 'initStart':
      return `Initialisation started, commitment ${short(details.commitment)}`;
    case 'initComplete':
      return 'Initialisation complete';
    case 'initFailed':
      return `Initialisation failed: ${text(details.error)}`;
    case 'postStart':
      return `PoST proof started, challenge ${short(details.challenge)}`;
    case 'postComplete':
      return failed
        ? 'PoST proof failed'
        : `PoST proof done, challenge ${short(details.challenge)}`;
    case 'poetWaitRound':
    case 'waitingForPoetRegistrationWindow':
      return `Waiting for the PoET registration window of epoch ${number(details.publish) ?? '?'}${left}`;
    case 'poetWaitProof':
    case 'waitingForPoetRoundEnd':
      return `Waiting for the PoET round of epoch ${number(details.publish) ?? '?'} to end${left}`;
    case 'registeredInPoet':
      return `Registered at ${text(details.url)}, round ${text(details.roundId)}`;
    case 'proofDownloadedFromPoet':
      return `Proof of ${text(details.url)}, round ${text(details.roundId)}, ${text(details.ticks)} ticks`;
    case 'bestProofSelected':
      return `Chose ${text(details.url)}, round ${text(details.roundId)}, ${text(details.ticks)} ticks`;
    case 'atxPublished':
      return `ATX ${short(details.id)} published for epoch ${number(details.target) ?? '?'}`;
    case 'eligibilities': {
      const layers = readLayers(kind, details);
      return `Eligible in ${layers.length} layers of epoch ${number(details.epoch) ?? '?'}`;
    }
    case 'proposal':
      return `Proposal for layer ${number(details.layer) ?? '?'} published`;
    case 'malfeasance':
      return `Proved malicious: ${text(proof.kind).replace('MALFEASANCE_', '').toLowerCase()}`;
    case 'postServiceStarted':
      return 'Post service started';
    case 'postServiceStopped':
      return 'Post service stopped';
    case undefined:
      return 'An event that this version does not know';
  }
}

export type StepName = 'registration' | 'poet' | 'proof' | 'atx' | 'eligible';
const stepNames: readonly StepName[] = ['registration', 'poet', 'proof', 'atx', 'eligible'];

export interface Step {
  readonly name: StepName;
  readonly state: 'done' | 'running' | 'to come' | 'failed';
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
}

/** One smesher's way to the rewards of one epoch. */
export interface EpochLine {
  readonly smesher: string;
  readonly publishEpoch: number;
  readonly steps: readonly Step[];
  readonly layers: NodeEvent['layers'];
  /** Layers in which a proposal went out. */
  readonly proposed: readonly number[];
  /** What comes next and when, as far as the node reports it. */
  readonly next: { readonly text: string; readonly atMs: number | undefined } | undefined;
}

interface OpenLine {
  readonly smesher: string;
  readonly publishEpoch: number;
  from: Partial<Record<StepName, number>>;
  to: Partial<Record<StepName, number>>;
  until: Partial<Record<StepName, number>>;
  failed: boolean;
  layers: NodeEvent['layers'];
  readonly proposed: Set<number>;
}

/**
 * Sorts events into lines of smesher and publish epoch. Events without an epoch belong to the one their smesher is
 * working for; the initial proof, before any, to none. Streams replay what they sent before: repeats are left out.
 */
export function epochLines(events: readonly NodeEvent[]): EpochLine[] {
  const lines = new Map<string, OpenLine>();
  const current = new Map<string, number>();
  /** Who is eligible in a layer, by `slotKey`. */
  const owners = new Map<string, OpenLine>();
  const slotKey = (smesher: string, layer: number): string => `${smesher} ${layer}`;
  const line = (smesher: string, publishEpoch: number): OpenLine => {
    const key = `${smesher} ${publishEpoch}`;
    const known = lines.get(key);
    if (known) return known;
    const fresh: OpenLine = {
      smesher,
      publishEpoch,
      from: {},
      to: {},
      until: {},
      failed: false,
      layers: [],
      proposed: new Set(),
    };
    lines.set(key, fresh);
    return fresh;
  };
  for (const event of [...events].sort((a, b) => a.timeMs - b.timeMs)) {
    const { smesher, timeMs } = event;
    if (smesher === undefined) continue;
    const stated =
      event.publishEpoch ?? (event.targetEpoch === undefined ? undefined : event.targetEpoch - 1);
    if (event.publishEpoch !== undefined) current.set(smesher, event.publishEpoch);
    const epoch = stated ?? current.get(smesher);
    if (event.kind === 'proposal') {
      for (const { layer } of event.layers) {
        owners.get(slotKey(smesher, layer))?.proposed.add(layer);
      }
      continue;
    }
    if (epoch === undefined) continue;
    const one = line(smesher, epoch);
    if (event.failure) one.failed = true;
    switch (event.kind) {
      case 'poetWaitRound':
      case 'waitingForPoetRegistrationWindow':
        one.from.registration ??= timeMs;
        if (event.untilMs !== undefined) one.until.registration = event.untilMs;
        break;
      case 'registeredInPoet':
        one.from.registration ??= timeMs;
        one.to.registration = timeMs;
        break;
      case 'poetWaitProof':
      case 'waitingForPoetRoundEnd':
        one.to.registration ??= timeMs;
        one.from.poet ??= timeMs;
        if (event.untilMs !== undefined) one.until.poet = event.untilMs;
        break;
      case 'bestProofSelected':
        one.to.poet = timeMs;
        break;
      case 'postStart':
        one.to.poet ??= timeMs;
        one.from.proof = timeMs;
        break;
      case 'postComplete':
        one.to.proof = timeMs;
        break;
      case 'atxPublished':
        one.from.atx ??= timeMs;
        one.to.atx = timeMs;
        if (event.untilMs !== undefined) one.until.eligible = event.untilMs;
        break;
      case 'eligibilities':
        one.from.eligible ??= timeMs;
        one.to.eligible = timeMs;
        for (const { layer } of one.layers)
          if (owners.get(slotKey(smesher, layer)) === one) owners.delete(slotKey(smesher, layer));
        one.layers = event.layers;
        for (const { layer } of one.layers)
          if (!owners.has(slotKey(smesher, layer))) owners.set(slotKey(smesher, layer), one);
        break;
      default:
        break;
    }
  }
  return [...lines.values()]
    .sort(
      (a, b) =>
        a.publishEpoch - b.publishEpoch ||
        (a.smesher < b.smesher ? -1 : a.smesher > b.smesher ? 1 : 0),
    )
    .map(close);
}

function close(one: OpenLine): EpochLine {
  const lastDone = stepNames.findLastIndex((name) => one.to[name] !== undefined);
  const steps = stepNames.map((name, i): Step => {
    const fromMs = one.from[name];
    const toMs = one.to[name];
    // A stream that began late has no earlier events, but what comes after them has happened.
    const done = i <= lastDone;
    const state = done
      ? 'done'
      : fromMs === undefined
        ? 'to come'
        : one.failed
          ? 'failed'
          : 'running';
    return { name, state, fromMs, toMs };
  });
  const open = steps.find((step) => step.state !== 'done');
  const says: Readonly<Record<StepName, string>> = {
    registration: 'Registration at the PoETs opens',
    poet: 'The PoET round ends and the PoST proof begins',
    proof: 'The PoST proof',
    atx: 'The ATX is published',
    eligible: 'The target epoch begins: eligibilities and proposals',
  };
  const { smesher, publishEpoch, layers, proposed } = one;
  return {
    smesher,
    publishEpoch,
    steps,
    layers,
    proposed: [...proposed],
    next: open && { text: says[open.name], atMs: one.until[open.name] },
  };
}
