import type { DriverCalls } from '../../src/driver/index.js';

/** A call to make fail: the how-manieth, counted from 0, and with which code. It then does nothing. */
export interface Failure {
  readonly at: number;
  readonly code: number;
}

/** What each kind of object is made and destroyed by. Made ones arrive in the first argument, an array. */
const objects = {
  context: ['cuDevicePrimaryCtxRetain', 'cuDevicePrimaryCtxRelease_v2'],
  allocation: ['cuMemAlloc_v2', 'cuMemFree_v2'],
  'host allocation': ['cuMemAllocHost_v2', 'cuMemFreeHost'],
  module: ['cuModuleLoadData', 'cuModuleUnload'],
  stream: ['cuStreamCreateWithPriority', 'cuStreamDestroy_v2'],
  event: ['cuEventCreate', 'cuEventDestroy_v2'],
  'page lock': ['cuMemHostRegister_v2', 'cuMemHostUnregister'],
  pool: ['cuMemPoolCreate', 'cuMemPoolDestroy'],
  'allocation from a pool': ['cuMemAllocFromPoolAsync', 'cuMemFreeAsync'],
  capture: ['cuStreamBeginCapture_v2', 'cuStreamEndCapture'],
  graph: ['cuStreamEndCapture', 'cuGraphDestroy'],
  'executable graph': ['cuGraphInstantiateWithFlags', 'cuGraphExecDestroy'],
} as const;

const makers: ReadonlyMap<string, string> = new Map(
  Object.entries(objects).map(([kind, [make]]) => [make, kind]),
);
const destroyers: ReadonlyMap<string, string> = new Map(
  Object.entries(objects).map(([kind, [, destroy]]) => [destroy, kind]),
);

/** The names of the calls that give something back. */
export const releasingCalls: readonly string[] = [...destroyers.keys()];

/** No calls of the driver, or made only to describe an error. */
const unwatched = [
  'allocateParams',
  'allocateHostPages',
  'viewHostMemory',
  'cuGetErrorName',
  'cuGetErrorString',
];

/** A driver that keeps a list of its calls and of the objects alive, and lets one call fail. */
export class WatchedCalls {
  /** To be used in place of the driver's own. */
  readonly calls: DriverCalls;
  /** The calls so far, by name. */
  readonly names: string[] = [];
  readonly #failure: Failure | undefined;
  readonly #alive: string[] = [];

  constructor(calls: DriverCalls, failure?: Failure) {
    this.#failure = failure;
    this.calls = new Proxy(calls, {
      get: (target, property, receiver) => {
        const found: unknown = Reflect.get(target, property, receiver);
        if (typeof found !== 'function' || typeof property !== 'string') return found;
        const call = (...args: readonly unknown[]): unknown => Reflect.apply(found, target, args);
        if (unwatched.includes(property)) return call;
        if (property !== 'prepareLaunchKernelEx') return this.#watched(property, call);
        return (...args: readonly unknown[]) =>
          this.#watched('cuLaunchKernelEx', call(...args) as () => unknown);
      },
    });
  }

  /** The kinds of the objects that were made and not destroyed. */
  get alive(): readonly string[] {
    return this.#alive.toSorted();
  }

  #watched(name: string, call: (...args: readonly unknown[]) => unknown) {
    return (...args: readonly unknown[]): unknown => {
      const index = this.names.push(name) - 1;
      if (index === this.#failure?.at) return this.#failure.code;
      const code = call(...args);
      if (code === 0) this.#note(name);
      else if (name === 'cuStreamEndCapture') this.#noteEnd('capture');
      return code;
    };
  }

  #note(name: string): void {
    const made = makers.get(name);
    if (made !== undefined) this.#alive.push(made);
    const destroyed = destroyers.get(name);
    if (destroyed !== undefined) this.#noteEnd(destroyed);
  }

  /** An end that fails may come a second time. */
  #noteEnd(kind: string): void {
    const at = this.#alive.indexOf(kind);
    if (at !== -1) this.#alive.splice(at, 1);
  }
}
