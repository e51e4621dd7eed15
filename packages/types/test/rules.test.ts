import { describe, expect, it } from 'vitest';
import {
  defaultRuleSet,
  deviceRules,
  explanationOf,
  findRule,
  inputRules,
  isRuleSetName,
  launchRules,
  maxBatches,
  maxClusterBlocks,
  maxCtasAlongTokens,
  maxGridYz,
  maxMmaN,
  maxParamsBytes,
  maxTensorMapBox,
  maxThreadsPerCta,
  optionNames,
  type RuleDescription,
  ruleCatalog,
  ruleSetNames,
  ruleSets,
  ruleSetsOf,
  warpThreads,
} from '../src/index.js';

/** The table of the rule set's specification, in its order; E error, A adjusted, S note. */
const specified = `
E fused-activation-unsupported
A e4m3-mma-k
E fp4-needs-blackwell
A fp4-mma-k
A fp4-mma-m
A fp4-mma-n
A fp4-tile-n
E fp4-output-needs-blackwell
E fp4-output-m
E fp4-output-n
E fp4-output-not-transposed
S output-dtype-default
A epilogue-tile-m
A epilogue-tile-n
A hopper-epilogue-tile
A mma-m-128-epilogue-tile
E problem-size-positive
E split-k-positive
E split-k-divides-k
E tile-k-divides-k-slice
E tma-store-covers-tile
E tma-store-divides-hidden
E shuffle-block-divides-m
E mma-fits-epilogue-tile
E epilogue-tile-divides-tile
E cluster-xy-is-one
E cluster-z-needs-split-k
E tile-m-limit
S tolerance-half
S tolerance-dsfp8
E shuffle-needs-transposed-output
E one-shot-output-dtype
E two-shot-output-dtype
E all-reduce-needs-tma-store
S split-k-mode
E split-k-gmem-elements
A split-k-epilogue-tile
E split-k-cluster-size
E dsfp8-dtype
E dsfp8-needs-blackwell
E dsfp8-no-all-reduce
E dsfp8-tile-k
E dsfp8-hidden-multiple
E dsfp8-k-multiple
E dsfp8-epilogue-half-tile
E dsfp8-mma-half-tile
S batch-sizes-default
S num-batches
E batch-m-sizes-positive
E batch-m-covers-tile
E batch-m-divides
E batch-m-row-major
E batch-n-sizes-positive
E batch-n-covers-tile
E batch-n-divides
E batch-n-column-major
E dsfp8-batch-m-hidden-multiple
E dsfp8-batch-n-hidden-multiple
E dsfp8-batch-k-multiple
E batched-needs-tma-store
`
  .trim()
  .split('\n');

/** The same for the second rule set, whose own rules come first. */
const specifiedHopper = `
E needs-hopper
E hopper-inputs
E hopper-accumulators
E hopper-output
A hopper-instruction
A hopper-tile-k
A warpgroup-epilogue-tile
E hopper-tile
E pipeline-stages
E cluster-of-two
E cluster-divides-hidden
E split-k-slices
E route-act-alone
E all-reduce-unsupported
E shuffle-unsupported
E fused-activation-unsupported
S output-dtype-default
E problem-size-positive
E split-k-positive
E split-k-divides-k
E tile-k-divides-k-slice
E tma-store-covers-tile
E tma-store-divides-hidden
E cluster-z-needs-split-k
S tolerance-half
S tolerance-dsfp8
S split-k-mode
E split-k-cluster-size
E dsfp8-dtype
S batch-sizes-default
S num-batches
E batch-m-row-major
E batch-n-column-major
E batched-needs-tma-store
`
  .trim()
  .split('\n');

const letter = { error: 'E', adjusted: 'A', note: 'S' } as const;

describe('the rule set trtllm-gen@2025-03', () => {
  it('has the rules of its specification, in the order in which they apply', () => {
    const { rules } = ruleSets['trtllm-gen@2025-03'];
    expect(rules.map(({ name, severity }) => `${letter[severity]} ${name}`)).toEqual(specified);
  });

  it('is the first, and the one that a check takes when none is named', () => {
    expect(ruleSetNames[0]).toBe('trtllm-gen@2025-03');
    expect(defaultRuleSet).toBe('trtllm-gen@2025-03');
  });

  it('is registered under its own name', () => {
    for (const name of ruleSetNames) expect(ruleSets[name].name).toBe(name);
  });
});

describe('the rule set hopper-native@1', () => {
  const { rules, own, number, firstOwn } = ruleSets['hopper-native@1'];

  it('has the rules of its specification, in the order in which they apply', () => {
    expect(rules.map(({ name, severity }) => `${letter[severity]} ${name}`)).toEqual(specifiedHopper);
  });

  it('has its own rules first, at one place of the catalog, and shares the others with the first set', () => {
    expect(rules.slice(0, own.length)).toEqual(own);
    expect(ruleCatalog.slice(firstOwn, firstOwn + own.length)).toEqual(own);
    const all: readonly RuleDescription[] = rules;
    expect(ruleSets['trtllm-gen@2025-03'].rules.filter((rule) => all.includes(rule))).toEqual(
      rules.slice(own.length),
    );
  });

  it('has the number of its place in the registry', () => {
    expect(ruleSetNames[number]).toBe('hopper-native@1');
  });
});

describe('isRuleSetName', () => {
  it.each(['trtllm-gen', 'trtllm-gen@2026-03', '', 'toString', '__proto__', undefined, null])(
    'refuses %j',
    (value) => {
      expect(isRuleSetName(value)).toBe(false);
    },
  );

  it('knows the rule sets', () => {
    expect(isRuleSetName('trtllm-gen@2025-03')).toBe(true);
  });
});

/** Rules about input that has no options, and about the kernel alone. */
const aboutNoOption = [
  'invalid-input',
  'needs-hopper',
  'kernel-arch',
  'threads-per-cta',
  'parameter-block-size',
];

describe('the rule catalog', () => {
  it('has the input rules first, then those of the first set, of the device and the launch, and of others', () => {
    expect(ruleCatalog).toEqual([
      ...inputRules,
      ...ruleSets['trtllm-gen@2025-03'].rules,
      ...deviceRules,
      ...launchRules,
      ...ruleSets['hopper-native@1'].own,
    ]);
  });

  it('names the rules around the rule sets', () => {
    expect(inputRules.map(({ name }) => name)).toEqual([
      'invalid-input',
      'tile-sizes-positive',
      'adjustment-overflow',
    ]);
    expect(deviceRules.map(({ name }) => name)).toEqual(expect.arrayContaining(['shared-memory-limit']));
    expect(launchRules.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['batch-sizes-not-negative', 'batch-capacity', 'cta-table-capacity']),
    );
  });

  it('has no name twice', () => {
    const names = ruleCatalog.map(({ name }) => name);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  it('puts each rule in the group that lists it', () => {
    const groupsOf = (rules: readonly RuleDescription[]) => [...new Set(rules.map(({ group }) => group))];
    expect(groupsOf(inputRules)).toEqual(['input']);
    expect(groupsOf(ruleSets['trtllm-gen@2025-03'].rules)).toEqual(['rule-set']);
    expect(groupsOf(deviceRules)).toEqual(['device']);
    expect(groupsOf(launchRules)).toEqual(['launch']);
  });

  it('offers fixes for errors alone', () => {
    const fixed = ruleCatalog.filter(({ fixes }) => fixes !== undefined);
    expect(new Set(fixed.map(({ severity }) => severity))).toEqual(new Set(['error']));
  });

  describe.each(ruleCatalog)('$name', (rule) => {
    it('is named in kebab case', () => {
      expect(rule.name).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
    });

    it('says in one sentence what it demands, and why', () => {
      const { summary, reason } = explanationOf(rule);
      expect(summary).toMatch(/^.{10,}\.$/);
      expect(reason).toMatch(/^.{10,}\.$/);
    });

    it('says where the reason can be looked up, in words that end a sentence of their own', () => {
      const { source } = explanationOf(rule);
      if (rule.group === 'rule-set') expect(source).toBeDefined();
      if (source !== undefined) expect(source).toMatch(/^\S.{9,}[^.\s]$/);
    });

    it('says why no fix is offered in words that end a sentence, and only of errors', () => {
      const { noFix } = explanationOf(rule);
      if (noFix === undefined) return;
      expect(noFix).toMatch(/^[a-z].{9,}[^.\s]$/);
      expect(rule.severity).toBe('error');
    });

    it('reads options that exist, none of them twice', () => {
      for (const field of rule.fields) expect(optionNames).toContain(field);
      expect(new Set(rule.fields).size).toBe(rule.fields.length);
      if (!aboutNoOption.includes(rule.name)) expect(rule.fields).not.toEqual([]);
    });
  });
});

describe('findRule and ruleSetsOf', () => {
  it('find every rule by its name, and its rule sets', () => {
    for (const rule of ruleCatalog) {
      expect(findRule(rule.name)).toBe(rule);
      expect(ruleSetsOf(rule).length > 0).toBe(rule.group === 'rule-set');
    }
    const setsOf = (name: string) => ruleCatalog.filter((rule) => rule.name === name).flatMap(ruleSetsOf);
    expect(setsOf('fp4-mma-k')).toEqual(['trtllm-gen@2025-03']);
    expect(setsOf('hopper-tile')).toEqual(['hopper-native@1']);
    expect(setsOf('split-k-mode')).toEqual(ruleSetNames);
  });

  it('find nothing for other names', () => {
    expect(findRule('tile-k-divides')).toBeUndefined();
    expect(findRule('')).toBeUndefined();
    expect(findRule('toString')).toBeUndefined();
  });
});

describe('explanationOf', () => {
  it.each([
    ['grid-limits', maxGridYz],
    ['cluster-limits', maxClusterBlocks],
    ['threads-per-cta', maxThreadsPerCta],
    ['threads-per-cta', warpThreads],
    ['wgmma-shape', maxMmaN],
    ['tcgen05-shape', maxMmaN],
    ['batch-capacity', maxBatches],
    ['cta-table-capacity', maxCtasAlongTokens],
    ['tensor-map-box', maxTensorMapBox],
    ['parameter-block-size', maxParamsBytes],
  ])('of %s names the limit of %i', (name, limit) => {
    expect(explanationOf({ name }).summary.match(/\d+/g)?.map(Number)).toContain(limit);
  });

  it.each(['tile-k-divides', '', 'toString'])('refuses "%s", which is no rule', (name) => {
    expect(() => explanationOf({ name })).toThrow(new RangeError(`no rule is named "${name}"`));
  });
});
