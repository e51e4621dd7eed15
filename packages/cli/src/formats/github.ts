import { type Diagnostic, describeChanges, type Severity } from '@gemm-preflight/types';
import type { CheckedCase } from '../check/check-case.js';
import type { Case } from '../input/case.js';
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
    add: ({ case: given, fixed, result }) =>
      [...fixed.map(noticeOf), ...result.diagnostics.map(annotationOf)]
        .map((annotation) => formatAnnotation(annotation, given, cwd))
        .join(''),
    end: (tally) => `${summarize(tally)}\n`,
  };
}

/** What a workflow is told of a case. */
interface Annotation {
  readonly command: (typeof commands)[Severity];
  readonly title: string;
  readonly text: string;
  /** Options; the first that the case has is where it stands. */
  readonly fields: readonly string[];
}

function annotationOf({ rule, severity, message, fields, fixes = [] }: Diagnostic): Annotation {
  const text = [message, ...fixes.map(({ title }) => `fix: ${title}`)].join('\n');
  return { command: commands[severity], title: rule, text, fields };
}

/** What --fix has changed. */
function noticeOf({ rule, changes }: CheckedCase['fixed'][number]): Annotation {
  const fields = changes.map(({ field }) => field);
  return { command: commands.note, title: `fixed ${rule}`, text: describeChanges(changes), fields };
}

function formatAnnotation({ command, title, text, fields }: Annotation, given: Case, cwd: string): string {
  const { label } = given;
  const named = text.startsWith(label) ? text : `${label}: ${text}`;
  const properties = { ...positionOf(fields, given, cwd), title };
  const list = Object.entries(properties).map(([name, value]) => `${name}=${escapeProperty(String(value))}`);
  return `::${command} ${list.join(',')}::${escapeData(named)}\n`;
}

/** The position of the first of some fields that the case has, or of the case. */
function positionOf(fields: readonly string[], { place: { file, regionOf, start } }: Case, cwd: string) {
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
