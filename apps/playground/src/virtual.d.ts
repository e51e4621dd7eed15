/** The repository's catalogs, by build/catalogs.ts. */
declare module 'virtual:catalogs' {
  export const kernels: readonly import('@gemm-preflight/types').KernelInfo[];
}
