import type { Section } from './elf.js';

/** Constants that a kernel reads. */
export interface ConstantBank {
  /** 0 holds the parameters and what the system adds, 3 the `__constant__` variables, others what the compiler put there. */
  readonly bank: number;
  readonly bytes: number;
}

/** The constants of a file: by kernel, and under the empty name those that all kernels have. */
export type ConstantSections = ReadonlyMap<string, readonly ConstantBank[]>;

/** Finds the sections of constants: `.nv.constant3` is the file's, `.nv.constant0.KERNEL` a kernel's. */
export function findConstants(sections: readonly Section[]): ConstantSections {
  const found = new Map<string, ConstantBank[]>();
  for (const { name, size } of sections) {
    const [, bank, owner = ''] = /^\.nv\.constant(\d{1,2})(?:\.(.+))?$/s.exec(name) ?? [];
    if (bank === undefined) continue;
    const banks = found.get(owner) ?? [];
    banks.push({ bank: Number(bank), bytes: size });
    found.set(owner, banks);
  }
  return found;
}

/** The banks of a kernel, by number. */
export function constantBanksOf(kernel: string, constants: ConstantSections): readonly ConstantBank[] {
  const banks = [...(constants.get('') ?? []), ...(constants.get(kernel) ?? [])];
  return banks.sort((a, b) => a.bank - b.bank);
}
