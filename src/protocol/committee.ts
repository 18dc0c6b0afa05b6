/**
 * Seats in a Hare committee as the node counts them: go-spacemesh hare3/eligibility/oracle.go (v1.7.6) over the
 * fixed-point arithmetic of spacemeshos/fixed v0.1.2. Its roundings are repeated step by step, because the last bit can
 * decide a seat. A number is a sign and a magnitude below 2^127, of which 56 bits are the fraction.
 */
import { WorkbenchError } from '../base/error';

interface Fixed {
  readonly magnitude: bigint;
  readonly isNegative: boolean;
}

const fixedPointBits = 56n;
const fixedOne = 1n << fixedPointBits;
const half = fixedOne >> 1n;
const limit = 1n << 127n;
const ln2 = 0xb17217f7d1cf78n;
const log2E = 0x171547652b82fe0n;
/** Larger weights overflow in the node's sums. */
const maxWeight = 1n << 30n;

const overflow = (): WorkbenchError =>
  new WorkbenchError(
    'committee-overflow',
    'The weight is too large for the node’s arithmetic, so the seats cannot be calculated. Check the weights of the ATXs.',
  );

function fromMagnitude(magnitude: bigint, isNegative = false): Fixed {
  if (magnitude >= limit) throw overflow();
  return { magnitude, isNegative };
}

const absolute = (value: bigint): bigint => (value < 0n ? -value : value);
/** Of a number that already counts in 2^-56. */
const fromRaw = (raw: bigint): Fixed => fromMagnitude(absolute(raw), raw < 0n);
const fromInteger = (value: bigint): Fixed =>
  fromMagnitude(absolute(value) << fixedPointBits, value < 0n);
const one = fromRaw(fixedOne);

/** As a signed number of 64 bits in 2^-56. */
function toRaw({ magnitude, isNegative }: Fixed): bigint {
  if (magnitude >> 63n !== 0n) throw overflow();
  return isNegative ? -magnitude : magnitude;
}

/** The node compares the bits, with the sign as the highest: negative numbers are the largest. */
const bitsOf = ({ magnitude, isNegative }: Fixed): bigint =>
  isNegative ? magnitude | limit : magnitude;

const negate = ({ magnitude, isNegative }: Fixed): Fixed => ({
  magnitude,
  isNegative: !isNegative,
});

const subtractMagnitudes = (a: bigint, b: bigint): Fixed =>
  a < b ? fromMagnitude(b - a, true) : fromMagnitude(a - b);

function add(a: Fixed, b: Fixed): Fixed {
  if (a.isNegative === b.isNegative) return fromMagnitude(a.magnitude + b.magnitude, a.isNegative);
  return b.isNegative
    ? subtractMagnitudes(a.magnitude, b.magnitude)
    : subtractMagnitudes(b.magnitude, a.magnitude);
}

const subtract = (a: Fixed, b: Fixed): Fixed => add(a, negate(b));

const multiply = (a: Fixed, b: Fixed): Fixed =>
  fromMagnitude((a.magnitude * b.magnitude) >> fixedPointBits, a.isNegative !== b.isNegative);

const divide = (a: Fixed, b: Fixed): Fixed =>
  fromMagnitude(divideMagnitudes(a.magnitude, b.magnitude), a.isNegative !== b.isNegative);

const invert = (value: Fixed): Fixed => divide(one, value);

const word = (value: bigint): bigint => BigInt.asUintN(64, value);
const bitLength = (value: bigint): number => (value === 0n ? 0 : value.toString(2).length);

/** Quotient and remainder of 128 bits by 128 bits; with more than 64 in the divisor it may be one too low. */
function divideWide(a: bigint, b: bigint): readonly [bigint, bigint] {
  if (b === 0n) throw overflow();
  const high = b >> 64n;
  if (high === 0n) return [a / b, a % b];
  const shift = BigInt(64 - bitLength(high));
  const leading = word((b << shift) >> 64n);
  if (a >> 64n >= leading) throw overflow();
  const estimate = (a / leading) >> (64n - shift);
  const quotient = estimate === 0n ? 0n : estimate - 1n;
  const rest = a - b * quotient;
  return rest > b ? [quotient + 1n, rest - b] : [quotient, rest];
}

function divideMagnitudes(a: bigint, b: bigint): bigint {
  if (a >> 71n === 0n) return divideWide(a << fixedPointBits, b)[0];
  const [whole, rest] = divideWide(a, b);
  if (whole << fixedPointBits >= limit) throw overflow();
  const freeBits = BigInt(63 - bitLength(rest >> 64n));
  const shift = freeBits < fixedPointBits ? freeBits : fixedPointBits;
  const divisor = b >> (fixedPointBits - shift);
  const [fraction] = divideWide(rest << shift, divisor);
  return (whole << fixedPointBits) + fraction;
}

/** Product of two raw numbers, rounded to the nearest. */
function multiplyRaw(a: bigint, b: bigint): bigint {
  const product = BigInt.asUintN(128, a * b + half);
  if (product >> 127n !== ((product >> 119n) & 1n)) throw overflow();
  return BigInt.asIntN(64, product >> fixedPointBits);
}

/** Product of two raw numbers that are not negative, rounded down. */
const multiplyDown = (a: bigint, b: bigint): bigint =>
  BigInt.asIntN(64, (word(a) * word(b)) >> fixedPointBits);

/** log2 of `value / 2^fractionBits`, digit by digit, as a raw number. */
function log2Raw(value: bigint, fractionBits: number): bigint {
  if (value <= 0n) throw overflow();
  const length = bitLength(value);
  let log = BigInt(length - fractionBits - 1) << fixedPointBits;
  if (value === 1n << BigInt(fractionBits)) return 0n;
  let power = word(value << BigInt(64 - length)) >> 1n;
  for (let digit = half; digit > 0n; digit >>= 1n) {
    power = word((power * power) >> 62n);
    if (power >> 63n !== 0n) {
      power >>= 1n;
      log += digit;
    }
  }
  return log;
}

const logRaw = (raw: bigint): bigint => multiplyRaw(log2Raw(raw, Number(fixedPointBits)), ln2);
const logOfInteger = (value: bigint): bigint => multiplyRaw(log2Raw(value, 0), ln2);

/** The coefficients of 1/x, 1/x^3, … in Stirling's series, from the last one, as raw numbers. */
const stirling = [
  -0x6ae2742e790fn,
  0x36cf7499b5abn,
  -0x270197181fcen,
  0x34033f319e71n,
  -0xb60b60b58172n,
  0x1555555555553bn,
] as const;
const halfLog2Pi = 0x6b3f8e4325f5a4n;

function logGamma(x: bigint): Fixed {
  if (x <= 0n) throw overflow();
  if (x <= 2n) return fromRaw(0n);
  if (x < 8n) {
    let factorial = 1n;
    for (let factor = x - 1n; factor >= 2n; factor--) factorial *= factor;
    return fromRaw(logOfInteger(factorial));
  }
  const inverse = fixedOne / x + ((fixedOne % x) << 1n) / x;
  const square = multiplyRaw(inverse, inverse);
  const series = stirling.reduce((sum, coefficient) => coefficient + multiplyRaw(square, sum), 0n);
  return add(
    multiply(subtract(fromInteger(x), fromRaw(half)), fromRaw(logOfInteger(x) - fixedOne)),
    fromRaw(halfLog2Pi + multiplyRaw(inverse, series)),
  );
}

/** 1/2!, 1/3!, … 1/14! as raw numbers. */
const inverseFactorials: readonly bigint[] = Array.from(
  { length: 13 },
  (_, i) =>
    fixedOne / Array.from({ length: i + 2 }, (_, j) => BigInt(j + 1)).reduce((a, b) => a * b),
);

function exponential(x: Fixed): Fixed {
  if (x.isNegative && x.magnitude >> fixedPointBits > 38n) return fromRaw(0n);
  const raw = toRaw(x);
  const size = absolute(raw);
  const doublings = multiplyDown(size, log2E) >> fixedPointBits;
  const rest = size - multiplyDown(doublings << fixedPointBits, ln2);
  let sum = fixedOne + rest;
  let power = rest;
  for (const inverse of inverseFactorials) {
    power = multiplyDown(power, rest);
    sum += multiplyDown(power, inverse);
  }
  return raw < 0n
    ? fromMagnitude(invert(fromRaw(sum)).magnitude >> doublings)
    : fromMagnitude(sum << doublings);
}

/** 1e-14, converted from the nearest double. */
const epsilon = 720n;
const maxSteps = 300n;

const notZero = (value: Fixed): Fixed => (value.magnitude === 0n ? fromRaw(1n) : value);

/** The continued fraction of the incomplete beta function. */
function betaFraction(x: Fixed, a: bigint, b: bigint): Fixed {
  let c = one;
  let d = invert(
    notZero(subtract(one, divide(multiply(x, fromInteger(a + b)), fromInteger(a + 1n)))),
  );
  let fraction = d;
  const step = (numerator: Fixed): void => {
    d = invert(notZero(add(multiply(numerator, d), one)));
    c = notZero(add(divide(numerator, c), one));
  };
  for (let m = 1n; m < maxSteps; m++) {
    const even = a + m + m;
    step(divide(multiply(x, fromInteger(m * (b - m))), fromInteger((even - 1n) * even)));
    fraction = multiply(multiply(fraction, d), c);
    step(divide(multiply(fromInteger((-a - m) * (a + b + m)), x), fromInteger(even * (even + 1n))));
    const change = multiply(d, c);
    fraction = multiply(fraction, change);
    if (bitsOf(subtract(change, one)) < epsilon) break;
  }
  return fraction;
}

/** The regularized incomplete beta function. @param x raw */
function incompleteBeta(a: bigint, b: bigint, x: bigint): Fixed {
  if (a > maxWeight || b > maxWeight || x < 0n || x > fixedOne) throw overflow();
  const times = (raw: bigint, count: bigint): Fixed =>
    multiply(fromRaw(logRaw(raw)), fromInteger(count));
  const density =
    x > 0n && x < fixedOne
      ? exponential(
          add(
            add(subtract(subtract(logGamma(a + b), logGamma(a)), logGamma(b)), times(x, a)),
            times(fixedOne - x, b),
          ),
        )
      : fromRaw(0n);
  const part = (raw: bigint, first: bigint, second: bigint): Fixed =>
    density.magnitude === 0n
      ? density
      : divide(multiply(density, betaFraction(fromRaw(raw), first, second)), fromInteger(first));
  return x > toRaw(divide(fromInteger(a + 1n), fromInteger(a + b + 2n)))
    ? subtract(one, part(fixedOne - x, b, a))
    : part(x, a, b);
}

export interface Committee {
  /** Of the member's ATX. */
  readonly weight: bigint;
  /** Of the active set. */
  readonly totalWeight: bigint;
  /** Seats expected. */
  readonly size: number;
}

/** The node's numbers for a member: how many trials, and the probability of each, as a raw number. */
function trialsOf({ weight, totalWeight, size }: Committee): { trials: bigint; chance: bigint } {
  const seats = BigInt(size);
  // Fewer units of weight than seats: the node splits each unit into one part per seat.
  const scale = seats > totalWeight ? seats : 1n;
  const trials = weight * scale;
  const total = totalWeight * scale;
  if (trials > maxWeight || total <= 0n || seats <= 0n) throw overflow();
  const chance = divideMagnitudes(seats << fixedPointBits, total << fixedPointBits);
  return { trials, chance: toRaw(fromMagnitude(chance)) };
}

/**
 * The probability of at most `seats` seats, as the node's 128 bits.
 * @throws WorkbenchError `committee-overflow` where the node's arithmetic overflows
 */
export function seatDistribution(committee: Committee, seats: number): bigint {
  const { trials, chance } = trialsOf(committee);
  const most = BigInt(seats);
  if (most < 0n) return 0n;
  if (most >= trials) return fixedOne;
  return bitsOf(incompleteBeta(trials - most, most + 1n, fixedOne - chance));
}

/**
 * Whether a VRF proof draws this number of seats: its head, as a fraction, is at least the probability of fewer seats
 * and below that of this number. Does not verify the proof.
 * @throws WorkbenchError `committee-overflow`
 */
export function drawsSeats(committee: Committee, vrfSignature: Uint8Array, seats: number): boolean {
  const view = new DataView(vrfSignature.buffer, vrfSignature.byteOffset);
  const drawn = view.getBigUint64(0, true) & (fixedOne - 1n);
  return (
    seatDistribution(committee, seats - 1) <= drawn && drawn < seatDistribution(committee, seats)
  );
}
