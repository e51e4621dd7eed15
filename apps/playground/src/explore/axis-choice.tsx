import { useId, useState } from 'react';
import type { Axis } from '../state/state.js';
import { Choice } from '../ui/choice.js';
import { axisFields, fixedValues, readWhole, usualAxis } from './axis.js';

const numbers = ['from', 'to', 'step'] as const;
const axisNames = axisFields.map(({ name }) => name);

/** One axis: its option, and the numbers that it takes. */
export function AxisChoice({
  label,
  axis,
  onChange,
}: {
  readonly label: string;
  readonly axis: Axis;
  readonly onChange: (axis: Axis) => void;
}) {
  const { name } = axis;
  return (
    <fieldset className="axis">
      <legend>{label}</legend>
      <Choice
        label="Option"
        value={name}
        // A link may name an option that is no axis: it is shown as what it is.
        choices={axisNames.includes(name) ? axisNames : [name, ...axisNames]}
        onChange={(chosen) => onChange(usualAxis(chosen))}
      />
      {axisNames.includes(name) &&
        fixedValues(name) === undefined &&
        numbers.map((one) => (
          <AxisNumber
            key={`${name} ${one}`}
            label={one}
            value={axis[one]}
            onChange={(number) => onChange({ ...axis, [one]: number })}
          />
        ))}
    </fieldset>
  );
}

/** A whole number. What is being typed stays as it was typed; the axis follows once it is one that a link can hold. */
function AxisNumber({
  label,
  value,
  onChange,
}: {
  readonly label: string;
  readonly value: number;
  readonly onChange: (value: number) => void;
}) {
  const id = useId();
  const [draft, setDraft] = useState({ text: String(value), of: value });
  // Undo or a link may have changed the value since.
  const text = draft.of === value ? draft.text : String(value);
  const wrong = readWhole(text) === undefined;
  return (
    <div className="control">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="number"
        step="any"
        value={text}
        aria-invalid={wrong}
        aria-describedby={wrong ? `${id}-wrong` : undefined}
        onChange={({ target }) => {
          const number = readWhole(target.value);
          setDraft({ text: target.value, of: number ?? value });
          if (number !== undefined) onChange(number);
        }}
      />
      {wrong && (
        <span id={`${id}-wrong`} className="fault axis-fault">
          {faultOf(text)}; still {value}
        </span>
      )}
    </div>
  );
}

function faultOf(text: string): string {
  if (text.trim() === '') return 'a whole number is missing';
  return Number.isInteger(Number(text)) ? 'too great a number' : 'not a whole number';
}
