// The tile variants of each kernel source: what the catalog says of them, and the macros that make them.
//
// The sources assert tiles, stages, threads and shared memory against the macros: an entry cannot promise what the kernel does
// not do.

const sharedMemoryLimit = 232_448; // bytes a CTA may have on compute capability 9.0 (CUDA programming guide)
const swizzleRowBytes = 128;
const barrierBytesPerStage = 16; // a full and an empty mbarrier

const bytesOf = { E4m3: 1, Bfloat16: 2, Fp16: 2 };
const operandNames = { E4m3: 'e4m3', Bfloat16: 'bf16', Fp16: 'fp16' };

/** The fields that all kernels of this package share. */
const common = {
  arch: 'sm90a',
  paramsAbi: 'trtllm-gen/1',
  paramsStructSize: 17280,
  shuffledMatrixA: false,
  numSlicesForSplitK: 1,
  dtypeAcc: 'Fp32',
  useTmaStore: true,
  useFusedAct: false,
  gateUseClusterSplitK: false,
  projGateNumSplitKSlices: 1,
};

// ---- FP8 with a scale per tensor, one tile a CTA (rule set trtllm-gen@2025-03) --------------------------------------------

function plainVariant(tileN) {
  const [tileM, tileK, numStages, threadsPerCta] = [128, 128, 4, 160];
  const sharedMemSize =
    numStages * (tileM + tileN) * tileK + tileM * tileN * bytesOf.Bfloat16 + numStages * barrierBytesPerStage;
  return {
    source: 'src/batched-gemm-e4m3-bf16-sm90a.cu',
    entry: {
      functionName:
        `preflight_BatchN_E4m3Fp32_Bfloat16_Tile${tileM}x${tileN}x${tileK}_EpiTile${tileM}x${tileN}` +
        `_Mma64x${tileN}x32_Cluster1x1x1_transposeMmaOutput_sm90a`,
      ...common,
      ruleSet: 'trtllm-gen@2025-03',
      batchMode: 'batchN',
      transposeMmaOutput: true,
      sharedMemSize,
      threadsPerCta,
      blockScale: false,
      permuteFusion: false,
      tileM,
      tileN,
      tileK,
      epilogueTileM: tileM,
      epilogueTileN: tileN,
      mmaM: 64,
      mmaN: tileN,
      mmaK: 32,
      dtypeElt: 'E4m3',
      dtypeC: 'Bfloat16',
      numStages,
    },
    defines: {
      TILE_M: tileM,
      TILE_N: tileN,
      TILE_K: tileK,
      NUM_STAGES: numStages,
      THREADS_PER_CTA: threadsPerCta,
      SHARED_MEM_SIZE: sharedMemSize,
    },
  };
}

// ---- The family of rule set hopper-native@1 ------------------------------------------------------------------------------

const threadsPerCta = 384; // a producer warpgroup and two of consumers

/** What a CTA needs in shared memory beside its stages, and with each stage. */
function sharedMemoryOf({ batchMode, tileM, tileN, dtypeC, blockScale, slices = 1 }) {
  const scaleBytes = batchMode === 'batchN' && blockScale ? tileN * 4 : 0;
  const maxima = batchMode === 'batchN' && blockScale && dtypeC === 'E4m3' ? 8 * tileN * 4 : 0; // of eight warps
  const slice = slices > 1 ? tileM * tileN * 4 + 16 : 0; // a slice's sums in fp32, and two mbarriers
  return {
    perStage: (tileM + tileN) * swizzleRowBytes + scaleBytes + barrierBytesPerStage,
    fixed: 2 * 64 * tileN * bytesOf[dtypeC] + maxima + slice, // a staged epilogue tile for each consumer
  };
}

function hopperVariant(shape) {
  const {
    batchMode,
    tileM,
    tileN,
    dtypeElt,
    dtypeC,
    blockScale,
    clusterDimX = 1,
    slices = 1,
    routed = false,
  } = shape;
  const paramsAbi = shape.paramsAbi ?? common.paramsAbi;
  const tileK = swizzleRowBytes / bytesOf[dtypeElt];
  const mmaK = 32 / bytesOf[dtypeElt];
  const { perStage, fixed } = sharedMemoryOf(shape);
  const numStages = Math.min(12, Math.floor((sharedMemoryLimit - fixed) / perStage));
  const sharedMemSize = fixed + numStages * perStage;
  const batchN = batchMode === 'batchN';

  const name = [
    'preflight',
    batchN ? 'BatchN' : 'BatchM',
    `${dtypeElt}Fp32`,
    dtypeC,
    `Tile${tileM}x${tileN}x${tileK}`,
    `EpiTile64x${tileN}`,
    `Mma64x${tileN}x${mmaK}`,
    `Cluster${clusterDimX}x1x${slices}`,
    ...(slices > 1 ? [`splitK${slices}`] : []),
    ...(routed ? ['routeAct'] : []),
    ...(blockScale ? ['dsFp8'] : []),
    ...(paramsAbi === 'trtllm-gen/2' ? ['dynBatch'] : []),
    ...(batchN ? ['transposeMmaOutput'] : []),
    'persistent',
    'sm90a',
  ];
  return {
    source: `src/batched-gemm-batch-${batchN ? 'n' : 'm'}-sm90a.cu`,
    entry: {
      functionName: name.join('_'),
      ...common,
      ruleSet: 'hopper-native@1',
      paramsAbi,
      batchMode,
      transposeMmaOutput: batchN,
      sharedMemSize,
      threadsPerCta,
      blockScale,
      permuteFusion: routed,
      tileM,
      tileN,
      tileK,
      epilogueTileM: 64,
      epilogueTileN: tileN,
      mmaM: 64,
      mmaN: tileN,
      mmaK,
      clusterDimX,
      clusterDimZ: slices,
      numSlicesForSplitK: slices,
      projGateNumSplitKSlices: slices,
      dtypeElt,
      dtypeC,
      numStages,
    },
    defines: {
      TILE_M: tileM,
      TILE_N: tileN,
      NUM_STAGES: numStages,
      ...(batchN ? { SPLIT_K: slices } : { CLUSTER_SIZE: clusterDimX }),
      ROUTED: Number(routed),
      BLOCK_SCALE: Number(blockScale),
      OPERAND: operandNames[dtypeElt],
      OUTPUT: operandNames[dtypeC],
      PARAMS_ABI: paramsAbi === 'trtllm-gen/2' ? 2 : 1,
      THREADS_PER_CTA: threadsPerCta,
      SHARED_MEM_SIZE: sharedMemSize,
    },
  };
}

const tiles = [
  ...[8, 16, 32, 64, 128].map((tileN) => ({ batchMode: 'batchN', tileM: 128, tileN })),
  { batchMode: 'batchM', tileM: 128, tileN: 128, clusterDimX: 1 },
  { batchMode: 'batchM', tileM: 128, tileN: 128, clusterDimX: 2 },
  { batchMode: 'batchM', tileM: 256, tileN: 128, clusterDimX: 1 },
  { batchMode: 'batchM', tileM: 256, tileN: 128, clusterDimX: 2 },
];

const dtypes = [
  { dtypeElt: 'E4m3', dtypeC: 'Bfloat16', blockScale: true },
  { dtypeElt: 'E4m3', dtypeC: 'E4m3', blockScale: true },
  { dtypeElt: 'E4m3', dtypeC: 'Bfloat16', blockScale: false },
  { dtypeElt: 'E4m3', dtypeC: 'Fp16', blockScale: false },
  { dtypeElt: 'E4m3', dtypeC: 'E4m3', blockScale: false },
  { dtypeElt: 'Bfloat16', dtypeC: 'Bfloat16', blockScale: false },
  { dtypeElt: 'Fp16', dtypeC: 'Fp16', blockScale: false },
];

/** Tokens in any order, gathered by the kernel. */
const routedTiles = tiles.filter((tile) => tile.clusterDimX !== 2).map((tile) => ({ ...tile, routed: true }));

/** For few tiles: a cluster shares each. */
const splitTiles = [8, 16, 32, 64].flatMap((tileN) =>
  [2, 4].map((slices) => ({ batchMode: 'batchN', tileM: 128, tileN, slices })),
);

/** Token counts that only the device knows: for the scaling that mixtures of experts are served with. */
const dynamic = { ...dtypes[0], paramsAbi: 'trtllm-gen/2' };

/** Every kernel of the package: its catalog entry, its source and the macros that make it. */
export function familyVariants() {
  return [
    ...[8, 16, 32, 64].map(plainVariant),
    ...dtypes.flatMap((types) => tiles.map((tile) => hopperVariant({ ...tile, ...types }))),
    ...tiles.map((tile) => hopperVariant({ ...tile, ...dynamic })),
    ...dtypes.slice(0, 2).flatMap((types) => routedTiles.map((tile) => hopperVariant({ ...tile, ...types }))),
    ...splitTiles.map((tile) => hopperVariant({ ...tile, ...dtypes[0] })),
  ];
}
