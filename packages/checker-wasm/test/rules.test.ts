import { createCheckerSync } from '@gemm-preflight/checker-wasm';
import {
  type BatchedGemmOptions,
  dtypeNames,
  type Fix,
  findRule,
  ruleCatalog,
  sizesAboveZero,
  targets,
} from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import {
  configurations,
  errorsOf,
  findingOf,
  fp4,
  fp8,
  fp8BatchM,
  gmemSplit,
  oneShot,
} from './configurations.js';
import { hopperConfigurations, hopperRewrites, hopperViolations } from './rules/hopper-native-1.js';
import { rewrites as firstRewrites } from './rules/rewrites.js';
import { violations as firstViolations } from './rules/violations.js';

const checker = createCheckerSync();
const violations = [...firstViolations, ...hopperViolations];
const rewrites = [...firstRewrites, ...hopperRewrites];

function applied(options: BatchedGemmOptions, fix: Fix): BatchedGemmOptions {
  return { ...options, ...changesOf(fix) };
}

function changesOf({ changes }: Fix): Partial<BatchedGemmOptions> {
  return Object.fromEntries(changes.map(({ field, to }) => [field, to]));
}

describe('these tests', () => {
  const elsewhere = [
    'invalid-input', // input.test.ts
    'tile-sizes-positive', // below
    'adjustment-overflow', // below
    // rules-that-never-come-first.test.ts:
    'epilogue-tile-divides-tile',
    'batch-m-sizes-positive',
    'batch-n-sizes-positive',
    'dsfp8-batch-k-multiple',
  ];

  it('show every rule of the catalog from both sides', () => {
    const shown = [...violations, ...rewrites].map(({ rule }) => rule);
    const missing = ruleCatalog.map(({ name }) => name).filter((name) => !shown.includes(name));
    expect(missing.sort()).toEqual(elsewhere.sort());
  });

  it('show every rewriting rule at work and at rest', () => {
    for (const { name } of ruleCatalog.filter(({ severity }) => severity !== 'error')) {
      const shown = rewrites.filter(({ rule }) => rule === name);
      expect(shown.filter(({ changes }) => changes).length, name).toBeGreaterThan(0);
      expect(shown.filter(({ changes }) => !changes).length, name).toBeGreaterThan(0);
    }
  });

  it.each(Object.entries(configurations))(
    'start from %s, in which there is nothing to find',
    (_, options) => {
      const result = checker.check(options, 'b200');
      expect(result.diagnostics).toEqual([]);
      expect(result.ok).toBe(true);
      expect(result.options).toEqual(options);
    },
  );

  it.each(Object.entries(hopperConfigurations))(
    'start from %s, in which hopper-native@1 has nothing to find',
    (_, options) => {
      const result = checker.check(options, 'h100', { ruleSet: 'hopper-native@1' });
      expect(result.diagnostics).toEqual([]);
      expect(result.options).toEqual(options);
    },
  );
});

describe.each(violations)('$rule $when', (violation) => {
  const { rule, of, satisfiedBy, violatedBy, beside = [] } = violation;
  const satisfied = { ...of, ...satisfiedBy };
  const violated = { ...of, ...violatedBy };
  const target = violation.violatedOn ?? 'b200';
  const ruleSet = violation.ruleSet && { ruleSet: violation.ruleSet };
  const kernel = { ...ruleSet, ...(violation.kernel && { kernel: violation.kernel.violated }) };
  const finding = findingOf(checker.check(violated, target, kernel), rule);
  const errors = violation.errors ?? [rule, ...beside];

  it(`is silent about ${JSON.stringify(satisfiedBy).slice(0, 80)}`, () => {
    const sound = { ...ruleSet, ...(violation.kernel && { kernel: violation.kernel.satisfied }) };
    expect(errorsOf(checker.check(satisfied, violation.satisfiedOn ?? 'b200', sound))).toEqual(beside);
  });

  it(`finds ${JSON.stringify(violatedBy).slice(0, 80)}`, () => {
    const result = checker.check(violated, target, kernel);
    expect(errorsOf(result)).toEqual(errors);
    expect(result.ok).toBe(false);
  });

  it(`${errors[0] === rule ? 'is' : 'is not'} where a check that stops at the first error ends`, () => {
    const result = checker.check(violated, target, { ...kernel, stopAtFirst: true });
    expect(errorsOf(result)).toEqual(errors.slice(0, 1));
    expect(result.diagnostics.at(-1)?.rule).toBe(errors[0]);
  });

  it(`${findRule(rule)?.group === 'rule-set' ? 'is' : 'is not'} in the rule set alone`, () => {
    const found = findingOf(checker.check(violated, target, { ...kernel, onlyRuleSet: true }), rule);
    expect(found !== undefined).toBe(findRule(rule)?.group === 'rule-set');
  });

  it('names the numbers at fault in one line', () => {
    for (const part of violation.names) expect(finding?.message).toContain(String(part));
    expect(finding?.message).not.toMatch(/\n|undefined|NaN|\[object/);
  });

  it('marks the fields at fault', () => {
    expect(finding?.fields).toEqual(violation.culprits ?? findRule(rule)?.fields);
  });

  it(`offers ${violation.fixes?.length ?? 'no'} fixes, each of which helps`, () => {
    const fixes = finding?.fixes ?? [];
    expect(fixes.map(changesOf)).toEqual(violation.fixes ?? []);
    for (const fix of fixes) {
      for (const { field, from, to } of fix.changes) {
        expect(from).toEqual(violated[field]);
        expect(fix.title).toContain(`set ${field} to ${JSON.stringify(to)}`);
      }
      const after = checker.check(applied(violated, fix), target, kernel);
      expect(errorsOf(after), fix.title).not.toContain(rule);
      expect(errorsOf(after), fix.title).not.toContain('invalid-input');
    }
  });
});

describe.each(rewrites)('$rule when $when', ({ rule, of, given, on = 'b200', ruleSet, changes }) => {
  const options = { ...of, ...given };
  const settings = ruleSet && { ruleSet };
  const result = checker.check(options, on, settings);
  const finding = findingOf(result, rule);

  if (changes === undefined) {
    it('has nothing to report', () => {
      expect(finding).toBeUndefined();
    });
    return;
  }

  it('reports exactly what it changed', () => {
    expect(finding?.severity).toBe(findRule(rule)?.severity);
    expect(finding?.changes).toEqual(changes);
    expect(finding).not.toHaveProperty('fixes');
  });

  it('says so in one line, from what to what', () => {
    for (const { field, from, to } of changes) {
      const shown = (value: unknown) => (Array.isArray(value) ? `[${value.join(', ')}]` : String(value));
      const before = from === undefined ? 'not given' : shown(from);
      expect(finding?.message).toContain(`${field} ${before} → ${shown(to)}`);
    }
    expect(finding?.message).not.toMatch(/\n|undefined|NaN|\[object/);
  });

  it('leaves the options changed', () => {
    for (const { field, to } of changes) expect(result.options[field]).toEqual(to);
  });

  it('does so before the first error of a check that stops there', () => {
    const stopped = checker.check(options, on, { ...settings, stopAtFirst: true });
    const errors = errorsOf(stopped);
    if (errors.length === 0) expect(findingOf(stopped, rule)).toEqual(finding);
    else expect(stopped.diagnostics.at(-1)?.rule).toBe(errors[0]);
  });
});

describe('tile-sizes-positive', () => {
  describe.each(sizesAboveZero)('%s', (size) => {
    it.each([0, -1, -(2 ** 31)])('cannot be %i', (value) => {
      const options = { ...fp8, [size]: value };
      for (const stopAtFirst of [false, true]) {
        const result = checker.check(options, 'b200', { stopAtFirst });
        const finding = findingOf(result, 'tile-sizes-positive');
        expect(errorsOf(result)).toEqual(['tile-sizes-positive']);
        expect(finding?.message).toBe(`${size} is ${value}; it must be at least 1`);
        expect(finding?.fields).toEqual([size]);
        // Of stages and clusters there is at least one; which tile was meant, nobody can tell.
        const offered = /^(numStages|clusterDim.)$/.test(size) ? [{ [size]: 1 }] : [];
        expect((finding?.fixes ?? []).map(changesOf)).toEqual(offered);
      }
    });

    it('can be 1, as far as this rule goes', () => {
      expect(errorsOf(checker.check({ ...fp8, [size]: 1 }, 'b200'))).not.toContain('tile-sizes-positive');
    });
  });

  it('names all that are below 1', () => {
    const result = checker.check({ ...fp8, tileM: 0, mmaK: -32, numStages: 0 }, 'b200');
    const finding = findingOf(result, 'tile-sizes-positive');
    expect(finding?.message).toBe('tileM is 0, mmaK is -32, numStages is 0; all must be at least 1');
    expect(finding?.fields).toEqual(['tileM', 'mmaK', 'numStages']);
  });

  it('comes first of all, even before a fused activation', () => {
    const result = checker.check({ ...fp8, tileM: 0, useFusedAct: true }, 'b200');
    expect(errorsOf(result)).toEqual(['tile-sizes-positive', 'fused-activation-unsupported']);
  });
});

describe('adjustment-overflow', () => {
  const huge = 2 ** 31 - 128;
  // The largest multiple of 128 stays what it is; from the next number on, rounding up leaves 32 bits.
  it.each([
    ['tileK, by fp4-mma-k', { ...fp4, mmaK: 32, k: huge }, 'tileK', 2 ** 31 - 64],
    ['tileM, by fp4-mma-m', { ...fp4, mmaM: 64, m: huge }, 'tileM', huge],
    ['tileN, by fp4-mma-n', { ...fp4, mmaN: 32 }, 'tileN', huge],
    ['mmaN, by fp4-mma-n', fp4, 'mmaN', 2 ** 31 - 64],
  ] as const)('guards %s', (_, options, field, largest) => {
    expect(errorsOf(checker.check({ ...options, [field]: largest }, 'b200'))).not.toContain(
      'adjustment-overflow',
    );
    const result = checker.check({ ...options, [field]: largest + 1 }, 'b200');
    const finding = findingOf(result, 'adjustment-overflow');
    expect(finding?.message).toContain(`${field} ${largest + 1}`);
    expect(finding?.fixes?.length).toBe(1);
    for (const fix of finding?.fixes ?? []) {
      const after = checker.check(applied({ ...options, [field]: largest + 1 }, fix), 'b200');
      expect(errorsOf(after)).not.toContain('adjustment-overflow');
    }
  });

  it('guards tileN, by fp4-tile-n', () => {
    const result = checker.check({ ...fp4, mmaN: 2 ** 31 - 64, tileN: 64 }, 'b200');
    expect(errorsOf(result)).toContain('adjustment-overflow');
  });

  it('leaves the option as it was', () => {
    const result = checker.check({ ...fp4, mmaM: 64, tileM: 2 ** 31 - 1 }, 'b200');
    expect(result.options.tileM).toBe(2 ** 31 - 1);
  });

  it('is where a check that stops at the first error ends', () => {
    const result = checker.check({ ...fp4, mmaM: 64, tileM: 2 ** 31 - 1 }, 'b200', { stopAtFirst: true });
    expect(errorsOf(result)).toEqual(['adjustment-overflow']);
  });
});

describe('problem-size-positive', () => {
  it.each(['m', 'n', 'k'] as const)('asks for a positive %s', (size) => {
    for (const value of [0, -1, -128, -(2 ** 31)]) {
      const result = checker.check({ ...fp8BatchM, [size]: value }, 'b200');
      expect(errorsOf(result)).toEqual(['problem-size-positive']);
      expect(findingOf(result, 'problem-size-positive')?.fields).toEqual([size]);
    }
  });

  it('names all that are not', () => {
    const finding = findingOf(checker.check({ ...fp8, m: 0, k: -5 }, 'b200'), 'problem-size-positive');
    expect(finding?.message).toBe('m is 0, k is -5; sizes of a problem must be positive');
  });
});

describe('one-shot-output-dtype', () => {
  const addable = ['UInt32', 'Int32', 'UInt64', 'Fp32', 'Fp16', 'Bfloat16'];

  it.each(dtypeNames.filter((name) => name !== 'Void'))('knows whether the TMA adds %s', (dtypeC) => {
    const errors = errorsOf(checker.check({ ...oneShot, dtypeC }, 'b200'));
    expect(!errors.includes('one-shot-output-dtype')).toBe(addable.includes(dtypeC));
  });
});

describe('cta-table-capacity', () => {
  it('counts no CTAs for a negative batch', () => {
    const result = checker.check({ ...fp8, batchedN: [-100_000, 20_000], numBatches: 2 }, 'b200');
    expect(errorsOf(result)).toEqual(['batch-sizes-not-negative', 'cta-table-capacity']);
    expect(findingOf(result, 'cta-table-capacity')?.message).toContain('2500 CTAs of tileN 8');
  });

  it('counts the CTAs of each batch by itself', () => {
    // 256 batches of 57 tokens take 8 tiles of 8 each, the last of them with one token: 2048.
    const full = { ...fp8, batchedN: new Array<number>(256).fill(57), numBatches: 256 };
    expect(errorsOf(checker.check(full, 'b200'))).toEqual([]);
    const more = { ...full, batchedN: [65, ...full.batchedN.slice(1)] };
    expect(findingOf(checker.check(more, 'b200'), 'cta-table-capacity')?.message).toContain('2049 CTAs');
  });
});

describe('split k through global memory', () => {
  it('counts m·n beyond 32 bits', () => {
    // 65538 · 65537 = 2^32 + 3 · 2^16 + 2: 2 modulo 4.
    const options = { ...gmemSplit, tileM: 2, epilogueTileM: 2, mmaM: 2, m: 65_538, n: 65_537 };
    const errors = (n: number) => errorsOf(checker.check({ ...options, n }, 'b200', { onlyRuleSet: true }));
    expect(errors(65_537)).toEqual(['split-k-gmem-elements']);
    expect(errors(65_538)).toEqual([]);
  });
});

describe('shared-memory-limit', () => {
  const { sharedMemory } = checker.check(fp8, 'b200');
  const total = sharedMemory?.total ?? 0;

  it('lets a layout fill what a block can have, and not a byte more', () => {
    const roomy = { ...targets.b200, name: 'mine', sharedMemPerBlockOptin: total };
    expect(errorsOf(checker.check(fp8, roomy))).toEqual([]);
    const tight = { ...roomy, sharedMemPerBlockOptin: total - 1 };
    const result = checker.check(fp8, tight);
    expect(errorsOf(result)).toEqual(['shared-memory-limit']);
    expect(result.diagnostics[0]?.message).toBe(
      'A 64 KiB (16 KiB × 4 stages), B 4 KiB (1 KiB × 4 stages), C0 1 KiB: 69 KiB of the 68.999 KiB that a block of mine can have',
    );
  });

  it('finds sizes whose product leaves 32 and 64 bits', () => {
    const options = { ...fp8, numStages: 2 ** 31 - 1, tileK: 2 ** 30, k: 2 ** 30 };
    expect(errorsOf(checker.check(options, 'b200'))).toEqual(['shared-memory-limit']);
  });
});
