import {
  type Diagnostic,
  describeChanges,
  explanationOf,
  findRule,
  optionNames,
} from '@gemm-preflight/types';
import { memo, useLayoutEffect, useRef } from 'react';
import { type GivenOptions, valuesOf } from '../state/options.js';
import { severities } from './by-field.js';
import { fieldId, findingId, findingsTitleId, leadTo } from './places.js';

const titles = { error: 'error', adjusted: 'adjusted', note: 'note' } as const;
const known: ReadonlySet<string> = new Set(optionNames);

/** All that a check found, errors first: what is wrong, why, and what would mend it. */
export const FindingList = memo(function FindingList({
  diagnostics,
  onChange,
}: {
  readonly diagnostics: readonly Diagnostic[];
  readonly onChange: (changes: GivenOptions, of?: string) => void;
}) {
  const list = useRef<HTMLUListElement>(null);
  const fixedAt = useRef<number>(undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was found after a fix decides where keyboards go on
  useLayoutEffect(() => {
    const place = fixedAt.current;
    fixedAt.current = undefined;
    // A button that went takes the focus with it; one that stayed keeps it.
    if (place === undefined || document.activeElement !== document.body) return;
    const errors = list.current?.querySelectorAll<HTMLElement>(':scope > li[data-severity="error"]');
    const next = errors?.[Math.min(place, errors.length - 1)];
    (next ?? document.getElementById(findingsTitleId))?.focus();
  }, [diagnostics]);
  if (diagnostics.length === 0)
    return <p className="hint">Nothing to say: no rule had to change anything.</p>;
  return (
    <ul className="findings" ref={list}>
      {severities
        .flatMap((severity) => diagnostics.filter((one) => one.severity === severity))
        .map((one, place) => (
          <Finding
            key={findingId(one)}
            diagnostic={one}
            onFix={(changes) => {
              fixedAt.current = place;
              onChange(changes);
            }}
          />
        ))}
    </ul>
  );
});

function Finding({
  diagnostic,
  onFix,
}: {
  readonly diagnostic: Diagnostic;
  readonly onFix: (changes: GivenOptions) => void;
}) {
  const { rule, severity, message, fields, changes = [], fixes = [] } = diagnostic;
  const described = findRule(rule);
  const own = fields.filter((field) => known.has(field));
  const strangers = fields.filter((field) => !known.has(field));
  return (
    <li id={findingId(diagnostic)} tabIndex={-1} data-severity={severity} data-rule={rule}>
      <div className="finding-head">
        <span className="badge">{titles[severity]}</span>
        <a href={`./rules/${rule}.html`} target="_blank" rel="noreferrer">
          {rule}
          <span className="for-readers"> (the rule’s page, in a new tab)</span>
        </a>
      </div>
      <p className="message">{message}</p>
      {severity !== 'error' && !message.includes(describeChanges(changes)) && (
        <p className="changes">{describeChanges(changes)}</p>
      )}
      {own.length > 0 && (
        <div className="concerned">
          {own.map((field) => (
            <button key={field} type="button" onClick={() => leadTo(fieldId(field))}>
              <span className="for-readers">to </span>
              {field}
            </button>
          ))}
        </div>
      )}
      <div className="fixes">
        {fixes.map(({ title, changes }) => (
          <button key={title} type="button" className="fix" onClick={() => onFix(valuesOf(changes))}>
            {title}
          </button>
        ))}
        {strangers.map((field) => (
          <button key={field} type="button" className="fix" onClick={() => onFix({ [field]: undefined })}>
            remove {field}
          </button>
        ))}
      </div>
      {described && (
        <details>
          <summary>Why</summary>
          <p>{explanationOf(described).reason}</p>
        </details>
      )}
    </li>
  );
}
