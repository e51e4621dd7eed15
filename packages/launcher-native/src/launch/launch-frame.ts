import type { BufferRequirement, LaunchPlan, TensorMapSpec } from '@gemm-preflight/types';
import { type DeviceBuffer, type PreparedLaunch, result } from '../driver/index.js';
import { blockOf, packSizes, pointersOf } from '../params/index.js';
import { BufferError, describeBufferProblem } from './check-buffers.js';
import type { LoadedKernel } from './load-kernel.js';

/** A tensor map within a parameter block. */
interface FrameMap {
  readonly bytes: Uint8Array;
  readonly replaceAddress: (address: bigint) => void;
  /** What the map was last encoded for; undefined before. */
  encoded: TensorMapSpec | undefined;
}

/** Where a buffer's address stands in a parameter block: as pointers, and in tensor maps by their place in the plan. */
interface AddressPlaces {
  /** 64-bit words of the block. */
  readonly words: readonly number[];
  readonly maps: readonly number[];
}

/**
 * A parameter block with its launch, and the buffers that it points to. A prepared GEMM keeps a few, so that servers which go
 * round a few sets of buffers find each set's block as they left it.
 */
export class LaunchFrame {
  readonly launch: PreparedLaunch;
  /** What the block points to, in the order of the plan's buffers; undefined before the first. */
  readonly buffers: (DeviceBuffer | undefined)[] = [];
  readonly #loaded: LoadedKernel;
  readonly #params: Uint8Array;
  readonly #words: BigUint64Array;
  readonly #places: readonly AddressPlaces[];
  readonly #maps: readonly FrameMap[];
  /** Those that have been found to do for the plan, by their place in it: looking at them costs as much as half a launch. */
  readonly #fitting: WeakSet<DeviceBuffer>[];
  #plan: LaunchPlan | undefined;

  constructor(loaded: LoadedKernel, plan: LaunchPlan) {
    const { context, info, kernel } = loaded;
    this.#loaded = loaded;
    this.#params = context.calls.allocateParams(info.paramsStructSize);
    this.#words = new BigUint64Array(this.#params.buffer, this.#params.byteOffset, this.#params.length / 8);
    const block = blockOf(info, this.#params);
    this.#maps = plan.tensorMaps.map(({ map }) => {
      const bytes = block.bytesOf(map);
      const replaceAddress = result.tensorMap.prepareReplaceAddress(context.calls, bytes);
      return { bytes, replaceAddress, encoded: undefined };
    });
    const pointers = pointersOf(plan);
    this.#places = plan.buffers.map(({ buffer: name }) => ({
      words: pointers.flatMap(([field, buffer]) => (buffer === name ? [block.offsetOf(field) / 8] : [])),
      maps: plan.tensorMaps.flatMap(({ buffer }, i) => (buffer === name ? [i] : [])),
    }));
    this.#fitting = plan.buffers.map(() => new WeakSet());
    const { grid, block: threads, sharedMemBytes, attributes } = plan;
    this.launch = kernel.prepareLaunch({
      grid,
      block: threads,
      sharedMemBytes,
      attributes,
      params: this.#params,
      stream: context.defaultStream,
    });
  }

  /** Whether the block is that of a plan, and points to these buffers. */
  matches(plan: LaunchPlan, given: readonly (DeviceBuffer | undefined)[]): boolean {
    if (this.#plan !== plan) return false;
    for (let i = 0; i < given.length; i++) if (given[i] !== this.buffers[i]) return false;
    return true;
  }

  /**
   * Makes the block that of a plan, and points it to these buffers.
   * @throws {BufferError} when a buffer is missing, too small, badly aligned, or of another context
   * @throws {ReleasedError} when one is released
   * @throws {CudaError} when the driver refuses a tensor map
   */
  set(plan: LaunchPlan, given: readonly (DeviceBuffer | undefined)[]): void {
    const isNew = this.#plan !== plan;
    for (let i = 0; i < given.length; i++) {
      if (isNew) this.#fitting[i] = new WeakSet();
      this.#check(plan.buffers[i], given[i], this.#fitting[i]);
    }
    this.#loaded.context.makeCurrent();
    // What fails half way leaves a block of no plan, which is made anew the next time.
    this.#plan = undefined;
    if (isNew) {
      packSizes(blockOf(this.#loaded.info, this.#params), plan);
      this.launch.setGrid(plan.grid);
    }
    for (let i = 0; i < given.length; i++) {
      const buffer = given[i];
      if (isNew || buffer !== this.buffers[i]) this.#point(plan, i, buffer?.address ?? 0n);
      this.buffers[i] = buffer;
    }
    this.#plan = plan;
  }

  #point(plan: LaunchPlan, index: number, address: bigint): void {
    const places = this.#places[index];
    if (places === undefined) return;
    for (const word of places.words) this.#words[word] = address;
    for (const place of places.maps) {
      const [map, spec] = [this.#maps[place], plan.tensorMaps[place]];
      if (map !== undefined && spec !== undefined) this.#pointMap(map, spec, address);
    }
  }

  #pointMap(map: FrameMap, spec: TensorMapSpec, address: bigint): void {
    if (map.encoded !== undefined && describesTheSame(map.encoded, spec)) {
      map.replaceAddress(address);
      return;
    }
    map.encoded = undefined;
    result.tensorMap.encodeTiled(this.#loaded.context.calls, { ...spec, globalAddress: address }, map.bytes);
    map.encoded = spec;
  }

  #check(
    requirement: BufferRequirement | undefined,
    buffer: DeviceBuffer | undefined,
    fitting: WeakSet<DeviceBuffer> | undefined,
  ): void {
    if (requirement === undefined || (buffer !== undefined && fitting?.has(buffer))) return;
    const problem = describeBufferProblem(requirement, buffer);
    if (problem !== undefined) throw new BufferError(problem);
    if (buffer === undefined) return;
    const { context } = this.#loaded;
    if (buffer.owner.calls !== context.calls || buffer.owner.handle !== context.handle) {
      throw new BufferError(`buffer ${requirement.buffer} is in another context than the kernel`);
    }
    fitting?.add(buffer);
  }
}

/** Whether two maps of one launch differ in their address alone: only their rows follow from the tokens. */
function describesTheSame(a: TensorMapSpec, b: TensorMapSpec): boolean {
  return a === b || a.globalDim.every((extent, i) => extent === b.globalDim[i]);
}
