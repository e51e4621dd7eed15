import type { Diagnostic, Severity } from '@gemm-preflight/types';
import type { CasePlace } from '../input/case.js';
import { annotationPath } from './paths.js';
import type { Reporter } from './reporter.js';
import { summarize } from './summary.js';

const commands = { error: 'error', adjusted: 'warning', note: 'notice' } as const satisfies Record<
  Severity,
  string
>;

/**
 * Annotations of a GitHub workflow: `::error file=…,line=…,col=…,title=RULE::MESSAGE`, a line each.
 * @see https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
 */
export function githubReporter(cwd: string): Reporter {
  return {
    add: ({ case: { label, place }, result }) =>
      result.diagnostics.map((diagnostic) => annotation(diagnostic, label, place, cwd)).join(''),
    end: (tally) => `${summarize(tally)}\n`,
  };
}

function annotation(diagnostic: Diagnostic, label: string, place: CasePlace, cwd: string): string {
  const { rule, severity, message, fixes = [] } = diagnostic;
  const named = message.startsWith(label) ? message : `${label}: ${message}`;
  const text = [named, ...fixes.map(({ title }) => `fix: ${title}`)].join('\n');
  const properties = { ...positionOf(diagnostic, place, cwd), title: rule };
  const list = Object.entries(properties).map(([name, value]) => `${name}=${escapeProperty(String(value))}`);
  return `::${commands[severity]} ${list.join(',')}::${escapeData(text)}\n`;
}

/** The position of the first field at fault that the case has, or of the case. */
function positionOf({ fields }: Diagnostic, { file, regionOf, start }: CasePlace, cwd: string) {
  if (file === undefined) return {};
  const [region = start()] = fields.flatMap((field) => regionOf(field) ?? []);
  return { file: annotationPath(cwd, file), line: region.startLine, col: region.startColumn };
}

/** Escapes the text of a workflow command, which ends at the end of the line. */
export function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

/** Escapes a property of a workflow command, which ends at a comma or colon too. */
export function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
