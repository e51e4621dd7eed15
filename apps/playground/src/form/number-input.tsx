import type { KeyboardEvent } from 'react';
import type { ControlProps } from './option-control.js';
import { stepFrom } from './steps.js';
import { TextInput } from './text-input.js';

/** A whole number: typed, or stepped through the values that one would try, with arrow keys or buttons. */
export function NumberInput(props: ControlProps) {
  const { field, value, onChange } = props;
  const step = (up: boolean) => {
    onChange(field, stepFrom(field, typeof value === 'number' ? value : 0, up));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
    event.preventDefault();
    step(event.key === 'ArrowUp');
  };
  return (
    <span className="stepped">
      {/* No smallest or largest value is announced: the steps end, but what is typed may be any number. */}
      <TextInput
        {...props}
        role="spinbutton"
        aria-valuenow={typeof value === 'number' ? value : undefined}
        onKeyDown={onKeyDown}
      />
      <button type="button" tabIndex={-1} aria-label={`${field.name}: smaller`} onClick={() => step(false)}>
        −
      </button>
      <button type="button" tabIndex={-1} aria-label={`${field.name}: larger`} onClick={() => step(true)}>
        +
      </button>
    </span>
  );
}
