import { randomUUID } from 'node:crypto';
import type { Context, DeviceBuffer, Stream } from '@gemm-preflight/launcher-native';
import { BufferLock } from './buffer-lock.js';
import { ServiceError } from './service-error.js';
import type { Settings } from './settings.js';

/** A client's buffer in device memory. */
interface StoredBuffer {
  readonly buffer: DeviceBuffer;
  readonly lock: BufferLock;
  /** A launch that was not in time, or failed, has written to it: nobody knows what it holds. */
  isTorn: boolean;
}

/** How a use has left what it wrote to: as it was, written to the end, or with contents that nobody is to read. */
export type LeftAs = 'untouched' | 'written' | 'torn';

/** A use of a buffer, to be ended. */
export interface Loan {
  readonly buffer: DeviceBuffer;
  readonly end: (left: LeftAs) => void;
}

type Limits = Pick<Settings, 'maxBuffers' | 'maxBufferBytes' | 'maxDeviceBytes'>;

/** Buffers by the identifiers that clients know them by. */
export class BufferStore {
  readonly #context: Context;
  readonly #limits: Limits;
  readonly #buffers = new Map<string, StoredBuffer>();
  /** Copies take their turn here, beside launches: the locks keep the two apart. */
  readonly #copies: Stream;
  #bytes = 0;

  constructor(context: Context, limits: Limits) {
    this.#context = context;
    this.#limits = limits;
    this.#copies = context.createStream({ nonBlocking: true });
  }

  /** How many there are. */
  get count(): number {
    return this.#buffers.size;
  }

  /** Bytes of all together. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Allocates a buffer. It holds zeros, so that nobody reads what somebody else has left there.
   * @throws {ServiceError} 413 or 507 when it would be beyond the limits
   */
  async create(byteLength: number): Promise<string> {
    const { maxBuffers, maxBufferBytes, maxDeviceBytes } = this.#limits;
    if (byteLength > maxBufferBytes) {
      throw new ServiceError(
        413,
        'too-large',
        `a buffer has ${maxBufferBytes} bytes at most, not ${byteLength}`,
      );
    }
    if (this.#buffers.size >= maxBuffers) {
      throw new ServiceError(
        507,
        'too-many-buffers',
        `there are ${maxBuffers} buffers already, which is the most`,
      );
    }
    if (this.#bytes + byteLength > maxDeviceBytes) {
      const left = maxDeviceBytes - this.#bytes;
      throw new ServiceError(
        507,
        'out-of-device-memory',
        `${left} of ${maxDeviceBytes} bytes are left, and ${byteLength} were asked for`,
      );
    }
    const buffer = this.#context.allocate(byteLength);
    const id = randomUUID();
    this.#buffers.set(id, { buffer, lock: new BufferLock(), isTorn: false });
    this.#bytes += byteLength;
    try {
      await this.#use(id, 'write', () => buffer.fill(0, { stream: this.#copies }));
    } catch (error) {
      this.delete(id);
      throw error;
    }
    return id;
  }

  /**
   * Replaces all that a buffer holds.
   * @throws {ServiceError} 404, 409 while it is in use, 422 when the bytes are too many or too few
   */
  async write(id: string, bytes: Uint8Array): Promise<void> {
    const { byteLength } = this.#find(id).buffer;
    if (bytes.byteLength !== byteLength) {
      throw new ServiceError(
        422,
        'wrong-size',
        `buffer ${id} has ${byteLength} bytes, and ${bytes.byteLength} came`,
      );
    }
    await this.#use(id, 'write', (buffer) => buffer.copyFrom(bytes, { stream: this.#copies }));
  }

  /**
   * All that a buffer holds.
   * @throws {ServiceError} 404, 409 while a launch writes to it or after one that was not in time
   */
  async read(id: string): Promise<Uint8Array> {
    const bytes = new Uint8Array(this.#find(id).buffer.byteLength);
    await this.#use(id, 'read', (buffer) => buffer.copyTo(bytes, { stream: this.#copies }));
    return bytes;
  }

  /** @throws {ServiceError} 404, 409 while it is in use */
  delete(id: string): void {
    const { buffer, lock } = this.#find(id);
    if (lock.isHeld) throw inUse(id);
    this.#buffers.delete(id);
    this.#bytes -= buffer.byteLength;
    buffer.release();
  }

  /**
   * Hands a buffer out, to read or to write all of it.
   * @throws {ServiceError} 404, 409 while it is in use otherwise, or where there is nothing to read
   */
  borrow(id: string, access: 'read' | 'write'): Loan {
    const stored = this.#find(id);
    if (access === 'read' && stored.isTorn) throw torn(id);
    const giveBack = stored.lock.take(access);
    if (giveBack === undefined) throw inUse(id);
    const end = (left: LeftAs) => {
      if (access === 'write' && left !== 'untouched') stored.isTorn = left === 'torn';
      giveBack();
    };
    return { buffer: stored.buffer, end };
  }

  async #use(id: string, access: 'read' | 'write', copy: (buffer: DeviceBuffer) => void): Promise<void> {
    const { buffer, end } = this.borrow(id, access);
    const isWrite = access === 'write';
    let left: LeftAs = isWrite ? 'torn' : 'untouched';
    try {
      copy(buffer);
      await this.#copies.synchronize();
      if (isWrite) left = 'written';
    } finally {
      end(left);
    }
  }

  #find(id: string): StoredBuffer {
    const stored = this.#buffers.get(id);
    if (stored === undefined) throw new ServiceError(404, 'no-such-buffer', `there is no buffer ${id}`);
    return stored;
  }
}

function inUse(id: string): ServiceError {
  return new ServiceError(409, 'buffer-in-use', `buffer ${id} is in use by another request`, 1);
}

function torn(id: string): ServiceError {
  return new ServiceError(
    409,
    'buffer-torn',
    `what buffer ${id} holds was left by a request that did not end in time or failed; write it anew`,
  );
}
