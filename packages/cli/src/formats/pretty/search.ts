import { visible } from '../../visible.js';
import { cellsOf, type Searched } from '../search.js';
import { count } from '../summary.js';
import { grouped, share } from './numbers.js';
import { table } from './table.js';
import { paragraph } from './text.js';
import type { View } from './view.js';

/** A search for people: the valid configurations by what varies, and how many there are of how many. */
export function formatSearch(searched: Searched, view: View): string {
  const { varied, result } = searched;
  const { configurations, valid } = result;
  const rows = configurations.map((options) => cellsOf(options, varied));
  const columns = varied.map((head) => ({ head, align: 'right' as const }));
  const more = valid - rows.length;
  return (
    (rows.length > 0 && varied.length > 0 ? table(columns, rows, view) : '') +
    (more > 0 ? `${view.paint.dim(`and ${grouped(more)} more; --limit N shows more`)}\n` : '') +
    (rows.length > 0 && varied.length > 0 ? '\n' : '') +
    summary(searched, view) +
    refusals(searched, view)
  );
}

/** What stopped the search, where something did. */
export function endedLine({ result: { total, decided } }: Searched): string | undefined {
  if (decided === total) return undefined;
  return `the search was ended: ${grouped(decided)} of ${count(total, 'configuration')} decided (${share(decided, total)})`;
}

function summary(searched: Searched, view: View): string {
  const { name, target, ruleSet, result } = searched;
  const { decided, valid, explanation } = result;
  const ended = endedLine(searched);
  const label = name === undefined ? '' : `${view.paint.bold(visible(name))}: `;
  const on = `on ${target.name} (${ruleSet})`;
  const mark = valid > 0 ? view.paint.green('✓') : view.paint.red('✗');
  const found = `${grouped(valid)} of ${grouped(decided)} valid (${share(valid, decided)})`;
  return (
    (ended === undefined ? '' : `${view.paint.yellow('!')} ${ended}\n`) +
    `${mark} ${label}${found} ${on}\n` +
    (explanation === undefined ? '' : paragraph(explanation.message, view, { indent: '  ' }))
  );
}

/** Which rules refuse the others first, the one that refuses most first. */
function refusals({ result: { refused } }: Searched, view: View): string {
  const rules = Object.entries(refused).sort(([, a], [, b]) => b - a);
  if (rules.length === 0) return '';
  const text = rules.map(([rule, times]) => `${rule} ${grouped(times)}`).join(', ');
  return paragraph(`refused by: ${text}`, view, { indent: '  ', paint: view.paint.dim });
}
