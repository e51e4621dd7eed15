import {
  type Context,
  type LoadedKernel,
  type ModuleCache,
  numberFormats,
  prepareLaunch,
} from '@gemm-preflight/launcher-native';
import type { LaunchPlan } from '@gemm-preflight/types';
import type { CatalogEntry } from '../input/catalog.js';
import { exitCodes, UserError } from '../user-error.js';
import { readCubinFile, refuseUnhashed } from './cubin-file.js';
import { drawData, type GemmData } from './gemm-data.js';
import type { RandomBits } from './random-source.js';
import { referenceGemm } from './reference.js';
import { bfloat16Tolerance, type Verification, verify } from './verify.js';

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
}

/** How one problem ran. */
export interface ProblemRun {
  readonly verification: Verification;
  /** Milliseconds of a launch: on a GPU the mean of {@link timedLaunches} in a row, otherwise of the only one. */
  readonly launchMs: number;
}

/** Launches that are timed on a GPU, after the one that is verified. */
export const timedLaunches = 20;

/**
 * Launches a planned kernel on fresh random data, and verifies its output.
 * @throws {UserError} when there is no data to draw for the kernel's types, or the cubin cannot be read or is not vouched for
 */
export async function runProblem(
  { entry, plan }: PlannedKernel,
  context: Context,
  random: RandomBits,
  { modules, timed, allowUnhashed }: RunSettings,
): Promise<ProblemRun> {
  using loaded = await modules.acquire(context, entry.kernel, () => readTrusted(entry, allowUnhashed));
  refuseOtherTypes(plan);
  const data = drawData(plan, random);
  const { output, launchMs } = await launchOn(loaded, plan, data, timed);
  const [rows, columns] = plan.outputShape;
  const { tokensPerBatch } = data;
  const { tokenOffsets } = plan.ctaTables;
  const padded = { tokensPerBatch, tokenOffsets, rows, columns };
  return { verification: verify(output, referenceGemm(data), padded, bfloat16Tolerance), launchMs };
}

/** The cubin of an entry; undefined where the catalog has metadata alone. */
async function readTrusted(entry: CatalogEntry, allowUnhashed: boolean): Promise<Uint8Array | undefined> {
  const { cubinPath, cubinRoot } = entry;
  if (cubinPath === undefined) return undefined;
  const cubin = await readCubinFile(cubinPath, cubinRoot);
  if (!allowUnhashed) refuseUnhashed(entry, cubin);
  return cubin;
}

function refuseOtherTypes({ options: o, functionName }: LaunchPlan): void {
  if (o.dtypeElt === 'E4m3' && o.dtypeC === 'Bfloat16' && !o.useDeepSeekFp8 && !o.routeAct) return;
  throw new UserError(
    `preflight run draws data for E4m3 inputs, Bfloat16 output and a scale per tensor, and ${functionName} takes others`,
    exitCodes.findings,
  );
}

async function launchOn(
  loaded: LoadedKernel,
  plan: LaunchPlan,
  data: GemmData,
  timed: boolean,
): Promise<{ output: Float32Array; launchMs: number }> {
  const { context } = loaded;
  const [rows, columns] = plan.outputShape;
  const [weightsName, tokensName] = plan.options.batchM ? (['b', 'a'] as const) : (['a', 'b'] as const);
  using weights = context.allocate(data.weights.byteLength);
  using tokens = context.allocate(data.paddedTokens.byteLength);
  using scaleC = context.allocate(4);
  using c = context.allocate(rows * columns * 2);
  using stream = context.createStream();
  using start = context.createEvent();
  using end = context.createEvent();
  weights.copyFrom(data.weights);
  tokens.copyFrom(data.paddedTokens);
  scaleC.copyFrom(new Float32Array([data.scale]));
  // All ones is a bf16 NaN: an output that is never written does not pass for a number.
  c.fill(0xff);

  const buffers = { [weightsName]: weights, [tokensName]: tokens, scaleC, c };
  const prepared = prepareLaunch(loaded, plan, buffers, stream);
  const launchTimes = async (times: number): Promise<number> => {
    stream.record(start);
    for (let i = 0; i < times; i++) prepared.launch();
    stream.record(end);
    await stream.synchronize();
    return end.elapsedMsSince(start) / times;
  };
  const firstMs = await launchTimes(1);
  const codes = new Uint16Array(rows * columns);
  c.copyTo(codes);
  const output = new Float32Array(codes.length);
  numberFormats.decodeInto('Bfloat16', codes, output);
  return { output, launchMs: timed ? await launchTimes(timedLaunches) : firstMs };
}
