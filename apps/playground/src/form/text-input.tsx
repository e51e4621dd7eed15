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
  onKeyDown,
}: ControlProps & { readonly onKeyDown?: (event: KeyboardEvent) => void }) {
  const [draft, setDraft] = useState(textOf(value));
  const text = sameValue(readText(field.kind, draft), value) ? draft : textOf(value);
  const props = {
    id,
    value: text,
    'aria-describedby': describedBy,
    'aria-invalid': invalid,
    autoComplete: 'off',
    spellCheck: false,
    onKeyDown,
    placeholder: field.optional ? 'automatic' : undefined,
    onChange: ({ target }: { readonly target: { readonly value: string } }) => {
      setDraft(target.value);
      onChange(field, readText(field.kind, target.value));
    },
  };
  if (field.kind === 'intList')
    return <textarea {...props} rows={Math.min(4, 1 + Math.floor(text.length / 48))} />;
  return <input {...props} inputMode={field.kind === 'int' ? 'numeric' : 'decimal'} />;
}
