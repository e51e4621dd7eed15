import type {
  BufferName,
  BufferRequirement,
  KernelInfo,
  LaunchPlan,
  TensorMapSpec,
} from '@gemm-preflight/types';
import { type AnyFields, type PointerField, paramsLayouts } from './layouts.js';
import { ParamsBlock, ParamsError } from './params-block.js';
import { operandStrideBytes, tileStridePerBatch, weightDimension } from './strides.js';

/** Device addresses of the buffers of a launch; absent or 0n: null. */
export type BufferAddresses = { readonly [B in BufferName]?: bigint };

/** Makes the 128 bytes of a tensor map: `cuTensorMapEncodeTiled`, or the emulator's stand-in for it. */
export type EncodeTensorMap = (spec: TensorMapSpec, address: bigint) => Uint8Array;

function requireAddresses(buffers: readonly BufferRequirement[], addresses: BufferAddresses): void {
  const missing = buffers.filter(({ buffer, optional }) => !optional && !addresses[buffer]);
  if (missing.length === 0) return;
  const list = missing.map(
    ({ buffer, bytes, description }) => `"${buffer}" (${bytes} bytes: ${description})`,
  );
  throw new ParamsError(`no address for ${list.join(', ')}`);
}

function packTensorMaps(
  block: ParamsBlock<AnyFields>,
  specs: readonly TensorMapSpec[],
  addresses: BufferAddresses,
  encodeMap: EncodeTensorMap,
): void {
  for (const spec of specs) {
    const address = addresses[spec.buffer];
    if (!address) throw new ParamsError(`${spec.map} maps the buffer "${spec.buffer}", which has no address`);
    block.setTensorMap(spec.map, encodeMap(spec, address));
  }
}

/** The pointers of a block that a launch uses, and the buffers whose addresses they hold. */
export function pointersOf({
  options,
  dynamicBatches,
}: LaunchPlan): readonly (readonly [field: PointerField, buffer: BufferName])[] {
  const { dtypeElt, dtypeC, routeAct, useDeepSeekFp8, useTmaStore } = options;
  const hasInputScales = useDeepSeekFp8 && dtypeElt === 'E4m3';
  const hasBlockScales = dtypeElt === 'E2m1';
  const all: readonly (readonly [PointerField, BufferName, boolean])[] = [
    ['ptrA', 'a', true],
    ['ptrB', 'b', true],
    ['ptrC', 'c', !useTmaStore],
    ['ptrScaleC', 'scaleC', true],
    ['ptrDqSfsA', 'dqSfsA', hasInputScales],
    ['ptrDqSfsB', 'dqSfsB', hasInputScales],
    ['ptrDqSfsC', 'dqSfsC', useDeepSeekFp8 && dtypeC === 'E4m3'],
    ['ptrSfA', 'sfA', hasBlockScales],
    ['ptrSfB', 'sfB', hasBlockScales],
    ['ptrTokens', 'tokens', routeAct],
    ['routeMap', 'routeMap', routeAct],
    ['ptrDqSfsTokens', 'dqSfsTokens', routeAct && hasInputScales],
    ['ptrSfTokens', 'sfTokens', routeAct && hasBlockScales],
    ['ptrNumNonExitingCtas', 'numNonExitingCtas', dynamicBatches],
    ['ptrTotalNumPaddedTokens', 'totalNumPaddedTokens', dynamicBatches],
    ['ptrCtaIdxXyToBatchIdx', 'ctaIdxXyToBatchIdx', dynamicBatches],
    ['ptrCtaIdxXyToMnLimit', 'ctaIdxXyToMnLimit', dynamicBatches],
  ];
  return all.flatMap(([field, buffer, isUsed]) => (isUsed ? [[field, buffer] as const] : []));
}

/** Writes what does not depend on addresses. */
export function packSizes(block: ParamsBlock<AnyFields>, { options, ctaTables }: LaunchPlan): void {
  const stride = BigInt(operandStrideBytes(options));
  block.setI32('k', options.k);
  block.setI32('nm', weightDimension(options).nm);
  block.setI32('tileStridePerBatch', tileStridePerBatch(options));
  block.setU64('strideInBytesA', stride);
  block.setU64('strideInBytesB', stride);
  block.setCtaTable('ctaIdxXyToBatchIdx', ctaTables.ctaIdxXyToBatchIdx);
  block.setCtaTable('ctaIdxXyToMnLimit', ctaTables.ctaIdxXyToMnLimit);
  block.setI32('totalNumPaddedTokens', ctaTables.totalNumPaddedTokens);
  block.setI32('numTokens', options.numTokens);
  // One GPU: no tensor parallelism, so the barriers of an all-reduce stay null.
  block.setI32('rank', 0);
  block.setI32('tpGrpSize', 1);
}

/**
 * The block of a kernel's version.
 * @throws {ParamsError} when the kernel says that it has another size
 */
export function blockOf(kernel: KernelInfo, bytes: Uint8Array): ParamsBlock<AnyFields> {
  const layout = paramsLayouts[kernel.paramsAbi];
  if (kernel.paramsStructSize !== layout.bytes) {
    throw new ParamsError(
      `${kernel.functionName} takes ${kernel.paramsStructSize} bytes of parameters, its version ${layout.abi} has ${layout.bytes}`,
    );
  }
  return new ParamsBlock(layout, bytes);
}

/**
 * Fills a parameter block for one launch. Everything that the launch does not use is zero.
 * @param addresses - where the plan's buffers are; those that the kernel's types and options do not use are ignored.
 * @param block - receives the parameters: `kernel.paramsStructSize` bytes.
 * @throws {ParamsError} when a buffer that the plan needs has no address, a value does not fit its field, or the block's
 * size is not the one of the kernel's `paramsAbi`. The block's content is then undefined.
 */
export function packParams(
  plan: LaunchPlan,
  kernel: KernelInfo,
  addresses: BufferAddresses,
  encodeMap: EncodeTensorMap,
  block: Uint8Array,
): void {
  const params = blockOf(kernel, block);
  requireAddresses(plan.buffers, addresses);
  params.clear();
  packTensorMaps(params, plan.tensorMaps, addresses, encodeMap);
  for (const [field, buffer] of pointersOf(plan)) params.setPointer(field, addresses[buffer] ?? 0n);
  packSizes(params, plan);
}
