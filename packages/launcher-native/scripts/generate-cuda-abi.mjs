// Writes src/driver/sys/cuda-abi.ts: every constant, size and offset of the CUDA driver API that the launcher uses, as a
// C compiler sees them in cuda.h.
//
//   node scripts/generate-cuda-abi.mjs            rewrite the file
//   node scripts/generate-cuda-abi.mjs --stdout   print it instead
//
// The header is looked for in $CUDA_HOME/include, then /usr/local/cuda/include; the compiler is $CC, or cc.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const words = (text) => text.trim().split(/\s+/);

/** Enumerators by table: the C names are the prefix and these names. */
const constants = [
  {
    table: 'deviceAttributes',
    doc: '`CUdevice_attribute`, without `CU_DEVICE_ATTRIBUTE_`.',
    prefix: 'CU_DEVICE_ATTRIBUTE_',
    names: words(`
      MAX_THREADS_PER_BLOCK MAX_BLOCK_DIM_X MAX_BLOCK_DIM_Y MAX_BLOCK_DIM_Z MAX_GRID_DIM_X MAX_GRID_DIM_Y MAX_GRID_DIM_Z
      MAX_SHARED_MEMORY_PER_BLOCK TOTAL_CONSTANT_MEMORY WARP_SIZE MAX_REGISTERS_PER_BLOCK CLOCK_RATE
      MULTIPROCESSOR_COUNT INTEGRATED CONCURRENT_KERNELS ECC_ENABLED PCI_BUS_ID PCI_DEVICE_ID PCI_DOMAIN_ID
      MEMORY_CLOCK_RATE GLOBAL_MEMORY_BUS_WIDTH L2_CACHE_SIZE MAX_THREADS_PER_MULTIPROCESSOR UNIFIED_ADDRESSING
      COMPUTE_CAPABILITY_MAJOR COMPUTE_CAPABILITY_MINOR MAX_SHARED_MEMORY_PER_MULTIPROCESSOR
      MAX_REGISTERS_PER_MULTIPROCESSOR COOPERATIVE_LAUNCH MAX_SHARED_MEMORY_PER_BLOCK_OPTIN
      MAX_BLOCKS_PER_MULTIPROCESSOR RESERVED_SHARED_MEMORY_PER_BLOCK CLUSTER_LAUNCH MEMORY_POOLS_SUPPORTED TENSOR_MAP_ACCESS_SUPPORTED`),
  },
  {
    table: 'functionAttributes',
    doc: '`CUfunction_attribute`, without `CU_FUNC_ATTRIBUTE_`.',
    prefix: 'CU_FUNC_ATTRIBUTE_',
    names: words(`
      MAX_THREADS_PER_BLOCK SHARED_SIZE_BYTES CONST_SIZE_BYTES LOCAL_SIZE_BYTES NUM_REGS PTX_VERSION BINARY_VERSION
      CACHE_MODE_CA MAX_DYNAMIC_SHARED_SIZE_BYTES PREFERRED_SHARED_MEMORY_CARVEOUT CLUSTER_SIZE_MUST_BE_SET
      REQUIRED_CLUSTER_WIDTH REQUIRED_CLUSTER_HEIGHT REQUIRED_CLUSTER_DEPTH NON_PORTABLE_CLUSTER_SIZE_ALLOWED`),
  },
  {
    table: 'tensorMapDataTypes',
    doc: '`CUtensorMapDataType`, without `CU_TENSOR_MAP_DATA_TYPE_`.',
    prefix: 'CU_TENSOR_MAP_DATA_TYPE_',
    names: words(`
      UINT8 UINT16 UINT32 INT32 UINT64 INT64 FLOAT16 FLOAT32 FLOAT64 BFLOAT16 FLOAT32_FTZ TFLOAT32 TFLOAT32_FTZ
      16U4_ALIGN8B 16U4_ALIGN16B 16U6_ALIGN16B`),
  },
  {
    table: 'tensorMapInterleaves',
    doc: '`CUtensorMapInterleave`, without `CU_TENSOR_MAP_INTERLEAVE_`.',
    prefix: 'CU_TENSOR_MAP_INTERLEAVE_',
    names: words('NONE 16B 32B'),
  },
  {
    table: 'tensorMapSwizzles',
    doc: '`CUtensorMapSwizzle`, without `CU_TENSOR_MAP_SWIZZLE_`.',
    prefix: 'CU_TENSOR_MAP_SWIZZLE_',
    names: words('NONE 32B 64B 128B 128B_ATOM_32B 128B_ATOM_32B_FLIP_8B 128B_ATOM_64B'),
  },
  {
    table: 'tensorMapL2Promotions',
    doc: '`CUtensorMapL2promotion`, without `CU_TENSOR_MAP_L2_PROMOTION_`.',
    prefix: 'CU_TENSOR_MAP_L2_PROMOTION_',
    names: words('NONE L2_64B L2_128B L2_256B'),
  },
  {
    table: 'tensorMapOobFills',
    doc: '`CUtensorMapFloatOOBfill`, without `CU_TENSOR_MAP_FLOAT_OOB_FILL_`.',
    prefix: 'CU_TENSOR_MAP_FLOAT_OOB_FILL_',
    names: words('NONE NAN_REQUEST_ZERO_FMA'),
  },
  {
    table: 'launchAttributeIds',
    doc: '`CUlaunchAttributeID`, without `CU_LAUNCH_ATTRIBUTE_`.',
    prefix: 'CU_LAUNCH_ATTRIBUTE_',
    names: words('CLUSTER_DIMENSION CLUSTER_SCHEDULING_POLICY_PREFERENCE PROGRAMMATIC_STREAM_SERIALIZATION'),
  },
  {
    table: 'clusterSchedulingPolicies',
    doc: '`CUclusterSchedulingPolicy`, without `CU_CLUSTER_SCHEDULING_POLICY_`.',
    prefix: 'CU_CLUSTER_SCHEDULING_POLICY_',
    names: words('DEFAULT SPREAD LOAD_BALANCING'),
  },
  {
    table: 'streamFlags',
    doc: '`CUstream_flags`, without `CU_STREAM_`.',
    prefix: 'CU_STREAM_',
    names: words('DEFAULT NON_BLOCKING'),
  },
  {
    table: 'eventFlags',
    doc: '`CUevent_flags`, without `CU_EVENT_`.',
    prefix: 'CU_EVENT_',
    names: words('DEFAULT BLOCKING_SYNC DISABLE_TIMING'),
  },
  {
    table: 'streamCaptureModes',
    doc: '`CUstreamCaptureMode`, without `CU_STREAM_CAPTURE_MODE_`.',
    prefix: 'CU_STREAM_CAPTURE_MODE_',
    names: words('GLOBAL THREAD_LOCAL RELAXED'),
  },
  {
    table: 'streamCaptureStatuses',
    doc: '`CUstreamCaptureStatus`, without `CU_STREAM_CAPTURE_STATUS_`.',
    prefix: 'CU_STREAM_CAPTURE_STATUS_',
    names: words('NONE ACTIVE INVALIDATED'),
  },
  {
    table: 'hostRegisterFlags',
    doc: 'Flags of `cuMemHostRegister`, without `CU_MEMHOSTREGISTER_`.',
    prefix: 'CU_MEMHOSTREGISTER_',
    names: words('PORTABLE DEVICEMAP'),
  },
  {
    table: 'memPoolAttributes',
    doc: '`CUmemPool_attribute`, without `CU_MEMPOOL_ATTR_`.',
    prefix: 'CU_MEMPOOL_ATTR_',
    names: words('RELEASE_THRESHOLD RESERVED_MEM_CURRENT RESERVED_MEM_HIGH USED_MEM_CURRENT USED_MEM_HIGH'),
  },
  {
    table: 'memAllocationTypes',
    doc: '`CUmemAllocationType`, without `CU_MEM_ALLOCATION_TYPE_`.',
    prefix: 'CU_MEM_ALLOCATION_TYPE_',
    names: words('PINNED'),
  },
  {
    table: 'memLocationTypes',
    doc: '`CUmemLocationType`, without `CU_MEM_LOCATION_TYPE_`.',
    prefix: 'CU_MEM_LOCATION_TYPE_',
    names: words('DEVICE'),
  },
];

/** Structures: bytes, alignment, and the offset of each field. */
const layouts = [
  {
    table: 'launchConfigLayout',
    type: 'CUlaunchConfig',
    fields: words(
      'gridDimX gridDimY gridDimZ blockDimX blockDimY blockDimZ sharedMemBytes hStream attrs numAttrs',
    ),
  },
  { table: 'launchAttributeLayout', type: 'CUlaunchAttribute', fields: words('id value') },
  { table: 'tensorMapLayout', type: 'CUtensorMap', fields: [] },
  {
    table: 'memPoolPropsLayout',
    type: 'CUmemPoolProps',
    fields: words('allocType handleTypes location.type location.id maxSize'),
  },
];

function findHeader() {
  const roots = [process.env.CUDA_HOME, '/usr/local/cuda'].filter(Boolean);
  const header = roots.map((root) => join(root, 'include', 'cuda.h')).find((path) => existsSync(path));
  if (header === undefined)
    throw new Error(`No include/cuda.h under ${roots.join(' or ')}: set CUDA_HOME to a CUDA toolkit.`);
  return header;
}

/** All enumerators of CUresult, in the header's order. */
function resultNames(header) {
  const body = /typedef enum cudaError_enum \{(.*?)\} CUresult;/s.exec(readFileSync(header, 'utf8'));
  if (body === null) throw new Error(`${header} has no "typedef enum cudaError_enum { … } CUresult;".`);
  return [...body[1].matchAll(/^\s*(CUDA_\w+)\s*=/gm)].map((match) => match[1]);
}

/** A C program that prints "key value" lines. */
function program(names) {
  const line = (key, value) => `  printf("${key} %lld\\n", (long long)(${value}));`;
  return [
    '#include <cuda.h>',
    '#include <stddef.h>',
    '#include <stdio.h>',
    'int main(void) {',
    line('cudaVersion', 'CUDA_VERSION'),
    ...names.map((name) => line(`result.${name}`, name)),
    ...constants.flatMap(({ table, prefix, names: own }) =>
      own.map((name) => line(`${table}.${name}`, prefix + name)),
    ),
    ...layouts.flatMap(({ table, type, fields }) => [
      line(`${table}.bytes`, `sizeof(${type})`),
      line(`${table}.alignment`, `_Alignof(${type})`),
      ...fields.map((field) => line(`${table}.${field}`, `offsetof(${type}, ${field})`)),
    ]),
    '  return 0;',
    '}',
    '',
  ].join('\n');
}

function compileAndRun(header, source) {
  const folder = mkdtempSync(join(tmpdir(), 'cuda-abi-'));
  try {
    const [input, output] = [join(folder, 'abi.c'), join(folder, 'abi')];
    writeFileSync(input, source);
    execFileSync(process.env.CC ?? 'cc', ['-std=c11', '-I', join(header, '..'), input, '-o', output]);
    const lines = execFileSync(output, { encoding: 'utf8' }).trim().split('\n');
    return new Map(lines.map((line) => line.split(' ')).map(([key, value]) => [key, Number(value)]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function renderTable(doc, table, entries) {
  const key = (name) => (/^[A-Za-z_]\w*$/.test(name) ? name : `'${name}'`);
  const rows = entries.map(([name, value]) => `  ${key(name)}: ${value},`);
  return `/** ${doc} */\nexport const ${table} = {\n${rows.join('\n')}\n} as const;\n`;
}

function render(names, values) {
  const of = (table, own) => own.map((name) => [name, values.get(`${table}.${name}`)]);
  return [
    `// Generated by scripts/generate-cuda-abi.mjs from cuda.h (CUDA_VERSION ${values.get('cudaVersion')}). Do not edit.\n`,
    `/** The \`CUDA_VERSION\` of the header these values come from. */\nexport const cudaHeaderVersion = ${values.get('cudaVersion')};\n`,
    renderTable('`CUresult`: what every driver function returns.', 'resultCodes', of('result', names)),
    ...constants.map(({ table, doc, names: own }) => renderTable(doc, table, of(table, own))),
    ...layouts.map(({ table, type, fields }) =>
      renderTable(
        `\`${type}\`: size, alignment and field offsets in bytes.`,
        table,
        of(table, ['bytes', 'alignment', ...fields]),
      ),
    ),
  ].join('\n');
}

const header = findHeader();
const names = resultNames(header);
const text = render(names, compileAndRun(header, program(names)));
if (process.argv.includes('--stdout')) process.stdout.write(text);
else writeFileSync(fileURLToPath(new URL('../src/driver/sys/cuda-abi.ts', import.meta.url)), text);
