import type { Io } from '../io.js';
import type { Reporter } from './reporter.js';

/** The formats of `preflight check`. */
export const checkFormats = ['pretty', 'json', 'jsonl', 'sarif', 'github'] as const;
export type CheckFormat = (typeof checkFormats)[number];

/** What the formats have to know of a check. */
export interface ReportRequest {
  readonly io: Io;
  /** There may be other than one case. */
  readonly many: boolean;
  /** Tell people the reasons of rules. */
  readonly reasons: boolean;
}

/** The reporter of a format. Loads that format alone. */
export async function reporterFor(
  format: CheckFormat,
  { io, many, reasons }: ReportRequest,
): Promise<Reporter> {
  switch (format) {
    case 'json':
      return (await import('./json.js')).jsonReporter(many);
    case 'jsonl':
      return (await import('./json.js')).jsonLinesReporter;
    case 'sarif':
      return (await import('./sarif/reporter.js')).sarifReporter(io.cwd);
    case 'github':
      return (await import('./github.js')).githubReporter(io.cwd);
    case 'pretty': {
      const [{ prettyReporter }, { viewOf }] = await Promise.all([
        import('./pretty/check-reporter.js'),
        import('./pretty/view.js'),
      ]);
      return prettyReporter(viewOf(io), { many, reasons });
    }
  }
}
