import { device, peer } from '../result/index.js';
import type { DriverCalls } from '../sys/index.js';
import { Context } from './context.js';

/** A GPU. Get one from `driver.devices()`. */
export class Device {
  /** Counts from 0. */
  readonly ordinal: number;
  readonly #calls: DriverCalls;
  readonly #handle: number;

  constructor(calls: DriverCalls, ordinal: number) {
    this.ordinal = ordinal;
    this.#calls = calls;
    this.#handle = device.get(calls, ordinal);
  }

  /** The product's name. */
  get name(): string {
    return device.name(this.#calls, this.#handle);
  }

  /** Any attribute, by the driver's name without `CU_DEVICE_ATTRIBUTE_`. */
  attribute(name: device.DeviceAttributeName): number {
    return device.attribute(this.#calls, this.#handle, name);
  }

  /** The version of the architecture: 9.0 of Hopper, 10.0 and 10.3 of data-centre Blackwell. */
  get computeCapability(): { readonly major: number; readonly minor: number } {
    return {
      major: this.attribute('COMPUTE_CAPABILITY_MAJOR'),
      minor: this.attribute('COMPUTE_CAPABILITY_MINOR'),
    };
  }

  /** Compute capability as one number, 10·major + minor: 90, 100, 103. */
  get smVersion(): number {
    const { major, minor } = this.computeCapability;
    return 10 * major + minor;
  }

  /** Streaming multiprocessors. */
  get numSms(): number {
    return this.attribute('MULTIPROCESSOR_COUNT');
  }

  /** Bytes of shared memory that one block can opt in to. */
  get sharedMemPerBlockOptin(): number {
    return this.attribute('MAX_SHARED_MEMORY_PER_BLOCK_OPTIN');
  }

  /** Bytes of device memory. */
  get totalMemoryBytes(): number {
    return device.totalMemory(this.#calls, this.#handle);
  }

  /** Whether kernels on this device can be given access to the memory of another; see `context.enablePeerAccess`. */
  canAccessPeer(other: Device): boolean {
    return peer.canAccess(this.#calls, this.#handle, other.#handle);
  }

  /**
   * A reference to the device's primary context, to be released.
   *
   * @throws ContextLostError after a kernel has made the GPUs unusable for this process
   */
  retainPrimaryContext(): Context {
    return Context.retainPrimary(this.#calls, this.#handle);
  }
}
