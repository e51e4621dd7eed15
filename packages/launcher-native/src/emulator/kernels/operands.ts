import { floatAt, i32At } from './device-values.js';
import { KernelFaultError } from './kernel-fault.js';
import type { LaunchState } from './launch-state.js';
import { loadRows } from './mapped-matrix.js';
import { emptyTokens, emptyWeights, fillRow, kBlock, type Panel } from './panel.js';
import { isPersistent } from './work.js';

/** Consecutive tokens of the padded token space that are a batch's own: what one CTA multiplies, padding left out. */
export interface TokenRun {
  /** First padded token. */
  readonly start: number;
  readonly count: number;
}

/** Blocks of k that can differ from zero: a map's elements outside of the matrix are zero, however large k is. */
function kBlocksOf({ depth, weights }: LaunchState): number {
  return Math.ceil(Math.min(depth, weights.columns) / kBlock);
}

/**
 * Loads one tile of an expert's weights, with its DeepSeek scales [rows / 128, k / 128] where the kernel has some.
 * @param channelTile - counted from the expert's first channel.
 */
export function loadWeights(state: LaunchState, batch: number, channelTile: number): Panel {
  const { kernel, memory, params, roles, weights, depth } = state;
  const { tile, scales } = roles.weights;
  const row = (batch * params.getI32('tileStridePerBatch') + channelTile) * tile;
  const panel = emptyWeights(tile, kBlocksOf(state));
  loadRows(weights, row, tile, depth, panel, 0);
  if (!kernel.blockScale) return panel;

  const array = params.getPointer(scales);
  const blocksPerRow = Math.trunc(params.getI32('k') / kBlock);
  for (let block = 0; block < panel.kBlocks; block++) {
    for (let i = 0; i < tile; i++) {
      // Read once for all rows of the same 128.
      const isFirst = i === 0 || (row + i) % kBlock === 0;
      const at = block * panel.rows + i;
      const index = Math.floor((row + i) / kBlock) * blocksPerRow + block;
      panel.scales[at] = isFirst ? floatAt(memory, array, index) : (panel.scales[at - 1] ?? 0);
    }
  }
  return panel;
}

/** Loads activations and their scales, run after run. */
export function loadTokens(state: LaunchState, runs: readonly TokenRun[]): Panel {
  const rows = runs.reduce((sum, { count }) => sum + count, 0);
  const panel = emptyTokens(rows, kBlocksOf(state));
  let panelRow = 0;
  for (const run of runs) {
    if (state.activations !== undefined) {
      loadRows(state.activations, run.start, run.count, state.depth, panel, panelRow);
      if (state.kernel.blockScale) loadScales(state, run, panel, panelRow);
    } else {
      gatherRows(state, run, panel, panelRow);
    }
    panelRow += run.count;
  }
  return panel;
}

/** Activation scales: [k / 128, padded tokens]. */
function loadScales(state: LaunchState, run: TokenRun, panel: Panel, panelRow: number): void {
  const { memory, params, roles, lookup } = state;
  const array = params.getPointer(roles.tokens.scales);
  checkBulkAlignment(state, array);
  const stride = lookup.totalNumPaddedTokens;
  for (let block = 0; block < panel.kBlocks; block++) {
    for (let i = 0; i < run.count; i++) {
      const index = block * stride + run.start + i;
      panel.scales[block * panel.rows + panelRow + i] = floatAt(memory, array, index);
    }
  }
}

/** Bulk copies, by which persistent kernels with the tokens along n fetch scales, start at multiples of 16 bytes. */
function checkBulkAlignment({ kernel, roles }: LaunchState, array: bigint): void {
  if (!isPersistent(kernel) || kernel.batchMode !== 'batchN' || array % 16n === 0n) return;
  throw new KernelFaultError(
    `${roles.tokens.scales} is 0x${array.toString(16)}, and bulk copies start at multiples of 16 bytes`,
  );
}

/**
 * Fetches the tokens that the route map names, and their scales [k / 128, tokens], from where they are before routing. A token
 * that does not exist is a row of zeros to persistent kernels; others do not ask, and read whatever is there.
 */
function gatherRows(state: LaunchState, run: TokenRun, panel: Panel, panelRow: number): void {
  const { kernel, memory, params, roles, element, depth } = state;
  const routeMap = params.getPointer('routeMap');
  const tokens = params.getPointer('ptrTokens');
  const rowStride = params.getU64(roles.tokens.stride);
  const scales = params.getPointer('ptrDqSfsTokens');
  const numTokens = params.getI32('numTokens');
  for (let i = 0; i < run.count; i++) {
    const token = i32At(memory, routeMap, run.start + i);
    if (isPersistent(kernel) && (token < 0 || token >= numTokens)) continue;
    const bytes = memory.view(tokens + BigInt(token) * rowStride, depth * element.bytes);
    fillRow(panel, panelRow + i, element, bytes, 0, Math.min(depth, panel.kBlocks * kBlock));
    if (!kernel.blockScale) continue;
    for (let block = 0; block < panel.kBlocks; block++) {
      panel.scales[block * panel.rows + panelRow + i] = floatAt(memory, scales, block * numTokens + token);
    }
  }
}
