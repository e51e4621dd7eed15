// The reference: sums in double precision on the GPU, from exactly the codes and scales that the kernels read.
//
// Of each element also the root of the sum of its products' squares: the size that a sum of such products typically has. What
// a kernel loses, and what it loses when it is wrong, is measured in that: with scales from 2^-20 to 2^20 no norm over all
// elements would notice the small ones.
#pragma once

#include <vector>

#include "gemm.cuh"
#include "numbers.cuh"

/** Rows of one batch, at most 64. */
struct ReferenceWork {
  int batch, firstRow, rows;
};

struct ReferenceOperands {
  const void* weights;
  const void* activations;
  const float* weightScales; // null: no DeepSeek scales
  const float* activationScales;
  const int* sourceRow;      // row -> row of activations; null: the same
  int activationRows;        // the stride of their scales
  int hidden, k;
};

/** sum and typical [rows, hidden]; rows that no work names stay what they are. Grid: hidden/64 x work items. */
template <Format format>
__global__ void __launch_bounds__(256) referenceTiles(ReferenceOperands o, const ReferenceWork* work, double* sum,
                                                      float* typical) {
  constexpr int step = 16;
  __shared__ double rowValues[step][66], channelValues[step][66];
  __shared__ float rowSquares[step][66], channelSquares[step][66];

  const ReferenceWork item = work[blockIdx.y];
  const int t = threadIdx.x, loadRow = t / 4, loadColumn = t % 4 * 4;
  const int firstChannel = blockIdx.x * 64, myRows = t / 16 * 4, myChannels = t % 16 * 4;
  const bool loadsToken = loadRow < item.rows;
  const size_t token = !loadsToken ? 0 : o.sourceRow ? o.sourceRow[item.firstRow + loadRow] : item.firstRow + loadRow;
  const size_t channel = static_cast<size_t>(item.batch) * o.hidden + firstChannel + loadRow;

  double block[4][4] = {}, total[4][4] = {};
  float blockSquares[4][4] = {};
  double totalSquares[4][4] = {};

  for (int k0 = 0; k0 < o.k; k0 += step) {
    __syncthreads();
    for (int j = 0; j < 4; ++j) {
      const int column = loadColumn + j;
      const float x = loadsToken ? decodeAt<format>(o.activations, token * o.k + k0 + column) : 0.0f;
      const float w = decodeAt<format>(o.weights, channel * o.k + k0 + column);
      rowValues[column][loadRow] = x;
      rowSquares[column][loadRow] = x * x;
      channelValues[column][loadRow] = w;
      channelSquares[column][loadRow] = w * w;
    }
    __syncthreads();
    for (int kk = 0; kk < step; ++kk) {
#pragma unroll
      for (int i = 0; i < 4; ++i) {
#pragma unroll
        for (int j = 0; j < 4; ++j) {
          block[i][j] = fma(rowValues[kk][myRows + i], channelValues[kk][myChannels + j], block[i][j]);
          blockSquares[i][j] = fmaf(rowSquares[kk][myRows + i], channelSquares[kk][myChannels + j], blockSquares[i][j]);
        }
      }
    }
    if ((k0 + step) % 128 != 0 && k0 + step < o.k) continue;

    const int kBlock = k0 / 128;
    for (int i = 0; i < 4; ++i) {
      double rowScale = 1;
      if (o.weightScales != nullptr && myRows + i < item.rows) {
        const int row = item.firstRow + myRows + i, source = o.sourceRow ? o.sourceRow[row] : row;
        rowScale = o.activationScales[static_cast<size_t>(kBlock) * o.activationRows + source];
      }
      for (int j = 0; j < 4; ++j) {
        double scale = rowScale;
        if (o.weightScales != nullptr) {
          const size_t blockRow = (static_cast<size_t>(item.batch) * o.hidden + firstChannel + myChannels + j) / 128;
          scale *= o.weightScales[blockRow * (o.k / 128) + kBlock];
        }
        total[i][j] += scale * block[i][j];
        totalSquares[i][j] += scale * scale * blockSquares[i][j];
        block[i][j] = 0;
        blockSquares[i][j] = 0;
      }
    }
  }

  for (int i = 0; i < 4; ++i) {
    if (myRows + i >= item.rows) break;
    for (int j = 0; j < 4; ++j) {
      const size_t index = static_cast<size_t>(item.firstRow + myRows + i) * o.hidden + firstChannel + myChannels + j;
      sum[index] = total[i][j];
      typical[index] = static_cast<float>(sqrt(totalSquares[i][j]));
    }
  }
}

struct Sample {
  int row, batch, channel;
};

/** One element a block of 128 threads. */
template <Format format>
__global__ void __launch_bounds__(128) referenceSamples(ReferenceOperands o, const Sample* samples, double* sum,
                                                        float* typical) {
  const Sample sample = samples[blockIdx.x];
  const size_t source = o.sourceRow ? o.sourceRow[sample.row] : sample.row;
  const size_t channel = static_cast<size_t>(sample.batch) * o.hidden + sample.channel;
  double mySum = 0, mySquares = 0;
  for (int i = threadIdx.x; i < o.k; i += 128) {
    double product = static_cast<double>(decodeAt<format>(o.activations, source * o.k + i)) *
                     decodeAt<format>(o.weights, channel * o.k + i);
    if (o.weightScales != nullptr) {
      product *= static_cast<double>(o.activationScales[static_cast<size_t>(i / 128) * o.activationRows + source]) *
                 o.weightScales[channel / 128 * (o.k / 128) + i / 128];
    }
    mySum += product;
    mySquares += product * product;
  }
  __shared__ double sums[128], squares[128];
  sums[threadIdx.x] = mySum;
  squares[threadIdx.x] = mySquares;
  for (int half = 64; half > 0; half /= 2) {
    __syncthreads();
    if (threadIdx.x >= half) continue;
    sums[threadIdx.x] += sums[threadIdx.x + half];
    squares[threadIdx.x] += squares[threadIdx.x + half];
  }
  if (threadIdx.x == 0) {
    sum[blockIdx.x] = sums[0];
    typical[blockIdx.x] = static_cast<float>(sqrt(squares[0]));
  }
}

inline ReferenceOperands referenceOperands(const Sizes& sizes, const Layout& layout, const Operands& operands) {
  const bool routed = operands.routeMap.address != 0;
  return {operands.weights.as<void>(),
          operands.activations.as<void>(),
          operands.weightScales.as<float>(),
          operands.activationScales.as<float>(),
          operands.routeMap.as<int>(),
          routed ? sizes.numTokens : layout.rows,
          sizes.hidden,
          sizes.k};
}

struct ReferenceResult {
  std::vector<double> sum;
  std::vector<float> typical;
};

namespace reference_detail {

template <typename Item, typename Launch>
ReferenceResult computed(const std::vector<Item>& items, size_t elements, CUstream stream, Launch launchKernel) {
  Buffer list = allocate(items.size() * sizeof(Item), 0, 0, stream), sum = allocate(elements * sizeof(double), 0, 0, stream),
         typical = allocate(elements * sizeof(float), 0, 0, stream);
  upload(list, items, stream);
  launchKernel(list.as<Item>(), sum.as<double>(), typical.as<float>());
  checkLaunch("the reference");
  synchronize(stream, 600);
  ReferenceResult result = {std::vector<double>(elements), std::vector<float>(elements)};
  CHECK(cuMemcpyDtoH(result.sum.data(), sum.address, elements * sizeof(double)));
  CHECK(cuMemcpyDtoH(result.typical.data(), typical.address, elements * sizeof(float)));
  for (Buffer* buffer : {&list, &sum, &typical}) release(*buffer);
  return result;
}

} // namespace reference_detail

/** All elements, [rows, hidden]; 0 in padding rows. */
inline ReferenceResult referenceOfAll(Format format, const ReferenceOperands& o, const Layout& layout, CUstream stream) {
  std::vector<ReferenceWork> work;
  for (const Batch& batch : layout.batches) {
    for (int done = 0; done < batch.tokens; done += 64) {
      work.push_back({batch.index, batch.firstRow + done, std::min(64, batch.tokens - done)});
    }
  }
  return reference_detail::computed(
      work, static_cast<size_t>(layout.rows) * o.hidden, stream, [&](const ReferenceWork* list, double* sum, float* typical) {
        const dim3 grid(static_cast<unsigned>(o.hidden / 64), static_cast<unsigned>(work.size()));
        if (format == Format::e4m3) referenceTiles<Format::e4m3><<<grid, 256, 0, stream>>>(o, list, sum, typical);
        else if (format == Format::bf16) referenceTiles<Format::bf16><<<grid, 256, 0, stream>>>(o, list, sum, typical);
        else referenceTiles<Format::fp16><<<grid, 256, 0, stream>>>(o, list, sum, typical);
      });
}

/** These elements alone. */
inline ReferenceResult referenceOfSamples(Format format, const ReferenceOperands& o, const std::vector<Sample>& samples,
                                          CUstream stream) {
  return reference_detail::computed(
      samples, samples.size(), stream, [&](const Sample* list, double* sum, float* typical) {
        const unsigned grid = static_cast<unsigned>(samples.size());
        if (format == Format::e4m3) referenceSamples<Format::e4m3><<<grid, 128, 0, stream>>>(o, list, sum, typical);
        else if (format == Format::bf16) referenceSamples<Format::bf16><<<grid, 128, 0, stream>>>(o, list, sum, typical);
        else referenceSamples<Format::fp16><<<grid, 128, 0, stream>>>(o, list, sum, typical);
      });
}
