import type { CheckResult, Severity, TargetName } from '@gemm-preflight/types';

/** In a line, whether the configuration can run; read aloud when it changes. */
export function Verdict({ result, target }: { readonly result: CheckResult; readonly target: TargetName }) {
  const count = (severity: Severity) => result.diagnostics.filter((one) => one.severity === severity).length;
  const errors = count('error');
  const parts = [
    errors > 0 && `${errors} error${errors === 1 ? '' : 's'}`,
    count('adjusted') > 0 && `${count('adjusted')} adjusted`,
    count('note') > 0 && `${count('note')} note${count('note') === 1 ? '' : 's'}`,
  ].filter((part) => part !== false);
  const { launch } = result;
  return (
    <div className="verdict" data-ok={result.ok} role="status">
      <strong>
        {result.ok ? '✓ can run' : '✗ cannot run'} on {target}
      </strong>
      <span>
        {parts.join(', ')}
        {launch && ` · grid ${launch.grid.x} × ${launch.grid.y} × ${launch.grid.z}`}
      </span>
    </div>
  );
}
