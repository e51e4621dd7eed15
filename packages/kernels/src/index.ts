/** Where the catalogs of this package are. Entries with a cubin name it relative to the catalog file. */
export const catalogUrls = {
  /** Our own kernels for Hopper, with their cubins. */
  preflight: new URL('../catalog/preflight-sm90a.json', import.meta.url),
  /** Published Blackwell kernels: metadata alone, the cubins come with the engines. */
  trtllmGen2025: new URL('../catalog/trtllm-gen-2025.json', import.meta.url),
} as const;
