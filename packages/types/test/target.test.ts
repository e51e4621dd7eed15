import { describe, expect, it } from 'vitest';
import {
  isBlackwell,
  isTargetName,
  publishedRates,
  runsOn,
  type Target,
  targetNames,
  targets,
} from '../src/index.js';

const presets: readonly Target[] = Object.values(targets);

describe('target presets', () => {
  it('are these GPUs, with the SMs of the products', () => {
    expect(presets.map(({ name, arch, numSms }) => [name, arch, numSms])).toEqual([
      ['h100', 'sm90a', 132],
      ['h100-pcie', 'sm90a', 114],
      ['h200', 'sm90a', 132],
      ['h20', 'sm90a', 78],
      ['gh200', 'sm90a', 132],
      ['b200', 'sm100a', 148],
      ['gb200', 'sm100a', 152],
      ['b300', 'sm103a', 148],
      ['gb300', 'sm103a', 152],
    ]);
  });

  it('are called by their own name', () => {
    expect(targetNames).toEqual(presets.map(({ name }) => name));
    for (const name of targetNames) expect(targets[name].name).toBe(name);
  });

  it.each(presets)('$name: the compute capability is the one in the architecture’s name', (target) => {
    expect(`sm${target.smVersion}a`).toBe(target.arch);
  });

  it.each(presets)('$name: a block can opt in to the 232448 bytes that drivers report', (target) => {
    expect(target.sharedMemPerBlockOptin).toBe(232_448);
  });

  it.each(presets)(
    '$name: narrower inputs double the throughput, 4-bit ones on Blackwell alone',
    (target) => {
      const { bits16 = 0, bits8 = 0, bits4 } = publishedRates(target).tensorFlops ?? {};
      expect(bits8 / bits16).toBeCloseTo(2, 2);
      expect(bits4 === undefined).toBe(!isBlackwell(target));
      if (bits4 !== undefined) expect(bits4 / bits8).toBeGreaterThanOrEqual(2);
    },
  );

  it.each(presets)('$name: the memory brings 2 to 8 TB/s', (target) => {
    const { memoryBandwidth } = publishedRates(target);
    expect(memoryBandwidth).toBeGreaterThanOrEqual(2e12);
    expect(memoryBandwidth).toBeLessThanOrEqual(8e12);
  });

  it('of the Blackwell family are those from sm100 on', () => {
    expect(presets.filter(isBlackwell).map(({ name }) => name)).toEqual(['b200', 'gb200', 'b300', 'gb300']);
    expect(isBlackwell({ ...targets.b200, smVersion: 99 })).toBe(false);
    expect(isBlackwell({ ...targets.b200, smVersion: 120 })).toBe(true);
  });
});

describe('isTargetName', () => {
  it('knows the presets', () => {
    for (const name of targetNames) expect(isTargetName(name)).toBe(true);
  });

  it.each(['H100', 'sm90a', '', 'toString', '__proto__', undefined, null, 90, targets.h100])(
    'refuses %j',
    (value) => {
      expect(isTargetName(value)).toBe(false);
    },
  );
});

describe('publishedRates', () => {
  const ratesOf = (name: string, arch: Target['arch'], numSms: number) =>
    publishedRates({ name, arch, numSms }).memoryBandwidth;

  it.each([
    ['NVIDIA H100 80GB HBM3', 'sm90a', 132, 'h100'],
    ['NVIDIA H100 PCIe', 'sm90a', 114, 'h100-pcie'],
    ['NVIDIA H200', 'sm90a', 132, 'h200'],
    ['NVIDIA GH200 480GB', 'sm90a', 132, 'gh200'],
    ['NVIDIA B200', 'sm100a', 148, 'b200'],
  ] as const)('of a %s are those of its preset', (name, arch, numSms, preset) => {
    expect(publishedRates({ name, arch, numSms })).toBe(publishedRates(targets[preset]));
  });

  it('of a product that no preset describes are not known', () => {
    expect(ratesOf('NVIDIA H100 NVL', 'sm90a', 131)).toBeUndefined();
    expect(ratesOf('NVIDIA H800', 'sm90a', 132)).toBeUndefined();
    expect(ratesOf('NVIDIA H100', 'sm100a', 132)).toBeUndefined();
    expect(publishedRates({ name: '', arch: 'sm90a', numSms: 132 })).toEqual({});
  });
});

describe('runsOn', () => {
  it('lets architecture-specific code run on its own architecture', () => {
    expect(runsOn('sm90a', targets.h20)).toBe(true);
    expect(runsOn('sm100a', targets.gb200)).toBe(true);
    expect(runsOn('sm103a', targets.b300)).toBe(true);
  });

  it('lets it run on no other, be it a later one of the same family', () => {
    expect(runsOn('sm100a', targets.b300)).toBe(false);
    expect(runsOn('sm103a', targets.b200)).toBe(false);
    expect(runsOn('sm90a', targets.b200)).toBe(false);
    expect(runsOn('sm90', targets.h100)).toBe(false);
  });
});
