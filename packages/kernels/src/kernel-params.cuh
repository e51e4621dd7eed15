// The one parameter of every kernel of the family: `paramsAbi` "trtllm-gen/1", or "trtllm-gen/2" where PARAMS_ABI is 2, whose
// CTA tables and token counts lie in device memory: for batches that only the device knows.
//
// A launcher in another language writes this block byte by byte, so its offsets are a contract between the two. They are
// asserted below one by one: a compiler or an edit that moves a field stops the build instead of moving an address.
#pragma once

#include <cstddef>
#include <cstdint>

#ifndef PARAMS_ABI
#define PARAMS_ABI 1
#endif

// CUtensorMap, without cuda.h: CUDA 13's header aligns it to 128 bytes, the block promises 64 (and the driver asks no more).
struct alignas(64) TensorMap {
  uint64_t opaque[16];
};

constexpr int maxCtasAlongTokens = 2048;

struct alignas(64) KernelParams {
  TensorMap tmaA;
  TensorMap tmaB;
  TensorMap tmaC;
  TensorMap tmaSfA;
  TensorMap tmaSfB;

  void* ptrC;                 // only without TMA store
  const float* ptrScaleC;     // device
  const float* ptrScaleGate;  // device

  int32_t k;
  int32_t nm;                 // the dimension that is not batched: m if batchN, n if batchM
  int32_t tileStridePerBatch; // nm / its tile

  int32_t ctaIdxXyToBatchIdx[maxCtasAlongTokens]; // CTA along the tokens -> batch

  const float* ptrDqSfsA;     // DeepSeek scales
  const float* ptrDqSfsB;
  float* ptrDqSfsC;
  int32_t totalNumPaddedTokens;

  int32_t rank;               // 0 without tensor parallelism
  int32_t tpGrpSize;          // 1 without
  void* ptrTileBars;          // all-reduce barriers, else null
  void* multimemTileBars;
  void* ptrCompletionBars;
  void* multimemCompletionBars;

  float* ptrPartialRowMax;
  uint32_t* ptrRowMaxCompletionBars;

  const void* ptrA;
  uint64_t strideInBytesA;    // k * bits(dtypeElt) / 8
  const void* ptrB;
  uint64_t strideInBytesB;
  const void* ptrSfA;         // NVFP4 block scales
  const void* ptrSfB;
#if PARAMS_ABI == 2
  void* ptrSfC;
#endif

  int32_t ctaIdxXyToMnLimit[maxCtasAlongTokens]; // first padded-token row that no longer belongs to the CTA's batch

  const void* ptrTokens;      // routing (permute fusion) only, from here on
  const int32_t* routeMap;
  const float* ptrDqSfsTokens;
  const void* ptrSfTokens;
  int32_t numTokens;

#if PARAMS_ABI == 2
  const int32_t* ptrNumNonExitingCtas;    // one value: CTAs along the tokens
  const int32_t* ptrTotalNumPaddedTokens; // one value
  const int32_t* ptrCtaIdxXyToBatchIdx;   // what the tables in the block are for known batches
  const int32_t* ptrCtaIdxXyToMnLimit;
#endif
};

static_assert(sizeof(TensorMap) == 128);
static_assert(sizeof(KernelParams) == 17280 && alignof(KernelParams) == 64);

#define ASSERT_OFFSET(field, bytes) static_assert(offsetof(KernelParams, field) == (bytes))
ASSERT_OFFSET(tmaA, 0);
ASSERT_OFFSET(tmaB, 128);
ASSERT_OFFSET(tmaC, 256);
ASSERT_OFFSET(tmaSfA, 384);
ASSERT_OFFSET(tmaSfB, 512);
ASSERT_OFFSET(ptrC, 640);
ASSERT_OFFSET(ptrScaleC, 648);
ASSERT_OFFSET(ptrScaleGate, 656);
ASSERT_OFFSET(k, 664);
ASSERT_OFFSET(nm, 668);
ASSERT_OFFSET(tileStridePerBatch, 672);
ASSERT_OFFSET(ctaIdxXyToBatchIdx, 676);
ASSERT_OFFSET(ptrDqSfsA, 8872);
ASSERT_OFFSET(ptrDqSfsB, 8880);
ASSERT_OFFSET(ptrDqSfsC, 8888);
ASSERT_OFFSET(totalNumPaddedTokens, 8896);
ASSERT_OFFSET(rank, 8900);
ASSERT_OFFSET(tpGrpSize, 8904);
ASSERT_OFFSET(ptrTileBars, 8912);
ASSERT_OFFSET(multimemTileBars, 8920);
ASSERT_OFFSET(ptrCompletionBars, 8928);
ASSERT_OFFSET(multimemCompletionBars, 8936);
ASSERT_OFFSET(ptrPartialRowMax, 8944);
ASSERT_OFFSET(ptrRowMaxCompletionBars, 8952);
ASSERT_OFFSET(ptrA, 8960);
ASSERT_OFFSET(strideInBytesA, 8968);
ASSERT_OFFSET(ptrB, 8976);
ASSERT_OFFSET(strideInBytesB, 8984);
ASSERT_OFFSET(ptrSfA, 8992);
ASSERT_OFFSET(ptrSfB, 9000);
#if PARAMS_ABI == 1
ASSERT_OFFSET(ctaIdxXyToMnLimit, 9008);
ASSERT_OFFSET(ptrTokens, 17200);
ASSERT_OFFSET(routeMap, 17208);
ASSERT_OFFSET(ptrDqSfsTokens, 17216);
ASSERT_OFFSET(ptrSfTokens, 17224);
ASSERT_OFFSET(numTokens, 17232);
#else
ASSERT_OFFSET(ptrSfC, 9008);
ASSERT_OFFSET(ctaIdxXyToMnLimit, 9016);
ASSERT_OFFSET(ptrTokens, 17208);
ASSERT_OFFSET(routeMap, 17216);
ASSERT_OFFSET(ptrDqSfsTokens, 17224);
ASSERT_OFFSET(ptrSfTokens, 17232);
ASSERT_OFFSET(numTokens, 17240);
ASSERT_OFFSET(ptrNumNonExitingCtas, 17248);
ASSERT_OFFSET(ptrTotalNumPaddedTokens, 17256);
ASSERT_OFFSET(ptrCtaIdxXyToBatchIdx, 17264);
ASSERT_OFFSET(ptrCtaIdxXyToMnLimit, 17272);
#endif
#undef ASSERT_OFFSET
