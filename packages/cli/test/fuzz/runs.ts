import type fc from 'fast-check';

// Few runs in `npm test`; `npm run fuzz` (scripts/fuzz.mjs) asks for many through the environment.

/** The parameters of a fuzzing property: `runs` where nobody asks for more, and a seed that is printed with a failure. */
export function fuzzing(runs: number): fc.Parameters<unknown> {
  const { PREFLIGHT_FUZZ_RUNS, PREFLIGHT_FUZZ_SEED, PREFLIGHT_FUZZ_SECONDS } = process.env;
  return {
    numRuns: Number(PREFLIGHT_FUZZ_RUNS ?? runs),
    ...(PREFLIGHT_FUZZ_SEED === undefined ? {} : { seed: Number(PREFLIGHT_FUZZ_SEED) }),
    ...(PREFLIGHT_FUZZ_SECONDS === undefined
      ? {}
      : { interruptAfterTimeLimit: Number(PREFLIGHT_FUZZ_SECONDS) * 1000, markInterruptAsFailure: false }),
  };
}

/** How long a fuzzing test may take, in milliseconds: as long as it is asked to, and a minute. */
export const fuzzTimeoutMs = (Number(process.env['PREFLIGHT_FUZZ_SECONDS'] ?? 3600) + 60) * 1000;
