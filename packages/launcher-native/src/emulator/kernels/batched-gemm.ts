import type { KernelInfo } from '@gemm-preflight/types';
import type { EmulatedKernel } from '../options.js';
import { dotProducts } from './dot-products.js';
import { elementType } from './element-types.js';
import { outputScale, storeSums } from './epilogue.js';
import { KernelFaultError } from './kernel-fault.js';
import { type LaunchState, readLaunch } from './launch-state.js';
import { loadTokens, loadWeights, type TokenRun } from './operands.js';
import { isPersistent, workOf } from './work.js';

/** Channels that share a DeepSeek scale: an output tile has to have whole groups of them. */
const scaleBlock = 128;

/** Tokens that are multiplied with a tile of weights at a time. More of them take more memory, fewer decode weights more often. */
const tokensAtOnce = 512;

/** What keeps a kernel from being emulated, in words; undefined when nothing does. */
export function whyNotEmulated(kernel: KernelInfo): string | undefined {
  const { dtypeElt, dtypeC, tileM, tileN, batchMode } = kernel;
  const channelTile = batchMode === 'batchN' ? tileM : tileN;
  if (elementType(dtypeElt) === undefined) return `inputs of type ${dtypeElt}`;
  if (elementType(dtypeC) === undefined) return `an output of type ${dtypeC}`;
  if (kernel.blockScale && dtypeElt !== 'E4m3') return `DeepSeek scales with inputs of type ${dtypeElt}`;
  if (kernel.blockScale && dtypeC === 'E4m3' && channelTile % scaleBlock !== 0) {
    return `output scales for tiles of ${channelTile} channels`;
  }
  if (kernel.useFusedAct) return 'a fused activation';
  if (kernel.shuffledMatrixA) return 'shuffled weights';
  // Persistent kernels add the slices of a tile within a cluster; others do so through memory that no block points to.
  const isSplit = kernel.numSlicesForSplitK !== 1 || kernel.projGateNumSplitKSlices !== 1;
  if (isSplit && !isPersistent(kernel)) return 'a split k';
  if (!kernel.useTmaStore) return 'an output that is not stored through TMA';
  if (kernel.transposeMmaOutput !== (batchMode === 'batchN'))
    return 'an output with the tokens along its contiguous dimension';
  return undefined;
}

/** A CTA along the tokens: its place in the padded token space, and the tokens there that are its batch's. */
interface TokenCta {
  readonly start: number;
  readonly validTokens: number;
}

/** The CTAs along the tokens of each batch, in the order of the tables. */
function ctasOfBatches({ lookup, roles }: LaunchState, count: number): Map<number, TokenCta[]> {
  const { batchOf, limitOf, numNonExitingCtas } = lookup;
  const { tile } = roles.tokens;
  const ctas = new Map<number, TokenCta[]>();
  for (let index = 0; index < Math.min(count, numNonExitingCtas); index++) {
    const batch = batchOf[index];
    const limit = limitOf[index];
    if (batch === undefined || limit === undefined) {
      throw new KernelFaultError(
        `CTA ${index} along the tokens is outside of the tables of ${batchOf.length} entries`,
      );
    }
    const start = index * tile;
    const cta = { start, validTokens: Math.min(Math.max(limit - start, 0), tile) };
    const others = ctas.get(batch);
    if (others === undefined) ctas.set(batch, [cta]);
    else others.push(cta);
  }
  return ctas;
}

/** Computes and stores the tiles of some CTAs of one batch: all channels of their tokens. */
function computeTiles(
  state: LaunchState,
  batch: number,
  ctas: readonly TokenCta[],
  channelTiles: number,
): void {
  const runs: TokenRun[] = ctas.map(({ start, validTokens }) => ({ start, count: validTokens }));
  const tokens = loadTokens(state, runs);
  const scale = outputScale(state);
  const channels = state.roles.weights.tile;
  for (let channelTile = 0; channelTile < channelTiles; channelTile++) {
    const weights = loadWeights(state, batch, channelTile);
    const sums = dotProducts(tokens, weights);
    let panelRow = 0;
    for (const { start, validTokens } of ctas) {
      const firstRow = panelRow;
      const sum = (token: number, channel: number): number =>
        sums[(firstRow + token) * weights.rows + channel] ?? 0;
      const place = {
        channel: channelTile * channels,
        channels,
        token: start,
        tokens: state.roles.tokens.tile,
      };
      storeSums(state, { ...place, validTokens, sum }, scale);
      panelRow += validTokens;
    }
  }
}

/**
 * The CPU's version of a batched GEMM kernel: for each batch b, C_b = A_b · B_bᵀ with the scales of the kernel's kind.
 *
 * It reads nothing but the parameter block and what that points to, as the GPU does: CTA tables, tensor maps, sizes,
 * scales. A wrong offset or table therefore gives a wrong result or an illegal access, and a grid that is too small leaves
 * output unwritten, but for persistent kernels, which count their tiles (`workOf`). Where a GPU would hang or trap, it throws a
 * `KernelFaultError`.
 *
 * - CTA along the tokens y works on padded tokens y·tile … and on batch `ctaIdxXyToBatchIdx[y]`; tokens from
 *   `ctaIdxXyToMnLimit[y]` on are padding, whose output is zero. Where the tables are in device memory, CTAs from
 *   `numNonExitingCtas` on do nothing.
 * - The batch's weights begin at row `tileStridePerBatch`·b·tile.
 * - Sums are exact up to float64 and rounded to float32 once; see `dotProducts`.
 *
 * CTAs of one batch are computed together, so that weights are decoded once for up to 512 tokens.
 * @throws {RangeError} when the kernel has a feature that cannot be emulated; `whyNotEmulated` asks first.
 */
export function emulateBatchedGemm(kernel: KernelInfo): EmulatedKernel {
  const obstacle = whyNotEmulated(kernel);
  if (obstacle !== undefined)
    throw new RangeError(`${kernel.functionName} cannot be emulated: it has ${obstacle}`);
  return (launch) => {
    const state = readLaunch(kernel, launch);
    const work = workOf(state, launch);
    const step = Math.max(1, Math.floor(tokensAtOnce / state.roles.tokens.tile));
    for (const [batch, ofBatch] of ctasOfBatches(state, work.tokens)) {
      for (let first = 0; first < ofBatch.length; first += step) {
        computeTiles(state, batch, ofBatch.slice(first, first + step), work.channels);
      }
    }
  };
}
