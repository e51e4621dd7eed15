import { type Dtype, dtypeNames, isDtype, type KernelInfo } from '@gemm-preflight/types';

/** What a name tells of a kernel. */
export type KernelNameFacts = Partial<Omit<KernelInfo, 'cubin' | 'sha256'>>;

/** `BatchN_E4m3Fp32_Bfloat16_Tile128x8x128_EpiTile64x8_Mma64x8x32_Cluster1x1x1`, and behind it what else is on. */
const long =
  /(?:^|_)Batch([MN])_([A-Z][A-Za-z0-9]*)_([A-Z][A-Za-z0-9]*)_Tile(\d+)x(\d+)x(\d+)_EpiTile(\d+)x(\d+)_Mma(\d+)x(\d+)x(\d+)_Cluster(\d+)x\d+x(\d+)((?:_\w+)?)$/;

/** `bmm_C_AB_Acc_t128x8x128u2_s8_et64x8_m64x8x32_cga1x1x1`, and behind it what else is on. */
const short =
  /^[Bb]mm_([A-Z][A-Za-z0-9]*)_([A-Z][A-Za-z0-9]*)_([A-Z][A-Za-z0-9]*)_t(\d+)x(\d+)x(\d+)(?:u2)?(?:_s(\d+))?_et(\d+)x(\d+)_m(\d+)x(\d+)x(\d+)_c(?:ga)?\d+x\d+x\d+((?:_\w+)?)$/;

/**
 * Reads the options that published kernels have in their names. There are two schemes:
 *
 * - `…BatchN_E4m3Fp32_E4m3_Tile128x128x128_EpiTile64x128_Mma64x128x32_Cluster1x1x1_transposeMmaOutput_DsFp8_InplaceRoute_sm100a`,
 *   of the kernels of March to May 2025 and of our own: inputs and accumulator, output; three flags. Our own persistent kernels, as
 *   `…BatchN_E4m3Fp32_Bfloat16_Tile128x64x128_EpiTile64x64_Mma64x64x32_Cluster1x1x2_splitK2_dsFp8_transposeMmaOutput_persistent_sm90a`,
 *   also tell their rule set, their cluster and their parameter block;
 * - `bmm_E4m3_E4m3E4m3_Fp32_t128x8x128u2_s8_et64x8_m64x8x32_cga1x1x1_16dp256b_TN_transOut_noShflA_dsFp8_schedS_bN_dynBatch_sm100a`,
 *   of those since: output, A and B, accumulator; `s` stages.
 *
 * No name tells the shared memory or the threads, and only those of persistent kernels the version of the parameter block.
 * @returns what the name tells; nothing for a name of another scheme
 */
export function parseKernelName(name: string): KernelNameFacts {
  return parseLong(name) ?? parseShort(name) ?? {};
}

function parseLong(name: string): KernelNameFacts | undefined {
  const match = long.exec(name);
  if (match === null) return undefined;
  const [, batch, types = '', c, ...sizes] = match;
  const [tileM, tileN, tileK, epiM, epiN, mmaM, mmaN, mmaK, clusterX, clusterZ, rest = ''] = sizes;
  const flags = new Set(rest.split('_'));
  const slices = /_splitK(\d+)/i.exec(rest)?.[1];
  return {
    ...archOf(rest),
    batchMode: batch === 'M' ? 'batchM' : 'batchN',
    ...dtypes(...splitDtypes(types), c),
    ...tiles(tileM, tileN, tileK, epiM, epiN, mmaM, mmaN, mmaK),
    numSlicesForSplitK: Number(slices ?? 1),
    transposeMmaOutput: flags.has('transposeMmaOutput'),
    blockScale: flags.has('DsFp8') || flags.has('dsFp8'),
    permuteFusion: flags.has('InplaceRoute') || flags.has('routeAct'),
    ...(flags.has('persistent') && {
      ruleSet: 'hopper-native@1',
      paramsAbi: flags.has('dynBatch') ? 'trtllm-gen/2' : 'trtllm-gen/1',
      clusterDimX: Number(clusterX),
      clusterDimZ: Number(clusterZ),
    }),
  };
}

function parseShort(name: string): KernelNameFacts | undefined {
  const match = short.exec(name);
  if (match === null) return undefined;
  const [, c, inputs = '', acc, tileM, tileN, tileK, stages, epiM, epiN, mmaM, mmaN, mmaK, rest = ''] = match;
  const flags = new Set(rest.split('_'));
  const transposeMmaOutput = flags.has('transOut');
  const [a, b] = splitDtypes(inputs);
  const slices = /_splitK(\d+)/.exec(rest)?.[1];
  return {
    ...archOf(rest),
    ...(flags.has('bN') && { batchMode: 'batchN' }),
    ...(flags.has('bM') && { batchMode: 'batchM' }),
    // Of mixed inputs a catalog cannot tell.
    ...dtypes(a === b ? a : undefined, acc, c),
    ...tiles(tileM, tileN, tileK, epiM, epiN, mmaM, mmaN, mmaK),
    ...(stages !== undefined && { numStages: Number(stages) }),
    numSlicesForSplitK: Number(slices ?? 1),
    transposeMmaOutput,
    // Weights are shuffled where the output is transposed, unless the name says no (the exported tables agree).
    shuffledMatrixA: transposeMmaOutput && !flags.has('noShflA') && !flags.has('noShfl'),
    blockScale: flags.has('dsFp8'),
    permuteFusion: flags.has('ldgsts') || flags.has('rgTma'),
    useFusedAct: flags.has('swiGlu'),
  };
}

function archOf(rest: string): KernelNameFacts {
  const arch = /_(sm\d+[a-z]?)$/.exec(rest)?.[1];
  return arch === 'sm90a' || arch === 'sm100a' || arch === 'sm103a' ? { arch } : {};
}

/** `E4m3Fp32` as its two types; nothing where it is not two that are known. */
function splitDtypes(text: string): readonly [Dtype?, Dtype?] {
  for (const first of dtypeNames) {
    const second = text.slice(first.length);
    if (text.startsWith(first) && isDtype(second)) return [first, second];
  }
  return [];
}

function dtypes(elt?: string, acc?: string, c?: string): KernelNameFacts {
  const [dtypeElt, dtypeAcc, dtypeC] = [elt, acc, c].map((name) => (isDtype(name) ? name : undefined));
  return { ...(dtypeElt && { dtypeElt }), ...(dtypeC && { dtypeC }), ...(dtypeAcc && { dtypeAcc }) };
}

function tiles(...texts: readonly (string | undefined)[]): KernelNameFacts {
  const [
    tileM = 0,
    tileN = 0,
    tileK = 0,
    epilogueTileM = 0,
    epilogueTileN = 0,
    mmaM = 0,
    mmaN = 0,
    mmaK = 0,
  ] = texts.map(Number);
  return { tileM, tileN, tileK, epilogueTileM, epilogueTileN, mmaM, mmaN, mmaK };
}
