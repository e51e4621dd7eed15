export {
  ctaTableLength,
  type Field,
  type Fields,
  type FieldType,
  fieldBytes,
  type ParamsLayout,
} from './layout.js';
export { type AnyFields, type CommonFields, type PointerField, paramsLayouts } from './layouts.js';
export {
  type BufferAddresses,
  blockOf,
  type EncodeTensorMap,
  packParams,
  packSizes,
  pointersOf,
} from './pack-params.js';
export { type FieldsOfType, ParamsBlock, ParamsError } from './params-block.js';
export { operandStrideBytes, tileStridePerBatch, weightDimension } from './strides.js';
export { trtllmGen1 } from './trtllm-gen-1.js';
export { trtllmGen2 } from './trtllm-gen-2.js';
