/** What can speak against a kernel beside the rules. It is about a kernel and not about options, so no rule set has it. */
export const kernelFindings = {
  /** It computes something else than the problem asks for. */
  mismatch: 'kernel-mismatch',
  /** The checked options are not those that the kernel was compiled with. */
  notAsCompiled: 'kernel-not-as-compiled',
} as const;

/** When each is said. */
export const kernelFindingMeanings: ReadonlyMap<string, string> = new Map([
  [kernelFindings.mismatch, 'a kernel computes something else than the problem asks for'],
  [kernelFindings.notAsCompiled, 'a kernel was compiled with other options than the check ends with'],
]);
