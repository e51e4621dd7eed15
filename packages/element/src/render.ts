import type { CheckResult, Diagnostic, Fix, Severity } from '@gemm-preflight/types';

const severities: readonly Severity[] = ['error', 'adjusted', 'note'];

/** An element with a class, that pages can also style as a part. */
function element(tag: string, part: string, text = ''): HTMLElement {
  const made = document.createElement(tag);
  made.className = part;
  made.setAttribute('part', part);
  made.textContent = text;
  return made;
}

/** In a line, whether the configuration can run. */
export function verdictOf({ ok, diagnostics }: CheckResult, target: string): string {
  const counts = severities.flatMap((severity) => {
    const count = diagnostics.filter((one) => one.severity === severity).length;
    const many = count !== 1 && severity !== 'adjusted' ? 's' : '';
    return count === 0 ? [] : [`${count} ${severity}${many}`];
  });
  const what = counts.length === 0 ? '' : `: ${counts.join(', ')}`;
  return `${ok ? '✓ can run' : '✗ cannot run'} on ${target}${what}`;
}

/** What a check found, errors first, with its fixes as buttons. */
export function findingList(
  { diagnostics }: CheckResult,
  onFix: (fix: Fix, diagnostic: Diagnostic) => void,
): HTMLElement {
  const list = element('ul', 'findings');
  for (const severity of severities) {
    for (const diagnostic of diagnostics.filter((one) => one.severity === severity)) {
      const item = element('li', 'finding');
      item.dataset['severity'] = severity;
      item.append(
        element('p', 'rule', `${severity} ${diagnostic.rule}`),
        element('p', 'message', diagnostic.message),
      );
      for (const fix of diagnostic.fixes ?? []) {
        const button = element('button', 'fix', fix.title) as HTMLButtonElement;
        button.type = 'button';
        button.addEventListener('click', () => onFix(fix, diagnostic));
        item.append(button);
      }
      list.append(item);
    }
  }
  return list;
}

/** The line that says whether it can run: read aloud when it changes. */
export function verdictLine(): HTMLElement {
  const line = element('p', 'verdict');
  line.setAttribute('role', 'status');
  return line;
}

/** What keeps the element from checking. */
export function faultLine(fault: string): HTMLElement {
  return element('p', 'fault', fault);
}
