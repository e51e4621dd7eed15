import { catalogSchema, type KernelCatalog, type KernelInfo, type ProblemFile } from '@gemm-preflight/types';
import type { Case } from '../input/case.js';
import { JsonSource } from '../input/json-source.js';
import { casesOfDocument, isLinesFile, nameOfInput, openCases, readDocument } from '../input/read-cases.js';
import { shapedFrom } from '../input/read-shaped.js';
import type { Io } from '../io.js';
import { canonicalProblem } from './canonical-problem.js';
import type { Entry } from './entry.js';
import { type EvaluateRequest, evaluateCase, evaluateKernel, targetOf } from './evaluate.js';

/** What one of the files to compare holds. */
export type Contents =
  | { readonly kind: 'cases'; readonly many: boolean; readonly cases: readonly Case[] }
  | { readonly kind: 'catalog'; readonly kernels: readonly PlacedKernel[] };

/** A kernel of a catalog, and where its entry starts. */
export interface PlacedKernel {
  readonly kernel: KernelInfo;
  readonly place: Entry['place'];
}

/** One side of a comparison, checked. */
export interface Side {
  readonly entries: readonly Entry[];
  /** Kernels that are for another GPU than the one asked for. */
  readonly leftOut: number;
}

/**
 * Reads a file to compare: cases as preflight check takes them, or a catalog of kernels.
 * @param lines read the standard input as a case a line
 * @throws {UserError} when it cannot be read, or holds neither
 */
export async function readContents(path: string, lines: boolean, io: Io): Promise<Contents> {
  if (path === '-' ? lines : isLinesFile(path)) {
    const cases: Case[] = [];
    for await (const batch of (await openCases(path, lines, io)).batches) cases.push(...batch);
    return { kind: 'cases', many: true, cases };
  }
  const text = await readDocument(path, io);
  if (isCatalog(text)) return { kind: 'catalog', kernels: await readKernels(text, path) };
  const { many, batches } = casesOfDocument(text, path === '-' ? undefined : path);
  const cases: Case[] = [];
  for await (const batch of batches) cases.push(...batch);
  return { kind: 'cases', many, cases };
}

function isCatalog(text: string): boolean {
  const parsed = new JsonSource(text).parse();
  const isObject = parsed.ok && typeof parsed.value === 'object' && parsed.value !== null;
  return isObject && Object.hasOwn(parsed.value, 'kernels') && !Object.hasOwn(parsed.value, 'options');
}

async function readKernels(text: string, path: string): Promise<readonly PlacedKernel[]> {
  const name = nameOfInput(path);
  const { value, source } = await shapedFrom<KernelCatalog>(text, name, catalogSchema, 'catalog');
  return value.kernels.map((kernel, i) => ({
    kernel,
    place: () => {
      const region = path === '-' ? undefined : source.regionOf(['kernels', i], 'start');
      return region && `${path}:${region.startLine}`;
    },
  }));
}

/** Checks the contents of a side. Kernels are held against the problems, or each against one of its own tiles. */
export function evaluate(
  contents: Contents,
  problems: ProblemFile['problems'] | undefined,
  request: EvaluateRequest,
): Side {
  if (contents.kind === 'cases') {
    return { entries: contents.cases.map((given) => evaluateCase(given, request)), leftOut: 0 };
  }
  const entries: Entry[] = [];
  let leftOut = 0;
  for (const { kernel, place } of contents.kernels) {
    const target = targetOf(kernel, request.target);
    if (target === undefined) {
      leftOut++;
      continue;
    }
    for (const [i, problem] of (problems ?? [canonicalProblem(kernel)]).entries()) {
      const asked = problems && (problem.name ?? `problem ${i + 1}`);
      const label = asked === undefined ? kernel.functionName : `${kernel.functionName} for ${asked}`;
      // In a problem of its own, a kernel has its tables from where it reads them; those of files are of sizes that the host knows.
      const dynamicBatches = problems === undefined && kernel.paramsAbi === 'trtllm-gen/2';
      const outcome = evaluateKernel(kernel, problem, target, request, dynamicBatches);
      entries.push({ label, name: label, given: { ...kernel }, place, problem: asked, outcome });
    }
  }
  return { entries, leftOut };
}
