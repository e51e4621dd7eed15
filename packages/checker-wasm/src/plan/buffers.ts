import {
  type BatchedGemmOptions,
  type BufferName,
  type BufferRequirement,
  dtypeBits,
  outputMatrix,
} from '@gemm-preflight/types';

/** The TMA reads from addresses that are multiples of 16 bytes (driver API, cuTensorMapEncodeTiled). */
const tmaAlignment = 16;
const floatBytes = 4;
/** Channels that share a DeepSeek scale. */
const scaleBlock = 128;

function buffer(
  name: BufferName,
  bytes: number,
  description: string,
  rest: Partial<Pick<BufferRequirement, 'access' | 'alignment' | 'optional'>> = {},
): BufferRequirement {
  return {
    buffer: name,
    bytes,
    description,
    access: 'read',
    alignment: floatBytes,
    optional: false,
    ...rest,
  };
}

/**
 * The buffers that a launch needs, with their least sizes.
 * @param o options after adjustment
 * @param paddedTokens rows of the padded token space
 * @param dynamicCtas entries of CTA tables in device memory; 0 where the launch takes them by value
 */
export function bufferRequirements(
  o: BatchedGemmOptions,
  paddedTokens: number,
  dynamicCtas = 0,
): readonly BufferRequirement[] {
  const elementBits = dtypeBits(o.dtypeElt);
  const weightRows = (o.batchM ? o.n : o.m) * o.numBatches;
  const [weights, activations] = o.batchM ? (['b', 'a'] as const) : (['a', 'b'] as const);
  const matrix = (name: BufferName, rows: number, what: string) =>
    buffer(name, (rows * o.k * elementBits) / 8, `${what}: ${o.dtypeElt} [${rows}, ${o.k}], row-major`, {
      alignment: tmaAlignment,
    });
  const hidden = outputMatrix(o).hidden.size;
  return [
    matrix(weights, weightRows, 'weights, batch after batch'),
    ...(o.routeAct
      ? [
          matrix('tokens', o.numTokens, 'activations before routing'),
          buffer('routeMap', paddedTokens * 4, `padded row → token: i32 [${paddedTokens}]`),
        ]
      : [matrix(activations, paddedTokens, 'activations, each batch from a multiple of the tile on')]),
    buffer(
      'c',
      (paddedTokens * hidden * dtypeBits(o.dtypeC)) / 8,
      `output: ${o.dtypeC} [${paddedTokens}, ${hidden}], row-major`,
      {
        access: 'write',
        alignment: tmaAlignment,
      },
    ),
    ...scaleRequirements(o, paddedTokens, weightRows, hidden),
    ...(dynamicCtas > 0 ? tableRequirements(dynamicCtas) : []),
  ];
}

/** What a launch reads in the place of its own CTA tables. */
function tableRequirements(ctas: number): readonly BufferRequirement[] {
  return [
    buffer('numNonExitingCtas', 4, 'CTAs along the tokens that have work: i32 [1]'),
    buffer('totalNumPaddedTokens', 4, 'their padded tokens, the stride of scales: i32 [1]'),
    buffer('ctaIdxXyToBatchIdx', ctas * 4, `CTA along the tokens → batch: i32 [${ctas}]`),
    buffer(
      'ctaIdxXyToMnLimit',
      ctas * 4,
      `CTA along the tokens → first padded token that is not its batch’s any more: i32 [${ctas}]`,
    ),
  ];
}

function scaleRequirements(
  o: BatchedGemmOptions,
  paddedTokens: number,
  weightRows: number,
  hidden: number,
): readonly BufferRequirement[] {
  if (o.dtypeElt === 'E2m1') {
    const [weightScales, tokenScales] = o.batchM ? (['sfB', 'sfA'] as const) : (['sfA', 'sfB'] as const);
    const scales = (name: BufferName, rows: number) =>
      buffer(
        name,
        Math.ceil(rows / 128) * Math.ceil(o.k / 64) * 512,
        `E4m3 scales of 16 elements, 128×4 in 512 bytes, for ${rows} rows`,
        { alignment: tmaAlignment },
      );
    return [
      scales(weightScales, weightRows),
      o.routeAct ? scales('sfTokens', o.numTokens) : scales(tokenScales, paddedTokens),
    ];
  }
  if (!o.useDeepSeekFp8) {
    return [buffer('scaleC', floatBytes, 'scale of the output: f32 [1]; null means 1', { optional: true })];
  }
  const kBlocks = o.k / scaleBlock;
  const [weightScales, activationScales] = o.batchM
    ? (['dqSfsB', 'dqSfsA'] as const)
    : (['dqSfsA', 'dqSfsB'] as const);
  const perToken = (
    name: BufferName,
    tokens: number,
    blocks: number,
    what: string,
    access: 'read' | 'write',
  ) =>
    buffer(name, blocks * tokens * floatBytes, `${what}: f32 [${blocks}, ${tokens}], tokens contiguous`, {
      access,
      // The scales of a tile's tokens may be copied in bulk.
      ...(name === activationScales && { alignment: tmaAlignment }),
    });
  return [
    buffer(
      weightScales,
      (weightRows / scaleBlock) * kBlocks * floatBytes,
      `weight scales: f32 [${weightRows / scaleBlock}, ${kBlocks}], row-major`,
    ),
    o.routeAct
      ? perToken('dqSfsTokens', o.numTokens, kBlocks, 'activation scales before routing', 'read')
      : perToken(activationScales, paddedTokens, kBlocks, 'activation scales', 'read'),
    ...(o.dtypeC === 'E4m3'
      ? [perToken('dqSfsC', paddedTokens, hidden / scaleBlock, 'output scales', 'write')]
      : []),
  ];
}
