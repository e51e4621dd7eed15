import { defaultRuleSet, type RuleSetName, type TargetName } from '@gemm-preflight/types';
import type { GivenOptions } from '../state/options.js';

/** What is written: one configuration. */
export interface Written {
  readonly options: GivenOptions;
  readonly target: TargetName;
  readonly ruleSet: RuleSetName;
}

/** The forms in which a configuration leaves the page. */
export const forms = ['JSON', 'TypeScript', 'command'] as const;
/** One of {@link forms}. */
export type Form = (typeof forms)[number];

/** A configuration in one of the forms. */
export function write(form: Form, written: Written): string {
  switch (form) {
    case 'JSON':
      return caseJson(written);
    case 'TypeScript':
      return typeScript(written);
    case 'command':
      return command(written);
  }
}

/** A case, as `preflight check` and this page read it. */
export function caseJson({ options, target }: Written): string {
  const lines = Object.entries(options).map(([name, value]) => `    "${name}": ${inLine(value)}`);
  return `{\n  "target": "${target}",\n  "options": {\n${lines.join(',\n')}\n  }\n}\n`;
}

function inLine(value: unknown): string {
  return Array.isArray(value)
    ? `[${value.map((one) => JSON.stringify(one)).join(', ')}]`
    : JSON.stringify(value);
}

function typeScript({ options, target, ruleSet }: Written): string {
  const lines = Object.entries(options).map(
    ([name, value]) => `  ${name}: ${inLine(value).replaceAll('"', "'")},`,
  );
  const isDefault = ruleSet === defaultRuleSet;
  const imports = isDefault
    ? "import type { BatchedGemmOptions } from '@gemm-preflight/types';"
    : "import { type BatchedGemmOptions, ruleSets } from '@gemm-preflight/types';";
  const sets = isDefault ? '' : `undefined, [ruleSets['${ruleSet}']]`;
  return `import { createChecker } from '@gemm-preflight/checker-wasm';
${imports}

export const options: BatchedGemmOptions = {
${lines.join('\n')}
};

const checker = await createChecker(${sets});
export const result = checker.check(options, '${target}', { ruleSet: '${ruleSet}' });
`;
}

function command(written: Written): string {
  const { target, ruleSet } = written;
  return `npx preflight check - --target ${target} --rules ${ruleSet} <<'JSON'\n${caseJson(written)}JSON\n`;
}
