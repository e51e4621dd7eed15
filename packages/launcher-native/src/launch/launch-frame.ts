import type { BufferRequirement, LaunchAttribute, LaunchPlan } from '@gemm-preflight/types';
import type { DeviceBuffer, Module, PreparedLaunch } from '../driver/index.js';
import { type AnyFields, blockOf, type ParamsBlock, packSizes, pointersOf } from '../params/index.js';
import { BufferError, describeBufferProblem } from './check-buffers.js';
import { FrameMap } from './frame-map.js';
import type { LoadedKernel } from './load-kernel.js';

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
  readonly #block: ParamsBlock<AnyFields>;
  readonly #words: BigUint64Array;
  readonly #places: readonly AddressPlaces[];
  readonly #maps: readonly FrameMap[];
  /** Whose buffers have been found to be of the kernel's context. */
  #owner: DeviceBuffer['owner'] | undefined;
  /** What the launch and the places were made for; see {@link suits}. */
  readonly #madeFor: LaunchPlan;
  #plan: LaunchPlan | undefined;

  constructor(loaded: LoadedKernel, plan: LaunchPlan) {
    const { context, info, kernel } = loaded;
    this.#loaded = loaded;
    this.#madeFor = plan;
    const params = context.calls.allocateParams(info.paramsStructSize);
    const block = blockOf(info, params);
    this.#block = block;
    this.#words = new BigUint64Array(params.buffer, params.byteOffset, params.length / 8);
    this.#maps = plan.tensorMaps.map(({ map }) => new FrameMap(context.calls, block.bytesOf(map)));
    const pointers = pointersOf(plan);
    this.#places = plan.buffers.map(({ buffer: name }) => ({
      words: pointers.flatMap(([field, buffer]) => (buffer === name ? [block.offsetOf(field) / 8] : [])),
      maps: plan.tensorMaps.flatMap(({ buffer }, i) => (buffer === name ? [i] : [])),
    }));
    const { grid, block: threads, sharedMemBytes, attributes } = plan;
    this.launch = kernel.prepareLaunch({
      grid,
      block: threads,
      sharedMemBytes,
      attributes,
      params,
      stream: context.defaultStream,
    });
  }

  /**
   * Whether the frame can be set to a plan of the same function: parameter block, launch attributes, maps and buffers are the
   * same, whatever the sizes.
   */
  suits(
    { info }: LoadedKernel,
    { attributes, tensorMaps, buffers, block, sharedMemBytes }: LaunchPlan,
  ): boolean {
    const own = this.#madeFor;
    if (info.paramsAbi !== this.#loaded.info.paramsAbi) return false;
    if (block.x !== own.block.x || sharedMemBytes !== own.sharedMemBytes) return false;
    if (tensorMaps.length !== own.tensorMaps.length || buffers.length !== own.buffers.length) return false;
    for (let i = 0; i < tensorMaps.length; i++) {
      if (tensorMaps[i]?.map !== own.tensorMaps[i]?.map) return false;
      if (tensorMaps[i]?.buffer !== own.tensorMaps[i]?.buffer) return false;
    }
    for (let i = 0; i < buffers.length; i++) if (buffers[i]?.buffer !== own.buffers[i]?.buffer) return false;
    return sameAttributes(attributes, own.attributes);
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
    for (let i = 0; i < given.length; i++) this.#check(plan.buffers[i], given[i]);
    this.#loaded.context.makeCurrent();
    // What fails half way leaves a block of no plan, which is made anew the next time.
    this.#plan = undefined;
    if (isNew) {
      packSizes(this.#block, plan);
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
    const { words, maps } = places;
    for (let i = 0; i < words.length; i++) this.#words[words[i] as number] = address;
    for (let i = 0; i < maps.length; i++) {
      const place = maps[i] as number;
      const map = this.#maps[place];
      const spec = plan.tensorMaps[place];
      if (map !== undefined && spec !== undefined) map.point(spec, address);
    }
  }

  /** What most buffers are is found without a number of 64 bits, which would be an object each. */
  #check(requirement: BufferRequirement | undefined, buffer: DeviceBuffer | undefined): void {
    if (requirement === undefined) return;
    if (
      buffer !== undefined &&
      buffer.owner === this.#owner &&
      buffer.byteLength >= requirement.bytes &&
      isAligned(buffer.address, requirement.alignment)
    )
      return;
    const problem = describeBufferProblem(requirement, buffer);
    if (problem !== undefined) throw new BufferError(problem);
    if (buffer === undefined) return;
    const { context } = this.#loaded;
    if (buffer.owner.calls !== context.calls || buffer.owner.handle !== context.handle) {
      throw new BufferError(`buffer ${requirement.buffer} is in another context than the kernel`);
    }
    this.#owner = buffer.owner;
  }
}

const address64 = new BigUint64Array(1);
const address32 = new Uint32Array(address64.buffer);

/** @param alignment - a power of two of at most 32 bits */
function isAligned(address: bigint, alignment: number): boolean {
  address64[0] = address;
  return ((address32[0] as number) & (alignment - 1)) === 0;
}

const ownFrames = new WeakMap<Module, Map<string, LaunchFrame>>();

/**
 * The frame that a loaded function has for the first launch of whatever is prepared with it. The driver copies the parameters at
 * each launch, so all can share one: what is launched once needs no block of its own. It goes with the module, so who gets the
 * kernel from a cache anew each time finds it again.
 */
export function ownFrameOf(loaded: LoadedKernel, plan: LaunchPlan): LaunchFrame {
  const { module, info } = loaded;
  let frames = ownFrames.get(module);
  if (frames === undefined) {
    frames = new Map();
    ownFrames.set(module, frames);
  }
  const known = frames.get(info.functionName);
  if (known?.suits(loaded, plan)) return known;
  const frame = new LaunchFrame(loaded, plan);
  frames.set(info.functionName, frame);
  return frame;
}

function sameAttributes(a: readonly LaunchAttribute[], b: readonly LaunchAttribute[]): boolean {
  for (let i = 0; i < a.length; i++) if (!sameAttribute(a[i], b[i])) return false;
  return a.length === b.length;
}

function sameAttribute(a: LaunchAttribute | undefined, b: LaunchAttribute | undefined): boolean {
  if (a?.id !== 'clusterDimension' || b?.id !== 'clusterDimension')
    return a?.id === b?.id && a?.value === b?.value;
  return a.value.x === b.value.x && a.value.y === b.value.y && a.value.z === b.value.z;
}
