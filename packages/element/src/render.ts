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

/** The line that says whether it can run, or what keeps the element from checking: read aloud when it changes. */
export interface StatusLine {
  readonly element: HTMLElement;
  /** Says another thing; what is said already is not said again. */
  say(part: 'verdict' | 'fault', text: string, ok?: boolean): void;
}

/** An empty {@link StatusLine}. */
export function statusLine(): StatusLine {
  const line = element('div', 'status');
  const parts = { verdict: element('p', 'verdict'), fault: element('p', 'fault') };
  line.setAttribute('role', 'status');
  // The focus comes here when what had it is gone.
  line.tabIndex = -1;
  line.append(parts.verdict, parts.fault);
  return {
    element: line,
    say(part, text, ok) {
      for (const [name, one] of Object.entries(parts)) {
        const said = name === part ? text : '';
        if (one.textContent !== said) one.textContent = said;
      }
      parts.verdict.dataset['ok'] = String(ok ?? '');
    },
  };
}
