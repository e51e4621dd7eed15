import { CudaError, context } from '../result/index.js';
import { cudaAbi, type DriverCalls } from '../sys/index.js';
import { Claim } from './claim.js';
import { ContextLostError, ReleasedError } from './context-errors.js';
import { type CurrentContext, currentContextOf } from './current-context.js';
import type { RecentLaunches } from './recent-launches.js';
import type { Destroy, ResourceOwner } from './resource.js';

/**
 * What stands behind a `Context`: the reference to the primary context, and the claims of all that lives in it. Objects refer
 * to this, so that a forgotten `Context` can be collected, and noticed.
 */
export class ContextState implements ResourceOwner {
  readonly label: string;
  readonly calls: DriverCalls;
  readonly device: number;
  readonly handle: bigint;
  readonly #current: CurrentContext;
  readonly #launches: RecentLaunches;
  readonly #claims = new Set<Claim>();
  #isReleased = false;
  #captures = 0;
  #recorded: string[] = [];

  constructor(calls: DriverCalls, device: number) {
    this.label = `The context of device ${device}`;
    this.calls = calls;
    this.device = device;
    this.#current = currentContextOf(calls);
    this.#launches = this.#current.launchesOn(device);
    this.#assertNotLost();
    this.handle = context.retainPrimary(calls, device);
  }

  get lostBy(): CudaError | undefined {
    return this.#current.lostBy;
  }

  get isLost(): boolean {
    return this.#current.lostBy !== undefined;
  }

  get captures(): number {
    return this.#captures;
  }

  makeCurrent(): void {
    if (this.#isReleased) throw new ReleasedError(this.label);
    this.#assertNotLost();
    this.#current.set(this.handle);
  }

  claim(label: string, destroy: Destroy | undefined): Claim {
    const claim: Claim = new Claim(
      label,
      () => {
        this.#claims.delete(claim);
        if (destroy !== undefined) this.#giveBack(destroy);
      },
      destroy !== undefined,
    );
    this.#claims.add(claim);
    return claim;
  }

  noteLaunch(name: string, stream: bigint): void {
    if (this.#captures === 0) this.#launches.note(name, stream);
    else this.#recorded.push(name);
  }

  noteDone(stream?: bigint): void {
    this.#launches.done(stream);
  }

  /**
   * Runs `body` while a stream records, and returns the names of what was launched meanwhile: none of it runs, so none of it
   * can be to blame for a fault.
   */
  whileCapturing(body: () => void): readonly string[] {
    if (this.#captures === 0) this.#recorded = [];
    const from = this.#recorded.length;
    this.#captures += 1;
    try {
      body();
    } finally {
      this.#captures -= 1;
    }
    return this.#recorded.slice(from);
  }

  /** Releases the newest objects first, all of them even if one fails, and then reports the first failure. */
  release(): void {
    const failures: unknown[] = [];
    const attempt = (body: () => void) => {
      try {
        body();
      } catch (error) {
        failures.push(error);
      }
    };
    for (const claim of [...this.#claims].reverse()) attempt(() => claim.release());
    this.#isReleased = true;
    attempt(() => this.#unlessLost(() => context.releasePrimary(this.calls, this.device)));
    this.#current.forget();
    if (failures.length > 0) throw failures[0];
  }

  #giveBack(destroy: Destroy): void {
    this.#unlessLost(() => {
      this.#current.set(this.handle);
      destroy(this.calls);
    });
  }

  /**
   * Once a context is lost, every call fails, releases included, and what they would free went with the context. So they are
   * still made, for the driver to clean up what it can, but their failures are nobody's concern. Should a release be the
   * first to meet the error, then `lostBy` keeps it for whoever uses the context next.
   */
  #unlessLost(release: () => void): void {
    try {
      release();
    } catch (error) {
      const isGone = error instanceof CudaError && (this.isLost || deadContextCodes.has(error.code));
      if (!isGone) throw error;
    }
  }

  #assertNotLost(): void {
    const { lostBy } = this.#current;
    if (lostBy !== undefined) throw new ContextLostError(this.label, lostBy);
  }
}

const deadContextCodes: ReadonlySet<number> = new Set([
  cudaAbi.resultCodes.CUDA_ERROR_DEINITIALIZED,
  cudaAbi.resultCodes.CUDA_ERROR_CONTEXT_IS_DESTROYED,
]);
