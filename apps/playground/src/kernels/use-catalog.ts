import type { KernelInfo } from '@gemm-preflight/types';
import { useEffect, useState } from 'react';
import { download } from '../ui/download.js';

/**
 * The built-in kernels, once they are loaded: they are not part of the first load.
 * @throws {DownloadError} where they do not come
 */
export function useBuiltInKernels(): readonly KernelInfo[] | undefined {
  const [kernels, setKernels] = useState<readonly KernelInfo[]>();
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    let wanted = true;
    download(() => import('virtual:catalogs')).then(
      ({ kernels }) => wanted && setKernels(kernels),
      (reason: unknown) => wanted && setError(reason),
    );
    return () => {
      wanted = false;
    };
  }, []);
  if (error !== undefined) throw error;
  return kernels;
}
