import type { Command } from 'commander';
import { exampleOf } from '../explain/example.js';
import { explainJson, explainListJson } from '../formats/explain-json.js';
import { formatRule, formatRuleList } from '../formats/pretty/rule.js';
import { viewOf } from '../formats/pretty/view.js';
import { resolveRule } from '../input/names.js';
import { type Io, print } from '../io.js';
import { choiceOption, examples } from './options.js';

interface ExplainFlags {
  readonly format: 'pretty' | 'json';
}

/** Adds `preflight explain`. */
export function registerExplain(program: Command, io: Io): void {
  program
    .command('explain')
    .summary('say what a rule demands, and why')
    .description(
      'Says what a rule demands and why, and shows a configuration that breaks it and one that does not. Without a rule: ' +
        'lists all.\n\n' +
        'Exit code 0: told; 2: there is no such rule.',
    )
    .argument('[rule]', 'the name of a rule, as check prints it')
    .addOption(choiceOption('--format <format>', 'how to print', ['pretty', 'json']).default('pretty'))
    .addHelpText(
      'after',
      examples(
        ['preflight explain', 'List all rules'],
        ['preflight explain tile-k-divides-k-slice', 'What is this rule, and why?'],
        ['preflight explain --format json | jq -r .rules[].name', 'Feed the rules to another tool'],
      ),
    )
    .action(async (name: string | undefined, { format }: ExplainFlags) => {
      if (name === undefined) {
        await print(io, format === 'json' ? explainListJson() : formatRuleList(viewOf(io)));
        return;
      }
      const rule = resolveRule(name);
      const example = exampleOf(rule);
      await print(io, format === 'json' ? explainJson(rule, example) : formatRule(rule, example, viewOf(io)));
    });
}
