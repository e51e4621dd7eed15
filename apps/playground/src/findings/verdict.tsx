import type { CheckResult, RuleSetName, Severity, TargetName } from '@gemm-preflight/types';
import { useLayoutEffect, useRef } from 'react';
import { severities } from './by-field.js';
import { Mark } from './mark.js';
import { ownRuleSet } from './own-rules.js';

/** In a line, whether the configuration can run; read aloud when it changes. Its counts lead to the findings. */
export function Verdict({
  result,
  target,
  ruleSet,
  onFindings,
  onRuleSet,
}: {
  readonly result: CheckResult;
  readonly target: TargetName;
  readonly ruleSet: RuleSetName;
  readonly onFindings: (severity: Severity) => void;
  readonly onRuleSet: (ruleSet: RuleSetName) => void;
}) {
  const bar = useRef<HTMLDivElement>(null);
  const head = useRef<HTMLElement>(null);
  useHeightAs('--bar', bar);
  const { launch } = result;
  const own = ownRuleSet(target, ruleSet);
  return (
    <div ref={bar} className="verdict" data-ok={result.ok} role="status">
      <strong ref={head} tabIndex={-1}>
        {result.ok ? '✓ can run' : '✗ cannot run'} on {target}
      </strong>
      <span className="counts">
        {severities.map((severity) => {
          const count = result.diagnostics.filter((one) => one.severity === severity).length;
          if (count === 0) return null;
          return (
            <button key={severity} type="button" onClick={() => onFindings(severity)}>
              <Mark severity={severity} />
              <span className="count">
                {count}
                <span className="word"> {wordFor(severity, count)}</span>
              </span>
            </button>
          );
        })}
      </span>
      {launch && (
        <span className="grid-size">
          grid {launch.grid.x} × {launch.grid.y} × {launch.grid.z}
        </span>
      )}
      {own && (
        <button
          type="button"
          className="own-rules"
          onClick={() => {
            // The button goes; who pressed it by keyboard goes on from the verdict.
            head.current?.focus();
            onRuleSet(own);
          }}
        >
          Check by {own}
        </button>
      )}
    </div>
  );
}

function wordFor(severity: Severity, count: number): string {
  return severity === 'adjusted' || count === 1 ? severity : `${severity}s`;
}

/** Keeps an element's height in a custom property of the page, for what must not come to lie beneath it. */
function useHeightAs(property: string, element: { readonly current: HTMLElement | null }): void {
  useLayoutEffect(() => {
    const { current } = element;
    if (current === null) return;
    const observer = new ResizeObserver(() => {
      document.documentElement.style.setProperty(property, `${current.offsetHeight}px`);
    });
    observer.observe(current);
    return () => observer.disconnect();
  }, [property, element]);
}
