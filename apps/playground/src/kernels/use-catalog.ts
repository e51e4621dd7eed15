import type { KernelInfo } from '@gemm-preflight/types';
import { useEffect, useState } from 'react';

/** The built-in kernels, once they are loaded: they are not part of the first load. */
export function useBuiltInKernels(): readonly KernelInfo[] | undefined {
  const [kernels, setKernels] = useState<readonly KernelInfo[]>();
  useEffect(() => {
    let wanted = true;
    import('virtual:catalogs').then(({ kernels }) => {
      if (wanted) setKernels(kernels);
    });
    return () => {
      wanted = false;
    };
  }, []);
  return kernels;
}
