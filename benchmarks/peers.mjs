// Validators of the same options, to see the checker's speed beside: they look at types alone, and know none of the rules.
import { allReduceAlgos, dtypeNames, optionFields, optionsSchema, splitKModes } from '@gemm-preflight/types';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { z } from 'zod';

const zodOf = {
  bool: z.boolean(),
  int: z.int32(),
  float: z.number().optional(),
  intList: z.array(z.int32()),
  dtype: z.enum(dtypeNames),
  allReduceAlgo: z.enum(allReduceAlgos),
  splitKMode: z.enum(splitKModes),
};
const zodSchema = z.strictObject(
  Object.fromEntries(optionFields.map(({ name, kind }) => [name, zodOf[kind]])),
);

/** Each says whether its argument has all options and no others, with values of their types. */
export const peers = {
  ajv: new Ajv2020().compile(optionsSchema),
  zod: (options) => zodSchema.safeParse(options).success,
};
