import type { Diagnostic, OptionField } from '@gemm-preflight/types';
import { memo, useCallback } from 'react';
import type { GivenOptions } from '../state/options.js';
import { fieldGroups } from './groups.js';
import { OptionControl } from './option-control.js';

const none: readonly Diagnostic[] = [];

/** Every option in its group, with what the check says beside it. */
export const OptionForm = memo(function OptionForm({
  options,
  findings,
  onChange,
}: {
  readonly options: GivenOptions;
  /** By option, the worst first. */
  readonly findings: ReadonlyMap<string, readonly Diagnostic[]>;
  readonly onChange: (changes: GivenOptions, of?: string) => void;
}) {
  const change = useCallback(
    ({ name }: OptionField, value: unknown) => onChange({ [name]: value }, name),
    [onChange],
  );
  const unread = options['batchM'] === true ? 'batchedN' : 'batchedM';
  return (
    <form className="option-form" aria-label="Options" onSubmit={(event) => event.preventDefault()}>
      {fieldGroups.map(({ name, title, fields }) => (
        <fieldset key={name} className={`group-${name}`}>
          <legend>{title}</legend>
          {fields.map((field) => (
            <OptionControl
              key={field.name}
              field={field}
              value={options[field.name]}
              findings={findings.get(field.name) ?? none}
              unread={field.name === unread}
              onChange={change}
            />
          ))}
        </fieldset>
      ))}
    </form>
  );
});
