import type { Dtype } from './dtype.js';
import type { RuleSetName } from './rules/index.js';
import type { Arch } from './target.js';

/** The versions of the kernel-parameter block. */
export const paramsAbis = ['trtllm-gen/1', 'trtllm-gen/2'] as const;
/** A version of the kernel-parameter block. */
export type ParamsAbi = (typeof paramsAbis)[number];

/** Bytes of each version of the parameter block. */
export const paramsBytes: Readonly<Record<ParamsAbi, number>> = {
  'trtllm-gen/1': 17_280,
  'trtllm-gen/2': 17_280,
};

/** What a check has to know of the kernel that options are for, beside the options that it was compiled with. */
export type KernelFacts = Pick<
  KernelInfo,
  'arch' | 'sharedMemSize' | 'threadsPerCta' | 'paramsAbi' | 'paramsStructSize'
>;

/** A compiled kernel, as a catalog describes it. */
export interface KernelInfo {
  /** The symbol in the cubin. */
  readonly functionName: string;
  readonly arch: Arch;
  /** The constraints that this kernel obeys. */
  readonly ruleSet: RuleSetName;
  readonly paramsAbi: ParamsAbi;
  /** Bytes of the parameter block, to be compared with the packer's and the cubin's own. */
  readonly paramsStructSize: number;
  /** Which dimension the tokens run along. */
  readonly batchMode: 'batchM' | 'batchN';
  readonly transposeMmaOutput: boolean;
  /** Dynamic shared memory in bytes. */
  readonly sharedMemSize: number;
  readonly threadsPerCta: number;
  /** DeepSeek FP8 scales. */
  readonly blockScale: boolean;
  /** Gathers unpermuted tokens through a routing map. */
  readonly permuteFusion: boolean;
  readonly shuffledMatrixA: boolean;
  readonly tileM: number;
  readonly tileN: number;
  readonly tileK: number;
  readonly epilogueTileM: number;
  readonly epilogueTileN: number;
  readonly mmaM: number;
  readonly mmaN: number;
  readonly mmaK: number;
  readonly numSlicesForSplitK: number;
  /** CTAs of a cluster along x that the kernel was compiled for; absent where the launch decides. */
  readonly clusterDimX?: number;
  /** The same along z. */
  readonly clusterDimZ?: number;
  readonly dtypeElt: Dtype;
  readonly dtypeC: Dtype;
  readonly dtypeAcc: Dtype;
  readonly useTmaStore: boolean;
  readonly numStages: number;
  readonly useFusedAct: boolean;
  readonly gateUseClusterSplitK: boolean;
  readonly projGateNumSplitKSlices: number;
  /**
   * Path of the cubin, relative to the catalog file, and for readers that do not trust the catalog below its folder; absent when
   * the catalog has metadata alone.
   */
  readonly cubin?: string;
  /** Hex digest of the cubin's bytes. Preflight’s commands do not load cubins without. */
  readonly sha256?: string;
}

/** A list of kernels. */
export interface KernelCatalog {
  readonly note?: string;
  readonly kernels: readonly KernelInfo[];
}
