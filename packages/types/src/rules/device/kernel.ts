import { describeChunks, kibibytes } from '../../shared-memory.js';
import type { ExplanationsOf } from '../explanation.js';
import { kernelOf, ruleOfDevice as rule } from '../rule.js';
import { maxThreadsPerCta, sharedMemoryFields, warpThreads } from './limits.js';

/** What a compiled kernel asks of the GPU; silent where the check is told of no kernel. */
export const kernelRules = [
  rule('kernel-arch', 'error', {
    fields: [],
    message: (context) =>
      `the kernel was built for ${kernelOf(context).arch}, and ${context.target.name} is sm${context.target.smVersion}`,
  }),
  rule('kernel-shared-memory', 'error', {
    fields: sharedMemoryFields,
    message: (context) => {
      const { options: o, target } = context;
      const chunks = context.sharedMemory(o);
      const { sharedMemSize } = kernelOf(context);
      return sharedMemSize <= target.sharedMemPerBlockOptin
        ? `the kernel has ${sharedMemSize} bytes of shared memory, and these options lay out ${chunks.total}: ${describeChunks(o, chunks)}`
        : `the kernel asks for ${sharedMemSize} bytes of shared memory, more than the ${kibibytes(target.sharedMemPerBlockOptin)} that a block of ${target.name} can have`;
    },
    culprits: () => [],
  }),
  rule('threads-per-cta', 'error', {
    fields: [],
    message: (context) => {
      const { threadsPerCta } = kernelOf(context);
      return `the kernel has ${threadsPerCta} threads per CTA; a block has 1 to ${maxThreadsPerCta}, in whole warps of ${warpThreads}`;
    },
  }),
] as const;

export const kernelExplanations: ExplanationsOf<typeof kernelRules> = {
  'kernel-arch': {
    summary: 'The kernel was built for the GPU’s architecture.',
    reason:
      'Code for an architecture whose name ends in "a" runs on exactly that compute capability: sm100a code does not run on sm103.',
    source: 'CUDA C++ Programming Guide, architecture-specific features',
  },
  'kernel-shared-memory': {
    summary: 'The kernel’s shared memory holds the layout, and a block can opt in to it.',
    reason:
      'The launch passes the kernel’s own size: with less than the layout the kernel writes past its shared memory, with more than the limit it is refused.',
    source: 'CUDA Driver API, cuFuncSetAttribute, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES',
  },
  'threads-per-cta': {
    summary: 'A block has 1 to 1024 threads, in whole warps of 32.',
    reason:
      'A larger block is refused at launch; warps are the roles of these kernels, and a broken one would wait for threads that do not exist.',
    source: 'CUDA Driver API, CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK',
  },
};
