import { Device, type DriverCalls, emulatedDriver, type OpenDevice } from '@gemm-preflight/launcher-native';
import { type KernelInfo, targets } from '@gemm-preflight/types';

const notReady = 600; // CUDA_ERROR_NOT_READY
const illegalAddress = 700; // CUDA_ERROR_ILLEGAL_ADDRESS

/** The emulator, with a device that takes its time and that can break. */
export class TestDevice implements OpenDevice {
  readonly kind = 'emulator';
  readonly target = targets.h100;
  readonly description = 'test device';
  readonly device;
  readonly context;
  /** While true, launches have begun and do not end. */
  isSlow = false;
  /** While true, every call fails as after an illegal access. */
  isLost = false;
  /** While true, kernels read their scale (`ptrScaleC`) from nowhere: the emulator loses its device, as a GPU would. */
  isIllegal = false;
  /** Launches that were begun. */
  launches = 0;
  /** In the order in which they were made. The service makes those of its launches first, and then one for copies. */
  readonly #streams: bigint[] = [];

  constructor(kernels: readonly KernelInfo[], totalMemoryBytes = 2 ** 26) {
    const { calls } = emulatedDriver({ target: targets.h100, kernels, totalMemoryBytes });
    this.device = new Device(this.#watched(calls), 0);
    this.context = this.device.retainPrimaryContext();
  }

  release(): void {
    this.context.release();
  }

  [Symbol.dispose](): void {
    this.release();
  }

  #watched(calls: DriverCalls): DriverCalls {
    return new Proxy(calls, {
      get: (target, property, receiver) => {
        const found: unknown = Reflect.get(target, property, receiver);
        if (typeof found !== 'function' || typeof property !== 'string') return found;
        const call = (...args: readonly unknown[]): unknown => Reflect.apply(found, target, args);
        if (property === 'prepareLaunchKernelEx') {
          return (...args: readonly unknown[]) => {
            const launch = call(...args) as () => number;
            return () => {
              this.launches++;
              if (this.isIllegal) (args[3] as Uint8Array).fill(0xee, 648, 656);
              return this.isLost ? illegalAddress : launch();
            };
          };
        }
        if (!property.startsWith('cu') || property.startsWith('cuGetError')) return call;
        return (...args: readonly unknown[]) => this.#answer(property, args, call);
      },
    });
  }

  #answer(name: string, args: readonly unknown[], call: (...args: readonly unknown[]) => unknown): unknown {
    if (this.isLost) return illegalAddress;
    if (name === 'cuStreamQuery' && this.isSlow && args[0] === this.#streams[0]) return notReady;
    const code = call(...args);
    if (name === 'cuStreamCreateWithPriority') this.#streams.push((args[0] as bigint[])[0] ?? 0n);
    return code;
  }
}
