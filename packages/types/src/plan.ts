import type { BatchedGemmOptions } from './options.js';
import type { Dim3 } from './result.js';

/** The maps of a kernel-parameter block, and which buffer each describes. */
export type TensorMapName = 'tmaA' | 'tmaB' | 'tmaC' | 'tmaSfA' | 'tmaSfB';

/** Element types of `cuTensorMapEncodeTiled`, by the driver's names without their prefix. */
export type TensorMapDtype = 'UINT8' | 'FLOAT16' | 'BFLOAT16' | 'FLOAT32' | '16U4_ALIGN8B';

/** How the TMA permutes 16-byte chunks in shared memory. */
export type TensorMapSwizzle = 'NONE' | '32B' | '64B' | '128B';

/** The arguments of one `cuTensorMapEncodeTiled` call but the address. Interleave none, L2 promotion 128 B, fill none. */
export interface TensorMapSpec {
  readonly map: TensorMapName;
  readonly buffer: BufferName;
  readonly dtype: TensorMapDtype;
  /** Extents in elements, contiguous dimension first. */
  readonly globalDim: readonly number[];
  /** Bytes between neighbours of each dimension but the first. */
  readonly globalStrides: readonly number[];
  /** Elements that one copy moves along each dimension. */
  readonly boxDim: readonly number[];
  readonly elementStrides: readonly number[];
  readonly swizzle: TensorMapSwizzle;
}

/** The buffers that a launch reads and writes. */
export type BufferName =
  | 'a'
  | 'b'
  | 'c'
  | 'scaleC'
  | 'sfA'
  | 'sfB'
  | 'dqSfsA'
  | 'dqSfsB'
  | 'dqSfsC'
  | 'tokens'
  | 'routeMap'
  | 'dqSfsTokens'
  | 'sfTokens'
  | 'numNonExitingCtas'
  | 'totalNumPaddedTokens'
  | 'ctaIdxXyToBatchIdx'
  | 'ctaIdxXyToMnLimit';

/** A buffer that the caller has to bring. */
export interface BufferRequirement {
  readonly buffer: BufferName;
  /** Least size in bytes. */
  readonly bytes: number;
  /** Alignment of the address in bytes. */
  readonly alignment: number;
  readonly access: 'read' | 'write';
  /** A null address is allowed and means something the description says. */
  readonly optional: boolean;
  /** Shape, layout and type in words. */
  readonly description: string;
}

/** An attribute of a launch, in the order in which the launch passes them. */
export type LaunchAttribute =
  | { readonly id: 'clusterDimension'; readonly value: Dim3 }
  | { readonly id: 'clusterSchedulingPolicyPreference'; readonly value: 'default' }
  | { readonly id: 'programmaticStreamSerialization'; readonly value: boolean };

/** CTAs along the tokens, and what each works on. */
export interface CtaTables {
  /** CTA along the tokens → batch. */
  readonly ctaIdxXyToBatchIdx: readonly number[];
  /** CTA along the tokens → first padded token that is not its batch's any more. */
  readonly ctaIdxXyToMnLimit: readonly number[];
  /** CTAs · tile: the rows of the padded token space. */
  readonly totalNumPaddedTokens: number;
  /** Batch → first row in the padded token space. */
  readonly tokenOffsets: readonly number[];
}

/** Everything a launch needs that does not depend on addresses. */
export interface LaunchPlan {
  readonly functionName: string;
  readonly options: BatchedGemmOptions;
  readonly grid: Dim3;
  readonly block: Dim3;
  readonly cluster: Dim3;
  /** Dynamic shared memory in bytes. */
  readonly sharedMemBytes: number;
  /** The function's limit of dynamic shared memory has to be raised first (from 48 KiB on). */
  readonly raiseSharedMemLimit: boolean;
  readonly attributes: readonly LaunchAttribute[];
  readonly tensorMaps: readonly TensorMapSpec[];
  readonly buffers: readonly BufferRequirement[];
  readonly ctaTables: CtaTables;
  /** Shape of the padded output, rows first, in elements. */
  readonly outputShape: readonly [rows: number, columns: number];
  /** Multiply-accumulates ×2 of the tokens given, padding left out. */
  readonly flops: number;
  /**
   * The tables are in device memory, in buffers of this launch, and the grid has as many CTAs along the tokens as they can need;
   * `ctaTables` then holds none. Kernels with `trtllm-gen/2` alone.
   */
  readonly dynamicBatches: boolean;
  /** The most CTAs along x of a grid whose CTAs work off all tiles; absent where each tile has a CTA of its own. */
  readonly persistentCtas?: number;
}
