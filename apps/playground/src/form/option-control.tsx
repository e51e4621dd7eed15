import { type Dtype, dtypeBits, isDtype, type OptionField } from '@gemm-preflight/types';
import { memo } from 'react';
import type { FieldFinding } from '../findings/by-field.js';
import { fieldId, findingId } from '../findings/places.js';
import { choicesOf } from '../state/options.js';
import { FieldFindings } from './field-findings.js';
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
    readonly findings: readonly FieldFinding[];
    /** Why this option is not read, if it is not. */
    readonly unread: string | undefined;
    readonly onChange: (field: OptionField, value: unknown) => void;
  }) {
    const id = fieldId(field.name);
    const worst = findings.find(({ inFull }) => inFull)?.diagnostic.severity;
    const props: ControlProps = {
      id,
      field,
      value,
      describedBy: `${id}-help ${id}-unread ${id}-findings`,
      invalid: worst === 'error',
      onChange,
    };
    return (
      <div className={`control of-${field.kind}`} data-severity={worst}>
        <label htmlFor={id} title={field.description}>
          {field.name}
          {unread && <span className="unread"> · not read</span>}
        </label>
        <Control {...props} />
        <span id={`${id}-help`} className="for-readers">
          {field.description}
        </span>
        <span id={`${id}-unread`} className="unread-reason">
          {unread}
        </span>
        <FieldFindings id={`${id}-findings`} field={field} value={value} findings={findings} />
      </div>
    );
  },
  (before, after) =>
    before.value === after.value &&
    before.unread === after.unread &&
    before.onChange === after.onChange &&
    sameFindings(before.findings, after.findings),
);

function sameFindings(a: readonly FieldFinding[], b: readonly FieldFinding[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ diagnostic, inFull }, i) => {
      const other = b[i];
      return (
        other !== undefined &&
        inFull === other.inFull &&
        diagnostic.message === other.diagnostic.message &&
        findingId(diagnostic) === findingId(other.diagnostic)
      );
    })
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
