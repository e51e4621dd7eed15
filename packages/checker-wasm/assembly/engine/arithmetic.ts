// Divisors are sizes that have been found to be above zero, or stand-ins for those that are not.

/** Whether `b` leaves a rest of `a`, as C's a % b != 0. */
// @ts-expect-error: decorator
@inline
export function leavesRest(a: i32, b: i32): bool {
  return a % b != 0;
}

/** ⌈a / b⌉ for a positive b, without wrapping. */
// @ts-expect-error: decorator
@inline
export function ceilDiv(a: i64, b: i64): i64 {
  return (a + b - 1) / b;
}

/** The smallest multiple of `step`, a power of two, that is not below `value`; may leave 32 bits. */
// @ts-expect-error: decorator
@inline
export function roundUp(value: i32, step: i32): i64 {
  return (<i64>value + (step - 1)) & -(<i64>step);
}

/** The least common multiple of a size and a power of two; may leave 32 bits. */
// @ts-expect-error: decorator
@inline
export function lcm(size: i32, power: i32): i64 {
  return <i64>size << max(0, ctz(power) - ctz(size));
}
