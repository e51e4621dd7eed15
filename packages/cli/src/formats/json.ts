import type { CheckedCase } from '../check/check-case.js';
import type { Reporter } from './reporter.js';

/** One result as JSON, or a list of them. */
export function jsonReporter(many: boolean): Reporter {
  if (!many) return { add: (checked) => `${JSON.stringify(documentOf(checked), null, 2)}\n`, end: () => '' };
  let separator = '[\n';
  return {
    add: (checked) => {
      const text = separator + JSON.stringify(documentOf(checked), null, 2).replace(/^/gm, '  ');
      separator = ',\n';
      return text;
    },
    end: ({ cases }) => (cases === 0 ? '[]\n' : '\n]\n'),
  };
}

/** One result a line. */
export const jsonLinesReporter: Reporter = {
  add: (checked) => `${JSON.stringify(documentOf(checked))}\n`,
  end: () => '',
};

/** A result; with the kernel that it holds for, if one was named, and with what was fixed before, and why the rest was not. */
function documentOf({ result, kernel, fixed, unfixed = [] }: CheckedCase): object {
  return {
    ...result,
    ...(kernel && { kernel: kernel.functionName }),
    ...(fixed.length > 0 && { fixed }),
    ...(unfixed.length > 0 && { unfixed }),
  };
}
