import { type RuleContext, type RuleDescription, roundUpTo, ruleOfSet as rule } from '../rule.js';
import { wholeTiles } from './whole-tile-fixes.js';

/** One size of a batch's weights, and what cuts it into tiles. */
type Extent = { readonly size: 'm' | 'n' | 'k'; readonly tile: 'tileM' | 'tileN' | 'tileK' };

/** The weights of each batch: their rows, and k. */
type Side = {
  readonly name: 'batch-m' | 'batch-n';
  readonly size: 'm' | 'n';
  readonly onlyWith: { readonly batchM: boolean };
  readonly weights: readonly Extent[];
};

const k: Extent = { size: 'k', tile: 'tileK' };

/** Tokens run along m: the weights are B. */
export const batchM: Side = {
  name: 'batch-m',
  size: 'n',
  onlyWith: { batchM: true },
  weights: [{ size: 'n', tile: 'tileN' }, k],
};

/** Tokens run along n: the weights are A. */
export const batchN: Side = {
  name: 'batch-n',
  size: 'm',
  onlyWith: { batchM: false },
  weights: [{ size: 'm', tile: 'tileM' }, k],
};

export function sizesPositive({ name, onlyWith, weights }: Side) {
  const wrong = ({ options: o, isNews }: RuleContext) =>
    weights.filter(({ size }) => o[size] <= 0 && isNews(`${size}Size`));
  return rule(`${name}-sizes-positive`, 'error', {
    fields: ['batchM', ...weights.map(({ size }) => size)],
    onlyWith,
    message: (context) =>
      `the weights of each batch cannot be empty, and ${wrong(context)
        .map(({ size }) => `${size} is ${context.options[size]}`)
        .join(', and ')}`,
    culprits: (context) => wrong(context).map(({ size }) => size),
  });
}

export function coversTile(side: Side) {
  return againstTiles(`${side.name}-covers-tile`, side, 'smaller than', (size, tile) => size < tile);
}

export function divides(side: Side) {
  return againstTiles(`${side.name}-divides`, side, 'no multiple of', (size, tile) => size % tile !== 0);
}

/** A rule of both sizes against their tiles. A fix mends both, for each alone would leave the error. */
function againstTiles<const Name extends string>(
  name: Name,
  { onlyWith, weights }: Side,
  fault: string,
  isWrong: (size: number, tile: number) => boolean,
): RuleDescription<Name> {
  const wrong = ({ options: o, isNews }: RuleContext) =>
    weights.filter(({ size, tile }) => isWrong(o[size], o[tile]) && isNews(`${size}Tile`));
  return rule(name, 'error', {
    fields: ['batchM', ...weights.flatMap(({ size, tile }) => [size, tile])],
    onlyWith,
    message: (context) =>
      `the weights of each batch are read in whole tiles, and ${wrong(context)
        .map(
          ({ size, tile }) => `${size} ${context.options[size]} is ${fault} ${tile} ${context.options[tile]}`,
        )
        .join(', and ')}`,
    fixes: (context) =>
      wholeTiles(
        context.options,
        wrong(context).map(({ size }) => size),
      ),
    culprits: (context) => wrong(context).flatMap(({ size, tile }) => [size, tile]),
  });
}

export function hiddenMultiple({ name, size, onlyWith }: Side) {
  return rule(`dsfp8-${name}-hidden-multiple`, 'error', {
    fields: ['useDeepSeekFp8', 'batchM', size],
    onlyWith: { useDeepSeekFp8: true, ...onlyWith },
    message: ({ options: o }) =>
      `DeepSeek scales of each batch cover blocks of 128, and ${size} ${o[size]} leaves ${o[size] % 128} over`,
    fixes: ({ options: o }) => [{ [size]: roundUpTo(o[size], 128) }],
  });
}
