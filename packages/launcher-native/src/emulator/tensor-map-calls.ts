import { cudaAbi, type DriverCalls } from '../driver/sys/index.js';
import type { EmulatedGpu } from './gpu.js';
import { decodeTensorMap, type EmulatedTensorMap, enumeratorName, packTensorMap } from './tensor-map.js';
import { brokenTensorMapRule } from './tensor-map-rules.js';

const { resultCodes } = cudaAbi;

type TensorMapCalls = Pick<DriverCalls, 'cuTensorMapEncodeTiled' | 'prepareTensorMapReplaceAddress'>;

/** Tensor maps: every documented constraint is checked, and the arguments are packed for emulated kernels to read. */
export function tensorMapCalls(gpu: EmulatedGpu): TensorMapCalls {
  return {
    cuTensorMapEncodeTiled: (tensorMap, ...args) =>
      gpu.inContext(() => {
        if (gpu.options.target.smVersion < 90) return resultCodes.CUDA_ERROR_NOT_SUPPORTED;
        const map = named(...args);
        if (map === undefined || brokenTensorMapRule(map) !== undefined)
          return resultCodes.CUDA_ERROR_INVALID_VALUE;
        tensorMap.set(packTensorMap(map));
        return resultCodes.CUDA_SUCCESS;
      }),
    prepareTensorMapReplaceAddress: (tensorMap) => (globalAddress) =>
      gpu.inContext(() => {
        const map = decodeTensorMap(tensorMap);
        const moved = map && { ...map, globalAddress };
        if (moved === undefined || brokenTensorMapRule(moved) !== undefined)
          return resultCodes.CUDA_ERROR_INVALID_VALUE;
        tensorMap.set(packTensorMap(moved));
        return resultCodes.CUDA_SUCCESS;
      }),
  };
}

type Arguments =
  Parameters<DriverCalls['cuTensorMapEncodeTiled']> extends [unknown, ...infer Rest] ? Rest : never;

/** The arguments by name; undefined when an array is too short or an enumerator unknown. */
function named(...args: Arguments): EmulatedTensorMap | undefined {
  const [dataType, rank, globalAddress, globalDim, globalStrides, boxDim, elementStrides, ...modes] = args;
  const [interleaveCode, swizzleCode, l2PromotionCode, oobFillCode] = modes;
  const dtype = enumeratorName(cudaAbi.tensorMapDataTypes, dataType);
  const interleave = enumeratorName(cudaAbi.tensorMapInterleaves, interleaveCode);
  const swizzle = enumeratorName(cudaAbi.tensorMapSwizzles, swizzleCode);
  const l2Promotion = enumeratorName(cudaAbi.tensorMapL2Promotions, l2PromotionCode);
  const oobFill = enumeratorName(cudaAbi.tensorMapOobFills, oobFillCode);
  if (!dtype || !interleave || !swizzle || !l2Promotion || !oobFill) return undefined;
  const lengths = [globalDim.length, globalStrides.length + 1, boxDim.length, elementStrides.length];
  if (lengths.some((length) => length < rank)) return undefined;
  const first = (values: BigUint64Array | Uint32Array, count: number) =>
    Array.from(values.subarray(0, count), Number);
  return {
    dtype,
    globalAddress,
    globalDim: first(globalDim, rank),
    globalStrides: first(globalStrides, Math.max(0, rank - 1)),
    boxDim: first(boxDim, rank),
    elementStrides: first(elementStrides, rank),
    interleave,
    swizzle,
    l2Promotion,
    oobFill,
  };
}
