/**
 * Growing and shrinking an identity: which data is kept, what has to be done, and when it counts.
 * An ATX counts min(units of the previous ATX, its own) (go-spacemesh activation/handler_v1.go and
 * handler_v2.go); an ATX of epoch p earns in epoch p + 1. Files are post's initialization.go: kept up to
 * the new last file, which is cut or filled up, the rest removed.
 */
import { mainnetPost, unitBytes } from '../../protocol/units';
import { positive, whole } from '../inputs';

export interface ResizeInput {
  readonly fromUnits: number;
  readonly toUnits: number;
  /** Bytes of a full postdata file. */
  readonly maxFileSizeBytes: number;
  /** The first ATX made with the new size is published in this epoch. */
  readonly publishEpoch: number;
  readonly labelsPerUnit?: number | undefined;
  readonly minNumUnits?: number | undefined;
  /** Rate of initialisation; without it no time is given. */
  readonly labelsPerS?: number | undefined;
}

export interface ResizePlan {
  readonly kind: 'grow' | 'shrink' | 'same';
  readonly keptBytes: number;
  readonly addedBytes: number;
  readonly removedBytes: number;
  readonly files: {
    readonly before: number;
    readonly after: number;
    /** Files that stay as they are. */
    readonly untouched: number;
    /** The file that is filled up or cut, if there is one. */
    readonly changed: number | undefined;
  };
  readonly initialiseS: number | undefined;
  /** What counts in each epoch from the change on; the last entry stays. */
  readonly effective: readonly {
    readonly publishEpoch: number;
    readonly earnsInEpoch: number;
    readonly units: number;
  }[];
  /** Chance that the VRF nonce of the old data is not valid for the new size; see `newNonceChance`. */
  readonly newNonceChance: number;
  /** The new size is below the network's minimum: the data cannot be used. */
  readonly belowMinimum: boolean;
}

/** @throws WorkbenchError `input-not-valid` */
export function resize(input: ResizeInput): ResizePlan {
  const from = whole(input.fromUnits, 'fromUnits', 1, 2 ** 32 - 1);
  const to = whole(input.toUnits, 'toUnits', 1, 2 ** 32 - 1);
  const perFile = positive(input.maxFileSizeBytes, 'maxFileSizeBytes');
  const bytes = unitBytes(input.labelsPerUnit);
  const kept = Math.min(from, to) * bytes;
  const [before, after] = [Math.ceil((from * bytes) / perFile), Math.ceil((to * bytes) / perFile)];
  const untouched = from === to ? before : Math.floor(kept / perFile);
  const added = Math.max(0, to - from) * bytes;
  const kind = to > from ? 'grow' : to < from ? 'shrink' : 'same';
  const first = whole(input.publishEpoch, 'publishEpoch', 0, 1_000_000);
  const effective = (epoch: number, units: number) => ({
    publishEpoch: epoch,
    earnsInEpoch: epoch + 1,
    units,
  });
  return {
    kind,
    keptBytes: kept,
    addedBytes: added,
    removedBytes: Math.max(0, from - to) * bytes,
    files: {
      before,
      after,
      untouched,
      changed: kind === 'same' || kept === untouched * perFile ? undefined : untouched,
    },
    initialiseS: input.labelsPerS === undefined ? undefined : added / 16 / input.labelsPerS || 0,
    effective:
      kind === 'grow'
        ? [effective(first, from), effective(first + 1, to)]
        : [effective(first, Math.min(from, to))],
    newNonceChance: newNonceChance(
      from * (input.labelsPerUnit ?? mainnetPost.labelsPerUnit),
      to * (input.labelsPerUnit ?? mainnetPost.labelsPerUnit),
    ),
    belowMinimum: to < (input.minNumUnits ?? mainnetPost.minNumUnits),
  };
}

/**
 * Chance that another VRF nonce is needed after a change of size. The nonce is the smallest label of the old data; it
 * stays valid while that label is below the new threshold, 8 in `toLabels`. Where no label of the old data was below the
 * old threshold, 8 in `fromLabels`, the search went on beyond them and took one that is: anywhere below it. A smaller
 * size has a higher threshold, and an index beyond the data is accepted: nothing changes (Go post shared.PowDifficulty,
 * initialization.go; post-rs src/verification.rs).
 */
export function newNonceChance(fromLabels: number, toLabels: number): number {
  if (toLabels <= fromLabels) return 0;
  const noneBelow = (threshold: number): number =>
    threshold >= 1 ? 0 : Math.exp(fromLabels * Math.log1p(-threshold));
  const [oldThreshold, newThreshold] = [8 / fromLabels, 8 / toLabels];
  const beyond = noneBelow(oldThreshold);
  return noneBelow(newThreshold) - beyond + beyond * (1 - fromLabels / toLabels);
}
