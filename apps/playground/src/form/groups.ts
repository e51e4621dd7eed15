import { type OptionField, type OptionGroup, optionFields } from '@gemm-preflight/types';

/** The titles of the groups, in the order of the form. */
const titles = {
  problem: 'Problem',
  batch: 'Batches',
  tiles: 'Tiles and pipeline',
  epilogue: 'Epilogue',
  dtypes: 'Data types',
  splitK: 'Split-K and cluster',
  deepseek: 'DeepSeek scales',
  allReduce: 'All-reduce',
} as const satisfies Record<OptionGroup, string>;

/** A group of options with its title. */
export interface FieldGroup {
  readonly name: string;
  readonly title: string;
  /** What is on or off, which stands in a row of its own. */
  readonly switches: readonly OptionField[];
  readonly fields: readonly OptionField[];
}

const order: readonly string[] = Object.keys(titles);

/** The form: every option of the schema, in groups. A group that this file does not know comes last, under its own name. */
export const fieldGroups: readonly FieldGroup[] = [...new Set(optionFields.map(({ group }) => group))]
  .map((name) => ({
    name,
    title: titles[name] ?? name,
    switches: optionFields.filter(({ group, kind }) => group === name && kind === 'bool'),
    fields: optionFields.filter(({ group, kind }) => group === name && kind !== 'bool'),
  }))
  .sort((a, b) => place(a.name) - place(b.name));

function place(name: string): number {
  const at = order.indexOf(name);
  return at < 0 ? order.length : at;
}
