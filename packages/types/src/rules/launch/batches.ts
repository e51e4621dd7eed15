import type { BatchedGemmOptions } from '../../options.js';
import type { ExplanationsOf } from '../explanation.js';
import { ruleOfLaunch as rule } from '../rule.js';

/** Entries of the parameter block's CTA tables. */
export const maxCtasAlongTokens = 2048;
/** Batches that one launch can have. */
export const maxBatches = 256;

const tokenList = (o: BatchedGemmOptions) => (o.batchM ? 'batchedM' : 'batchedN');
const tokenTile = (o: BatchedGemmOptions) => (o.batchM ? 'tileM' : 'tileN');

/** The CTAs that each batch's tokens take: the sum of tokens / tile, rounded up batch by batch. */
function ctasAlongTokens(o: BatchedGemmOptions, tile: number): number {
  return o[tokenList(o)].reduce((sum, tokens) => sum + Math.ceil(Math.max(0, tokens) / tile), 0);
}

/** Batches, and the CTAs that their tokens take. */
export const batchRules = [
  rule('batch-sizes-not-negative', 'error', {
    fields: ['batchM', 'batchedM', 'batchedN', 'numTokens'],
    message: ({ options: o }) => {
      const list = o[tokenList(o)];
      const at = list.findIndex((tokens) => tokens < 0);
      return at < 0
        ? `numTokens is ${o.numTokens}, fewer than 0`
        : `${tokenList(o)}[${at}] is ${list[at]}; a batch cannot have fewer than 0 tokens`;
    },
    // How many tokens there were before routing, nobody but the caller knows.
    fixes: ({ options: o }) => [{ [tokenList(o)]: o[tokenList(o)].map((tokens) => Math.max(0, tokens)) }],
    culprits: ({ options: o }) => [o[tokenList(o)].some((tokens) => tokens < 0) ? tokenList(o) : 'numTokens'],
  }),
  rule('batches-not-empty', 'error', {
    fields: ['batchM', 'batchedM', 'batchedN'],
    message: () => 'no batch has a token; there is nothing to launch',
    culprits: ({ options: o }) => [tokenList(o)],
  }),
  rule('batch-capacity', 'error', {
    fields: ['batchM', 'batchedM', 'batchedN'],
    message: ({ options: o }) =>
      `${tokenList(o)} has ${o[tokenList(o)].length} batches, and one launch takes at most ${maxBatches}; split it into several`,
    culprits: ({ options: o }) => [tokenList(o)],
  }),
  rule('cta-table-capacity', 'error', {
    fields: ['batchM', 'batchedM', 'batchedN', 'tileM', 'tileN'],
    message: ({ options: o }) => {
      const tile = tokenTile(o);
      return `the tokens take ${ctasAlongTokens(o, o[tile])} CTAs of ${tile} ${o[tile]}, and the parameter block has room for ${maxCtasAlongTokens}`;
    },
    fixes: ({ options: o }) => {
      const tile = tokenTile(o);
      const larger = [8, 16, 32, 64, 128].find(
        (size) => size > o[tile] && ctasAlongTokens(o, size) <= maxCtasAlongTokens,
      );
      return larger === undefined ? [] : [{ [tile]: larger }];
    },
    culprits: ({ options: o }) => [tokenList(o), tokenTile(o)],
  }),
] as const;

export const batchExplanations: ExplanationsOf<typeof batchRules> = {
  'batch-sizes-not-negative': {
    summary: 'No batch has a negative number of tokens, nor have all together.',
    reason: 'A batch of 0 tokens is skipped; fewer than none means that the caller’s bookkeeping is off.',
    source: 'Preflight’s own; the CTA tables and buffers of a launch are made from these numbers',
  },
  'batches-not-empty': {
    summary: 'At least one batch has a token.',
    reason:
      'The tokens of all batches are the grid along one dimension, and the driver refuses a launch without a block. Where a layer’s experts have nothing to do, there is nothing to launch.',
    source: 'CUDA Driver API, cuLaunchKernelEx: gridDimX and gridDimY',
  },
  'batch-capacity': {
    summary: 'A launch has at most 256 batches.',
    reason: 'The kernels’ parameter block was made for that many experts on one GPU.',
    source: 'the parameter block of the kernels of this family',
  },
  'cta-table-capacity': {
    summary: 'The tokens of all batches take at most 2048 CTAs.',
    reason: 'The parameter block maps CTAs to batches in two tables of 2048 entries.',
    source: 'the parameter block of the kernels of this family',
  },
};
