/**
 * The rounded operations by themselves, for the tests that compare them with a rational oracle.
 * `at` holds x, y and the result: three pairs of doubles, 16 bytes each.
 */
import { add, sub, mul, div, sqrt, Nearest, Down, Up, TowardZero } from './rounding';

function apply<M>(operation: i32, at: usize): void {
  const x = v128.load(at);
  const y = v128.load(at, 16);
  let result: v128;
  if (operation == 0) result = add<M>(x, y);
  else if (operation == 1) result = sub<M>(x, y);
  else if (operation == 2) result = mul<M>(x, y);
  else if (operation == 3) result = div<M>(x, y);
  else result = sqrt<M>(x);
  v128.store(at, result, 32);
}

/** operation: 0 add, 1 subtract, 2 multiply, 3 divide, 4 square root; mode: fprc. */
export function round(operation: i32, mode: i32, at: usize): void {
  if (mode == 0) apply<Nearest>(operation, at);
  else if (mode == 1) apply<Down>(operation, at);
  else if (mode == 2) apply<Up>(operation, at);
  else apply<TowardZero>(operation, at);
}
