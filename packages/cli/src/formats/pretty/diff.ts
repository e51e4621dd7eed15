import type { Change, Status } from '../../diff/compare.js';
import type { Diff, ReportedSide } from '../../diff/diff-files.js';
import type { Entry, FieldChange, Finding } from '../../diff/entry.js';
import { showValue } from '../../explain/words.js';
import { visible } from '../../visible.js';
import { count } from '../summary.js';
import { severityPaint } from './diagnostics.js';
import { table } from './table.js';
import { paragraph } from './text.js';
import type { View } from './view.js';

/** A comparison for people: how it was made, what changed, the rules that did it, and the counts. */
export function formatDiff(diff: Diff, view: View): string {
  const changes = diff.changes.filter(({ status }) => status !== 'unchanged');
  const sections = [
    formatHead(diff, view),
    changes.map((change) => formatChange(change, view)).join(''),
    formatRules(changes, view),
    formatProblems(diff, view),
    `${summaryLine(diff)}\n`,
  ];
  return sections.filter((section) => section !== '').join('\n');
}

function formatHead({ kind, old, new: now, matching, problemFile }: Diff, view: View): string {
  const { paint } = view;
  const noun = kind === 'catalog' ? 'kernels' : 'configurations';
  const same = old.file === now.file && old.ruleSets.join() === now.ruleSets.join();
  const lines = [
    `${paint.dim('old')}  ${sideLine(old)}`,
    `${paint.dim('new')}  ${sideLine(now)}${same ? '; the same as old' : ''}`,
    `${noun} matched by ${matchedBy[matching.by]}${matching.because === undefined ? '' : `: ${visible(matching.because)}`}`,
  ];
  if (kind === 'catalog') lines.push(heldAgainst(problemFile));
  for (const { file, leftOut } of old.file === now.file ? [now] : [old, now]) {
    if (leftOut > 0)
      lines.push(`${count(leftOut, 'kernel')} of ${visible(file)} left out, built for other GPUs`);
  }
  return lines.map((line) => `${line}\n`).join('');
}

const matchedBy: Readonly<Record<Diff['matching']['by'], string>> = {
  name: 'name',
  content: 'equal content, then by position',
  position: 'position',
};

function sideLine({ file, ruleSets, entries }: ReportedSide): string {
  const by = ruleSets.length === 0 ? '' : `, ${ruleSets.join(' and ')}`;
  return `${visible(file)}: ${count(entries, 'entry', 'entries')}${by}`;
}

function heldAgainst(problemFile: string | undefined): string {
  return problemFile === undefined
    ? 'each kernel held against a problem of its own tiles; --problem FILE takes real ones'
    : `each kernel held against the problems of ${visible(problemFile)}`;
}

const marks: Readonly<Record<Status, string>> = {
  regressed: '✗',
  changed: '±',
  mended: '✓',
  added: '+',
  removed: '-',
  rewritten: '=',
  unchanged: ' ',
};

function formatChange(change: Change, view: View): string {
  const { status, old, new: now, given, adjusted, gained, lost, reworded } = change;
  const { paint } = view;
  const color = { regressed: paint.red, changed: paint.yellow, mended: paint.green }[status as string];
  const entry = now ?? old;
  if (entry === undefined) return '';
  const place = entry.place();
  const where = place === undefined ? '' : paint.dim(`  ${visible(place)}`);
  const label = visible(entry.label);
  // Names of kernels are as long as a line.
  const gap = label.length > 48 ? '\n  ' : ' ';
  const lines = [
    `${(color ?? paint.dim)(marks[status])} ${paint.bold(label)}${gap}${verdict(change, entry)}${where}\n`,
    given.length === 0 ? '' : detail('given', given.map(describeGiven).join(', '), view),
    adjusted.length === 0 ? '' : detail('adjusted', adjusted.map(describeAdjusted).join('; '), view),
    ...gained.map((finding) => formatFinding('+', finding, view)),
    ...lost.map((finding) => formatFinding('-', finding, view)),
    ...reworded.flatMap(({ rule, before, after }) => [
      formatFinding('-', { rule, severity: 'error', message: before }, view),
      formatFinding('+', { rule, severity: 'error', message: after }, view),
    ]),
  ];
  return lines.join('');
}

function verdict({ status, old }: Change, { outcome }: Entry): string {
  const on = `on ${outcome.target}`;
  const before = old?.outcome.target ?? outcome.target;
  const now = before === outcome.target ? '' : ` ${on}`;
  switch (status) {
    case 'regressed':
      return `could run on ${before}, and cannot any more${now}`;
    case 'mended':
      return `could not run on ${before}, and can now${now}`;
    case 'changed':
      return `${outcome.ok ? 'can' : 'cannot'} run ${on}, as before, with other findings`;
    case 'added':
      return `is new, and ${outcome.ok ? 'can' : 'cannot'} run ${on}${rulesAgainst(outcome.findings)}`;
    case 'removed':
      return `is gone; it ${outcome.ok ? 'could' : 'could not'} run ${on}`;
    default:
      return `${outcome.ok ? 'can' : 'cannot'} run ${on}, as before`;
  }
}

function rulesAgainst(findings: readonly Finding[]): string {
  const rules = new Set(findings.filter(({ severity }) => severity === 'error').map(({ rule }) => rule));
  return rules.size === 0 ? '' : `: ${[...rules].join(', ')}`;
}

function detail(head: string, text: string, view: View): string {
  const painted = `  ${view.paint.dim(head.padEnd(9))}`;
  return paragraph(text, view, { indent: ' '.repeat(11), head: painted });
}

function describeGiven({ field, from, to }: FieldChange): string {
  if (!Array.isArray(from) || !Array.isArray(to) || from.length !== to.length)
    return `${field} ${brief(from)} → ${brief(to)}`;
  const places = [...from.keys()].filter((i) => JSON.stringify(from[i]) !== JSON.stringify(to[i]));
  if (places.length > 3) return `${field} in ${places.length} of ${from.length} places`;
  return places.map((i) => `${field}[${i}] ${brief(from[i])} → ${brief(to[i])}`).join(', ');
}

/** What the check makes of an option now, and made of it before. */
function describeAdjusted({ field, from, to }: FieldChange): string {
  if (to === undefined) return `${field} as given, ${brief(from)} before`;
  return `${field} to ${brief(to)}, ${from === undefined ? 'as given' : brief(from)} before`;
}

function formatFinding(sign: '+' | '-', { rule, severity, message }: Finding, view: View): string {
  const { paint } = view;
  const signed = sign === '+' ? paint.red(sign) : paint.green(sign);
  return [
    `  ${signed} ${severityPaint(severity, view)(severity)} ${paint.bold(visible(rule))}\n`,
    paragraph(message, view, { indent: '      ' }),
  ].join('');
}

/** Of each rule, in how many entries it spoke up or fell silent; of one entry, its own lines tell. */
function formatRules(changes: readonly Change[], view: View): string {
  const matched = changes.filter(({ old, new: now }) => old !== undefined && now !== undefined);
  const rules = new Map<string, { gained: number; lost: number }>();
  for (const { gained, lost } of matched) {
    for (const [side, findings] of [
      ['gained', gained],
      ['lost', lost],
    ] as const) {
      for (const rule of new Set(findings.map((finding) => finding.rule))) {
        const counts = rules.get(rule) ?? { gained: 0, lost: 0 };
        rules.set(rule, { ...counts, [side]: counts[side] + 1 });
      }
    }
  }
  if (rules.size === 0 || matched.length < 2) return '';
  const columns = [
    { head: 'rule' },
    { head: 'gained', align: 'right' },
    { head: 'lost', align: 'right' },
  ] as const;
  const rows = [...rules].map(([rule, { gained, lost }]) => [visible(rule), String(gained), String(lost)]);
  return table(columns, rows, view);
}

function formatProblems({ problems }: Diff, { paint }: View): string {
  if (problems.length === 0) return '';
  const lines = problems.map(({ problem, old, new: now }) => {
    const mark = old > 0 && now === 0 ? paint.red('✗') : now > 0 ? paint.green('✓') : paint.dim('-');
    return `${mark} ${paint.bold(visible(problem))}: ${count(old, 'kernel')} fitted, ${now} ${now === 1 ? 'fits' : 'fit'} now\n`;
  });
  return lines.join('');
}

const words: Readonly<Record<Status, string>> = {
  regressed: 'can no longer run',
  changed: 'with other findings',
  mended: 'can run now',
  added: 'added',
  removed: 'removed',
  rewritten: 'written otherwise, with the same verdict',
  unchanged: 'unchanged',
};

function summaryLine({ changes, counts }: Diff): string {
  const told = (Object.keys(words) as Status[]).filter((status) => counts[status] > 0);
  const list = told.map((status) => `${counts[status].toLocaleString('en-US')} ${words[status]}`).join(', ');
  return `${count(changes.length, 'entry', 'entries')}${list && `: ${list}`}`;
}

/** A value of a file in a line: of digests and paths, the beginning. */
function brief(value: unknown): string {
  const text = showValue(value);
  return text.length > 72 ? `${text.slice(0, 71)}…` : text;
}
