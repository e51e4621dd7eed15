import { defaultRuleSet, type RuleSetName, type TargetName } from '@gemm-preflight/types';
import type { GivenOptions } from '../state/options.js';
import { jsonLiteral, typeScriptLiteral, typeScriptName } from './literals.js';

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
export function caseJson({ options, target, ruleSet }: Written): string {
  const lines = membersOf(options).map(
    ([name, value]) => `\n    ${jsonLiteral(name)}: ${jsonLiteral(value)}`,
  );
  const end = lines.length > 0 ? '\n  ' : '';
  return `{\n  "target": "${target}",\n  "ruleSet": "${ruleSet}",\n  "options": {${lines.join(',')}${end}}\n}\n`;
}

function membersOf(options: GivenOptions): readonly (readonly [name: string, value: unknown])[] {
  return Object.entries(options).filter(([, value]) => value !== undefined);
}

function typeScript({ options, target, ruleSet }: Written): string {
  const lines = membersOf(options).map(
    ([name, value]) => `  ${typeScriptName(name)}: ${typeScriptLiteral(value)},`,
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

/** The quotes around the word that ends it keep a shell from reading the case; no line of JSON is that word. */
function command(written: Written): string {
  return `npx preflight check - <<'JSON'\n${caseJson(written)}JSON\n`;
}
