import {
  type Context,
  type DeviceBuffer,
  type LoadedKernel,
  type ModuleCache,
  numberFormats,
  prepareLaunch,
} from '@gemm-preflight/launcher-native';
import type { BufferName, LaunchPlan } from '@gemm-preflight/types';
import type { CatalogEntry } from '../input/catalog.js';
import { exitCodes, UserError } from '../user-error.js';
import { bytesOf, type CodedDtype, codedDtypes, codesOf } from './codes.js';
import { readCubinFile, refuseUnhashed } from './cubin-file.js';
import { drawData, type GemmData, isDrawable, paddedRowsOf, poison } from './gemm-data.js';
import { type Quantised, scaleBlock } from './quantise.js';
import type { RandomBits } from './random-source.js';
import { referenceGemm } from './reference.js';
import { type PaddedRows, tolerances, type Verification, verify, verifyScales } from './verify.js';

/** A kernel, and how it is to be launched. */
export interface PlannedKernel {
  readonly entry: CatalogEntry;
  readonly plan: LaunchPlan;
}

/** How to run a problem. */
export interface RunSettings {
  /** Where kernels are loaded: problems that take the same share it. */
  readonly modules: ModuleCache;
  /** Launch it again to take its time. */
  readonly timed: boolean;
  /** Load a cubin also where the catalog has no digest of it. */
  readonly allowUnhashed: boolean;
  /** Tokens to take in place of random ones. */
  readonly tokens?: Quantised | undefined;
}

/** How one problem ran. */
export interface ProblemRun {
  readonly verification: Verification;
  /** Milliseconds of a launch: on a GPU the mean of {@link timedLaunches} in a row, otherwise of the only one. */
  readonly launchMs: number;
  /** The output without padding, where it is E4m3 with scales: what another GEMM can take for its tokens. */
  readonly quantised?: Quantised;
}

/** Launches that are timed on a GPU, after the one that is verified. */
export const timedLaunches = 20;

/**
 * Loads a kernel, or takes it out of a cache.
 * @throws {UserError} when its cubin cannot be read or is not vouched for
 */
export function acquireEntry(
  entry: CatalogEntry,
  modules: ModuleCache,
  context: Context,
  allowUnhashed: boolean,
): Promise<LoadedKernel> {
  return modules.acquire(context, entry.kernel, () => readTrusted(entry, allowUnhashed));
}

/**
 * Launches a planned kernel on fresh random data, and verifies its output.
 * @throws {UserError} when there is no data to draw for the kernel's types, or the cubin cannot be read or is not vouched for
 */
export async function runProblem(
  { entry, plan }: PlannedKernel,
  context: Context,
  random: RandomBits,
  { modules, timed, allowUnhashed, tokens }: RunSettings,
): Promise<ProblemRun> {
  using loaded = await acquireEntry(entry, modules, context, allowUnhashed);
  const dtypeC = outputTypeOf(plan);
  const data = drawData(plan, random, tokens);
  const { c, scales, launchMs } = await launchOn(loaded, plan, data, timed);

  const [rows, columns] = plan.outputShape;
  const { tokenOffsets } = plan.ctaTables;
  const padded: PaddedRows = { tokensPerBatch: data.tokensPerBatch, tokenOffsets, rows, columns };
  const output = decodeOutput(dtypeC, c, scales);
  const reference = referenceGemm(data);
  const verification = verify(output, reference, padded, tolerances[dtypeC]);
  if (scales === undefined) return { verification, launchMs };
  const faults = [...verification.faults, ...verifyScales(scales, reference, padded)];
  return {
    verification: { ...verification, ok: verification.ok && faults.length === 0, faults },
    launchMs,
    quantised: withoutPadding(c, scales, padded),
  };
}

/** The cubin of an entry; undefined where the catalog has metadata alone. */
async function readTrusted(entry: CatalogEntry, allowUnhashed: boolean): Promise<Uint8Array | undefined> {
  const { cubinPath, cubinRoot } = entry;
  if (cubinPath === undefined) return undefined;
  const cubin = await readCubinFile(cubinPath, cubinRoot);
  if (!allowUnhashed) refuseUnhashed(entry, cubin);
  return cubin;
}

function outputTypeOf({ options: o, functionName }: LaunchPlan): CodedDtype {
  if (isDrawable(o)) return o.dtypeC;
  throw new UserError(
    `preflight run draws data for inputs and outputs of ${codedDtypes.join(', ')}, and ${functionName} takes ` +
      `${o.dtypeElt} and writes ${o.dtypeC}`,
    exitCodes.findings,
  );
}

/** What a launch left behind: bytes of the output, and its scales [padded rows, columns / 128] where it has some. */
interface Launched {
  readonly c: Uint8Array;
  readonly scales: Float32Array | undefined;
  readonly launchMs: number;
}

async function launchOn(
  loaded: LoadedKernel,
  plan: LaunchPlan,
  data: GemmData,
  timed: boolean,
): Promise<Launched> {
  const { context } = loaded;
  const buffers: Partial<Record<BufferName, DeviceBuffer>> = {};
  using stream = context.createStream();
  using start = context.createEvent();
  using end = context.createEvent();
  try {
    for (const { buffer: name, bytes, optional } of plan.buffers) {
      const content = data.inputs.get(name);
      if (content === undefined && optional) continue;
      const buffer = context.allocate(Math.max(bytes, content?.length ?? 0));
      buffers[name] = buffer;
      if (content !== undefined) buffer.copyFrom(content);
      else buffer.fill(poison);
    }
    const prepared = prepareLaunch(loaded, plan, buffers, stream);
    const launchTimes = async (times: number): Promise<number> => {
      stream.record(start);
      for (let i = 0; i < times; i++) prepared.launch();
      stream.record(end);
      await stream.synchronize();
      return end.elapsedMsSince(start) / times;
    };
    const firstMs = await launchTimes(1);
    const outputs = { c: readAll(buffers.c), scales: readScales(buffers.dqSfsC, plan) };
    return { ...outputs, launchMs: timed ? await launchTimes(timedLaunches) : firstMs };
  } finally {
    for (const buffer of Object.values(buffers)) buffer.release();
  }
}

function readAll(buffer: DeviceBuffer | undefined): Uint8Array {
  const bytes = new Uint8Array(buffer?.byteLength ?? 0);
  buffer?.copyTo(bytes);
  return bytes;
}

/** Output scales, which lie as [columns / 128, padded rows]. */
function readScales(
  buffer: DeviceBuffer | undefined,
  { outputShape: [rows, columns] }: LaunchPlan,
): Float32Array | undefined {
  if (buffer === undefined) return undefined;
  const blocks = columns / scaleBlock;
  const lying = new Float32Array(readAll(buffer).buffer as ArrayBuffer, 0, rows * blocks);
  return Float32Array.from({ length: rows * blocks }, (_, i) => {
    const [row, block] = [Math.floor(i / blocks), i % blocks];
    return lying[block * rows + row] ?? Number.NaN;
  });
}

function decodeOutput(dtype: CodedDtype, bytes: Uint8Array, scales: Float32Array | undefined): Float32Array {
  const codes = codesOf(dtype, dtype === 'E4m3' ? bytes.length : bytes.length / 2);
  bytesOf(codes).set(bytes);
  const values = new Float32Array(codes.length);
  numberFormats.decodeInto(dtype, codes, values);
  if (scales === undefined) return values;
  for (let i = 0; i < values.length; i++) {
    values[i] = (values[i] ?? 0) * (scales[Math.floor(i / scaleBlock)] ?? Number.NaN);
  }
  return values;
}

function withoutPadding(c: Uint8Array, scales: Float32Array, padded: PaddedRows): Quantised {
  const { columns } = padded;
  const blocks = columns / scaleBlock;
  const rows = paddedRowsOf(padded);
  const codes = new Uint8Array(rows.length * columns);
  const own = new Float32Array(rows.length * blocks);
  rows.forEach((row, i) => {
    codes.set(c.subarray(row * columns, (row + 1) * columns), i * columns);
    own.set(scales.subarray(row * blocks, (row + 1) * blocks), i * blocks);
  });
  return { codes, scales: own };
}
