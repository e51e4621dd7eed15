import assert from 'node:assert/strict';
import { randomFillSync } from 'node:crypto';

/** Random bytes. */
export function randomBytes(length) {
  return randomFillSync(new Uint8Array(length));
}

/** Asserts that `body` throws a CudaError of a name, and returns it. */
export function assertCudaError(launcher, name, body) {
  try {
    body();
  } catch (error) {
    assert.ok(error instanceof launcher.CudaError, `expected ${name}, but got ${error}`);
    assert.equal(error.name, name, error.message);
    return error;
  }
  return assert.fail(`expected ${name}, but the call succeeded`);
}

/** The name of the CudaError that `body` throws, or "accepted". */
export function outcome(launcher, body) {
  try {
    body();
    return 'accepted';
  } catch (error) {
    if (error instanceof launcher.CudaError) return error.name;
    throw error;
  }
}

/** Asserts equality of bytes without printing megabytes. */
export function assertSameBytes(actual, expected, what) {
  const same = Buffer.compare(actual, expected) === 0;
  const at = same ? -1 : actual.findIndex((byte, i) => byte !== expected[i]);
  assert.ok(same, `${what}: byte ${at} of ${expected.length} is ${actual[at]}, not ${expected[at]}`);
}
