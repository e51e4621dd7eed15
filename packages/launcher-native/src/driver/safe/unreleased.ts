import type { Claim } from './claim.js';

/** What is left of an object when it has been collected. */
interface Remains {
  readonly claim: Claim;
  /** Where the object was made, with `PREFLIGHT_TRACE=1`. */
  readonly madeAt: string | undefined;
}

const registry = new FinalizationRegistry<Remains>(({ claim, madeAt }) => {
  if (claim.isReleased) return;
  process.emitWarning(
    `${claim.label} was never released, and nobody can do so any more: what it holds on the device goes with its context. ` +
      'Declare it with `using`, or call release(). PREFLIGHT_TRACE=1 shows where it was made.',
    {
      type: 'UnreleasedWarning',
      code: 'PREFLIGHT_UNRELEASED',
      ...(madeAt !== undefined && { detail: madeAt }),
    },
  );
});

/**
 * Warns, once, when an object is collected that was never released. Nothing is freed then: the collector may come at any
 * time, also while the device still uses the memory. The object's context frees it when it is released itself.
 */
export function warnIfUnreleased(object: object, claim: Claim): void {
  const madeAt = process.env['PREFLIGHT_TRACE'] === '1' ? stackOf(claim.label) : undefined;
  registry.register(object, { claim, madeAt }, claim);
}

/** The object was released: there will be nothing to warn about. */
export function forgetUnreleased(claim: Claim): void {
  registry.unregister(claim);
}

/** Deep enough to show the caller's own lines behind ours. */
const stackDepth = 30;

function stackOf(label: string): string {
  const usual = Error.stackTraceLimit;
  Error.stackTraceLimit = stackDepth;
  const trace = { stack: '' };
  Error.captureStackTrace(trace, warnIfUnreleased);
  Error.stackTraceLimit = usual;
  return `${label} was made here:\n${trace.stack.split('\n').slice(1).join('\n')}`;
}
