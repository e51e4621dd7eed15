import type { TensorMapSpec } from '@gemm-preflight/types';
import { type DriverCalls, result } from '../driver/index.js';

const mapBytes = 128;
const mapWords = mapBytes / 4;

/** How many addresses a map is kept encoded for: servers go round a few sets of buffers. */
const keptAddresses = 8;

/** A map encoded for one address, in memory that the driver may write. */
interface EncodedMap {
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  readonly replaceAddress: (address: bigint) => void;
  /** Undefined until it is encoded. */
  address: bigint | undefined;
}

/**
 * The tensor map of a parameter block that describes one buffer. It is encoded once, given other addresses as they come, and
 * copied into the block from where it was encoded for an address before.
 */
export class MappedAddress {
  readonly #calls: DriverCalls;
  /** The map's place in the block. */
  readonly #target: Uint32Array;
  readonly #encoded: readonly EncodedMap[];
  #spec: TensorMapSpec;
  #next = 0;

  /** @param target the map's 128 bytes in the block, at a multiple of 4 in their buffer */
  constructor(calls: DriverCalls, spec: TensorMapSpec, target: Uint8Array) {
    this.#calls = calls;
    this.#spec = spec;
    this.#target = wordsOf(target);
    const slab = calls.allocateParams(mapBytes * keptAddresses);
    this.#encoded = Array.from({ length: keptAddresses }, (_, i) => {
      const bytes = slab.subarray(i * mapBytes, (i + 1) * mapBytes);
      const replaceAddress = result.tensorMap.prepareReplaceAddress(calls, bytes);
      return { bytes, words: wordsOf(bytes), replaceAddress, address: undefined };
    });
  }

  /** From the next address on, the map describes a matrix of other extents. */
  setSpec(spec: TensorMapSpec): void {
    const before = this.#spec;
    this.#spec = spec;
    if (spec.globalDim.every((extent, i) => extent === before.globalDim[i])) return;
    for (const map of this.#encoded) map.address = undefined;
  }

  /**
   * Points the block's map at an address.
   * @throws {CudaError} when the driver refuses the map
   */
  point(address: bigint): void {
    const { words } = this.#find(address) ?? this.#encode(address);
    for (let i = 0; i < mapWords; i++) this.#target[i] = words[i] ?? 0;
  }

  #find(address: bigint): EncodedMap | undefined {
    for (let i = 0; i < keptAddresses; i++) {
      const map = this.#encoded[i];
      if (map?.address === address) return map;
    }
    return undefined;
  }

  /** Takes the place of the address that was encoded the longest ago. */
  #encode(address: bigint): EncodedMap {
    const map = this.#encoded[this.#next % keptAddresses];
    if (map === undefined) throw new RangeError('a tensor map is kept for no address');
    const isEncoded = map.address !== undefined;
    // What fails half way is encoded for no address.
    map.address = undefined;
    if (isEncoded) map.replaceAddress(address);
    else result.tensorMap.encodeTiled(this.#calls, { ...this.#spec, globalAddress: address }, map.bytes);
    map.address = address;
    this.#next++;
    return map;
  }
}

function wordsOf(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset, mapWords);
}
