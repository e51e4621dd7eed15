import type { OpenDevice } from '@gemm-preflight/launcher-native';
import { visible } from '../../visible.js';
import type { RunOutcome } from '../run-json.js';
import type { View } from './view.js';

/** How a problem ran. */
export function formatRun(
  { planned, run, notRun }: RunOutcome,
  { kind }: OpenDevice,
  { paint }: View,
): string {
  if (run === undefined) {
    const why = notRun === undefined ? '' : `: ${visible(notRun)}`;
    return `\n${paint.red('✗')} ${planned.label} did not run${why}\n`;
  }
  const { launchMs, verification } = run;
  const { ok, relativeError, tolerance, faults } = verification;
  const speed =
    kind === 'gpu' && planned.plan !== undefined
      ? `, ${Number((planned.plan.flops / launchMs / 1e9).toPrecision(3))} TFLOPS`
      : ', on the CPU, which says nothing of a GPU’s speed';
  const verdict = ok
    ? paint.green('✓ the output agrees with the fp32 reference')
    : paint.red('✗ the output differs from the fp32 reference');
  return [
    `\n${paint.bold('Run')}\n`,
    `  launch ${Number(launchMs.toPrecision(3))} ms${speed}\n`,
    `  ${verdict}: ‖out − ref‖ / ‖ref‖ = ${relativeError.toExponential(2)}, at most ${tolerance.toExponential(2)}\n`,
    ...faults.map((fault) => `  ${paint.red('✗')} ${fault}\n`),
  ].join('');
}
