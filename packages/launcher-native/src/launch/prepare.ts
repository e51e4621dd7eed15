import { type TokenCounts, withTokens } from '@gemm-preflight/checker-wasm';
import type { BatchedGemmOptions, BufferName, LaunchPlan } from '@gemm-preflight/types';
import type { DeviceBuffer, Graph, Stream } from '../driver/index.js';
import { type LaunchBuffers, refuseUnknown } from './check-buffers.js';
import { checkAndPlan, type LaunchSettings } from './launch.js';
import { LaunchFrame, ownFrameOf } from './launch-frame.js';
import type { LoadedKernel } from './load-kernel.js';

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

/** How many sets of buffers are kept pointed to, beside the first. */
const keptFrames = 8;

/**
 * A GEMM that is ready to be launched many times, with whatever buffers and tokens. Create it with {@link prepare}.
 *
 * The driver copies the parameters at each launch; so buffers may change from one launch to the next while the first still
 * runs. The last few sets of buffers are remembered, and with them their objects: that of a buffer released long ago may live
 * on here, but not its memory. The first set is remembered with the module, until another GEMM of the kernel is launched first.
 */
export class PreparedGemm {
  readonly loaded: LoadedKernel;
  readonly #frames: LaunchFrame[] = [];
  readonly #names: readonly BufferName[];
  /** The buffers of the launch at hand, in the order of the plan. */
  readonly #given: (DeviceBuffer | undefined)[];
  /** Sets of buffers that have been looked through for names that the launch does not know. */
  readonly #known = new WeakSet<LaunchBuffers>();
  #plan: LaunchPlan;
  /** That of the module, once it was this GEMM's. */
  #first: LaunchFrame | undefined;
  /** The frame to be given up next. */
  #oldest = 0;

  /** @throws {ReleasedError} when the kernel is released */
  constructor(loaded: LoadedKernel, plan: LaunchPlan) {
    loaded.assertAlive();
    this.loaded = loaded;
    this.#plan = plan;
    this.#names = plan.buffers.map(({ buffer }) => buffer);
    this.#given = this.#names.map(() => undefined);
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
    const names = this.#names;
    const given = this.#given;
    for (let i = 0; i < names.length; i++) {
      const name = names[i];
      const buffer = name && buffers[name];
      buffer?.assertAlive();
      given[i] = buffer;
    }
    const frame = this.#frameOf(given) ?? this.#take();
    frame.launch.launch(stream);
  }

  #frameOf(given: readonly (DeviceBuffer | undefined)[]): LaunchFrame | undefined {
    if (this.#first?.matches(this.#plan, given)) return this.#first;
    for (let i = 0; i < this.#frames.length; i++) {
      const frame = this.#frames[i];
      if (frame?.matches(this.#plan, given)) return frame;
    }
    return undefined;
  }

  /**
   * Points a frame to buffers that none points to: first the module's, then new ones, as long as there are few, else the one taken
   * the longest ago.
   */
  #take(): LaunchFrame {
    this.loaded.assertAlive();
    if (this.#first === undefined) {
      const first = ownFrameOf(this.loaded, this.#plan);
      first.set(this.#plan, this.#given);
      this.#first = first;
      return first;
    }
    if (this.#frames[this.#oldest] === undefined) this.#frames.push(new LaunchFrame(this.loaded, this.#plan));
    const frame = this.#frames[this.#oldest];
    if (frame === undefined) throw new RangeError('a prepared GEMM has no frame');
    frame.set(this.#plan, this.#given);
    this.#oldest = (this.#oldest + 1) % keptFrames;
    return frame;
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
    this.#plan = withTokens(this.#plan, counts);
  }
}
