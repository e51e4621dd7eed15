import {
  type BatchedGemmOptions,
  type CtaTables,
  type LaunchGeometry,
  type LaunchPlan,
  maxBatches,
  maxCtasAlongTokens,
  outputMatrix,
} from '@gemm-preflight/types';
import { bufferRequirements } from './buffers.js';
import { ctaTables, mostCtas, tokensOf, tokenTile } from './cta-tables.js';
import { gridFor } from './grid.js';
import { PlanError } from './plan-error.js';
import { tensorMaps } from './tensor-maps.js';

/** What of a plan depends on the tokens of the batches. */
type TokenPlan = Pick<
  LaunchPlan,
  'options' | 'grid' | 'tensorMaps' | 'buffers' | 'ctaTables' | 'outputShape' | 'flops'
>;

/**
 * Plans what depends on the tokens.
 * @param o options after adjustment
 * @param geometry of the same launch with other tokens
 * @throws {PlanError} when there is no token
 */
export function planTokens(
  o: BatchedGemmOptions,
  geometry: LaunchGeometry,
  dynamicBatches: boolean,
): TokenPlan {
  const tokens = tokensOf(o);
  const total = sumOf(tokens);
  if (total === 0) throw new PlanError('no batch has a token; there is nothing to launch');
  const tile = tokenTile(o);
  const tables = dynamicBatches
    ? noTables(mostCtas(total, tokens.length, tile) * tile)
    : ctaTables(tokens, tile);
  const { totalNumPaddedTokens } = tables;
  const ctas = totalNumPaddedTokens / tile;
  return {
    options: o,
    grid: gridFor(o, geometry, ctas),
    tensorMaps: tensorMaps(o, totalNumPaddedTokens),
    buffers: bufferRequirements(o, totalNumPaddedTokens, dynamicBatches ? ctas : 0),
    ctaTables: tables,
    outputShape: [totalNumPaddedTokens, outputMatrix(o).hidden.size],
    flops: 2 * (o.batchM ? o.n : o.m) * o.k * total,
  };
}

/** The tables are elsewhere; what is laid out for them is all that they may ask for. */
function noTables(totalNumPaddedTokens: number): CtaTables {
  return { ctaIdxXyToBatchIdx: [], ctaIdxXyToMnLimit: [], totalNumPaddedTokens, tokenOffsets: [] };
}

/** How many tokens there are. */
export interface TokenCounts {
  /** Of each batch; as many as the plan has batches. */
  readonly tokensPerBatch: readonly number[];
  /** Before routing; default: as planned where tokens are routed, else those of all batches. */
  readonly numTokens?: number;
}

/**
 * The same launch with other tokens. A check need not be repeated: what the rules demand of tokens is asked here.
 * @throws {PlanError} when the counts are not the plan's batches, are no counts, or are too many for a launch's tables
 */
export function withTokens(plan: LaunchPlan, { tokensPerBatch, numTokens }: TokenCounts): LaunchPlan {
  const { options, dynamicBatches } = plan;
  const planned = tokensOf(options).length;
  if (tokensPerBatch.length !== planned) {
    throw new PlanError(
      `${tokensPerBatch.length} batches have tokens, where the launch is planned for ${planned}`,
    );
  }
  if (planned > maxBatches) throw new PlanError(`${planned} batches; a launch has up to ${maxBatches}`);
  const odd = tokensPerBatch.findIndex((count) => !isCount(count));
  if (odd >= 0) throw new PlanError(`batch ${odd} has ${tokensPerBatch[odd]} tokens, which is no count`);
  if (numTokens !== undefined && !isCount(numTokens))
    throw new PlanError(`numTokens ${numTokens} is no count`);
  const changed = {
    ...options,
    ...(options.batchM ? { batchedM: tokensPerBatch } : { batchedN: tokensPerBatch }),
    numTokens: numTokens ?? (options.routeAct ? options.numTokens : sumOf(tokensPerBatch)),
  };
  const tokens = planTokens(changed, plan, dynamicBatches);
  const ctas = tokens.ctaTables.ctaIdxXyToBatchIdx.length;
  if (!dynamicBatches && ctas > maxCtasAlongTokens) {
    throw new PlanError(`${ctas} CTAs along the tokens; the tables of a launch have ${maxCtasAlongTokens}`);
  }
  return { ...plan, ...tokens };
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

function isCount(value: number): boolean {
  return (value | 0) === value && value >= 0;
}
