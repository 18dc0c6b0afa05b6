/**
 * The neighbours of a layout of few identities: other nonces or another size of one identity, units moved between two,
 * another order, another drive, an identity more or less. Identities that exist keep their sizes, and those with a drive
 * keep that too.
 */
import {
  mostPerDrive,
  type FarmContext,
  type LaidOut,
  type Layout,
  type Setup,
} from './farm-context';

/** Layouts with more identities are not changed one by one. */
export const fewIdentities = 10;

const mostNonces = 512;
const nonceSteps = [16, -16, 48, -48, 128] as const;
/** Of the size of an identity; a step is one unit at least. */
const sizeShares = [0.04, 0.2] as const;
/** Of the nonces of an identity, for the parts of one that is divided. */
const dividedNonces = [1, 0.6] as const;

/** The same, and steps of nonces, for two changes together. */
const pairedShare = 0.05;
const pairedNonces = [16, -16, 32, -32] as const;

export interface MoveLimits {
  readonly identitiesPerDrive: number;
  /** With changes of two identities together. */
  readonly isLong: boolean;
}

interface Edit {
  readonly place: At;
  readonly nonces: number;
  readonly units: number;
}

/** A place in a layout. */
interface At {
  readonly drive: number;
  readonly at: number;
}

/** In the order of what they promise. Each fits its drives, and is made when it is asked for. */
export function* movesOf(
  context: FarmContext,
  setup: Setup,
  layout: Layout,
  { identitiesPerDrive, isLong }: MoveLimits,
): Generator<Layout> {
  const places = layout.flatMap((on, drive) => on.map((_, at): At => ({ drive, at })));
  for (const place of places) yield* otherNonces(layout, place);
  if (setup.given) {
    yield* otherPlaces(context, setup, layout, places);
    if (isLong) for (const both of pairs(layout, places, false)) yield both;
    return;
  }
  const fits = fitsOf(context, setup, identitiesPerDrive);
  for (const moved of newSizes(context, setup, layout, places)) if (fits(moved)) yield moved;
  yield* newOrders(layout);
  if (isLong) for (const both of pairs(layout, places, true)) if (fits(both)) yield both;
}

/** Two small changes together: each alone may lose, as a larger identity does with the nonces of the smaller one. */
function* pairs(layout: Layout, places: readonly At[], maySize: boolean): Generator<Layout> {
  const edits = places.flatMap((place): Edit[] => {
    const step = Math.max(1, Math.round(identityAt(layout, place).numUnits * pairedShare));
    const nonces = pairedNonces.map((by) => ({ place, nonces: by, units: 0 }));
    return maySize
      ? [...nonces, ...[step, -step].map((by) => ({ place, nonces: 0, units: by }))]
      : nonces;
  });
  const apply = (to: Layout, { place, nonces, units }: Edit): Layout => {
    const identity = identityAt(to, place);
    return withIdentity(to, place, [
      { numUnits: identity.numUnits + units, nonces: clampNonces(identity.nonces + nonces) },
    ]);
  };
  for (const [i, first] of edits.entries())
    for (const second of edits.slice(i + 1)) {
      const isUndone =
        first.place === second.place &&
        first.nonces + second.nonces + first.units + second.units === 0;
      if (!isUndone) yield apply(apply(layout, first), second);
    }
}

/** With another identity, or without, where this is none. */
const withIdentity = (
  layout: Layout,
  { drive, at }: At,
  identities: readonly LaidOut[],
  removed = 1,
): Layout => layout.map((on, d) => (d === drive ? on.toSpliced(at, removed, ...identities) : on));

const clampNonces = (nonces: number): number =>
  Math.min(mostNonces, Math.max(16, Math.round(nonces / 16) * 16));

const identityAt = (layout: Layout, { drive, at }: At): LaidOut =>
  layout[drive]?.[at] ?? { numUnits: 0, nonces: 16 };

function* otherNonces(layout: Layout, place: At): Generator<Layout> {
  const identity = identityAt(layout, place);
  for (const step of nonceSteps) {
    const nonces = clampNonces(identity.nonces + step);
    if (nonces !== identity.nonces) yield withIdentity(layout, place, [{ ...identity, nonces }]);
  }
}

/** Whether a layout has the space, and identities of the sizes and the number that are allowed. */
function fitsOf(
  { capacity, smallest, input }: FarmContext,
  { drives }: Setup,
  identitiesPerDrive: number,
): (layout: Layout) => boolean {
  const largest = input.maxUnitsPerIdentity ?? Infinity;
  return (layout) =>
    mostPerDrive(layout) <= identitiesPerDrive &&
    layout.every(
      (on, d) =>
        on.every(({ numUnits }) => numUnits >= smallest && numUnits <= largest) &&
        on.reduce((sum, { numUnits }) => sum + numUnits, 0) <=
          (capacity.get(drives[d]?.name ?? '') ?? 0),
    );
}

function* newSizes(
  { capacity, smallest }: FarmContext,
  { drives }: Setup,
  layout: Layout,
  places: readonly At[],
): Generator<Layout> {
  const resized = (place: At, by: number): Layout => {
    const identity = identityAt(layout, place);
    return withIdentity(layout, place, [{ ...identity, numUnits: identity.numUnits + by }]);
  };
  for (const place of places) {
    const { numUnits } = identityAt(layout, place);
    for (const step of stepsOf(numUnits))
      for (const sign of [1, -1]) yield resized(place, sign * step);
  }
  for (const [drive, on] of layout.entries()) {
    const free =
      (capacity.get(drives[drive]?.name ?? '') ?? 0) -
      on.reduce((sum, { numUnits }) => sum + numUnits, 0);
    for (const [at, identity] of on.entries()) {
      const place = { drive, at };
      if (free > 0) yield resized(place, free);
      for (const [to, other] of on.entries()) {
        if (to === at) continue;
        for (const step of stepsOf(identity.numUnits))
          yield withIdentity(
            withIdentity(layout, place, [{ ...identity, numUnits: identity.numUnits - step }]),
            { drive, at: to },
            [{ ...other, numUnits: other.numUnits + step }],
          );
      }
      yield* divided(layout, place, 0);
      if (free > 0) yield* divided(layout, place, free);
      yield withIdentity(layout, place, []);
      const next = on[at + 1];
      if (next)
        yield withIdentity(
          layout,
          place,
          [
            {
              numUnits: identity.numUnits + next.numUnits,
              nonces: Math.max(identity.nonces, next.nonces),
            },
          ],
          2,
        );
    }
    const [nonces = 32] = [...on, ...layout.flat()].map((identity) => identity.nonces);
    for (const numUnits of new Set([smallest, Math.floor(free / 2), free]))
      for (const at of new Set([on.length, 0]))
        yield withIdentity(layout, { drive, at }, [{ numUnits, nonces }], 0);
  }
}

const stepsOf = (numUnits: number): readonly number[] => [
  ...new Set([1, ...sizeShares.map((share) => Math.max(1, Math.round(numUnits * share)))]),
];

/** One identity as two, alike or a larger and a smaller one. */
function* divided(layout: Layout, place: At, more: number): Generator<Layout> {
  const { nonces, ...identity } = identityAt(layout, place);
  const numUnits = identity.numUnits + more;
  for (const share of [0.5, 0.65])
    for (const factor of dividedNonces) {
      const first = Math.ceil(numUnits * share);
      yield withIdentity(layout, place, [
        { numUnits: first, nonces: clampNonces(nonces * factor) },
        { numUnits: numUnits - first, nonces: clampNonces(nonces * factor) },
      ]);
    }
}

/** Two identities of a drive exchanged. */
function* newOrders(layout: Layout): Generator<Layout> {
  for (const [drive, on] of layout.entries())
    for (let at = 0; at < on.length; at++)
      for (let to = at + 1; to < on.length; to++) {
        const [a, b] = [identityAt(layout, { drive, at }), identityAt(layout, { drive, at: to })];
        if (a.numUnits === b.numUnits && a.nonces === b.nonces) continue;
        yield withIdentity(withIdentity(layout, { drive, at }, [b]), { drive, at: to }, [a]);
      }
}

/** Given identities in another order, on another drive, or two of them exchanged. */
function* otherPlaces(
  { capacity }: FarmContext,
  { drives, given }: Setup,
  layout: Layout,
  places: readonly At[],
): Generator<Layout> {
  yield* newOrders(layout);
  const fixed = (given ?? []).map((on) =>
    on.filter(({ drive }) => drive !== undefined).map(({ numUnits }) => numUnits),
  );
  const fits = (moved: Layout): boolean =>
    moved.every((on, d) => {
      const sizes = on.map(({ numUnits }) => numUnits);
      const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
      const space = Math.max(capacity.get(drives[d]?.name ?? '') ?? 0, sum(fixed[d] ?? []));
      return sum(sizes) <= space && hasAll(sizes, fixed[d] ?? []);
    });
  for (const from of places) {
    const identity = identityAt(layout, from);
    const without = withIdentity(layout, from, []);
    for (const [drive, on] of without.entries())
      for (let at = 0; at <= on.length; at++) {
        if (drive === from.drive) continue;
        const moved = withIdentity(without, { drive, at }, [identity], 0);
        if (fits(moved)) yield moved;
      }
  }
  for (const [i, from] of places.entries())
    for (const to of places.slice(i + 1)) {
      if (to.drive === from.drive) continue;
      const exchanged = withIdentity(withIdentity(layout, from, [identityAt(layout, to)]), to, [
        identityAt(layout, from),
      ]);
      if (fits(exchanged)) yield exchanged;
    }
}

/** Whether a list has each of some numbers as often as they have it. */
function hasAll(numbers: readonly number[], wanted: readonly number[]): boolean {
  const left = [...numbers];
  return wanted.every((number) => {
    const at = left.indexOf(number);
    if (at < 0) return false;
    left.splice(at, 1);
    return true;
  });
}
