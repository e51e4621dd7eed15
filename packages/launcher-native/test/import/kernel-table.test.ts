import { describe, expect, it } from 'vitest';
import { CubinError } from '../../src/cubin/index.js';
import { readKernelTable } from '../../src/import/index.js';
import { catalog } from '../launch/kernels.js';

const [published] = catalog('trtllm-gen-2025');
if (published === undefined) throw new Error('the catalog is empty');

/** A table as the engines of March 2025 have it, for a kernel of the catalog. */
const ordered = `
namespace PermuteGemm1 {
// clang-format off
const std::vector<GemmInfo> gemmList {
    {
        Up_cubin_data, Up_cubin_len,
        122880,
        "${published.functionName}",
        true, true, false,
        128, 128, 128, 64, 128, 64, 128, 32,
        1,
        tg::Dtype::E4m3, tg::Dtype::E4m3, tg::Dtype::Fp32,
        true, 3, 17280, false, 480, false, 1
    },
};
} // namespace`;

/** An entry as later exports have it, with the options that count. */
const labelled = `
#ifndef EXCLUDE_SM_100
extern unsigned char Bmm_a_cubin[];
#endif // EXCLUDE_SM_100
static const batchedGemm::BatchedGemmConfig tllmGenBatchedGemmList[] = {
#ifndef EXCLUDE_SM_100
{Bmm_a_cubin, Bmm_a_cubin_len, 190464, "bmm_a_sm100a", 448, { { /* mAllReduceAlgo */ gemm::AllReduceAlgo(0)
, /* mDtypeAcc */ trtllm::gen::Dtype(1056777)
, /* mDtypeA */ trtllm::gen::Dtype(1050630)
, /* mDtypeB */ trtllm::gen::Dtype(1050630)
, /* mDtypeC */ trtllm::gen::Dtype(1052672)
, /* mEpilogueTileM */ 64
, /* mEpilogueTileN */ 8
, /* mKernelTraits */ {}
, /* mMmaK */ 32
, /* mMmaM */ 64
, /* mMmaN */ 8
, /* mNumSlicesForSplitK */ 1
, /* mNumStages */ 6
, /* mUseShuffledMatrixA */ 0
, /* mTransposeMmaOutput */ 1
, /* mTileM */ 128
, /* mTileN */ 8
, /* mTileK */ 128
, /* mUseDeepSeekFp8 */ 1
, /* mUseTmaStore */ 1
 }, /* mBatchMode */ batchedGemm::BatchedGemmOptions::BatchMode(1)
, /* mRouteImpl */ batchedGemm::RouteImpl(1)
, /* mFusedAct */ 0
 }, gemm::SmVersion::Sm100a},
#endif
};`;

describe('a table of kernels', () => {
  it('of March 2025: values in the order of GemmInfo’s members', () => {
    const { arch: _, ruleSet: _1, paramsAbi: _2, batchMode: _3, transposeMmaOutput: _4, ...told } = published;
    expect(readKernelTable(ordered)).toEqual([told]);
  });

  it('in the order that the source itself declares', () => {
    const source = `struct GemmInfo {
        char const* functionName{nullptr};
        unsigned const tileN{0};
        int unknown;
        bool useTmaStore{false};
        unsigned threadsPerCTA{0};
      };
      GemmInfo list[] = {{"gemm", 8u, 77, false, 96}};`;
    expect(readKernelTable(source)).toEqual([
      { functionName: 'gemm', tileN: 8, useTmaStore: false, threadsPerCta: 96 },
    ]);
  });

  it('of later exports: labelled options', () => {
    expect(readKernelTable(labelled)).toEqual([
      {
        functionName: 'bmm_a_sm100a',
        arch: 'sm100a',
        sharedMemSize: 190_464,
        threadsPerCta: 448,
        batchMode: 'batchN',
        tileM: 128,
        tileN: 8,
        tileK: 128,
        epilogueTileM: 64,
        epilogueTileN: 8,
        mmaM: 64,
        mmaN: 8,
        mmaK: 32,
        numSlicesForSplitK: 1,
        numStages: 6,
        transposeMmaOutput: true,
        blockScale: true,
        permuteFusion: true,
        shuffledMatrixA: false,
        useTmaStore: true,
        useFusedAct: false,
        gateUseClusterSplitK: false,
        projGateNumSplitKSlices: 1,
      },
    ]);
  });

  it('tells no types where they are numbers: the numbering changed between exports, and names tell them', () => {
    // 1050629 is E4m3 in an export of June 2025, and was E5m2 in March.
    const [row] = readKernelTable(labelled.replaceAll('1050630', '1050629'));
    for (const field of ['dtypeElt', 'dtypeC', 'dtypeAcc']) expect(row).not.toHaveProperty(field);
  });

  it('tells types by their names', () => {
    const named = labelled.replaceAll(/trtllm::gen::Dtype\(10506\d+\)/g, 'trtllm::gen::Dtype::E4m3');
    expect(readKernelTable(named)[0]).toMatchObject({ dtypeElt: 'E4m3' });
    const mixed = named.replace(
      '/* mDtypeB */ trtllm::gen::Dtype::E4m3',
      '/* mDtypeB */ trtllm::gen::Dtype::E2m1',
    );
    expect(readKernelTable(mixed)[0]).not.toHaveProperty('dtypeElt');
  });

  it('is not found in any source', () => {
    expect(readKernelTable('int main() { puts("hello, world"); return 0; }')).toEqual([]);
    expect(readKernelTable('')).toEqual([]);
  });

  it('is refused where braces are nested without end', () => {
    expect(() => readKernelTable('{'.repeat(100))).toThrow(
      new CubinError('braces are nested more than 64 deep'),
    );
  });

  it.each(['{"a",', '/*', '"\\', '}', '/* mA */ {', '#\\'])(
    'takes time in proportion to its length: %j',
    (piece) => {
      const started = performance.now();
      try {
        readKernelTable(piece.repeat(2 ** 18 / piece.length));
      } catch (error) {
        expect(error).toBeInstanceOf(CubinError);
      }
      expect(performance.now() - started).toBeLessThan(3000);
    },
  );
});
