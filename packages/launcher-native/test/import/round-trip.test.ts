import { type KernelInfo, targets } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { checkCatalogEntry, readCubin, sha256Of } from '../../src/cubin/index.js';
import { describeKernel, findImages, parseKernelName, requiredFields } from '../../src/import/index.js';
import { emulatedDriver, loadKernel } from '../../src/launch/index.js';
import { cuda13Cubin } from '../cubin/fixtures.js';
import { cubinOf, kernelWithTile, ours } from '../launch/kernels.js';
import { asCArray } from './c-text.js';

/** What no name and no cubin tells of our kernels. */
function untold(info: KernelInfo): Partial<KernelInfo> {
  const { paramsAbi, sharedMemSize, shuffledMatrixA, useTmaStore, numStages } = info;
  const { useFusedAct, gateUseClusterSplitK, projGateNumSplitKSlices } = info;
  const more = { useFusedAct, gateUseClusterSplitK, projGateNumSplitKSlices };
  return { paramsAbi, sharedMemSize, shuffledMatrixA, useTmaStore, numStages, ...more };
}

describe.each(['const unsigned char', 'alignas(16) unsigned char'])('our kernels, embedded as %s', (type) => {
  const source = ours.map((info, i) => asCArray(`Kernel${i}`, cubinOf(info), type)).join('\n');
  const { images } = findImages(new TextEncoder().encode(source));

  it.each(ours.map((info, i): [number, KernelInfo, number] => [info.tileN, info, i]))(
    'with tiles of %i tokens come out as they went in: bytes, entry, and a kernel that loads',
    (_tile, info, i) => {
      const bytes = images[i]?.bytes ?? new Uint8Array();
      expect(sha256Of(bytes)).toBe(info.sha256);
      const cubin = readCubin(bytes);
      const [kernel] = cubin.kernels;
      if (kernel === undefined) throw new Error('the cubin has no kernel');
      const { facts, missing, problems } = describeKernel(cubin, kernel, [
        { origin: 'the name', facts: parseKernelName(kernel.name) },
        { origin: 'us', facts: untold(info) },
      ]);
      const { cubin: _, sha256: _1, ...entry } = info;
      expect({ facts, missing, problems }).toEqual({ facts: entry, missing: [], problems: [] });
      expect(Object.keys(facts)).toEqual(requiredFields);
      expect(checkCatalogEntry({ ...(facts as KernelInfo), sha256: sha256Of(bytes) }, bytes)).toEqual([]);
      using context = emulatedDriver({ target: targets.h100, kernels: ours })
        .device(0)
        .retainPrimaryContext();
      using loaded = loadKernel(context, facts as KernelInfo, bytes);
      expect(loaded.kernel.name).toBe(info.functionName);
    },
  );
});

describe('a description', () => {
  const info = kernelWithTile(8);
  const cubin = readCubin(cubinOf(info));
  const [kernel] = cubin.kernels;
  if (kernel === undefined) throw new Error('the cubin has no kernel');

  it('asks for what nobody tells', () => {
    const { missing } = describeKernel(cubin, kernel, [
      { origin: 'the name', facts: parseKernelName(kernel.name) },
    ]);
    expect(missing).toEqual(
      Object.keys(untold(info)).sort((a, b) => missing.indexOf(a as never) - missing.indexOf(b as never)),
    );
  });

  it('names both sides of what is contradicted', () => {
    const { problems } = describeKernel(cubin, kernel, [
      { origin: 'the name', facts: { tileN: 8, arch: 'sm90a' } },
      { origin: 'gemmList.h', facts: { tileN: 16, arch: 'sm100a', paramsStructSize: 8960 } },
    ]);
    expect(problems).toEqual([
      'arch: the cubin says sm90a, gemmList.h says sm100a',
      'paramsStructSize: the cubin says 17280, gemmList.h says 8960',
      'tileN: the name says 8, gemmList.h says 16',
    ]);
  });

  it('takes launch bounds for the threads where nobody else tells them', () => {
    expect(describeKernel(cubin, kernel, []).facts.threadsPerCta).toBe(160);
    const told = [{ origin: 'us', facts: { threadsPerCta: 128 } }];
    expect(describeKernel(cubin, kernel, told)).toMatchObject({
      facts: { threadsPerCta: 128 },
      problems: [],
    });
  });

  it('says what of a kernel cannot be used', () => {
    const tiny = readCubin(cuda13Cubin);
    const [scalars] = tiny.kernels;
    if (scalars === undefined) throw new Error('the cubin has no kernel');
    expect(describeKernel({ ...tiny, arch: 'sm90' }, scalars, []).problems).toEqual([
      'arch: the cubin is for sm90, and kernels for sm90a, sm100a and sm103a can be described',
      'paramsStructSize: the kernel takes 4 parameters, and one block is expected',
    ]);
  });

  it('says that a parameter block is of no version that is known', () => {
    const other = { ...kernel, params: [{ ordinal: 0, offset: 0, bytes: 9216 }] };
    expect(describeKernel(cubin, other, []).problems).toEqual([
      'paramsStructSize: the kernel takes a block of 9216 bytes; of those known trtllm-gen/1 has 17280, trtllm-gen/2 has 17280',
    ]);
  });
});
