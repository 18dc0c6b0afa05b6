/**
 * The five operations of RandomX floating point (specs.md 5.3) in the four IEEE 754 rounding modes,
 * two doubles at a time. WebAssembly rounds to nearest only; the exact error of the rounded result
 * (an error-free transform) tells on which side of the true value it is, and so whether the wanted
 * result is it or its neighbour.
 *
 * The mode is a type parameter, so that each mode compiles to its own straight code: its size is
 * 1 byte for nearest, 2 towards -infinity, 4 towards +infinity, 8 towards zero (fprc 0, 1, 2, 3).
 *
 * Operands are as RandomX has them: no NaN, no subnormals; a product, quotient or root is positive
 * and may be or become infinite; sums stay far from overflow (specs.md 4.3).
 */

export type Nearest = u8;
export type Down = u16;
export type Up = u32;
export type TowardZero = u64;

const SIGN = i64x2.splat(i64.MIN_VALUE);
const MANTISSA = i64x2.splat(0x000fffffffffffff);
const EXPONENT = i64x2.splat(0x7ff0000000000000);
const ONE = i64x2.splat(0x3ff0000000000000);
const TWO_BIASES = i64x2.splat(0x7fe0000000000000);
const ZERO = i64x2.splat(0);

/**
 * Whether the operations below are what they say on this processor. Relaxed SIMD leaves it open whether a
 * multiply-add rounds once or twice; only the former gives the exact error.
 */
export function isExact(): bool {
  if (!ASC_FEATURE_RELAXED_SIMD) return true;
  // (1 + 2^-30)^2 = 1 + 2^-29 + 2^-60: the last term is what rounding loses.
  const x = f64x2.splat(1.0 + 1.0 / 1073741824.0);
  const error = f64x2.relaxed_madd(x, x, v128.xor(f64x2.mul(x, x), SIGN));
  return f64x2.extract_lane(error, 0) == 1.0 / 1152921504606846976.0;
}

/** x + y. */
export function add<M>(x: v128, y: v128): v128 {
  const sum = f64x2.add(x, y);
  if (sizeof<M>() == 1) return sum;
  if (sizeof<M>() == 2) {
    // -(-x + -y) rounded up: so an exact cancellation gives -0, as it must in this mode.
    return v128.xor(add<Up>(v128.xor(x, SIGN), v128.xor(y, SIGN)), SIGN);
  }
  // Knuth's TwoSum: sum + error is exactly x + y.
  const yRounded = f64x2.sub(sum, x);
  const error = f64x2.add(f64x2.sub(x, f64x2.sub(sum, yRounded)), f64x2.sub(y, yRounded));
  if (sizeof<M>() == 4) {
    // One step towards +infinity adds 1 to the bits of a positive number, takes 1 off a negative one.
    const short = f64x2.gt(error, ZERO);
    const negative = f64x2.lt(sum, ZERO);
    return i64x2.sub(sum, i64x2.sub(v128.xor(short, negative), negative));
  }
  const tooFar = f64x2.lt(v128.xor(error, v128.and(sum, SIGN)), ZERO);
  return i64x2.add(sum, tooFar);
}

/** x - y: the same as x + (-y) in every mode, signs of zero included. */
export function sub<M>(x: v128, y: v128): v128 {
  if (sizeof<M>() == 1) return f64x2.sub(x, y);
  return add<M>(x, v128.xor(y, SIGN));
}

/** x * y for positive x and y; x may be infinite. */
export function mul<M>(x: v128, y: v128): v128 {
  const product = f64x2.mul(x, y);
  if (sizeof<M>() == 1) return product;
  if (ASC_FEATURE_RELAXED_SIMD) {
    return step<M>(product, f64x2.relaxed_madd(x, y, v128.xor(product, SIGN)));
  }
  const mx = significand(x);
  const my = significand(y);
  const error = productError(mx, my, f64x2.mul(mx, my));
  return stepGuarded<M>(product, error, x);
}

/** x / y for positive x and y; x may be infinite. */
export function div<M>(x: v128, y: v128): v128 {
  const quotient = f64x2.div(x, y);
  if (sizeof<M>() == 1) return quotient;
  return step2<M>(x, quotient, y);
}

/** Square root of a positive x, which may be infinite. */
export function sqrt<M>(x: v128): v128 {
  const root = f64x2.sqrt(x);
  if (sizeof<M>() == 1) return root;
  return step2<M>(x, root, root);
}

/** Rounds `result`, for which result * factor should be x. */
function step2<M>(x: v128, result: v128, factor: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) {
    return step<M>(result, f64x2.relaxed_nmadd(result, factor, x));
  }
  const m1 = significand(result);
  const m2 = significand(factor);
  const product = f64x2.mul(m1, m2);
  // x divided by the powers of two that the significands left out: within [1/2, 8), close to product.
  const exponents = i64x2.add(v128.and(result, EXPONENT), v128.and(factor, EXPONENT));
  const scaled = i64x2.add(i64x2.sub(x, exponents), TWO_BIASES);
  const residual = f64x2.sub(f64x2.sub(scaled, product), productError(m1, m2, product));
  return stepGuarded<M>(result, residual, x);
}

/**
 * Moves a positive result to its neighbour if the error (true value - result) asks for it. A fused
 * error also settles overflow: a finite true value less infinity is -infinity, so that rounding down
 * makes it the largest double; what was infinite before has error NaN and stays.
 */
function step<M>(result: v128, error: v128): v128 {
  return sizeof<M>() == 4
    ? i64x2.sub(result, f64x2.gt(error, ZERO))
    : i64x2.add(result, f64x2.lt(error, ZERO));
}

/** `step` where the error is of the significands alone and knows nothing of overflow. */
function stepGuarded<M>(result: v128, error: v128, x: v128): v128 {
  const infinite = f64x2.eq(result, EXPONENT);
  if (sizeof<M>() == 4) {
    return i64x2.sub(result, v128.andnot(f64x2.gt(error, ZERO), infinite));
  }
  const overflowed = v128.and(infinite, f64x2.ne(x, EXPONENT));
  const finite = v128.andnot(f64x2.lt(error, ZERO), infinite);
  return i64x2.add(result, v128.or(finite, overflowed));
}

function significand(x: v128): v128 {
  return v128.or(v128.and(x, MANTISSA), ONE);
}

/** x with its significand rounded to 26 bits, so that the rest is exact in 26 bits too. */
function head(x: v128): v128 {
  return v128.and(i64x2.add(x, i64x2.splat(0x4000000)), i64x2.splat(~0x7ffffff));
}

/** Dekker: exactly x * y - product, for x and y in [1, 2) and product = x * y rounded to nearest. */
function productError(x: v128, y: v128, product: v128): v128 {
  const xHead = head(x);
  const yHead = head(y);
  const xTail = f64x2.sub(x, xHead);
  const yTail = f64x2.sub(y, yHead);
  const heads = f64x2.sub(f64x2.mul(xHead, yHead), product);
  const cross = f64x2.add(f64x2.add(heads, f64x2.mul(xHead, yTail)), f64x2.mul(xTail, yHead));
  return f64x2.add(cross, f64x2.mul(xTail, yTail));
}
