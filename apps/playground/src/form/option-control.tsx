import { type Diagnostic, type Dtype, dtypeBits, isDtype, type OptionField } from '@gemm-preflight/types';
import { memo } from 'react';
import { choicesOf } from '../state/options.js';
import { NumberInput } from './number-input.js';
import { TextInput } from './text-input.js';
import { textOf } from './values.js';

/** What a control has in common with the others. */
export interface ControlProps {
  readonly id: string;
  readonly field: OptionField;
  readonly value: unknown;
  readonly describedBy: string;
  readonly invalid: boolean;
  readonly onChange: (field: OptionField, value: unknown) => void;
}

/** One option: its control, and what the check says of it. */
export const OptionControl = memo(
  function OptionControl({
    field,
    value,
    findings,
    unread,
    onChange,
  }: {
    readonly field: OptionField;
    readonly value: unknown;
    readonly findings: readonly Diagnostic[];
    /** Whether this option is not read, as the others are. */
    readonly unread: boolean;
    readonly onChange: (field: OptionField, value: unknown) => void;
  }) {
    const id = `option-${field.name}`;
    const [worst] = findings;
    const props: ControlProps = {
      id,
      field,
      value,
      describedBy: `${id}-help ${id}-findings`,
      invalid: worst?.severity === 'error',
      onChange,
    };
    return (
      <div
        className={`control of-${field.kind}`}
        data-severity={worst?.severity}
        data-unread={unread || undefined}
      >
        <label htmlFor={id} title={field.description}>
          {field.name}
        </label>
        <Control {...props} />
        <span id={`${id}-help`} className="for-readers">
          {field.description}
        </span>
        <ul id={`${id}-findings`} className="field-findings">
          {findings.map(({ rule, severity, message, changes }) => {
            const own = changes?.find((change) => change.field === field.name);
            return (
              <li key={rule} data-severity={severity} title={message}>
                {own ? `${textOf(own.from) || 'not given'} → ${textOf(own.to)}` : rule}
                <span className="for-readers">: {message}</span>
              </li>
            );
          })}
        </ul>
      </div>
    );
  },
  (before, after) =>
    before.value === after.value &&
    before.unread === after.unread &&
    before.onChange === after.onChange &&
    sameFindings(before.findings, after.findings),
);

function sameFindings(a: readonly Diagnostic[], b: readonly Diagnostic[]): boolean {
  return (
    a.length === b.length && a.every((one, i) => one.rule === b[i]?.rule && one.message === b[i]?.message)
  );
}

function Control(props: ControlProps) {
  const { field, value } = props;
  const choices = choicesOf(field.name);
  if (choices !== undefined) return <SelectInput {...props} choices={choices} />;
  if (field.kind === 'bool' && (typeof value === 'boolean' || value === undefined))
    return <Switch {...props} />;
  if (field.kind === 'int') return <NumberInput {...props} />;
  return <TextInput {...props} />;
}

function Switch({ id, field, value, describedBy, invalid, onChange }: ControlProps) {
  return (
    <input
      id={id}
      type="checkbox"
      checked={value === true}
      aria-describedby={describedBy}
      aria-invalid={invalid}
      onChange={({ target }) => onChange(field, target.checked)}
    />
  );
}

function SelectInput({
  id,
  field,
  value,
  describedBy,
  invalid,
  onChange,
  choices,
}: ControlProps & { readonly choices: readonly string[] }) {
  const current = textOf(value);
  const shown = choices.includes(current) ? choices : [current, ...choices];
  return (
    <select
      id={id}
      value={current}
      aria-describedby={describedBy}
      aria-invalid={invalid}
      onChange={({ target }) => onChange(field, target.value)}
    >
      {shown.map((choice) => (
        <option key={choice} value={choice}>
          {field.kind === 'dtype' && isDtype(choice) ? withBits(choice) : choice || 'not given'}
        </option>
      ))}
    </select>
  );
}

function withBits(dtype: Dtype): string {
  const bits = dtypeBits(dtype);
  return bits === 0 ? `${dtype} · as the inputs` : `${dtype} · ${bits} bit${bits === 1 ? '' : 's'}`;
}
