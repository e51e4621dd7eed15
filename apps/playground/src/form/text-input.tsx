import { type KeyboardEvent, useState } from 'react';
import { sameValue } from '../state/options.js';
import type { ControlProps } from './option-control.js';
import { readText, textOf } from './values.js';

/** A value as text. What is being typed stays as it was typed for as long as it stands for the value. */
export function TextInput({
  id,
  field,
  value,
  describedBy,
  invalid,
  onChange,
  ...own
}: ControlProps & {
  readonly role?: 'spinbutton';
  readonly 'aria-valuenow'?: number | undefined;
  readonly onKeyDown?: (event: KeyboardEvent) => void;
}) {
  const [draft, setDraft] = useState(textOf(value));
  const text = sameValue(readText(field.kind, draft), value) ? draft : textOf(value);
  const props = {
    ...own,
    id,
    value: text,
    'aria-describedby': describedBy,
    'aria-invalid': invalid,
    autoComplete: 'off',
    spellCheck: false,
    placeholder: field.optional ? 'automatic' : undefined,
    onChange: ({ target }: { readonly target: { readonly value: string } }) => {
      setDraft(target.value);
      onChange(field, readText(field.kind, target.value));
    },
  };
  // Browsers that size a field by what is in it (field-sizing) do not look at the rows.
  if (field.kind === 'intList')
    return <textarea {...props} rows={Math.min(8, 1 + Math.floor(text.length / 28))} />;
  return <input {...props} inputMode={field.kind === 'int' ? 'numeric' : 'decimal'} />;
}
