import { cudaAbi } from '../driver/sys/index.js';

const { memPoolAttributes } = cudaAbi;

/** The accounts of a pool. The memory itself is the context's; a pool only says how much of it is reserved. */
export class EmulatedPool {
  readonly device: number;
  /** 0: no limit. */
  readonly maxBytes: number;
  /** Nothing is allocated from it any more; what was, can still be freed. */
  isDestroyed = false;
  readonly #bytes = new Map<bigint, number>();
  readonly #attributes = new Map<number, bigint>();

  constructor(device: number, maxBytes: number) {
    this.device = device;
    this.maxBytes = maxBytes;
  }

  /** The value of an attribute; undefined of those that an emulator has none of. */
  get(attribute: number): bigint | undefined {
    const isKnown = Object.values<number>(memPoolAttributes).includes(attribute);
    return isKnown ? (this.#attributes.get(attribute) ?? 0n) : undefined;
  }

  set(attribute: number, value: bigint): void {
    this.#attributes.set(attribute, value);
    this.trimTo(Number(this.#value('RELEASE_THRESHOLD')));
  }

  /** Whether the pool may hold that much more. */
  hasRoomFor(bytes: number): boolean {
    return this.maxBytes === 0 || Number(this.#value('USED_MEM_CURRENT')) + bytes <= this.maxBytes;
  }

  noteAllocation(address: bigint, bytes: number): void {
    this.#bytes.set(address, bytes);
    this.#account(BigInt(bytes));
  }

  /** @returns false when the address is none of its own */
  noteFree(address: bigint): boolean {
    const bytes = this.#bytes.get(address);
    if (bytes === undefined) return false;
    this.#bytes.delete(address);
    this.#account(-BigInt(bytes));
    this.trimTo(Number(this.#value('RELEASE_THRESHOLD')));
    return true;
  }

  trimTo(minBytesToKeep: number): void {
    const keep = BigInt(minBytesToKeep);
    const reserved = this.#value('RESERVED_MEM_CURRENT');
    const used = this.#value('USED_MEM_CURRENT');
    const kept = reserved < keep ? reserved : keep;
    this.#attributes.set(memPoolAttributes.RESERVED_MEM_CURRENT, kept < used ? used : kept);
  }

  #account(difference: bigint): void {
    const used = this.#value('USED_MEM_CURRENT') + difference;
    this.#attributes.set(memPoolAttributes.USED_MEM_CURRENT, used);
    this.#raise('RESERVED_MEM_CURRENT', used);
    this.#raise('USED_MEM_HIGH', used);
    this.#raise('RESERVED_MEM_HIGH', this.#value('RESERVED_MEM_CURRENT'));
  }

  #raise(name: keyof typeof memPoolAttributes, value: bigint): void {
    if (this.#value(name) < value) this.#attributes.set(memPoolAttributes[name], value);
  }

  #value(name: keyof typeof memPoolAttributes): bigint {
    return this.#attributes.get(memPoolAttributes[name]) ?? 0n;
  }
}
