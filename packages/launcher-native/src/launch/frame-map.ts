import type { TensorMapSpec } from '@gemm-preflight/types';
import { type DriverCalls, result } from '../driver/index.js';

const { addressWordOf, differInAddress, patchAddress, tensorMapWords } = result.tensorMapAddress;

/** What is known of how a map holds its address: nothing yet, as a plain number, or otherwise. */
type AddressForm = 'unknown' | 'plain' | 'opaque';

/**
 * A tensor map within a parameter block, to be pointed from one buffer to the next.
 *
 * The driver encodes it. To give it another address is one driver call, `cuTensorMapReplaceAddress`, of which a launch with new
 * buffers would make three. So what that call does is looked at: where it changes nothing but a 64-bit word that holds the
 * address, that word is written from here on. Both have to agree for that: what the driver does to a map made for the purpose,
 * in which each bit of an address is tried (`addressWordOf`), and what its first call does to this map. A driver that does
 * anything else is asked every time, and so it is of addresses that it might refuse.
 */
export class FrameMap {
  readonly #calls: DriverCalls;
  readonly #bytes: Uint8Array;
  readonly #words: Uint32Array;
  #replace: ((address: bigint) => void) | undefined;
  /** What the map was last encoded for; undefined before. */
  #encoded: TensorMapSpec | undefined;
  /** What it points to, as far as the driver pointed it there. */
  #address = 0n;
  #form: AddressForm = 'unknown';
  #word = 0;

  /** @param bytes - 128, of what `allocateParams` returned, at a multiple of 64 from its start */
  constructor(calls: DriverCalls, bytes: Uint8Array) {
    this.#calls = calls;
    this.#bytes = bytes;
    this.#words = new Uint32Array(bytes.buffer, bytes.byteOffset, tensorMapWords);
  }

  /**
   * Makes the map one of a matrix at an address.
   * @throws {CudaError} when the driver refuses it
   */
  point(spec: TensorMapSpec, address: bigint): void {
    if (this.#encoded !== undefined && describesTheSame(this.#encoded, spec)) this.#move(address);
    else this.#encode(spec, address);
  }

  #encode(spec: TensorMapSpec, address: bigint): void {
    this.#encoded = undefined;
    result.tensorMap.encodeTiled(this.#calls, { ...spec, globalAddress: address }, this.#bytes);
    this.#encoded = spec;
    this.#address = address;
  }

  #move(address: bigint): void {
    if (this.#form === 'plain' && patchAddress(this.#words, this.#word, address)) return;
    if (this.#form === 'unknown' && address !== this.#address) this.#watchDriver(address);
    else this.#moveByDriver(address);
  }

  #moveByDriver(address: bigint): void {
    this.#replace ??= result.tensorMap.prepareReplaceAddress(this.#calls, this.#bytes);
    this.#replace(address);
    this.#address = address;
  }

  #watchDriver(to: bigint): void {
    const from = this.#address;
    const before = this.#words.slice();
    this.#moveByDriver(to);
    const word = addressWordOf(this.#calls);
    const isPlain = word !== undefined && differInAddress(before, this.#words, word, { from, to });
    this.#form = isPlain ? 'plain' : 'opaque';
    if (isPlain) this.#word = word;
  }
}

/** Whether two maps differ in their address alone. */
function describesTheSame(a: TensorMapSpec, b: TensorMapSpec): boolean {
  return (
    a === b ||
    (a.dtype === b.dtype &&
      a.swizzle === b.swizzle &&
      sameNumbers(a.globalDim, b.globalDim) &&
      sameNumbers(a.globalStrides, b.globalStrides) &&
      sameNumbers(a.boxDim, b.boxDim) &&
      sameNumbers(a.elementStrides, b.elementStrides))
  );
}

function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return a.length === b.length;
}
