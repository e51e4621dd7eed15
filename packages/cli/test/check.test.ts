import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { caseSchema, optionsSchema } from '@gemm-preflight/types';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { brokenExample, found, sound, soundExample, unsound } from './support/configurations.js';
import { root, run } from './support/run-main.js';
import { temporaryFile } from './support/temporary.js';

const optionChange = {
  type: 'object',
  properties: { field: { type: 'string' }, from: {}, to: {} },
  required: ['field'],
  additionalProperties: false,
};
const offset = { type: 'integer', minimum: 0 };
const offsets = {
  total: offset,
  loadA: offset,
  loadB: offset,
  gmemC0: offset,
  gmemC1: offset,
  rowMax: offset,
};

/** The result of a check, as the command line's contract writes it. */
const resultSchema = {
  type: 'object',
  properties: {
    ok: { type: 'boolean' },
    ruleSet: { const: 'trtllm-gen@2025-03' },
    diagnostics: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          rule: { type: 'string', pattern: '^[a-z0-9]+(-[a-z0-9]+)+$' },
          severity: { enum: ['error', 'adjusted', 'note'] },
          message: { type: 'string', pattern: '^.+$' },
          fields: { type: 'array', items: { type: 'string' } },
          changes: { type: 'array', items: optionChange },
          fixes: {
            type: 'array',
            items: {
              type: 'object',
              properties: { title: { type: 'string' }, changes: { type: 'array', items: optionChange } },
              required: ['title', 'changes'],
              additionalProperties: false,
            },
          },
        },
        required: ['rule', 'severity', 'message', 'fields'],
        additionalProperties: false,
      },
    },
    options: { ...optionsSchema, $id: 'options', $schema: undefined },
    sharedMemory: {
      type: ['object', 'null'],
      properties: offsets,
      required: Object.keys(offsets),
      additionalProperties: false,
    },
    launch: {
      type: ['object', 'null'],
      properties: {
        grid: { type: 'object', properties: { x: offset, y: offset, z: offset }, required: ['x', 'y', 'z'] },
      },
      required: ['grid'],
      additionalProperties: false,
    },
  },
  required: ['ok', 'ruleSet', 'diagnostics', 'options', 'sharedMemory', 'launch'],
  additionalProperties: false,
};
const isResult = new Ajv2020({ allowUnionTypes: true, strict: false }).compile(
  JSON.parse(JSON.stringify(resultSchema)),
);

function expectResult(value: unknown): void {
  isResult(value);
  expect(isResult.errors ?? []).toEqual([]);
}

describe('the examples', () => {
  it.each([soundExample, brokenExample])('%s is of the shape that editors are told', (file) => {
    const validate = new Ajv2020().compile(caseSchema);
    validate(JSON.parse(readFileSync(join(root, file), 'utf8')));
    expect(validate.errors ?? []).toEqual([]);
  });
});

describe('a result', () => {
  it('of a sound configuration has the contract’s shape and fields in its order', async () => {
    const { code, stdout } = await run(['check', soundExample, '--format', 'json']);
    const result = JSON.parse(stdout);
    expect(code).toBe(0);
    expect(Object.keys(result)).toEqual([
      'ok',
      'ruleSet',
      'diagnostics',
      'options',
      'sharedMemory',
      'launch',
    ]);
    expectResult(result);
    expect(result.launch).toEqual({ grid: { x: 56, y: 15, z: 1 } });
  });

  it('of a broken configuration has the contract’s shape, and every mistake', async () => {
    const { code, stdout } = await run(['check', brokenExample, '--format', 'json']);
    const result = JSON.parse(stdout);
    expect(code).toBe(1);
    expectResult(result);
    expect(found(result)).toEqual([
      'adjusted epilogue-tile-m',
      'error tile-k-divides-k-slice',
      'error tma-store-divides-hidden',
      'error cluster-xy-is-one',
      'error one-shot-output-dtype',
      'note num-batches',
      'error batch-sizes-not-negative',
    ]);
    expect(result.diagnostics[1].fixes[0]).toEqual({
      title: 'set k to 2048',
      changes: [{ field: 'k', from: 2000, to: 2048 }],
    });
  });

  it('of one case is an object, of a list is a list', async () => {
    const one = temporaryFile('one.json', { options: sound });
    const list = temporaryFile('list.json', [{ options: sound }, sound, { options: unsound }]);
    expect(JSON.parse((await run(['check', one, '--format', 'json'])).stdout)).toMatchObject({ ok: true });
    const { code, stdout } = await run(['check', list, '--format', 'json']);
    expect(JSON.parse(stdout).map(({ ok }: { ok: boolean }) => ok)).toEqual([true, true, false]);
    expect(code).toBe(1);
  });
});

describe('what is checked', () => {
  it('may be bare options, also with the $schema that an editor wants', async () => {
    const file = temporaryFile('bare.json', { $schema: './options.schema.json', ...sound });
    const { code, stdout } = await run(['check', file, '--format', 'json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).options).not.toHaveProperty('$schema');
  });

  it('may come from the standard input, as one document', async () => {
    const { code, stdout } = await run(['check', '-', '--format', 'json'], {
      stdin: JSON.stringify({ options: sound }),
    });
    expect(code).toBe(0);
    expect(JSON.parse(stdout).ok).toBe(true);
  });

  it('may begin with a byte-order mark', async () => {
    const file = temporaryFile('bom.json', `\uFEFF${JSON.stringify(sound)}`);
    expect((await run(['check', file])).code).toBe(0);
  });
});

describe('settings', () => {
  const diagnosticsOf = async (...argv: readonly string[]) =>
    found(JSON.parse((await run(['check', ...argv, '--format', 'json'])).stdout));

  it('--stop-at-first ends at the first error', async () => {
    expect(await diagnosticsOf(brokenExample, '--stop-at-first')).toEqual([
      'adjusted epilogue-tile-m',
      'error tile-k-divides-k-slice',
    ]);
  });

  it('--only-rule-set leaves out the limits of the device and the launch', async () => {
    const file = temporaryFile('device.json', { ...sound, numStages: 64 });
    expect(await diagnosticsOf(file)).toContain('error shared-memory-limit');
    expect(await diagnosticsOf(file, '--only-rule-set')).not.toContain('error shared-memory-limit');
  });

  it('--rules takes a rule set by its name', async () => {
    expect((await run(['check', soundExample, '--rules', 'trtllm-gen@2025-03'])).code).toBe(0);
  });
});

describe('the target', () => {
  const blackwellOnly = { ...sound };
  const rules = async (content: unknown, ...argv: readonly string[]) => {
    const file = temporaryFile('target.json', content);
    return found(JSON.parse((await run(['check', file, '--format', 'json', ...argv])).stdout));
  };
  const needsBlackwell = 'error dsfp8-needs-blackwell';

  it('is b200 where nobody names one', async () => {
    expect(await rules({ options: blackwellOnly })).not.toContain(needsBlackwell);
  });

  it('is the case’s own', async () => {
    expect(await rules({ target: 'h100', options: blackwellOnly })).toContain(needsBlackwell);
  });

  it('is that of --target, whatever the case says', async () => {
    expect(await rules({ target: 'h100', options: blackwellOnly }, '--target', 'b200')).not.toContain(
      needsBlackwell,
    );
    expect(await rules({ target: 'b200', options: blackwellOnly }, '--target', 'h100')).toContain(
      needsBlackwell,
    );
  });
});
