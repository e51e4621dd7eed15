import type { Reporter } from './reporter.js';

/** One result as JSON, or a list of them. */
export function jsonReporter(many: boolean): Reporter {
  if (!many) return { add: ({ result }) => `${JSON.stringify(result, null, 2)}\n`, end: () => '' };
  let separator = '[\n';
  return {
    add: ({ result }) => {
      const text = separator + JSON.stringify(result, null, 2).replace(/^/gm, '  ');
      separator = ',\n';
      return text;
    },
    end: ({ cases }) => (cases === 0 ? '[]\n' : '\n]\n'),
  };
}

/** One result a line. */
export const jsonLinesReporter: Reporter = {
  add: ({ result }) => `${JSON.stringify(result)}\n`,
  end: () => '',
};
