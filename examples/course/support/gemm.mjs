import { tokensOf } from '@gemm-preflight/checker-wasm';
import { numberFormats } from '@gemm-preflight/launcher-native';

/** @import { Context, DeviceBuffer } from '@gemm-preflight/launcher-native' */
/** @import { LaunchPlan, Problem } from '@gemm-preflight/types' */

/**
 * A small layer of experts: for each, out = tokens · weightsᵀ, with 128 outputs and 128 elements to sum over.
 * @param {readonly number[]} tokensPerBatch tokens of each expert
 * @returns {Problem}
 */
export function problemWith(tokensPerBatch) {
  return {
    batchM: false,
    transposeMmaOutput: true,
    m: 128,
    n: 8,
    k: 128,
    tokensPerBatch,
    dtypeElt: 'E4m3',
    dtypeC: 'Bfloat16',
  };
}

// Operands are whole numbers, so small that every sum is exact in bf16. What is computed can be compared to the last bit.

/** An expert's weight, for output `row`. @type {(batch: number, row: number, i: number) => number} */
const weight = (batch, row, i) => ((row + i + batch) % 3) - 1;

/** An element of a token, which are numbered through all experts. @type {(token: number, i: number) => number} */
const activation = (token, i) => ((token + 2 * i) % 3) - 1;

/** @type {(values: Iterable<number>) => Uint8Array} */
const e4m3 = (values) => Uint8Array.from(values, (value) => numberFormats.encode('E4m3', value));

/**
 * Allocates the buffers of a plan and uploads operands. The output starts as NaN, so that what is not computed shows.
 * @param {Context} context
 * @param {LaunchPlan} plan
 */
export function uploadOperands(context, plan) {
  const { numBatches, m, k } = plan.options;
  const a = context.allocate(numBatches * m * k);
  a.copyFrom(
    e4m3(range(a.byteLength, (at) => weight(Math.floor(at / (m * k)), Math.floor(at / k) % m, at % k))),
  );

  const [rows, columns] = plan.outputShape;
  const b = context.allocate(rows * k);
  b.copyFrom(paddedTokens(plan));

  const c = context.allocate(rows * columns * 2);
  c.fill(0xff);
  return { a, b, c };
}

/**
 * The tokens as a kernel wants them, in E4m3: each expert's begin at a multiple of the tile. The rows between are padding, which
 * it does not read.
 * @param {LaunchPlan} plan
 * @param {number} [firstToken] the number of the first token, where another step has other ones
 */
export function paddedTokens(plan, firstToken = 0) {
  const { k } = plan.options;
  const padded = new Uint8Array(plan.outputShape[0] * k);
  for (const { token, row } of tokenRows(plan)) {
    padded.set(e4m3(range(k, (i) => activation(firstToken + token, i))), row * k);
  }
  return padded;
}

/**
 * Downloads an output and compares it with one that is computed here.
 * @param {DeviceBuffer} c bf16 [rows, columns]
 * @param {LaunchPlan} plan
 * @param {number} [firstToken] as of {@link paddedTokens}
 * @returns a line to print
 */
export function compare(c, plan, firstToken = 0) {
  const { m, k } = plan.options;
  const codes = new Uint16Array(c.byteLength / 2);
  c.copyTo(codes);
  let wrong = 0;
  let sum = 0;
  for (const { batch, token, row } of tokenRows(plan)) {
    for (let column = 0; column < m; column++) {
      const expected = range(k, (i) => weight(batch, column, i) * activation(firstToken + token, i)).reduce(
        (x, y) => x + y,
      );
      const value = numberFormats.decode('Bfloat16', codes[row * m + column] ?? 0);
      if (value !== expected) wrong++;
      sum += Math.abs(value);
    }
  }
  return `${tokenRows(plan).length} tokens × ${m} outputs, ${wrong} wrong, sum of absolute values ${sum}`;
}

/**
 * Where tokens lie in the padded space.
 * @param {LaunchPlan} plan
 */
function tokenRows({ options, ctaTables: { tokenOffsets } }) {
  const rows = [];
  for (const [batch, count] of tokensOf(options).entries()) {
    for (let i = 0; i < count; i++)
      rows.push({ batch, token: rows.length, row: (tokenOffsets[batch] ?? 0) + i });
  }
  return rows;
}

/** @type {(length: number, at: (i: number) => number) => number[]} */
const range = (length, at) => Array.from({ length }, (_, i) => at(i));
