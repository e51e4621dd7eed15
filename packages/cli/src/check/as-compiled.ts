import {
  applyFix,
  type Checker,
  type CheckSettings,
  optionsFor,
  otherThanCompiled,
} from '@gemm-preflight/checker-wasm';
import {
  type BatchedGemmOptions,
  type CheckResult,
  type Diagnostic,
  type Fix,
  type KernelInfo,
  optionNames,
} from '@gemm-preflight/types';
import { kernelFindings } from '../kernel-findings.js';

/**
 * A checker that holds all options against a kernel: what a launch with it would ask of the GPU, by the rules about kernels,
 * and whether it was compiled with these options. So a fix that would need another kernel leaves as many errors as before.
 */
export function checkerFor(kernel: KernelInfo, checker: Checker): Checker {
  return {
    module: checker.module,
    check(options, target, settings = {}) {
      const check = (given: BatchedGemmOptions) => checker.check(given, target, { ...settings, kernel });
      const result = check(options);
      if (!isComparable(result, settings)) return result;
      const other = notAsCompiled(kernel, options, result.options, (given) => check(given).options);
      return other === undefined
        ? result
        : { ...result, ok: false, diagnostics: [other, ...result.diagnostics] };
    },
  };
}

/** Whether the check came to options at all, and is to say more than its first error. */
function isComparable({ ok, diagnostics }: CheckResult, { stopAtFirst }: CheckSettings): boolean {
  if (!ok && stopAtFirst) return false;
  return diagnostics.every(({ rule }) => rule !== 'invalid-input');
}

function notAsCompiled(
  kernel: KernelInfo,
  given: BatchedGemmOptions,
  checked: BatchedGemmOptions,
  check: (options: BatchedGemmOptions) => BatchedGemmOptions,
): Diagnostic | undefined {
  const others = otherThanCompiled(kernel, checked);
  if (others.length === 0) return undefined;
  const { batchMode, transposeMmaOutput } = kernel;
  const compiled = optionsFor(kernel, { ...checked, batchM: batchMode === 'batchM', transposeMmaOutput });
  const fields = optionNames.filter(
    (name) => otherThanCompiled(kernel, { ...checked, [name]: compiled[name] }).length < others.length,
  );
  const changes = fields
    .map((field) => ({ field, from: given[field], to: compiled[field] }))
    .filter(({ from, to }) => from !== to);
  const title = changes.map(({ field, to }) => `set ${field} to ${JSON.stringify(to)}`).join(' and ');
  const fix: Fix = { title, changes };
  // An adjustment may undo it; then it is the kernel that no check lets through.
  const mends = changes.length > 0 && otherThanCompiled(kernel, check(applyFix(given, fix))).length === 0;
  return {
    rule: kernelFindings.notAsCompiled,
    severity: 'error',
    message: `the kernel was ${others.join('; ')}`,
    fields,
    ...(mends && { fixes: [fix] }),
  };
}
