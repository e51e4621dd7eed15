import type { Dim3, LaunchAttribute } from '@gemm-preflight/types';
import { launch } from '../result/index.js';
import { createLaunchAttributes, createLaunchConfig, setLaunchGrid, setLaunchStream } from '../sys/index.js';
import { checkSize } from './range.js';
import type { ResourceOwner } from './resource.js';
import type { Stream } from './stream.js';

/** The shape of a launch, and where it goes. */
export interface LaunchConfig {
  /** Blocks, not clusters. */
  readonly grid: Dim3;
  /** Threads of a block. */
  readonly block: Dim3;
  /** Dynamic shared memory in bytes. Default 0. */
  readonly sharedMemBytes?: number;
  /** Blocks of a cluster, the same as an attribute `clusterDimension`. Default: what the kernel was compiled for, else one. */
  readonly cluster?: Dim3;
  /** Default: none. */
  readonly attributes?: readonly LaunchAttribute[];
  /** Where launches go that name no stream. */
  readonly stream: Stream;
}

/** A launch, with the one parameter that the kernel takes by value. */
export interface LaunchOptions extends LaunchConfig {
  /**
   * The bytes of the parameter, best from `driver.allocateParams(bytes)`. Has to have as many bytes as the kernel declares:
   * the driver is not told where it ends. Changing bytes between launches is allowed; the next launch takes them over.
   */
  readonly params: Uint8Array;
}

/** What a launch needs of its kernel. */
export interface LaunchableKernel {
  readonly name: string;
  readonly handle: bigint;
  readonly owner: ResourceOwner;
  /** @throws ReleasedError when the kernel's module is released */
  assertAlive(): void;
}

/** A launch with all pointers resolved. Create it with `kernel.prepareLaunch(options)`. */
export class PreparedLaunch {
  readonly kernel: LaunchableKernel;
  readonly options: LaunchOptions;
  readonly #config: Uint8Array;
  readonly #launch: () => void;
  readonly #paramBytes: number;
  #grid: Dim3;
  #streamHandle: bigint;

  constructor(kernel: LaunchableKernel, options: LaunchOptions) {
    const { grid, block, sharedMemBytes = 0, params, stream } = options;
    checkExtents(options);
    this.kernel = kernel;
    this.options = options;
    this.#paramBytes = params.byteLength;
    this.#grid = grid;
    this.#streamHandle = stream.handle;
    this.#config = createLaunchConfig({ grid, block, sharedMemBytes, stream: stream.handle });
    const bytes = {
      config: this.#config,
      attributes: createLaunchAttributes(attributesOf(options)),
      func: kernel.handle,
      params,
    };
    this.#launch = launch.prepare(kernel.owner.calls, bytes, () => this.#describe());
  }

  /**
   * Puts the kernel into a stream. Returns at once: errors of the kernel itself show when the stream is synchronised.
   *
   * @throws CudaError when the driver refuses the launch
   * @throws ReleasedError when the kernel's module or the stream is gone
   * @throws ContextLostError after a kernel has made the context unusable
   */
  launch(stream: Stream = this.options.stream): void {
    const { kernel, options } = this;
    const handle = stream.handle;
    kernel.assertAlive();
    if (options.params.byteLength !== this.#paramBytes) {
      throw new Error(
        `The parameters of ${kernel.name} were transferred to another thread after the launch was prepared.`,
      );
    }
    if (stream.owner.handle !== kernel.owner.handle) {
      throw new Error(
        `${stream.label} and kernel ${kernel.name} are in different contexts, so it cannot be launched there.`,
      );
    }
    kernel.owner.makeCurrent();
    if (handle !== this.#streamHandle) {
      setLaunchStream(this.#config, handle);
      this.#streamHandle = handle;
    }
    this.#launch();
    kernel.owner.noteLaunch(kernel.name, handle);
  }

  /**
   * Launches from now on have another grid.
   *
   * @throws RangeError when an extent does not fit 32 bits
   */
  setGrid(grid: Dim3): void {
    checkDim3('grid', grid);
    setLaunchGrid(this.#config, grid);
    this.#grid = grid;
  }

  #describe() {
    const { block, sharedMemBytes = 0, params } = this.options;
    const shape = ({ x, y, z }: Dim3) => [x, y, z];
    const cluster = attributesOf(this.options).find((attribute) => attribute.id === 'clusterDimension');
    return {
      kernel: this.kernel.name,
      grid: shape(this.#grid),
      block: shape(block),
      ...(cluster && { cluster: shape(cluster.value) }),
      sharedMemBytes,
      paramBytes: params.byteLength,
    };
  }
}

/** All attributes, the cluster among them. */
function attributesOf({ cluster, attributes = [] }: LaunchConfig): readonly LaunchAttribute[] {
  if (cluster === undefined) return attributes;
  if (attributes.some(({ id }) => id === 'clusterDimension')) {
    throw new Error('The cluster is given twice: as `cluster` and as the attribute clusterDimension.');
  }
  return [{ id: 'clusterDimension', value: cluster }, ...attributes];
}

const maxUint32 = 0xffff_ffff;

/** The configuration holds 32-bit numbers and would wrap larger ones. */
function checkExtents({ grid, block, sharedMemBytes = 0 }: LaunchOptions): void {
  checkDim3('grid', grid);
  checkDim3('block', block);
  checkExtent('sharedMemBytes', sharedMemBytes);
}

function checkDim3(of: string, { x, y, z }: Dim3): void {
  if (isExtent(x) && isExtent(y) && isExtent(z)) return;
  checkExtent(`${of}.x`, x);
  checkExtent(`${of}.y`, y);
  checkExtent(`${of}.z`, z);
}

function checkExtent(name: string, value: number): void {
  checkSize(name, value);
  if (value > maxUint32) throw new RangeError(`${name} has to fit 32 bits, and ${value} does not.`);
}

function isExtent(value: number): boolean {
  return value >>> 0 === value;
}
