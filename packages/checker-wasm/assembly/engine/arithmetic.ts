// Division that cannot trap. Rules see any 32-bit value in any field; a divisor below 1 has been reported before.

/** Whether `b` leaves a rest of `a`, as C's a % b != 0; false for a divisor below 1. Most divisors are powers of two. */
// @ts-expect-error: decorator
@inline
export function leavesRest(a: i32, b: i32): bool {
  const below = b - 1;
  return (b & below) == 0 ? ((b > 0) & ((a & below) != 0)) : b > 0 && a % b != 0;
}

/** a / b as C computes it; 0 for a divisor below 1. */
// @ts-expect-error: decorator
@inline
export function div(a: i32, b: i32): i32 {
  return b == 1 ? a : b > 0 ? a / b : 0;
}

/** Whether `part` leaves a rest of `whole`; false where either is below 1, and so an error of its own. */
// @ts-expect-error: decorator
@inline
export function uneven(whole: i32, part: i32): bool {
  return (whole > 0) & leavesRest(whole, part);
}

/** ⌈a / b⌉ for a positive b, without wrapping. */
// @ts-expect-error: decorator
@inline
export function ceilDiv(a: i64, b: i64): i64 {
  return (a + b - 1) / b;
}

/** The smallest multiple of `step` that is not below `value`; may leave 32 bits. */
// @ts-expect-error: decorator
@inline
export function roundUp(value: i32, step: i32): i64 {
  return ceilDiv(value, step) * step;
}

export function lcm(a: i32, b: i32): i64 {
  let x = a;
  let y = b;
  while (y != 0) {
    const rest = x % y;
    x = y;
    y = rest;
  }
  return (<i64>a / x) * b;
}
