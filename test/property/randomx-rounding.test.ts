/**
 * The four rounding modes against exact arithmetic: every operand is a rational number, every result is
 * rounded by comparing integers. Cases lean to where rounding is hard: results next to a double, ties,
 * results on either side of a power of two, overflow, cancellation, zeros of both signs.
 */
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { compileBuild } from '../vectors/randomx-engine';

const modes = ['nearest', 'down', 'up', 'towardZero'] as const;
type Mode = (typeof modes)[number];
const operations = ['add', 'subtract', 'multiply', 'divide', 'root'] as const;
type Operation = (typeof operations)[number];

const scratch = new DataView(new ArrayBuffer(8));
function bitsOf(x: number): bigint {
  scratch.setFloat64(0, x);
  return scratch.getBigUint64(0);
}
function fromBits(bits: bigint): number {
  scratch.setBigUint64(0, bits);
  return scratch.getFloat64(0);
}

/** |x| = significand * 2^exponent. */
function split(x: number): { negative: boolean; significand: bigint; exponent: number } {
  const bits = bitsOf(x);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & ((1n << 52n) - 1n);
  return {
    negative: bits >> 63n === 1n,
    significand: biased === 0 ? fraction : fraction | (1n << 52n),
    exponent: Math.max(biased, 1) - 1075,
  };
}

const bitLength = (x: bigint): number => x.toString(2).length;
const largest = Number.MAX_VALUE;

/**
 * Rounds ±(significand * 2^exponent + something), where the something is less than one unit of the
 * significand and not zero if `inexact`. The significand has at least 55 bits, or is exact.
 */
function roundTo(
  mode: Mode,
  negative: boolean,
  significand: bigint,
  exponent: number,
  inexact: boolean,
): number {
  const drop = Math.max(0, bitLength(significand) - 53);
  let kept = significand >> BigInt(drop);
  const rest = significand & ((1n << BigInt(drop)) - 1n);
  const half = drop > 0 ? 1n << BigInt(drop - 1) : 0n;
  const exact = rest === 0n && !inexact;
  const overHalf = drop > 0 && (rest > half || (rest === half && (inexact || (kept & 1n) === 1n)));
  const away =
    mode === 'nearest'
      ? overHalf
      : !exact && ((mode === 'down' && negative) || (mode === 'up' && !negative));
  if (away) kept += 1n;
  let power = exponent + drop;
  if (bitLength(kept) > 53) {
    kept >>= 1n;
    power += 1;
  }
  const magnitude =
    power + bitLength(kept) > 1024
      ? mode === 'nearest' || (mode === 'up' && !negative) || (mode === 'down' && negative)
        ? Infinity
        : largest
      : fromBits(
          (BigInt(power + bitLength(kept) - 1 + 1023) << 52n) |
            ((kept << BigInt(53 - bitLength(kept))) & ((1n << 52n) - 1n)),
        );
  return negative ? -magnitude : magnitude;
}

function oracle(operation: Operation, mode: Mode, x: number, y: number): number {
  if (x === Infinity) return Infinity;
  const a = split(x);
  const b = split(y);
  switch (operation) {
    case 'subtract':
      return oracle('add', mode, x, -y);
    case 'add': {
      const exponent = Math.min(a.exponent, b.exponent);
      const signed = ({ negative, significand, exponent: own }: typeof a): bigint =>
        (negative ? -1n : 1n) * (significand << BigInt(own - exponent));
      const sum = signed(a) + signed(b);
      if (sum === 0n) {
        // IEEE 754 6.3: like signs keep theirs; else +0, but -0 when rounding down.
        const negative =
          a.negative && b.negative ? true : a.negative !== b.negative && mode === 'down';
        return negative ? -0 : 0;
      }
      return roundTo(mode, sum < 0n, sum < 0n ? -sum : sum, exponent, false);
    }
    case 'multiply':
      return roundTo(mode, false, a.significand * b.significand, a.exponent + b.exponent, false);
    case 'divide': {
      const numerator = a.significand << 64n;
      const quotient = numerator / b.significand;
      const inexact = numerator % b.significand !== 0n;
      return roundTo(mode, false, quotient, a.exponent - b.exponent - 64, inexact);
    }
    case 'root': {
      const odd = Math.abs(a.exponent % 2);
      const radicand = a.significand << BigInt(70 - odd + 2 * odd);
      const root = integerRoot(radicand);
      return roundTo(mode, false, root, (a.exponent - 70 - odd) / 2, root * root !== radicand);
    }
  }
}

function integerRoot(n: bigint): bigint {
  let root = 1n << BigInt(Math.ceil(bitLength(n) / 2));
  for (;;) {
    const next = (root + n / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

let round: (operation: Operation, mode: Mode, x: number, y: number) => number;

beforeAll(async () => {
  const { exports } = await WebAssembly.instantiate(await compileBuild('randomx-rounding'));
  const { memory, round: call } = exports as unknown as {
    memory: WebAssembly.Memory;
    round: (operation: number, mode: number, at: number) => void;
  };
  const view = new DataView(memory.buffer);
  round = (operation, mode, x, y) => {
    // Both lanes: the case, and one that must not disturb it.
    [x, 4, y, 1].forEach((value, i) => view.setFloat64(1024 + 8 * i, value, true));
    call(operations.indexOf(operation), modes.indexOf(mode), 1024);
    expect(view.getFloat64(1024 + 40, true)).toBe([5, 3, 4, 4, 2][operations.indexOf(operation)]);
    return view.getFloat64(1024 + 32, true);
  };
});

const fraction = fc.oneof(
  fc.bigInt(0n, (1n << 52n) - 1n),
  fc.bigInt(0n, 15n),
  fc.bigInt(0n, 15n).map((i) => (1n << 52n) - 1n - i),
  fc.bigInt(0n, 51n).map((i) => 1n << i),
  fc.bigInt(0n, (1n << 26n) - 1n).map((i) => i << 26n),
);
const double = (leastExponent: number, mostExponent: number): fc.Arbitrary<number> =>
  fc
    .tuple(fraction, fc.integer({ min: leastExponent, max: mostExponent }))
    .map(([bits, exponent]) => fromBits((BigInt(exponent + 1023) << 52n) | bits));
const signed = (of: fc.Arbitrary<number>): fc.Arbitrary<number> =>
  fc.tuple(of, fc.boolean()).map(([x, negative]) => (negative ? -x : x));

/** specs.md 4.3 to 4.5: what each kind of register and operand can hold. */
const groupF = fc.oneof(
  signed(double(-12, 48)),
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  fc.constant(-0),
);
const groupA = double(0, 31);
const groupE = fc.oneof(double(-255, 2), double(900, 1023), fc.constant(Infinity));
const divisor = double(-255, 1);
const minusZeros = (x: number): string => (Object.is(x, -0) ? '-0' : String(x));

describe.each(modes)('rounding %s', (mode) => {
  const holds = (operation: Operation, x: number, y: number): void => {
    const got = round(operation, mode, x, y);
    if (!Object.is(got, oracle(operation, mode, x, y)))
      expect(`${operation}(${minusZeros(x)}, ${minusZeros(y)}) = ${minusZeros(got)}`).toBe(
        minusZeros(oracle(operation, mode, x, y)),
      );
  };
  const check = (
    operation: Operation,
    left: fc.Arbitrary<number>,
    right: fc.Arbitrary<number>,
  ): void => {
    fc.assert(
      fc.property(left, right, (x, y) => holds(operation, x, y)),
      { numRuns: 4000 },
    );
  };

  test('sums', () => check('add', groupF, fc.oneof(groupA, groupF)));
  test('differences', () => check('subtract', groupF, fc.oneof(groupA, groupF)));
  test('cancellation', () => {
    check('subtract', groupA, groupA);
    fc.assert(
      fc.property(groupF, (x) => {
        holds('subtract', x, x);
        holds('add', x, -x);
        holds('add', x, x);
        holds('add', 0, x);
      }),
    );
  });
  test('products', () => check('multiply', groupE, groupA));
  test('quotients', () => check('divide', groupE, divisor));
  test('roots', () => check('root', groupE, fc.constant(1)));

  test('products one unit from a double', () => {
    // For odd a, b = a^-1 mod 2^53 makes a * b end in 0…01 or, negated, in 1…1.
    fc.assert(
      fc.property(fraction, fc.boolean(), (bits, above) => {
        const a = bits | (1n << 52n) | 1n;
        let b = 1n;
        for (let i = 0; i < 6; i++) b = BigInt.asUintN(53, b * (2n - a * b));
        if (!above) b = BigInt.asUintN(53, -b);
        b |= 1n << 52n;
        holds('multiply', Number(a), Number(b) / 2 ** 40);
      }),
      { numRuns: 4000 },
    );
  });
  test('quotients and roots of exact products and their neighbours', () => {
    fc.assert(
      fc.property(double(-200, 0), groupA, fc.integer({ min: -2, max: 2 }), (x, y, steps) => {
        const product = fromBits(bitsOf(x * y) + BigInt(steps));
        holds('divide', product, x);
        holds('root', fromBits(bitsOf(x * x) + BigInt(steps)), 1);
      }),
      { numRuns: 4000 },
    );
  });
  test('overflow', () => {
    fc.assert(
      fc.property(double(1000, 1023), groupA, (x, y) => {
        holds('multiply', x, y);
        holds('divide', x, 1 / y);
      }),
      { numRuns: 2000 },
    );
  });
});
