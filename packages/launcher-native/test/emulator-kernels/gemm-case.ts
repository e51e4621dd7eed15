import {
  type BatchedGemmOptions,
  type BufferName,
  type Dtype,
  dtypeBits,
  type KernelInfo,
  type LaunchPlan,
  type TensorMapDtype,
  type TensorMapName,
  type TensorMapSpec,
} from '@gemm-preflight/types';
import { AddressSpace } from '../../src/emulator/address-space.js';
import type { EmulatedLaunch } from '../../src/emulator/index.js';
import { packTensorMap } from '../../src/emulator/tensor-map.js';
import { packParams } from '../../src/params/index.js';
import { bytesOfFloats, bytesOfInts, type Matrix, randomMatrix, randomScales } from './matrices.js';
import { Random } from './random.js';

/** A batched GEMM to try, small enough to follow by hand. */
export interface GemmSettings {
  readonly batchMode: 'batchM' | 'batchN';
  readonly paramsAbi: KernelInfo['paramsAbi'];
  readonly channelTile: number;
  readonly tokenTile: number;
  readonly tileK: number;
  /** Tokens of each expert. */
  readonly tokens: readonly number[];
  /** Output channels of each expert. */
  readonly channels: number;
  readonly k: number;
  readonly dtypeElt: Dtype;
  readonly dtypeC: Dtype;
  readonly blockScale: boolean;
  readonly routed: boolean;
  /** Absent: a null pointer. */
  readonly scaleC?: number;
  readonly seed: number;
  /** Of a persistent kernel; absent: a kernel with a CTA for each tile. */
  readonly persistent?: Persistent;
  /** What the epilogue stores at a time; absent: the whole tile. */
  readonly epilogueTile?: { readonly channels: number; readonly tokens: number };
  /** What the route map holds for padding, and how many of a batch's own rows name no token. */
  readonly paddingToken?: number;
  readonly absentTokens?: number;
}

/** How a persistent kernel is launched. */
export interface Persistent {
  readonly ruleSet: KernelInfo['ruleSet'];
  /** CTAs of the grid along x. */
  readonly ctas: number;
  readonly clusterDimX: number;
  readonly slices: number;
  /** The CTA tables lie in device memory, and the block has none. */
  readonly deviceTables: boolean;
}

/** Per-tensor FP8 as our own kernels do it, with ragged batches: none, one, a whole tile and several tiles of tokens. */
export const perTensor: GemmSettings = {
  batchMode: 'batchN',
  paramsAbi: 'trtllm-gen/1',
  channelTile: 128,
  tokenTile: 8,
  tileK: 128,
  tokens: [3, 0, 9, 1, 16],
  channels: 256,
  k: 256,
  dtypeElt: 'E4m3',
  dtypeC: 'Bfloat16',
  blockScale: false,
  routed: false,
  scaleC: 0.0625,
  seed: 1,
};

/** FP8 with DeepSeek scales. */
export const deepSeek: GemmSettings = { ...perTensor, blockScale: true, seed: 2 };

/** A GEMM in plain arrays, for the reference, and in emulated device memory, for the kernel. */
export interface GemmCase {
  readonly settings: GemmSettings;
  /** [experts · channels, k] */
  readonly weights: Matrix;
  /** [padded tokens, k]; padding holds numbers too, which must not show. */
  readonly activations: Matrix;
  /** [experts · channels / 128, k / 128] */
  readonly weightScales: Matrix;
  /** [k / 128, padded tokens] */
  readonly activationScales: Matrix;
  /** Expert of each padded token; -1 for padding. */
  readonly expertOf: readonly number[];
  /** Padded tokens that are a batch's own, and that the route map has no token for. */
  readonly absent: ReadonlySet<number>;
  readonly kernel: KernelInfo;
  readonly plan: LaunchPlan;
  readonly memory: AddressSpace;
  readonly addresses: Readonly<Partial<Record<BufferName, bigint>>>;
  readonly launch: EmulatedLaunch;
}

/** Expert of each padded token, and the CTA tables: the facts' recipe, token by token. */
function layOut({
  tokens,
  tokenTile,
}: GemmSettings): Pick<LaunchPlan, 'ctaTables'> & Pick<GemmCase, 'expertOf'> {
  const expertOf: number[] = [];
  const tokenOffsets: number[] = [];
  const ctaIdxXyToBatchIdx: number[] = [];
  const ctaIdxXyToMnLimit: number[] = [];
  tokens.forEach((count, expert) => {
    const start = expertOf.length;
    tokenOffsets.push(start);
    for (let token = 0; token < count; token++) expertOf.push(expert);
    while (expertOf.length % tokenTile !== 0) expertOf.push(-1);
    for (let cta = start / tokenTile; cta < expertOf.length / tokenTile; cta++) {
      ctaIdxXyToBatchIdx.push(expert);
      ctaIdxXyToMnLimit.push(Math.min((cta + 1) * tokenTile, start + count));
    }
  });
  const totalNumPaddedTokens = expertOf.length;
  return {
    expertOf,
    ctaTables: { ctaIdxXyToBatchIdx, ctaIdxXyToMnLimit, totalNumPaddedTokens, tokenOffsets },
  };
}

function optionsOf(settings: GemmSettings, numTokens: number): BatchedGemmOptions {
  const isBatchM = settings.batchMode === 'batchM';
  const { channelTile, tokenTile, channels, tokens, persistent } = settings;
  const epilogue = epilogueTileOf(settings);
  const slices = persistent?.slices ?? 1;
  return {
    batchM: isBatchM,
    transposeMmaOutput: !isBatchM,
    useDeepSeekFp8: settings.blockScale,
    routeAct: settings.routed,
    useShuffledMatrixA: false,
    tileM: isBatchM ? tokenTile : channelTile,
    tileN: isBatchM ? channelTile : tokenTile,
    tileK: settings.tileK,
    epilogueTileM: isBatchM ? epilogue.tokens : epilogue.channels,
    epilogueTileN: isBatchM ? epilogue.channels : epilogue.tokens,
    mmaM: 64,
    mmaN: 8,
    mmaK: 32,
    m: isBatchM ? 1 : channels,
    n: isBatchM ? channels : 1,
    k: settings.k,
    batchedM: isBatchM ? tokens : [],
    batchedN: isBatchM ? [] : tokens,
    numTokens,
    numBatches: tokens.length,
    dtypeElt: settings.dtypeElt,
    dtypeC: settings.dtypeC,
    dtypeAcc: 'Fp32',
    useTmaStore: true,
    numSlicesForSplitK: slices,
    clusterDimX: persistent?.clusterDimX ?? 1,
    clusterDimY: 1,
    clusterDimZ: slices,
    allReduceAlgo: 'None',
    splitK: slices === 1 ? 'None' : 'Dsmem',
    numStages: 2,
    useFusedAct: false,
    gateUseClusterSplitK: false,
    projGateNumSplitKSlices: 1,
  };
}

function epilogueTileOf({ epilogueTile, channelTile, tokenTile }: GemmSettings) {
  return epilogueTile ?? { channels: channelTile, tokens: tokenTile };
}

const mapDtypes: { readonly [D in Dtype]?: TensorMapDtype } = {
  E4m3: 'UINT8',
  Fp16: 'FLOAT16',
  Bfloat16: 'BFLOAT16',
  Fp32: 'FLOAT32',
};

function mapSpec(
  map: TensorMapName,
  buffer: BufferName,
  dtype: Dtype,
  [hidden, rows]: readonly [number, number],
  [innerTile, rowTile]: readonly [number, number],
): TensorMapSpec {
  const bytes = dtypeBits(dtype) / 8;
  const span = [128, 64, 32].find((bytesOfSpan) => (innerTile * bytes) % bytesOfSpan === 0);
  return {
    map,
    buffer,
    dtype: mapDtypes[dtype] ?? 'UINT8',
    globalDim: [hidden, rows],
    globalStrides: [hidden * bytes],
    boxDim: [Math.min(128 / bytes, innerTile), rowTile],
    elementStrides: [1, 1],
    swizzle: span === 128 ? '128B' : span === 64 ? '64B' : '32B',
  };
}

function planOf(settings: GemmSettings, numTokens: number, ctaTables: LaunchPlan['ctaTables']): LaunchPlan {
  const { batchMode, channels, channelTile, tokenTile, tileK, k, tokens, dtypeElt, dtypeC, routed } =
    settings;
  const isBatchM = batchMode === 'batchM';
  const padded = ctaTables.totalNumPaddedTokens;
  const ctas = padded / tokenTile;
  const weightRows = tokens.length * channels;
  const operand = (name: 'a' | 'b', rows: number, tile: number): TensorMapSpec =>
    mapSpec(name === 'a' ? 'tmaA' : 'tmaB', name, dtypeElt, [k, rows], [tileK, tile]);
  const operands = [operand(isBatchM ? 'b' : 'a', weightRows, channelTile)];
  if (!routed) operands.push(operand(isBatchM ? 'a' : 'b', padded, tokenTile));
  const tiles = channels / channelTile;
  const { persistent } = settings;
  const options = optionsOf(settings, numTokens);
  const epilogue = epilogueTileOf(settings);
  const dynamicBatches = persistent?.deviceTables ?? false;
  return {
    functionName: 'kernel',
    options,
    grid: persistent
      ? { x: persistent.ctas, y: 1, z: persistent.slices }
      : isBatchM
        ? { x: ctas, y: tiles, z: 1 }
        : { x: tiles, y: ctas, z: 1 },
    block: { x: persistent ? 384 : 160, y: 1, z: 1 },
    cluster: { x: options.clusterDimX, y: 1, z: options.clusterDimZ },
    sharedMemBytes: 1024,
    raiseSharedMemLimit: false,
    attributes: [],
    tensorMaps: [
      ...operands,
      mapSpec('tmaC', 'c', dtypeC, [channels, padded], [epilogue.channels, epilogue.tokens]),
    ],
    buffers: [],
    // Of tables in device memory, the block knows nothing but where they are.
    ctaTables: dynamicBatches
      ? { ...ctaTables, ctaIdxXyToBatchIdx: [], ctaIdxXyToMnLimit: [], totalNumPaddedTokens: 0 }
      : ctaTables,
    outputShape: [padded, channels],
    flops: 0,
    dynamicBatches,
  };
}

function kernelOf(
  { options, functionName, sharedMemBytes, block }: LaunchPlan,
  settings: GemmSettings,
): KernelInfo {
  return {
    ...options,
    functionName,
    arch: 'sm90a',
    ruleSet: settings.persistent?.ruleSet ?? 'trtllm-gen@2025-03',
    paramsAbi: settings.paramsAbi,
    paramsStructSize: 17_280,
    batchMode: settings.batchMode,
    sharedMemSize: sharedMemBytes,
    threadsPerCta: block.x,
    blockScale: settings.blockScale,
    permuteFusion: settings.routed,
    shuffledMatrixA: false,
  };
}

/** The 128 bytes of a tensor map, as the emulated driver makes them. */
export function encodeMap(spec: TensorMapSpec, globalAddress: bigint): Uint8Array {
  return packTensorMap({
    ...spec,
    globalAddress,
    interleave: 'NONE',
    l2Promotion: 'L2_128B',
    oobFill: 'NONE',
  });
}

/** Makes numbers for a GEMM, puts them into emulated device memory and packs the launch. */
export function gemmCase(settings: GemmSettings): GemmCase {
  const random = new Random(settings.seed);
  const { tokens, channels, k, dtypeElt, blockScale, routed, scaleC } = settings;
  const { expertOf, ctaTables } = layOut(settings);
  const padded = expertOf.length;
  const weights = randomMatrix(random, tokens.length * channels, k, dtypeElt);
  const kBlocks = Math.ceil(k / 128);
  const weightScales = randomScales(random, Math.ceil((tokens.length * channels) / 128), kBlocks);

  // Routing: every padded token takes a row of the unpermuted tokens, some rows are taken twice. Without: its own.
  const numTokens = tokens.reduce((sum, count) => sum + count, 0) + 3;
  const sources = randomMatrix(random, routed ? numTokens : padded, k, dtypeElt);
  const sourceScales = randomScales(random, kBlocks, sources.rows);
  const route = Array.from({ length: padded }, (_, row) => (routed ? random.integer(numTokens) : row));
  const { paddingToken = -7, absentTokens = 0 } = settings;
  const absent = new Set(
    expertOf.flatMap((expert, row) => (expert === -1 ? [] : [row])).slice(0, absentTokens),
  );
  const routeMap = route.map((token, row) => {
    if (absent.has(row)) return row % 2 === 0 ? -1 : numTokens;
    return expertOf[row] === -1 ? paddingToken : token;
  });
  const activations = sources.pickRows(route);
  const activationScales = sourceScales.pickColumns(route);

  const memory = new AddressSpace({ base: 0x7f00_0000_0000n, capacityBytes: 2 ** 30 });
  const addresses: Partial<Record<BufferName, bigint>> = {};
  const put = (buffer: BufferName, content: Uint8Array | number): void => {
    const bytes = typeof content === 'number' ? content : content.length;
    const address = memory.allocate(bytes);
    if (address === undefined) throw new Error('the emulated memory is too small for this test');
    addresses[buffer] = address;
    if (typeof content !== 'number') memory.view(address, bytes).set(content);
  };
  const isBatchM = settings.batchMode === 'batchM';
  put(isBatchM ? 'b' : 'a', weights.bytes);
  put(routed ? 'tokens' : isBatchM ? 'a' : 'b', sources.bytes);
  put('c', (padded * channels * dtypeBits(settings.dtypeC)) / 8);
  if (routed) put('routeMap', bytesOfInts(routeMap));
  if (scaleC !== undefined) put('scaleC', bytesOfFloats([scaleC]));
  if (blockScale) {
    put(isBatchM ? 'dqSfsB' : 'dqSfsA', weightScales.bytes);
    put(routed ? 'dqSfsTokens' : isBatchM ? 'dqSfsA' : 'dqSfsB', sourceScales.bytes);
    put('dqSfsC', (channels / 128) * padded * 4);
  }
  if (settings.persistent?.deviceTables) {
    put('numNonExitingCtas', bytesOfInts([ctaTables.ctaIdxXyToBatchIdx.length]));
    put('totalNumPaddedTokens', bytesOfInts([padded]));
    put('ctaIdxXyToBatchIdx', bytesOfInts(ctaTables.ctaIdxXyToBatchIdx));
    put('ctaIdxXyToMnLimit', bytesOfInts(ctaTables.ctaIdxXyToMnLimit));
  }

  const plan = planOf(settings, numTokens, ctaTables);
  const kernel = kernelOf(plan, settings);
  const params = new Uint8Array(kernel.paramsStructSize);
  packParams(plan, kernel, addresses, encodeMap, params);
  const { grid, block, cluster, sharedMemBytes } = plan;
  const launch = { params, grid, block, cluster, sharedMemBytes, memory };
  return {
    settings,
    weights,
    activations,
    weightScales,
    activationScales,
    expertOf,
    absent,
    kernel,
    plan,
    memory,
    addresses,
    launch,
  };
}
