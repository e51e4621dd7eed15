import { type TokenCounts, withTokens } from '@gemm-preflight/checker-wasm';
import type { BatchedGemmOptions, BufferRequirement, LaunchPlan } from '@gemm-preflight/types';
import type { Graph, PreparedLaunch, Stream } from '../driver/index.js';
import { blockOf, packSizes, pointersOf } from '../params/index.js';
import { type LaunchBuffers, refuseUnknown } from './check-buffers.js';
import { checkAndPlan, type LaunchSettings } from './launch.js';
import { LaunchBuffer } from './launch-buffer.js';
import type { LoadedKernel } from './load-kernel.js';
import { MappedAddress } from './mapped-address.js';

/**
 * Prepares launches of a kernel: check, plan, parameter block, all that does not depend on addresses, once. What is left for
 * a launch is to write the addresses that changed, and one driver call.
 *
 * @throws {RefusedError} when the check finds errors
 * @throws {PlanError} when the launch cannot be planned
 */
export function prepare(
  loaded: LoadedKernel,
  options: BatchedGemmOptions,
  settings: LaunchSettings,
): PreparedGemm {
  return new PreparedGemm(loaded, checkAndPlan(loaded, options, settings));
}

/**
 * A GEMM that is ready to be launched many times, with whatever buffers and tokens. Create it with {@link prepare}.
 *
 * It has a parameter block of its own, which the driver copies at each launch; so buffers may change from one launch to the
 * next while the first still runs.
 */
export class PreparedGemm {
  readonly loaded: LoadedKernel;
  readonly #launch: PreparedLaunch;
  readonly #params: Uint8Array;
  readonly #buffers: readonly LaunchBuffer[];
  readonly #maps: readonly MappedAddress[];
  /** Sets of buffers that have been looked through for names that the launch does not know. */
  readonly #known = new WeakSet<LaunchBuffers>();
  #plan: LaunchPlan;

  constructor(loaded: LoadedKernel, plan: LaunchPlan) {
    const { context, info, kernel } = loaded;
    this.loaded = loaded;
    this.#plan = plan;
    this.#params = context.calls.allocateParams(info.paramsStructSize);
    const block = blockOf(info, this.#params);
    packSizes(block, plan);

    this.#maps = plan.tensorMaps.map(
      (spec) => new MappedAddress(context.calls, spec, block.bytesOf(spec.map)),
    );
    const words = new BigUint64Array(this.#params.buffer, this.#params.byteOffset, this.#params.length / 8);
    const pointers = pointersOf(plan);
    this.#buffers = plan.buffers.map((requirement) => {
      const isHere = (buffer: string) => buffer === requirement.buffer;
      const places = {
        pointers: pointers.flatMap(([field, buffer]) => (isHere(buffer) ? [block.offsetOf(field) / 8] : [])),
        maps: this.#maps.filter((_, i) => isHere(plan.tensorMaps[i]?.buffer ?? '')),
      };
      return new LaunchBuffer(words, requirement, places, context);
    });
    const { grid, block: threads, sharedMemBytes, attributes } = plan;
    this.#launch = kernel.prepareLaunch({
      grid,
      block: threads,
      sharedMemBytes,
      attributes,
      params: this.#params,
      stream: context.defaultStream,
    });
  }

  /** What is launched: grid, buffers and their sizes, tables. */
  get plan(): LaunchPlan {
    return this.#plan;
  }

  /**
   * Launches with these buffers. Returns at once: errors of the kernel itself show when the stream is synchronised.
   *
   * @throws {BufferError} when a buffer is missing, unknown, too small, badly aligned, or of another context
   * @throws {ReleasedError} when a buffer, the stream or the kernel is released
   * @throws {CudaError} when the driver refuses a tensor map or the launch
   */
  launch(buffers: LaunchBuffers, stream: Stream): void {
    if (!this.#known.has(buffers)) {
      refuseUnknown(this.#plan, buffers);
      this.#known.add(buffers);
    }
    const context = this.loaded.context;
    context.makeCurrent();
    for (let i = 0; i < this.#buffers.length; i++) {
      const buffer = this.#buffers[i];
      buffer?.use(buffers[buffer.name]);
    }
    this.#launch.launch(stream);
  }

  /**
   * A graph of this launch with these buffers, to be replayed with `graph.launch(stream)`. To put several launches into one graph,
   * launch them within `stream.capture`.
   *
   * @param stream in which nothing runs meanwhile; the graph may be launched in any other
   * @throws as {@link launch} does; nothing is left of the graph then
   */
  capture(buffers: LaunchBuffers, stream: Stream): Graph {
    return stream.capture(() => this.launch(buffers, stream));
  }

  /**
   * Goes on with other tokens, without a check or a plan from the start. Launches made before are not touched.
   *
   * @throws {PlanError} when the counts are not the plan's batches, are no counts, or are too many for a launch's tables
   */
  setTokens(counts: TokenCounts): void {
    const plan = withTokens(this.#plan, counts);
    packSizes(blockOf(this.loaded.info, this.#params), plan);
    for (const [i, spec] of plan.tensorMaps.entries()) this.#maps[i]?.setSpec(spec);
    const required = new Map(plan.buffers.map((requirement) => [requirement.buffer, requirement]));
    for (const buffer of this.#buffers) buffer.setRequirement(requirementOf(required, buffer));
    this.#launch.setGrid(plan.grid);
    this.#plan = plan;
  }
}

function requirementOf(
  required: ReadonlyMap<BufferRequirement['buffer'], BufferRequirement>,
  { name }: LaunchBuffer,
): BufferRequirement {
  const requirement = required.get(name);
  if (requirement === undefined) throw new RangeError(`the plan has lost buffer ${name}`);
  return requirement;
}
