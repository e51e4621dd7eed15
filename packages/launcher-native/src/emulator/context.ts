import type { CubinKernel } from '../cubin/index.js';
import type { AddressSpace } from './address-space.js';
import type { Capture, EmulatedStream, GraphNode } from './capture.js';
import type { DeviceMemory } from './options.js';

/** A stream's mark. Work is done at once, so a recorded event has happened. */
export interface EmulatedEvent {
  readonly takesTime: boolean;
  /** `performance.now()` at the last record. */
  recordedAtMs: number | undefined;
  /** Where it was recorded, if that was in a capture. */
  captured: { readonly capture: Capture; readonly stream: EmulatedStream } | undefined;
}

/** A kernel of a loaded module. */
export interface EmulatedFunction {
  readonly kernel: CubinKernel;
  maxDynamicSharedMemBytes: number;
  nonPortableClusterSizeAllowed: boolean;
}

/** A loaded cubin: kernels by name, and those already asked for by handle. */
export interface EmulatedModule {
  readonly kernels: ReadonlyMap<string, CubinKernel>;
  readonly functions: Map<bigint, EmulatedFunction>;
}

/** A primary context: everything that goes when the last reference to it does. */
export class EmulatedContext implements DeviceMemory {
  readonly handle: bigint;
  readonly memory: AddressSpace;
  readonly streams = new Map<bigint, EmulatedStream>();
  readonly events = new Map<bigint, EmulatedEvent>();
  readonly modules = new Map<bigint, EmulatedModule>();
  readonly graphs = new Map<bigint, readonly GraphNode[]>();
  readonly executables = new Map<bigint, readonly GraphNode[]>();
  /** Contexts whose memory kernels of this one may reach. */
  readonly peers = new Set<EmulatedContext>();
  isDestroyed = false;
  readonly #defaultStream: EmulatedStream = { isBlocking: true, capture: undefined };

  constructor(handle: bigint, memory: AddressSpace) {
    this.handle = handle;
    this.memory = memory;
  }

  /** A function of any of its modules. */
  findFunction(handle: bigint): EmulatedFunction | undefined {
    for (const module of this.modules.values()) {
      const found = module.functions.get(handle);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** 0, 1 and 2 stand for default streams (`CU_STREAM_LEGACY`, `CU_STREAM_PER_THREAD`). */
  findStream(handle: bigint): EmulatedStream | undefined {
    return handle <= 2n ? this.#defaultStream : this.streams.get(handle);
  }

  /** The bytes at an address of its own memory or of a peer's; undefined unless all lie in one live allocation. */
  find(address: bigint, bytes: number): Uint8Array | undefined {
    const own = this.memory.find(address, bytes);
    if (own !== undefined) return own;
    for (const peer of this.peers) {
      const found = peer.memory.find(address, bytes);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  view(address: bigint, bytes: number): Uint8Array {
    return this.find(address, bytes) ?? this.memory.view(address, bytes);
  }
}
