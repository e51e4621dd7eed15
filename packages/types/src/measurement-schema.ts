import { measurementVersion } from './measurement.js';

const microseconds = { type: 'number', exclusiveMinimum: 0 } as const;
const count = { type: 'integer', minimum: 1 } as const;
const text = { type: 'string', minLength: 1 } as const;

const device = {
  type: 'object',
  description: 'What was measured on.',
  properties: {
    kind: { type: 'string', enum: ['gpu', 'emulator'] },
    name: { ...text, description: 'As its driver names it.' },
    arch: { type: 'string', enum: ['sm90a', 'sm100a', 'sm103a'] },
    numSms: count,
    cuda: { ...text, description: 'The newest CUDA that the driver knows.' },
    driver: { ...text, description: 'The driver’s own version.' },
  },
  required: ['kind', 'name', 'arch', 'numSms', 'cuda'],
  additionalProperties: false,
} as const;

const kernel = {
  type: 'object',
  properties: {
    functionName: text,
    sha256: { type: 'string', pattern: '^[0-9a-f]{64}$' },
    medianUs: { ...microseconds, description: 'Microseconds of a launch, the median over the rounds.' },
    minUs: microseconds,
    maxUs: microseconds,
    rounds: count,
    launchesPerRound: count,
  },
  required: ['functionName', 'medianUs', 'minUs', 'maxUs', 'rounds', 'launchesPerRound'],
  additionalProperties: false,
} as const;

/** @param problem the schema of a problem @param required the fields that every problem has, and those that a measured one has besides */
export function measurementProperties(
  problem: { readonly [keyword: string]: unknown },
  required: readonly string[],
): { readonly [name: string]: unknown } {
  return {
    $schema: { type: 'string' },
    version: { const: measurementVersion },
    device,
    measuredAt: { ...text, description: 'When, in ISO 8601.' },
    measurements: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          problem: { ...problem, required: [...required, 'tokensPerBatch'] },
          kernels: { type: 'array', items: kernel },
        },
        required: ['problem', 'kernels'],
        additionalProperties: false,
      },
    },
  };
}
