/**
 * Layers, epochs and PoET rounds as instants. All times are Unix milliseconds, UTC.
 * Rules: go-spacemesh timesync (a layer starts at genesis + layer × duration) and activation/nipost.go
 * (a PoET round for publish epoch p runs from start(p − 1) + phase shift to start(p) + phase shift −
 * cycle gap; the node proves between its end and the start of the next).
 */
import { WorkbenchError } from '../base/error';

/** When layers and epochs begin. */
export interface LayerClock {
  readonly genesisMs: number;
  readonly layerMs: number;
  readonly layersPerEpoch: number;
}

export interface NetworkTiming extends LayerClock {
  readonly poetPhaseShiftMs: number;
  readonly poetCycleGapMs: number;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** go-spacemesh config/mainnet.go. */
export const mainnetTiming: NetworkTiming = {
  genesisMs: Date.UTC(2023, 6, 14, 8),
  layerMs: 5 * minuteMs,
  layersPerEpoch: 4032,
  poetPhaseShiftMs: 240 * hourMs,
  poetCycleGapMs: 12 * hourMs,
};

/** The last layer of the two genesis epochs: rewards are counted from here (8063 on mainnet). */
export const effectiveGenesisLayer = ({
  layersPerEpoch,
}: Pick<LayerClock, 'layersPerEpoch'>): number => 2 * layersPerEpoch - 1;

export const layerStartMs = (clock: LayerClock, layer: number): number =>
  clock.genesisMs + layer * clock.layerMs;

/** The layer in progress at an instant. @throws WorkbenchError `before-genesis` */
export function layerAt(timing: LayerClock, atMs: number): number {
  if (!(atMs >= timing.genesisMs))
    throw new WorkbenchError(
      'before-genesis',
      `The network starts at ${new Date(timing.genesisMs).toISOString()}. Choose a later time, or check the genesis time.`,
      { genesisMs: timing.genesisMs, atMs },
    );
  return Math.floor((atMs - timing.genesisMs) / timing.layerMs);
}

export const epochOfLayer = (timing: Pick<LayerClock, 'layersPerEpoch'>, layer: number): number =>
  Math.floor(layer / timing.layersPerEpoch);

export const firstLayerOf = (timing: Pick<LayerClock, 'layersPerEpoch'>, epoch: number): number =>
  epoch * timing.layersPerEpoch;

export const epochStartMs = (timing: LayerClock, epoch: number): number =>
  layerStartMs(timing, firstLayerOf(timing, epoch));

export const epochMs = ({ layerMs, layersPerEpoch }: LayerClock): number =>
  layerMs * layersPerEpoch;

export interface Interval {
  readonly startMs: number;
  readonly endMs: number;
}

/** The PoET round whose proof goes into ATXs of a publish epoch. Register before it starts. */
export const poetRound = (timing: NetworkTiming, publishEpoch: number): Interval => ({
  startMs: epochStartMs(timing, publishEpoch - 1) + timing.poetPhaseShiftMs,
  endMs: epochStartMs(timing, publishEpoch) + timing.poetPhaseShiftMs - timing.poetCycleGapMs,
});

/**
 * When the PoST of a publish epoch has to be made: from the end of its PoET round to the start of the
 * next. An ATX later than that, but before the epoch ends, still counts for the target epoch; the
 * identity then misses the next round, and so the epoch after it (activation/nipost.go).
 */
export const cycleGap = (timing: NetworkTiming, publishEpoch: number): Interval => ({
  startMs: poetRound(timing, publishEpoch).endMs,
  endMs: poetRound(timing, publishEpoch + 1).startMs,
});
