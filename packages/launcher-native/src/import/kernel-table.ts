import { type Dtype, isDtype, type KernelInfo } from '@gemm-preflight/types';
import { type CList, type CToken, listsIn, parseLists } from './c-source.js';

/** What a table says of a kernel. */
export type KernelTableRow = Pick<KernelInfo, 'functionName'> & Partial<Omit<KernelInfo, 'cubin' | 'sha256'>>;

type Facts = Partial<Record<keyof KernelInfo, string | number | boolean | undefined>>;

/**
 * The members of `GemmInfo` in the order of the engines' sources of March 2025, under our names. Where the source itself
 * declares the structure, its order counts.
 */
const members = [
  ...['data', 'size', 'sharedMemSize', 'functionName', 'blockScale', 'permuteFusion', 'shuffledMatrixA'],
  ...[
    'tileM',
    'tileN',
    'tileK',
    'epilogueTileM',
    'epilogueTileN',
    'mmaM',
    'mmaN',
    'mmaK',
    'numSlicesForSplitK',
  ],
  ...['dtypeElt', 'dtypeC', 'dtypeAcc', 'useTmaStore', 'numStages', 'paramsStructSize', 'useFusedAct'],
  ...['threadsPerCTA', 'gateUseClusterSplitK', 'projGateNumSplitKSlices'],
] as const;

/** Our name of a member that is spelt otherwise. */
const renamed: Readonly<Record<string, string>> = { threadsPerCTA: 'threadsPerCta' };

const flags: ReadonlySet<string> = new Set<keyof KernelInfo>([
  ...(['transposeMmaOutput', 'blockScale', 'permuteFusion', 'shuffledMatrixA'] as const),
  ...(['useTmaStore', 'useFusedAct', 'gateUseClusterSplitK'] as const),
]);

const counts: ReadonlySet<string> = new Set<keyof KernelInfo>([
  ...([
    'sharedMemSize',
    'tileM',
    'tileN',
    'tileK',
    'epilogueTileM',
    'epilogueTileN',
    'mmaM',
    'mmaN',
    'mmaK',
  ] as const),
  ...([
    'numSlicesForSplitK',
    'numStages',
    'paramsStructSize',
    'threadsPerCta',
    'projGateNumSplitKSlices',
  ] as const),
]);

const types: ReadonlySet<string> = new Set<keyof KernelInfo>(['dtypeElt', 'dtypeC', 'dtypeAcc']);

/** Our names of the options that later exports label, in a comment before the value. */
const labelled: Readonly<Record<string, keyof KernelInfo>> = {
  mTileM: 'tileM',
  mTileN: 'tileN',
  mTileK: 'tileK',
  mEpilogueTileM: 'epilogueTileM',
  mEpilogueTileN: 'epilogueTileN',
  mMmaM: 'mmaM',
  mMmaN: 'mmaN',
  mMmaK: 'mmaK',
  mNumSlicesForSplitK: 'numSlicesForSplitK',
  mNumStages: 'numStages',
  mDtypeElt: 'dtypeElt',
  mDtypeC: 'dtypeC',
  mDtypeAcc: 'dtypeAcc',
  mTransposeMmaOutput: 'transposeMmaOutput',
  mUseDeepSeekFp8: 'blockScale',
  mUseShuffledMatrixA: 'shuffledMatrixA',
  mUseShuffledMatrix: 'shuffledMatrixA',
  mUseTmaStore: 'useTmaStore',
  mRouteAct: 'permuteFusion',
  mRouteImpl: 'permuteFusion',
  mFusedAct: 'useFusedAct',
};

/**
 * Reads the tables of kernels that engines ship as C++: lists of `GemmInfo`, whose values stand in the order of its members
 * (March 2025), and the `KernelMetaInfo.h` of later exports, whose options are labelled. Not code, but the initialisers alone
 * are understood: what a macro would have to make is left out.
 * @returns a row for each list with the name of a kernel in it; none where the source has no such tables
 * @throws {CubinError} when braces are nested too deeply
 */
export function readKernelTable(source: string): readonly KernelTableRow[] {
  const root = parseLists(source);
  const order = declaredMembers(root) ?? members;
  const rows: KernelTableRow[] = [];
  for (const list of listsIn(root)) {
    const at = list.items.findIndex((item) => item.length === 1 && item[0]?.kind === 'string');
    const name = list.items[at]?.[0];
    if (name?.kind !== 'string' || !/^\w+$/.test(name.text)) continue;
    const labels = labelsIn(list);
    const facts = labels.size > 0 ? labelledFacts(list, at, labels) : orderedFacts(list, order);
    rows.push({ functionName: name.text, ...clean(facts) });
  }
  return rows;
}

/** The members of `struct GemmInfo { … }`, in their order. */
function declaredMembers(root: CList): readonly string[] | undefined {
  for (const { items } of listsIn(root)) {
    for (const item of items) {
      const at = item.findIndex((part, i) => part.kind === 'list' && textOf(item[i - 1]) === 'GemmInfo');
      const body = item[at];
      if (body?.kind === 'list' && textOf(item[at - 2]) === 'struct') return memberNames(body.items.flat());
    }
  }
  return undefined;
}

/** The last name before each semicolon: of `unsigned const size{0};` it is `size`. */
function memberNames(body: readonly CToken[]): readonly string[] {
  const names: string[] = [];
  let last = '';
  for (const part of body) {
    if (part.kind === 'name') last = part.text;
    else if (textOf(part) === ';') names.push(last);
  }
  return names;
}

function orderedFacts({ items }: CList, order: readonly string[]): Facts {
  const facts: Facts = {};
  order.forEach((member, i) => {
    assign(facts, renamed[member] ?? member, items[i] ?? []);
  });
  return facts;
}

/** The shared memory stands before the name, the threads behind it; the options further in, the architecture at the end. */
function labelledFacts({ items }: CList, at: number, labels: ReadonlyMap<string, readonly CToken[]>): Facts {
  const facts: Facts = { gateUseClusterSplitK: false, projGateNumSplitKSlices: 1 };
  assign(facts, 'sharedMemSize', items[at - 1] ?? []);
  assign(facts, 'threadsPerCta', items[at + 1] ?? []);
  for (const [label, value] of labels) {
    const name = labelled[label];
    if (name !== undefined) assign(facts, name, value);
  }
  const [a, b] = ['mDtypeA', 'mDtypeB'].map((label) => dtypeOf(labels.get(label) ?? []));
  if (a !== undefined && a === (b ?? a)) facts.dtypeElt = a;
  const mode = numberIn(labels.get('mBatchMode') ?? []);
  if (mode !== undefined) facts.batchMode = mode === 0 ? 'batchM' : 'batchN';
  const arch = items.flat().map((part) => /^gemm::SmVersion::Sm(\d+a)$/.exec(textOf(part))?.[1]);
  const known = arch.find((found) => found !== undefined);
  if (known !== undefined) facts.arch = `sm${known}`;
  return facts;
}

/** The values behind labels, those of inner lists included. */
function labelsIn(list: CList): Map<string, readonly CToken[]> {
  const found = new Map<string, readonly CToken[]>();
  for (const { items } of listsIn(list)) {
    for (const [first, ...value] of items) if (first?.kind === 'label') found.set(first.text, value);
  }
  return found;
}

function assign(facts: Facts, name: string, value: readonly CToken[]): void {
  if (types.has(name)) facts[name as keyof KernelInfo] = dtypeOf(value);
  else if (counts.has(name)) facts[name as keyof KernelInfo] = numberIn(value);
  else if (flags.has(name)) facts[name as keyof KernelInfo] = flagIn(value);
}

/** `true`, `false`, or a number that is one of them. */
function flagIn(value: readonly CToken[]): boolean | undefined {
  const word = textOf(value.length === 1 ? value[0] : undefined);
  if (word === 'true' || word === 'false') return word === 'true';
  const number = numberIn(value);
  return number === undefined ? undefined : number !== 0;
}

/** The only number of a value: `128`, or what is in the brackets of `gemm::SplitK(2)`. */
function numberIn(value: readonly CToken[]): number | undefined {
  const numbers = value.filter(({ kind }) => kind === 'number');
  const number = numbers.length === 1 ? Number(textOf(numbers[0]).replace(/[uUlL]+$/, '')) : Number.NaN;
  return Number.isSafeInteger(number) ? number : undefined;
}

/**
 * `tg::Dtype::E4m3`. Not `trtllm::gen::Dtype(1050629)`: the numbering changed between exports, so that a number says nothing
 * without its enumeration. The kernels of those tables have the types in their names.
 */
function dtypeOf(value: readonly CToken[]): Dtype | undefined {
  const [only] = value;
  const name = value.length === 1 && only?.kind === 'name' ? only.text.split('::').at(-1) : undefined;
  return isDtype(name) ? name : undefined;
}

function textOf(part: CToken | undefined): string {
  return part === undefined || part.kind === 'list' ? '' : part.text;
}

/** Without what could not be read. The names were taken from our own lists, the values made by their kind. */
function clean(facts: Facts): Partial<KernelInfo> {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
}
