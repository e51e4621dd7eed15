import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { defaultRuleSet, optionFields, optionNames, type schemas as Schemas, schemas } from '../src/index.js';
import { exampleKernel, exampleOptions, exampleProblem } from './example.js';

const ajv = new Ajv2020({ allErrors: true, strict: true });

/** What is wrong with a document: `path keyword` of each fault. */
function faults(schema: keyof typeof Schemas, document: unknown): readonly string[] {
  const validate = ajv.getSchema(`urn:gemm-preflight:schema:${schema}`) ?? ajv.compile(schemas[schema]);
  return validate(document)
    ? []
    : (validate.errors ?? []).map(({ instancePath, keyword }) => `${instancePath} ${keyword}`.trim());
}

function without(document: object, name: string): object {
  return Object.fromEntries(Object.entries(document).filter(([key]) => key !== name));
}

describe('the schema files that the package ships', () => {
  it.each(Object.entries(schemas))('dist/schemas/%s.schema.json is what the source says', (name, schema) => {
    const file = new URL(`../dist/schemas/${name}.schema.json`, import.meta.url);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(schema);
  });
});

describe('the schema of options', () => {
  it('describes every option', () => {
    const { properties } = schemas.options as { properties: Record<string, { description: string }> };
    expect(Object.keys(properties)).toEqual(optionNames);
    for (const { name, description } of optionFields) expect(properties[name]?.description).toBe(description);
  });

  it('accepts options with and without tolerances', () => {
    expect(faults('options', exampleOptions)).toEqual([]);
    expect(faults('options', { ...exampleOptions, atol: 0.01, rtol: 1e-3 })).toEqual([]);
  });

  it('leaves ranges to the checker: zero and negative sizes are of the right type', () => {
    expect(faults('options', { ...exampleOptions, tileM: 0, m: -1, batchedN: [-3] })).toEqual([]);
  });

  it.each(optionFields.filter(({ optional }) => !optional))('requires $name', ({ name }) => {
    expect(faults('options', without(exampleOptions, name))).toEqual(['required']);
  });

  it.each([
    ['an option that does not exist', { tileL: 1 }, 'additionalProperties'],
    ['a number for a boolean', { batchM: 1 }, '/batchM type'],
    ['a string for a size', { tileM: '128' }, '/tileM type'],
    ['a fraction', { k: 128.5 }, '/k type'],
    ['a size above 32 bits', { m: 2 ** 31 }, '/m maximum'],
    ['a size below 32 bits', { m: -(2 ** 31) - 1 }, '/m minimum'],
    ['an unknown dtype', { dtypeElt: 'Fp8' }, '/dtypeElt enum'],
    ['an unknown all-reduce', { allReduceAlgo: 'one-shot' }, '/allReduceAlgo enum'],
    ['an unknown split', { splitK: 'Cluster' }, '/splitK enum'],
    ['a number for a list', { batchedN: 4 }, '/batchedN type'],
    ['a fraction in a list', { batchedN: [1, 2.5] }, '/batchedN/1 type'],
    ['null for a tolerance', { atol: null }, '/atol type'],
    ['a string for a tolerance', { rtol: '1e-2' }, '/rtol type'],
  ])('refuses %s', (_, change, fault) => {
    expect(faults('options', { ...exampleOptions, ...change })).toEqual([fault]);
  });

  it.each([null, [], 'options', 1])('refuses %j, which is no object', (document) => {
    expect(faults('options', document)).toEqual(['type']);
  });
});

describe('the schema of cases', () => {
  it('accepts options, with or without a name, a target, a rule set and a kernel', () => {
    expect(faults('case', { options: exampleOptions })).toEqual([]);
    const about = {
      $schema: './case.schema.json',
      name: 'up',
      target: 'b200',
      ruleSet: defaultRuleSet,
      kernel: 'gemm_sm100a',
    };
    expect(faults('case', { ...about, options: exampleOptions })).toEqual([]);
  });

  it.each([
    ['no options', { target: 'b200' }, 'required'],
    ['an unknown target', { target: 'v100', options: exampleOptions }, '/target enum'],
    ['a rule set that there is not', { ruleSet: 'hopper', options: exampleOptions }, '/ruleSet enum'],
    ['a kernel without a name', { kernel: '', options: exampleOptions }, '/kernel minLength'],
    ['a kernel in place of its name', { kernel: exampleKernel, options: exampleOptions }, '/kernel type'],
    ['a wrong value in the options', { options: { ...exampleOptions, tileM: 1.5 } }, '/options/tileM type'],
    ['an unknown option', { options: { ...exampleOptions, tile: 1 } }, '/options additionalProperties'],
    ['an unknown field', { options: exampleOptions, gpu: 'b200' }, 'additionalProperties'],
  ])('refuses %s', (_, document, fault) => {
    expect(faults('case', document)).toEqual([fault]);
  });
});

describe('the schema of problem files', () => {
  it('accepts problems with and without what may be left out', () => {
    const all = {
      ...exampleProblem,
      name: 'gate and up projection',
      numTokens: 30,
      blockScale: true,
      permuteFusion: false,
      clusterDimX: 1,
      clusterDimY: 1,
      clusterDimZ: 4,
      allReduceAlgo: 'None',
      atol: 0,
      rtol: 0.01,
    };
    expect(faults('problem', { problems: [exampleProblem] })).toEqual([]);
    expect(
      faults('problem', {
        $schema: './problem.schema.json',
        name: 'a layer',
        description: 'of a model',
        target: 'h200',
        tokensPerBatch: [1, 2, 3],
        problems: [all, without(exampleProblem, 'tokensPerBatch')],
      }),
    ).toEqual([]);
  });

  it.each(['batchM', 'transposeMmaOutput', 'm', 'n', 'k', 'dtypeElt', 'dtypeC'])(
    'requires %s of each problem',
    (name) => {
      expect(faults('problem', { problems: [without(exampleProblem, name)] })).toEqual([
        '/problems/0 required',
      ]);
    },
  );

  it.each([
    ['an option of kernels', { tileM: 128 }, '/problems/0 additionalProperties'],
    ['a negative batch', { tokensPerBatch: [1, -1] }, '/problems/0/tokensPerBatch/1 minimum'],
    ['a cluster of nothing', { clusterDimZ: 0 }, '/problems/0/clusterDimZ minimum'],
    ['a negative tolerance', { atol: -1 }, '/problems/0/atol minimum'],
    ['an unknown dtype', { dtypeC: 'bf16' }, '/problems/0/dtypeC enum'],
  ])('refuses %s', (_, change, fault) => {
    expect(faults('problem', { problems: [{ ...exampleProblem, ...change }] })).toEqual([fault]);
  });

  it('refuses a file without problems', () => {
    expect(faults('problem', {})).toEqual(['required']);
    expect(faults('problem', { problems: [] })).toEqual(['/problems minItems']);
  });
});

describe('the schema of catalogs', () => {
  it('accepts kernels with their cubins, and metadata alone', () => {
    const metadata = without(without(exampleKernel, 'cubin'), 'sha256');
    expect(faults('catalog', { note: 'two kernels', kernels: [exampleKernel, metadata] })).toEqual([]);
    expect(faults('catalog', { kernels: [] })).toEqual([]);
  });

  it.each(Object.keys(exampleKernel).filter((name) => name !== 'cubin' && name !== 'sha256'))(
    'requires %s of each kernel',
    (name) => {
      expect(faults('catalog', { kernels: [without(exampleKernel, name)] })).toEqual(['/kernels/0 required']);
    },
  );

  it.each([
    ['an unknown rule set', { ruleSet: 'trtllm-gen@2099-01' }, '/kernels/0/ruleSet enum'],
    ['an unknown parameter block', { paramsAbi: 'trtllm-gen/9' }, '/kernels/0/paramsAbi enum'],
    ['an unknown architecture', { arch: 'sm80' }, '/kernels/0/arch enum'],
    ['a digest in capitals', { sha256: 'A'.repeat(64) }, '/kernels/0/sha256 pattern'],
    ['a digest that is cut off', { sha256: 'ab' }, '/kernels/0/sha256 pattern'],
    ['no threads', { threadsPerCta: 0 }, '/kernels/0/threadsPerCta minimum'],
    ['a misspelt field', { tilem: 128 }, '/kernels/0 additionalProperties'],
  ])('refuses %s', (_, change, fault) => {
    expect(faults('catalog', { kernels: [{ ...exampleKernel, ...change }] })).toEqual([fault]);
  });

  const folder = new URL('../../kernels/catalog/', import.meta.url);
  const published = readdirSync(folder).filter((name) => name.endsWith('.json'));

  it('is obeyed by published catalogs, of which there are some', () => {
    expect(published.length).toBeGreaterThan(0);
  });

  it.each(published)('accepts the published %s', (name) => {
    const catalog = JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
    expect(faults('catalog', catalog)).toEqual([]);
    expect(catalog.kernels.length).toBeGreaterThan(0);
  });
});

describe('the schema of measurements', () => {
  const time = {
    functionName: 'gemm',
    ...{ medianUs: 12.5, minUs: 12, maxUs: 20, rounds: 15, launchesPerRound: 8 },
  };
  const device = { kind: 'gpu', name: 'NVIDIA H100 80GB HBM3', arch: 'sm90a', numSms: 132, cuda: '13.0' };
  const problem = { ...exampleProblem, tokensPerBatch: [1, 2] };
  const file = {
    version: 1,
    device,
    measuredAt: '2026-11-25T12:00:00.000Z',
    measurements: [{ problem, kernels: [time, { ...time, sha256: 'a'.repeat(64) }] }],
  };
  const withTime = (change: object) => ({
    ...file,
    measurements: [{ problem, kernels: [{ ...time, ...change }] }],
  });

  it('accepts a file, with or without the driver’s version and measurements', () => {
    expect(faults('measurements', file)).toEqual([]);
    const about = { $schema: './measurements.schema.json', device: { ...device, driver: '580.159.04' } };
    expect(faults('measurements', { ...file, ...about, measurements: [] })).toEqual([]);
  });

  it.each([
    ['another version', { ...file, version: 2 }, '/version const'],
    ['no device', without(file, 'device'), 'required'],
    ['an unknown kind of device', { ...file, device: { ...device, kind: 'cpu' } }, '/device/kind enum'],
    ['a time of nothing', withTime({ medianUs: 0 }), '/measurements/0/kernels/0/medianUs exclusiveMinimum'],
    ['no rounds', withTime({ rounds: 0 }), '/measurements/0/kernels/0/rounds minimum'],
    ['a digest that is none', withTime({ sha256: 'abc' }), '/measurements/0/kernels/0/sha256 pattern'],
    [
      'a problem without tokens',
      { ...file, measurements: [{ problem: without(problem, 'tokensPerBatch'), kernels: [] }] },
      '/measurements/0/problem required',
    ],
    ['what nobody knows', { ...file, speed: 1 }, 'additionalProperties'],
  ])('refuses %s', (_, document, fault) => {
    expect(faults('measurements', document)).toEqual([fault]);
  });
});
