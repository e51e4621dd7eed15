import { dtypeNames } from './dtype.js';
import { paramsAbis } from './kernel.js';
import { measurementProperties } from './measurement-schema.js';
import { type OptionField, optionFields } from './option-fields.js';
import { allReduceAlgos, splitKModes } from './options.js';
import { ruleSetNames } from './rules/index.js';
import { targetNames } from './target.js';

/** A JSON Schema, draft 2020-12. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

const draft = 'https://json-schema.org/draft/2020-12/schema';
const int32 = { type: 'integer', minimum: -(2 ** 31), maximum: 2 ** 31 - 1 } as const;
const positive = { type: 'integer', minimum: 1, maximum: 2 ** 31 - 1 } as const;
const bool = { type: 'boolean' } as const;
const dtype = { type: 'string', enum: dtypeNames } as const;
const tolerance = { type: 'number', minimum: 0 } as const;
const tokens = {
  type: 'array',
  minItems: 1,
  items: { type: 'integer', minimum: 0, maximum: 2 ** 31 - 1 },
} as const;

/** The schema of one option's value. Ranges are the checker's business; the schema asks for 32-bit integers. */
function valueSchema({ kind, description }: OptionField): JsonSchema {
  switch (kind) {
    case 'bool':
      return { ...bool, description };
    case 'int':
      return { ...int32, description };
    case 'float':
      return { type: 'number', description };
    case 'dtype':
      return { ...dtype, description };
    case 'allReduceAlgo':
      return { type: 'string', enum: allReduceAlgos, description };
    case 'splitKMode':
      return { type: 'string', enum: splitKModes, description };
    case 'intList':
      return { type: 'array', items: int32, description };
  }
}

/** Schema of the options of one batched GEMM. */
export const optionsSchema: JsonSchema = {
  $schema: draft,
  $id: 'urn:gemm-preflight:schema:options',
  title: 'Options of a batched GEMM',
  type: 'object',
  properties: Object.fromEntries(optionFields.map((field) => [field.name, valueSchema(field)])),
  required: optionFields.filter(({ optional }) => !optional).map(({ name }) => name),
  additionalProperties: false,
};

const { $schema: _, $id: __, ...embeddedOptions } = optionsSchema;

/** Schema of a case to check: options, and the target to check them for. */
export const caseSchema: JsonSchema = {
  $schema: draft,
  $id: 'urn:gemm-preflight:schema:case',
  title: 'A configuration to check',
  type: 'object',
  properties: {
    $schema: { type: 'string' },
    name: { type: 'string', description: 'What to call it in reports.' },
    target: { type: 'string', enum: targetNames, description: 'The GPU to check for.' },
    ruleSet: {
      type: 'string',
      enum: ruleSetNames,
      description:
        'The rules to check by; default: those of the kernel, or where none is named, of most kernels.',
    },
    kernel: {
      type: 'string',
      minLength: 1,
      description: 'The compiled kernel that the options are for, by its functionName in a catalog.',
    },
    options: embeddedOptions,
  },
  required: ['options'],
  additionalProperties: false,
};

const problemProperties = {
  name: { type: 'string', description: 'What to call it in reports.' },
  batchM: { ...bool, description: 'Tokens run along m (true) or along n (false).' },
  transposeMmaOutput: { ...bool, description: 'The output is [n, m] instead of [m, n].' },
  m: { ...int32, description: 'Rows of the output: with batchN, of each expert’s weights.' },
  n: { ...int32, description: 'Columns of the output: with batchM, of each expert’s weights.' },
  k: { ...int32, description: 'Elements that each output sums over.' },
  tokensPerBatch: { ...tokens, description: 'Tokens of each batch (expert).' },
  numTokens: { ...int32, description: 'Tokens before routing; default: the sum of the batches.' },
  dtypeElt: { ...dtype, description: 'Type of A and B.' },
  dtypeC: { ...dtype, description: 'Type of the output.' },
  blockScale: { ...bool, description: 'Needs DeepSeek scales.' },
  permuteFusion: { ...bool, description: 'Tokens arrive unpermuted, with a routing map.' },
  inputFrom: {
    type: 'string',
    minLength: 1,
    description: 'The earlier problem whose E4m3 output, with its scales, are the tokens of this one.',
  },
  clusterDimX: positive,
  clusterDimY: positive,
  clusterDimZ: positive,
  allReduceAlgo: { type: 'string', enum: allReduceAlgos },
  atol: tolerance,
  rtol: tolerance,
} as const;

const requiredOfProblem = ['batchM', 'transposeMmaOutput', 'm', 'n', 'k', 'dtypeElt', 'dtypeC'] as const;
const problem = {
  type: 'object',
  properties: problemProperties,
  required: requiredOfProblem,
  additionalProperties: false,
} as const;

/** Schema of a file of problems. */
export const problemSchema: JsonSchema = {
  $schema: draft,
  $id: 'urn:gemm-preflight:schema:problem',
  title: 'GEMM problems, before a kernel is chosen',
  type: 'object',
  properties: {
    $schema: { type: 'string' },
    name: { type: 'string' },
    description: { type: 'string' },
    target: { type: 'string', enum: targetNames, description: 'The GPU to plan for.' },
    tokensPerBatch: { ...tokens, description: 'Tokens of each expert, for problems without their own.' },
    problems: {
      type: 'array',
      minItems: 1,
      items: problem,
    },
  },
  required: ['problems'],
  additionalProperties: false,
};

const kernelProperties = {
  functionName: { type: 'string', minLength: 1, description: 'The symbol in the cubin.' },
  arch: { type: 'string', enum: ['sm90a', 'sm100a', 'sm103a'] },
  ruleSet: { type: 'string', enum: ruleSetNames },
  paramsAbi: { type: 'string', enum: paramsAbis },
  paramsStructSize: { ...positive, description: 'Bytes of the parameter block.' },
  batchMode: { type: 'string', enum: ['batchM', 'batchN'] },
  transposeMmaOutput: bool,
  sharedMemSize: { ...int32, minimum: 0, description: 'Dynamic shared memory in bytes.' },
  threadsPerCta: positive,
  blockScale: bool,
  permuteFusion: bool,
  shuffledMatrixA: bool,
  tileM: int32,
  tileN: int32,
  tileK: int32,
  epilogueTileM: int32,
  epilogueTileN: int32,
  mmaM: int32,
  mmaN: int32,
  mmaK: int32,
  numSlicesForSplitK: int32,
  clusterDimX: { ...positive, description: 'CTAs of a cluster along x; where the launch decides, none.' },
  clusterDimZ: { ...positive, description: 'CTAs of a cluster along z; where the launch decides, none.' },
  dtypeElt: dtype,
  dtypeC: dtype,
  dtypeAcc: dtype,
  useTmaStore: bool,
  numStages: int32,
  useFusedAct: bool,
  gateUseClusterSplitK: bool,
  projGateNumSplitKSlices: positive,
  cubin: { type: 'string', description: 'Path of the cubin, relative to the catalog’s folder and below it.' },
  sha256: { type: 'string', pattern: '^[0-9a-f]{64}$' },
} as const;

const optionalKernelProperties: readonly string[] = ['clusterDimX', 'clusterDimZ', 'cubin', 'sha256'];

/** @param required what has to be said of each kernel */
function kernelsSchema(id: string, title: string, required: readonly string[]): JsonSchema {
  return {
    $schema: draft,
    $id: `urn:gemm-preflight:schema:${id}`,
    title,
    type: 'object',
    properties: {
      $schema: { type: 'string' },
      note: { type: 'string' },
      kernels: {
        type: 'array',
        items: { type: 'object', properties: kernelProperties, required, additionalProperties: false },
      },
    },
    required: ['kernels'],
    additionalProperties: false,
  };
}

/** Schema of a file that knows something of kernels, by their names: a catalog is one, and so is a part of it. */
export const metadataSchema: JsonSchema = kernelsSchema('metadata', 'What is known of compiled kernels', [
  'functionName',
]);

/** Schema of a kernel catalog. */
export const catalogSchema: JsonSchema = kernelsSchema(
  'catalog',
  'A catalog of compiled kernels',
  Object.keys(kernelProperties).filter((name) => !optionalKernelProperties.includes(name)),
);

/** Schema of a file of measured times. */
export const measurementSchema: JsonSchema = {
  $schema: draft,
  $id: 'urn:gemm-preflight:schema:measurements',
  title: 'What kernels took on one GPU',
  type: 'object',
  properties: measurementProperties(problem, requiredOfProblem),
  required: ['version', 'device', 'measuredAt', 'measurements'],
  additionalProperties: false,
};

/** Every schema, by the name of its file. */
export const schemas = {
  options: optionsSchema,
  case: caseSchema,
  problem: problemSchema,
  catalog: catalogSchema,
  measurements: measurementSchema,
} as const satisfies Record<string, JsonSchema>;
