import {
  type Diagnostic,
  describeChanges,
  explanationOf,
  findRule,
  optionNames,
} from '@gemm-preflight/types';
import { memo } from 'react';
import type { GivenOptions } from '../state/options.js';
import { severities } from './by-field.js';

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
  if (diagnostics.length === 0)
    return <p className="hint">Nothing to say: no rule had to change anything.</p>;
  return (
    <ul className="findings">
      {severities.flatMap((severity) =>
        diagnostics
          .filter((one) => one.severity === severity)
          .map((one, i) => (
            <Finding
              // biome-ignore lint/suspicious/noArrayIndexKey: several findings of invalid input have the same rule
              key={`${one.rule}${i}`}
              diagnostic={one}
              onChange={onChange}
            />
          )),
      )}
    </ul>
  );
});

function Finding({
  diagnostic,
  onChange,
}: {
  readonly diagnostic: Diagnostic;
  readonly onChange: (changes: GivenOptions, of?: string) => void;
}) {
  const { rule, severity, message, fields, changes = [], fixes = [] } = diagnostic;
  const described = findRule(rule);
  const strangers = fields.filter((field) => !known.has(field));
  return (
    <li data-severity={severity} data-rule={rule}>
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
      <div className="fixes">
        {fixes.map(({ title, changes }) => (
          <button
            key={title}
            type="button"
            className="fix"
            onClick={() => onChange(Object.fromEntries(changes.map(({ field, to }) => [field, to])))}
          >
            {title}
          </button>
        ))}
        {strangers.map((field) => (
          <button key={field} type="button" className="fix" onClick={() => onChange({ [field]: undefined })}>
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
