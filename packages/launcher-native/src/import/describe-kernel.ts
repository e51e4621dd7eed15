import { defaultRuleSet, type KernelInfo, paramsAbis, paramsBytes } from '@gemm-preflight/types';
import type { CubinInfo, CubinKernel } from '../cubin/index.js';

/** Something that knows a part of a catalog entry: a name, a table, the cubin. */
export interface FactSource {
  /** What to call it: `the name`, `kernels.h`. */
  readonly origin: string;
  readonly facts: Partial<KernelInfo>;
}

/** A catalog entry, as far as it is known. */
export interface KernelDescription {
  readonly facts: Partial<KernelInfo>;
  /** What nobody tells. */
  readonly missing: readonly RequiredField[];
  /** What contradicts itself or cannot be used, a line each, naming both sides. */
  readonly problems: readonly string[];
}

/** A field that an entry has to have. */
export type RequiredField = keyof Omit<KernelInfo, OptionalField | 'cubin' | 'sha256'>;

/** A field that says more where it is there. */
type OptionalField = 'clusterDimX' | 'clusterDimZ';

/** All of them, and whether they are required, in the order of catalogs; one that is not listed does not compile. */
const fields: Readonly<Record<RequiredField, true> & Record<OptionalField, false>> = {
  functionName: true,
  arch: true,
  ruleSet: true,
  paramsAbi: true,
  paramsStructSize: true,
  batchMode: true,
  transposeMmaOutput: true,
  sharedMemSize: true,
  threadsPerCta: true,
  blockScale: true,
  permuteFusion: true,
  shuffledMatrixA: true,
  tileM: true,
  tileN: true,
  tileK: true,
  epilogueTileM: true,
  epilogueTileN: true,
  mmaM: true,
  mmaN: true,
  mmaK: true,
  numSlicesForSplitK: true,
  clusterDimX: false,
  clusterDimZ: false,
  dtypeElt: true,
  dtypeC: true,
  dtypeAcc: true,
  useTmaStore: true,
  numStages: true,
  useFusedAct: true,
  gateUseClusterSplitK: true,
  projGateNumSplitKSlices: true,
};

const fieldNames = Object.keys(fields) as readonly (RequiredField | OptionalField)[];

/** Every field that an entry has to have, in the order of catalogs. */
export const requiredFields = fieldNames.filter((name): name is RequiredField => fields[name]);

/** The versions of the parameter block, with their sizes. */
const knownBlocks = paramsAbis.map((abi) => `${abi} has ${paramsBytes[abi]}`).join(', ');

/** Why a kernel cannot be given its parameters; nothing where it can. */
function paramsProblem({ params }: CubinKernel): readonly string[] {
  const [param, ...others] = params;
  if (param === undefined || others.length > 0) {
    return [`paramsStructSize: the kernel takes ${params.length} parameters, and one block is expected`];
  }
  if (Object.values(paramsBytes).includes(param.bytes)) return [];
  return [
    `paramsStructSize: the kernel takes a block of ${param.bytes} bytes; of those known ${knownBlocks}`,
  ];
}

/** What a cubin tells of a kernel of its own, and what speaks against using that. */
function cubinFacts(
  { arch }: CubinInfo,
  kernel: CubinKernel,
): FactSource & { readonly problems: readonly string[] } {
  const [param, ...others] = kernel.params;
  const { requiredBlock, maxThreads } = kernel;
  const isKnown = arch === 'sm90a' || arch === 'sm100a' || arch === 'sm103a';
  const isSingle = param !== undefined && others.length === 0;
  return {
    origin: 'the cubin',
    facts: {
      functionName: kernel.name,
      ...(isKnown && { arch }),
      ...(isSingle && { paramsStructSize: param.bytes }),
      ...(requiredBlock !== undefined && maxThreads !== undefined && { threadsPerCta: maxThreads }),
    },
    problems: [
      ...(isKnown
        ? []
        : [`arch: the cubin is for ${arch}, and kernels for sm90a, sm100a and sm103a can be described`]),
      ...paramsProblem(kernel),
    ],
  };
}

/** What holds where nobody says otherwise. */
function fallbacks({ maxThreads }: CubinKernel): Partial<KernelInfo> {
  // Launch bounds are a limit; kernels of this family are launched with as many threads as theirs allow.
  return { ruleSet: defaultRuleSet, ...(maxThreads !== undefined && { threadsPerCta: maxThreads }) };
}

/**
 * Puts a catalog entry for a kernel together from its cubin, its name, and what else is known.
 * @param sources - the other sources; where two contradict each other, or the cubin, that is a problem
 */
export function describeKernel(
  cubin: CubinInfo,
  kernel: CubinKernel,
  sources: readonly FactSource[],
): KernelDescription {
  const own = cubinFacts(cubin, kernel);
  const facts: Partial<Record<keyof KernelInfo, unknown>> = {};
  const origins = new Map<string, string>();
  const problems = [...own.problems];
  for (const source of [own, ...sources]) {
    for (const name of fieldNames) {
      const value = source.facts[name];
      if (value === undefined) continue;
      const before = origins.get(name);
      if (before === undefined) {
        facts[name] = value;
        origins.set(name, source.origin);
      } else if (facts[name] !== value) {
        problems.push(`${name}: ${before} says ${facts[name]}, ${source.origin} says ${value}`);
      }
    }
  }
  const known = { ...fallbacks(kernel), ...facts } as Partial<KernelInfo>;
  const ordered = Object.fromEntries(
    fieldNames.flatMap((name) => (known[name] === undefined ? [] : [[name, known[name]]])),
  );
  return { facts: ordered, missing: requiredFields.filter((name) => known[name] === undefined), problems };
}

/** More are not listed by name: the kernel is another one than this package is for. */
const mostListed = 12;

/** Asks for what is missing, in a line; undefined where nothing is. */
export function askForMissing(missing: readonly RequiredField[]): string | undefined {
  if (missing.length === 0) return undefined;
  if (missing.length > mostListed) {
    const [first, second, third] = missing;
    return `nothing tells ${missing.length} of ${requiredFields.length} fields, among them ${first}, ${second} and ${third}`;
  }
  const abi = missing.includes('paramsAbi') ? `; paramsAbi is ${paramsAbis.join(' or ')}` : '';
  return `nothing tells ${missing.join(', ')}${abi}`;
}
