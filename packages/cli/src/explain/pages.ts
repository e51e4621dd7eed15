import {
  deviceRules,
  explanationOf,
  inputRules,
  launchRules,
  type RuleDescription,
  type RuleSetName,
  ruleCatalog,
  ruleSetNames,
  ruleSets,
} from '@gemm-preflight/types';
import { pageHead, rulePage } from './page.js';
import { soundKernel, soundOptions, soundTarget } from './violations.js';

/** The files of the rules' pages by name: the index, and a page a rule. */
export function rulePages(): ReadonlyMap<string, string> {
  return new Map([
    ['README.md', indexPage()],
    ...ruleCatalog.map((rule): [string, string] => [`${rule.name}.md`, rulePage(rule)]),
  ]);
}

/** A group of rules on the index, in the order in which a check applies them. */
interface Section {
  readonly title: string;
  readonly about: string;
  readonly rules: readonly RuleDescription[];
}

/** What the order of a rule set's rules means. */
const orders: Readonly<Record<RuleSetName, string>> = {
  'trtllm-gen@2025-03':
    'The order is part of the contract: the first error is the one that the original launcher stopped at.',
  'hopper-native@1':
    'Its own rules come first, then those that it shares with the first set. They leave nothing to find for limits of grids, instructions and boxes.',
};

function sections(): readonly Section[] {
  return [
    {
      title: 'Input',
      about: 'Before every rule set: values that nothing can be computed from.',
      rules: inputRules,
    },
    ...ruleSetNames.map((name) => ({
      title: `Rule set \`${name}\``,
      about: `${ruleSets[name].title}. ${orders[name]}`,
      rules: ruleSets[name].rules,
    })),
    {
      title: 'Device',
      about: 'Beside every rule set, unless `--only-rule-set` is given: limits of the GPU.',
      rules: deviceRules,
    },
    {
      title: 'Launch',
      about: 'Beside every rule set, unless `--only-rule-set` is given: limits of the launch.',
      rules: launchRules,
    },
  ];
}

function indexPage(): string {
  return [
    pageHead,
    '\n# Rules\n\n',
    'What the checker demands of a configuration, and what it adjusts, in the order in which the rules apply. An `error` ',
    'keeps a configuration from running, an `adjusted` rewrites options, a `note` fills in what follows from the rest.\n\n',
    'Each page has a configuration that breaks the rule and one that does not. Both change a few options of ',
    '[the sound configuration](#the-sound-configuration); the tests run them.\n',
    ...sections().map(indexSection),
    '\n## The sound configuration\n\n',
    `FP8 experts with a tile of 128×64 on \`${soundTarget}\`. No rule has anything to say of it:\n`,
    `\n\`\`\`json\n${soundJson()}\n\`\`\`\n`,
    '\n## The sound kernel\n\nFor rules about kernels the check is told of one. Where an example has a `"kernel"`, that is this one with other facts:\n',
    `\n\`\`\`json\n${JSON.stringify(soundKernel, null, 2)}\n\`\`\`\n`,
  ].join('');
}

function indexSection({ title, about, rules }: Section): string {
  const rows = rules.map(
    (rule, i) =>
      `| ${i + 1} | [${rule.name}](${rule.name}.md) | ${rule.severity} | ${explanationOf(rule).summary} |\n`,
  );
  return `\n## ${title}\n\n${about}\n\n| | rule | kind | what it demands or does |\n| ---: | --- | --- | --- |\n${rows.join('')}`;
}

function soundJson(): string {
  return JSON.stringify(soundOptions, null, 2).replace(/\[[^\]]*\]/g, (list) =>
    JSON.stringify(JSON.parse(list)).replaceAll(',', ', '),
  );
}
