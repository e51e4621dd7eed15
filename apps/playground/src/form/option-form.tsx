import type { OptionField } from '@gemm-preflight/types';
import { memo, useCallback } from 'react';
import type { FieldFinding } from '../findings/by-field.js';
import type { GivenOptions } from '../state/options.js';
import { fieldGroups } from './groups.js';
import { OptionControl } from './option-control.js';
import { unreadReason } from './unread.js';

const none: readonly FieldFinding[] = [];

/** Every option in its group, with what the check says beside it. */
export const OptionForm = memo(function OptionForm({
  options,
  findings,
  onChange,
}: {
  readonly options: GivenOptions;
  /** By option, the worst first. */
  readonly findings: ReadonlyMap<string, readonly FieldFinding[]>;
  readonly onChange: (changes: GivenOptions, of?: string) => void;
}) {
  const change = useCallback(
    ({ name }: OptionField, value: unknown) => onChange({ [name]: value }, name),
    [onChange],
  );
  const control = (field: OptionField) => (
    <OptionControl
      key={field.name}
      field={field}
      value={options[field.name]}
      findings={findings.get(field.name) ?? none}
      unread={unreadReason(field.name, options)}
      onChange={change}
    />
  );
  return (
    <form className="option-form" aria-label="Options" onSubmit={(event) => event.preventDefault()}>
      {fieldGroups.map(({ name, title, switches, fields }) => (
        <fieldset key={name} className={`group-${name}`}>
          <legend>{title}</legend>
          {switches.length > 0 && <div className="switches">{switches.map(control)}</div>}
          {fields.map(control)}
        </fieldset>
      ))}
    </form>
  );
});
