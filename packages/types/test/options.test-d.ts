import { describe, expectTypeOf, it } from 'vitest';
import type {
  AllReduceAlgo,
  Arch,
  BatchedGemmOptions,
  CheckResult,
  Diagnostic,
  Dim3,
  Dtype,
  Fix,
  GemmOptions,
  KernelInfo,
  LaunchGeometry,
  OptionChange,
  OptionName,
  OptionValue,
  RuleSetName,
  Severity,
  SharedMemoryLayout,
  SplitKMode,
  Target,
  TargetName,
} from '../src/index.js';
import { isDtype, isRuleSetName, isTargetName, type optionFields, targets } from '../src/index.js';

/** The keys of T that may be absent. */
type OptionalKeys<T> = { [K in keyof T]-?: undefined extends T[K] ? K : never }[keyof T];
/** Whether two types are the same, `readonly` included. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Mutable<T> = { -readonly [K in keyof T]: T[K] };
/** The keys of T that may be assigned to. */
type WritableKeys<T> = {
  [K in keyof T]-?: Same<Pick<T, K>, Mutable<Pick<T, K>>> extends true ? K : never;
}[keyof T];

describe('dtypes', () => {
  it('are a union of the names in manifests', () => {
    expectTypeOf<Dtype>().toEqualTypeOf<
      | 'Bfloat16'
      | 'Bool'
      | 'E0m3'
      | 'E2m1'
      | 'E2m3'
      | 'E3m2'
      | 'E4m3'
      | 'E5m2'
      | 'Fp16'
      | 'Fp32'
      | 'Int8'
      | 'Int32'
      | 'Int64'
      | 'MxE2m1'
      | 'UE8m0'
      | 'UInt8'
      | 'UInt16'
      | 'UInt32'
      | 'UInt64'
      | 'UInt128'
      | 'Void'
    >();
  });

  it('are narrowed from unknown values', () => {
    expectTypeOf(isDtype).guards.toEqualTypeOf<Dtype>();
    // @ts-expect-error: no free strings
    const wrong: Dtype = 'Fp8';
    expectTypeOf(wrong).toExtend<string>();
  });
});

describe('options', () => {
  it('cannot be assigned to', () => {
    expectTypeOf<WritableKeys<BatchedGemmOptions>>().toEqualTypeOf<never>();
    expectTypeOf<WritableKeys<{ a: 1; readonly b: 2; c?: 3 }>>().toEqualTypeOf<'a' | 'c'>();
    const options = {} as BatchedGemmOptions;
    // @ts-expect-error: readonly
    options.tileM = 64;
    // @ts-expect-error: readonly list
    options.batchedN.push(1);
  });

  it('may leave out atol and rtol alone, and not set them to undefined', () => {
    expectTypeOf<OptionalKeys<BatchedGemmOptions>>().toEqualTypeOf<'atol' | 'rtol'>();
    expectTypeOf<Required<BatchedGemmOptions>['atol']>().toEqualTypeOf<number>();
    // @ts-expect-error: exactOptionalPropertyTypes
    const wrong: Pick<BatchedGemmOptions, 'atol'> = { atol: undefined };
    expectTypeOf(wrong).toEqualTypeOf<Pick<BatchedGemmOptions, 'atol'>>();
  });

  it('are named by OptionName', () => {
    expectTypeOf<OptionName>().toEqualTypeOf<keyof BatchedGemmOptions>();
    expectTypeOf<(typeof optionFields)[number]['name']>().toEqualTypeOf<OptionName>();
  });

  it('of a batched GEMM are those of a GEMM and more', () => {
    expectTypeOf<BatchedGemmOptions>().toExtend<GemmOptions>();
    expectTypeOf<Exclude<OptionName, keyof GemmOptions>>().toEqualTypeOf<
      | 'batchM'
      | 'routeAct'
      | 'batchedM'
      | 'batchedN'
      | 'numTokens'
      | 'numBatches'
      | 'useFusedAct'
      | 'gateUseClusterSplitK'
      | 'projGateNumSplitKSlices'
    >();
  });

  it('have the types that config files write', () => {
    expectTypeOf<BatchedGemmOptions['tileM']>().toEqualTypeOf<number>();
    expectTypeOf<BatchedGemmOptions['batchM']>().toEqualTypeOf<boolean>();
    expectTypeOf<BatchedGemmOptions['batchedN']>().toEqualTypeOf<readonly number[]>();
    expectTypeOf<BatchedGemmOptions['dtypeElt']>().toEqualTypeOf<Dtype>();
    expectTypeOf<BatchedGemmOptions['allReduceAlgo']>().toEqualTypeOf<AllReduceAlgo>();
    expectTypeOf<BatchedGemmOptions['splitK']>().toEqualTypeOf<SplitKMode>();
    expectTypeOf<AllReduceAlgo>().toEqualTypeOf<'None' | 'OneShot' | 'TwoShot'>();
    expectTypeOf<SplitKMode>().toEqualTypeOf<'None' | 'Gmem' | 'Dsmem'>();
    expectTypeOf<BatchedGemmOptions[OptionName]>().toExtend<OptionValue>();
  });
});

describe('results', () => {
  it('have this shape', () => {
    expectTypeOf<CheckResult>().toEqualTypeOf<{
      readonly ok: boolean;
      readonly ruleSet: string;
      readonly diagnostics: readonly Diagnostic[];
      readonly options: BatchedGemmOptions;
      readonly sharedMemory: SharedMemoryLayout | null;
      readonly launch: LaunchGeometry | null;
    }>();
    expectTypeOf<SharedMemoryLayout>().toEqualTypeOf<{
      readonly total: number;
      readonly loadA: number;
      readonly loadB: number;
      readonly gmemC0: number;
      readonly gmemC1: number;
      readonly rowMax: number;
    }>();
    expectTypeOf<LaunchGeometry>().toEqualTypeOf<{
      readonly grid: Dim3;
      readonly persistentCtas?: number;
    }>();
    expectTypeOf<Dim3>().toEqualTypeOf<{ readonly x: number; readonly y: number; readonly z: number }>();
  });

  it('have diagnostics of this shape', () => {
    expectTypeOf<Diagnostic>().toEqualTypeOf<{
      readonly rule: string;
      readonly severity: Severity;
      readonly message: string;
      readonly fields: readonly string[];
      readonly changes?: readonly OptionChange[];
      readonly fixes?: readonly Fix[];
    }>();
    expectTypeOf<Severity>().toEqualTypeOf<'error' | 'adjusted' | 'note'>();
    expectTypeOf<Fix>().toEqualTypeOf<{
      readonly title: string;
      readonly changes: readonly OptionChange[];
    }>();
    expectTypeOf<OptionChange>().toEqualTypeOf<{
      readonly field: OptionName;
      readonly from: OptionValue;
      readonly to: OptionValue;
    }>();
  });

  it('cannot be assigned to', () => {
    expectTypeOf<WritableKeys<CheckResult>>().toEqualTypeOf<never>();
    expectTypeOf<WritableKeys<Diagnostic>>().toEqualTypeOf<never>();
    expectTypeOf<WritableKeys<KernelInfo>>().toEqualTypeOf<never>();
    expectTypeOf<WritableKeys<Target>>().toEqualTypeOf<never>();
  });
});

describe('names', () => {
  it('of rule sets are literals', () => {
    expectTypeOf<RuleSetName>().toEqualTypeOf<'trtllm-gen@2025-03' | 'hopper-native@1'>();
    expectTypeOf(isRuleSetName).guards.toEqualTypeOf<RuleSetName>();
    expectTypeOf<KernelInfo['ruleSet']>().toEqualTypeOf<RuleSetName>();
  });

  it('of targets are literals', () => {
    expectTypeOf<TargetName>().toEqualTypeOf<
      'h100' | 'h100-pcie' | 'h200' | 'h20' | 'gh200' | 'b200' | 'gb200' | 'b300' | 'gb300'
    >();
    expectTypeOf(isTargetName).guards.toEqualTypeOf<TargetName>();
    expectTypeOf(targets.h100).toExtend<Target>();
    expectTypeOf<Arch>().toEqualTypeOf<'sm90a' | 'sm100a' | 'sm103a'>();
  });
});
