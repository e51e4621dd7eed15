import { fileURLToPath } from 'node:url';
import { type OptionName, slotOf } from '@gemm-preflight/types';
import asc from 'assemblyscript/asc';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** What assembly/rules.ts exports. */
interface HarnessExports {
  readonly memory: WebAssembly.Memory;
  readonly OPTIONS: WebAssembly.Global<'i32'>;
  readonly HEAP: WebAssembly.Global<'i32'>;
  setListPool(address: number, length: number): number;
  listInPool(start: number, count: number): number;
  epilogueTileDividesTile(): number;
  dsfp8KMultiple(): number;
  batchMSizesPositive(): number;
  batchNSizesPositive(): number;
  batchMDivides(): number;
  batchNDivides(): number;
  dsfp8BatchMHiddenMultiple(): number;
  dsfp8BatchNHiddenMultiple(): number;
  dsfp8BatchKMultiple(): number;
  violatedRules(): number;
  causedRules(): number;
  leavesRest(a: number, b: number): number;
  ceilDiv(a: bigint, b: bigint): bigint;
  roundUp(value: number, step: number): bigint;
  lcm(a: number, b: number): bigint;
}

export interface Harness extends HarnessExports {
  /** Writes integers and booleans to the option record; the rest of it is 0. */
  setOptions(options: Partial<Record<OptionName, number | boolean>>): void;
}

/** Compiles the harness as scripts/build-wasm.mjs compiles the module. */
export async function compileHarness(): Promise<Harness> {
  let wasm: Uint8Array<ArrayBuffer> | undefined;
  const { error, stderr } = await asc.main(
    [
      `${root}test/harness/assembly/rules.ts`,
      ...['--outFile', 'harness.wasm', '--baseDir', root],
      ...['--runtime', 'stub', '--use', 'abort=', '-O2', '--converge', '--noAssert'],
      ...['--enable', 'bulk-memory', '--enable', 'simd'],
    ],
    {
      writeFile: (name, contents) => {
        if (name.endsWith('.wasm') && typeof contents !== 'string') wasm = Uint8Array.from(contents);
      },
    },
  );
  if (error !== null || wasm === undefined) throw new Error(`${error?.message}\n${stderr.toString()}`);
  const { instance } = await WebAssembly.instantiate(wasm);
  const harness = instance.exports as unknown as HarnessExports;
  return {
    ...harness,
    setOptions(options) {
      const record = new Int32Array(harness.memory.buffer, harness.OPTIONS.value);
      record.fill(0, 0, 64);
      for (const [name, value] of Object.entries(options)) record[slotOf(name as OptionName)] = Number(value);
    },
  };
}
