import { tokensOf } from '@gemm-preflight/checker-wasm';
import type { BatchedGemmOptions, BufferName, LaunchPlan } from '@gemm-preflight/types';
import { bytesOf, type CodedDtype, type Codes, codesOf, isCoded } from './codes.js';
import { type Quantised, quantise, scaleBlock } from './quantise.js';
import { fillCodes, normalFiller, type RandomBits } from './random-source.js';
import type { HostGemm } from './reference.js';

/** All bits set: no number in any of the types, so that a kernel that reads padding, or an output that nobody wrote, shows. */
export const poison = 0xff;

/** Inputs of a planned GEMM. */
export interface GemmData extends HostGemm {
  /** What the launch reads, as it has to lie in memory: tokens and their scales padded, each batch from a multiple of the tile on. */
  readonly inputs: ReadonlyMap<BufferName, Uint8Array>;
}

/** The options of a GEMM that data can be drawn for. */
export type DrawableOptions = BatchedGemmOptions & {
  readonly dtypeElt: CodedDtype;
  readonly dtypeC: CodedDtype;
};

/** Whether data can be drawn, and the output be read. */
export function isDrawable(o: BatchedGemmOptions): o is DrawableOptions {
  return isCoded(o.dtypeElt) && isCoded(o.dtypeC) && (!o.useDeepSeekFp8 || o.dtypeElt === 'E4m3');
}

/**
 * Draws inputs for a plan; outputs stay near 1, whatever k is.
 *
 * With a scale per tensor, elements are normally distributed and the scale is 1/√k. With DeepSeek's scales, values whose magnitude
 * differs from block to block are quantised, 1 × 128 of the tokens and 128 × 128 of the weights at a time: a scale read from a
 * wrong place shows.
 * @param given tokens to take in place of random ones, [all tokens, k], with their scales
 * @throws {RangeError} for types that no data is drawn for
 */
export function drawData(plan: LaunchPlan, random: RandomBits, given?: Quantised): GemmData {
  const { options: o, ctaTables } = plan;
  if (!isDrawable(o)) throw new RangeError(`no data is drawn for ${o.dtypeElt} and ${o.dtypeC}`);
  const { k } = o;
  const tokensPerBatch = tokensOf(o);
  const rows = o.batchM ? o.n : o.m;
  const count = tokensPerBatch.reduce((sum, tokens) => sum + tokens, 0);
  // Where a routing map gathers the tokens, there are as many as before routing.
  const sourceCount = o.routeAct ? o.numTokens : count;
  const weights = drawMatrix(o, o.numBatches * rows, scaleBlock, 1 / Math.sqrt(k), random);
  const sources = given ?? drawMatrix(o, sourceCount, 1, 1, random);
  const route = Array.from({ length: count }, (_, token) =>
    o.routeAct ? random.next() % sourceCount : token,
  );
  const layout: Layout = { tokensPerBatch, ...ctaTables };
  const names = o.batchM
    ? ({ weights: 'b', weightScales: 'dqSfsB', tokens: 'a', tokenScales: 'dqSfsA' } as const)
    : ({ weights: 'a', weightScales: 'dqSfsA', tokens: 'b', tokenScales: 'dqSfsB' } as const);

  const inputs = new Map<BufferName, Uint8Array>([[names.weights, bytesOf(weights.codes)]]);
  if (o.routeAct) {
    inputs.set('tokens', bytesOf(sources.codes));
    inputs.set('routeMap', bytesOf(padRoute(route, layout)));
  } else inputs.set(names.tokens, padRows(bytesOf(sources.codes), layout));
  const scale = Math.fround(1 / Math.sqrt(k));
  const gemm = { dtype: o.dtypeElt, weights: weights.codes, tokensPerBatch, rows, k, scale, inputs };
  const tokens = o.routeAct ? gather(sources.codes, route, k) : sources.codes;
  if (weights.scales === undefined || sources.scales === undefined) {
    inputs.set('scaleC', bytesOf(Float32Array.of(scale)));
    return { ...gemm, tokens };
  }
  const blocks = k / scaleBlock;
  const tokenScales = o.routeAct ? gather(sources.scales, route, blocks) : sources.scales;
  inputs.set(names.weightScales, bytesOf(weights.scales));
  if (o.routeAct) inputs.set('dqSfsTokens', transposed(bytesOf(sources.scales), blocks));
  else inputs.set(names.tokenScales, transposed(padRows(bytesOf(sources.scales), layout), blocks));
  return { ...gemm, tokens, blockScales: { weights: weights.scales, tokens: tokenScales } };
}

/** A matrix as it lies in memory, with its scales where the GEMM has DeepSeek's. */
type Drawn = { readonly codes: Codes; readonly scales?: undefined } | Quantised;

/** A random matrix [rows, k]. */
function drawMatrix(
  { dtypeElt, useDeepSeekFp8, k }: DrawableOptions,
  rows: number,
  blockRows: number,
  deviation: number,
  random: RandomBits,
): Drawn {
  if (!useDeepSeekFp8) {
    const codes = codesOf(dtypeElt, rows * k);
    fillCodes(dtypeElt, codes, random);
    return { codes };
  }
  const quantised = {
    codes: new Uint8Array(rows * k),
    scales: new Float32Array((rows / blockRows) * (k / scaleBlock)),
  };
  const fillNormal = normalFiller(random);
  // As floats, all of a large layer's weights would take four times the memory.
  for (let row = 0; row < rows; row += scaleBlock) {
    const values = new Float32Array(Math.min(scaleBlock, rows - row) * k);
    fillNormal(values);
    varyBlocks(values, k, blockRows, deviation, random);
    const part = quantise(values, k, blockRows);
    quantised.codes.set(part.codes, row * k);
    quantised.scales.set(part.scales, (row / blockRows) * (k / scaleBlock));
  }
  return quantised;
}

/** Multiplies every block of rows and 128 columns by a factor of its own, from a half to twice the deviation. */
function varyBlocks(
  values: Float32Array,
  k: number,
  blockRows: number,
  deviation: number,
  random: RandomBits,
): void {
  for (let block = 0; block < values.length; block += blockRows * k) {
    for (let column = 0; column < k; column += scaleBlock) {
      const factor = deviation * 2 ** (random.next() / 2 ** 31 - 1);
      for (let row = block; row < block + blockRows * k; row += k) {
        const at = row + column;
        for (let i = at; i < at + scaleBlock; i++) values[i] = (values[i] ?? 0) * factor;
      }
    }
  }
}

/** Where tokens lie in the padded token space. */
interface Layout {
  readonly tokensPerBatch: readonly number[];
  readonly tokenOffsets: readonly number[];
  readonly totalNumPaddedTokens: number;
}

/** The padded row of every token, batch after batch. */
export function paddedRowsOf({
  tokensPerBatch,
  tokenOffsets,
}: Omit<Layout, 'totalNumPaddedTokens'>): number[] {
  return tokensPerBatch.flatMap((count, batch) =>
    Array.from({ length: count }, (_, i) => (tokenOffsets[batch] ?? 0) + i),
  );
}

/** Spreads rows of bytes over the padded token space; the rest is poison. */
function padRows(bytes: Uint8Array, layout: Layout): Uint8Array {
  const places = paddedRowsOf(layout);
  const rowBytes = bytes.length / places.length;
  const padded = new Uint8Array(layout.totalNumPaddedTokens * rowBytes).fill(poison);
  places.forEach((row, i) => {
    padded.set(bytes.subarray(i * rowBytes, (i + 1) * rowBytes), row * rowBytes);
  });
  return padded;
}

/** The routing map: padded row → token, and -1 for padding. */
function padRoute(route: readonly number[], layout: Layout): Int32Array {
  const map = new Int32Array(layout.totalNumPaddedTokens).fill(-1);
  paddedRowsOf(layout).forEach((row, i) => {
    map[row] = route[i] ?? -1;
  });
  return map;
}

/** Rows of `length` elements, in the order of a list. */
function gather<A extends Codes | Float32Array>(array: A, rows: readonly number[], length: number): A {
  const out = new (array.constructor as new (length: number) => A)(rows.length * length);
  rows.forEach((row, i) => {
    out.set(array.subarray(row * length, (row + 1) * length), i * length);
  });
  return out;
}

/** A matrix of floats [rows, columns] as [columns, rows]: scales lie with the tokens along the contiguous dimension. */
function transposed(bytes: Uint8Array, columns: number): Uint8Array {
  const floats = new Float32Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length / 4);
  const rows = floats.length / columns;
  const out = new Float32Array(floats.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      out[column * rows + row] = floats[row * columns + column] ?? 0;
    }
  }
  return bytesOf(out);
}
