/** The repository's catalogs, by plugins/catalogs.ts. */
declare module 'virtual:catalogs' {
  export const kernels: readonly import('@gemm-preflight/types').KernelInfo[];
}
