import type { KernelInfo } from '@gemm-preflight/types';
import { type AnyFields, ParamsBlock, paramsLayouts } from '../../params/index.js';
import type { DeviceMemory, EmulatedLaunch } from '../options.js';
import { type CtaLookup, readCtaLookup } from './cta-tables.js';
import { type ElementType, elementType } from './element-types.js';
import { KernelFaultError } from './kernel-fault.js';
import { type MappedMatrix, mappedMatrix } from './mapped-matrix.js';
import { type Roles, rolesOf } from './roles.js';

/** What one launch works on, read from its parameter block and from nothing else. */
export interface LaunchState {
  readonly kernel: KernelInfo;
  readonly roles: Roles;
  readonly memory: DeviceMemory;
  readonly params: ParamsBlock<AnyFields>;
  /** Type of weights and activations. */
  readonly element: ElementType;
  /** All experts' weights: [experts · channels, k]. */
  readonly weights: MappedMatrix;
  /** The activations: [padded tokens, k]; undefined where a route map tells which tokens to gather. */
  readonly activations: MappedMatrix | undefined;
  /** The output: [padded tokens, channels]. */
  readonly output: MappedMatrix;
  /** Elements of k that the main loop runs over: whole tiles, of each slice as many. */
  readonly depth: number;
  readonly lookup: CtaLookup;
}

/** The numbers that a kernel was compiled with have to be those it is launched with. */
function checkLaunch(kernel: KernelInfo, { block, sharedMemBytes }: EmulatedLaunch): void {
  const { functionName, threadsPerCta, sharedMemSize } = kernel;
  if (block.x !== threadsPerCta || block.y !== 1 || block.z !== 1) {
    const given = `${block.x} × ${block.y} × ${block.z}`;
    throw new KernelFaultError(
      `${functionName} works with ${threadsPerCta} × 1 × 1 threads, launched with ${given}`,
    );
  }
  if (sharedMemBytes < sharedMemSize) {
    throw new KernelFaultError(
      `${functionName} uses ${sharedMemSize} bytes of dynamic shared memory, launched with ${sharedMemBytes}`,
    );
  }
}

/** Kernels of the family find an expert's weights by one or the other of the two, so both have to be right. */
function checkWeightStride(params: ParamsBlock<AnyFields>, tile: number): void {
  const nm = params.getI32('nm');
  const tiles = params.getI32('tileStridePerBatch');
  if (tiles * tile !== nm) {
    throw new KernelFaultError(`nm is ${nm}, but tileStridePerBatch says ${tiles} tiles of ${tile}`);
  }
}

function wholeTiles(k: number, step: number): number {
  return Math.max(0, Math.trunc(k / step) * step);
}

/**
 * Reads a launch's parameter block.
 * @throws {KernelFaultError} when the launch is not one that the kernel was compiled for.
 * @throws {ParamsError} when the block has the wrong size.
 */
export function readLaunch(kernel: KernelInfo, launch: EmulatedLaunch): LaunchState {
  checkLaunch(kernel, launch);
  const { memory } = launch;
  const params = new ParamsBlock(
    paramsLayouts[kernel.paramsAbi],
    launch.params.subarray(0, kernel.paramsStructSize),
  );
  const roles = rolesOf(kernel);
  const element = elementType(kernel.dtypeElt);
  const outputElement = elementType(kernel.dtypeC);
  if (element === undefined || outputElement === undefined) {
    throw new KernelFaultError(`${kernel.functionName} has types that cannot be emulated`);
  }
  checkWeightStride(params, roles.weights.tile);

  const operand = (name: 'tmaA' | 'tmaB', rowTile: number): MappedMatrix =>
    mappedMatrix(
      name,
      params.getTensorMap(name),
      { type: element, innerTile: kernel.tileK, rowTile },
      memory,
    );
  const { channels, tokens } = roles.epilogueTile;
  const outputBox = { type: outputElement, innerTile: channels, rowTile: tokens };
  return {
    kernel,
    roles,
    memory,
    params,
    element,
    weights: operand(roles.weights.map, roles.weights.tile),
    activations: kernel.permuteFusion ? undefined : operand(roles.tokens.map, roles.tokens.tile),
    output: mappedMatrix('tmaC', params.getTensorMap('tmaC'), outputBox, memory),
    depth: wholeTiles(params.getI32('k'), kernel.tileK * kernel.numSlicesForSplitK),
    lookup: readCtaLookup(kernel, params, memory),
  };
}
