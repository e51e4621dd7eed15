import type { OptionField } from '@gemm-preflight/types';
import type { FieldFinding } from '../findings/by-field.js';
import { Mark } from '../findings/mark.js';
import { findingId, leadTo } from '../findings/places.js';
import { faultOfText, textOf } from './values.js';

/** What the check says of one option, each a way to the finding in the list. */
export function FieldFindings({
  id,
  field,
  value,
  findings,
}: {
  readonly id: string;
  readonly field: OptionField;
  readonly value: unknown;
  readonly findings: readonly FieldFinding[];
}) {
  return (
    <ul id={id} className="field-findings">
      {findings.map(({ diagnostic, inFull }) => {
        const { rule, severity, message, changes } = diagnostic;
        const own = changes?.find((change) => change.field === field.name);
        const fault = rule === 'invalid-input' ? faultOfText(field.kind, value) : undefined;
        return (
          <li key={findingId(diagnostic)} data-severity={severity} data-in-full={inFull}>
            <button type="button" onClick={() => leadTo(findingId(diagnostic))}>
              <Mark severity={severity} />
              <span className="for-readers">{severity}: </span>
              {own ? (
                <span>
                  {textOf(own.from) || 'not given'} → {textOf(own.to)}
                  <span className="for-readers">: {message}</span>
                </span>
              ) : (
                <span className="clamped">{inFull ? (fault ?? message) : `see ${rule}`}</span>
              )}
            </button>
          </li>
        );
      })}
    </ul>
  );
}
