import { publishedRates, type TargetName, targets } from '@gemm-preflight/types';
import { describe, expect, it } from 'vitest';
import { Driver } from '../../src/driver/index.js';
import { targetOf, UnsupportedDeviceError } from '../../src/launch/index.js';

const emulated = (target: Parameters<typeof Driver.emulator>[0]['target']) =>
  Driver.emulator({ target, kernels: () => undefined }).device(0);

describe('targetOf', () => {
  it.each<TargetName>(['h100', 'h100-pcie', 'h200', 'b200', 'gb200', 'b300'])(
    'reads from an emulated %s what its preset says, but for the name, and what is published of it',
    (name) => {
      const preset = { ...targets[name], ...publishedRates(targets[name]) };
      expect(targetOf(emulated(targets[name]))).toEqual({ ...preset, name: `Emulated ${name}` });
    },
  );

  it('believes the device, not the preset', () => {
    const cut = { name: 'cut', smVersion: 90, numSms: 7, sharedMemPerBlockOptin: 1000 };
    expect(targetOf(emulated(cut))).toEqual({ ...cut, name: 'Emulated cut', arch: 'sm90a' });
  });

  it.each([
    ['a100', 80],
    ['l40s', 89],
    ['thor', 101],
    ['rtx-5090', 120],
  ])('has no kernels for %s, and says so in one line', (name, smVersion) => {
    const device = emulated({ name, smVersion, numSms: 108, sharedMemPerBlockOptin: 166_912 });
    expect(() => targetOf(device)).toThrow(UnsupportedDeviceError);
    expect(() => targetOf(device)).toThrow(
      new UnsupportedDeviceError(
        `Emulated ${name} is sm${smVersion}; there are kernels for sm90, sm100, sm103`,
      ),
    );
  });
});
