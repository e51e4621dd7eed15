// The number formats, and random data made on the GPU. Conversions are written out here, so that the harness does not
// share a mistake with the headers that the kernels include.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include "driver.cuh"

enum class Format { e4m3, bf16, fp16 };

inline Format formatOf(const std::string& dtype) {
  return dtype == "E4m3" ? Format::e4m3 : dtype == "Bfloat16" ? Format::bf16 : Format::fp16;
}

__host__ __device__ inline float floatOfBits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

__host__ __device__ inline float decodeE4m3(uint8_t code) {
  const uint32_t sign = static_cast<uint32_t>(code & 0x80) << 24, exponent = code >> 3 & 15, mantissa = code & 7;
  if (exponent == 15 && mantissa == 7) return floatOfBits(0x7fc00000);
  if (exponent == 0) return (sign ? -1.0f : 1.0f) * static_cast<float>(mantissa) / 512;
  return floatOfBits(sign | (exponent + 120) << 23 | mantissa << 20);
}

__host__ __device__ inline float decodeBf16(uint16_t code) { return floatOfBits(static_cast<uint32_t>(code) << 16); }

__host__ __device__ inline float decodeFp16(uint16_t code) {
  const uint32_t sign = static_cast<uint32_t>(code & 0x8000) << 16, exponent = code >> 10 & 31, mantissa = code & 0x3ff;
  if (exponent == 31) return floatOfBits(sign | 0x7f800000 | mantissa << 13);
  if (exponent == 0) return (sign ? -1.0f : 1.0f) * static_cast<float>(mantissa) / 16777216;
  return floatOfBits(sign | (exponent + 112) << 23 | mantissa << 13);
}

template <Format format>
__host__ __device__ inline float decodeAt(const void* data, size_t index) {
  if constexpr (format == Format::e4m3) return decodeE4m3(static_cast<const uint8_t*>(data)[index]);
  else if constexpr (format == Format::bf16) return decodeBf16(static_cast<const uint16_t*>(data)[index]);
  else return decodeFp16(static_cast<const uint16_t*>(data)[index]);
}

inline float decode(Format format, const void* data, size_t index) {
  return format == Format::e4m3   ? decodeAt<Format::e4m3>(data, index)
         : format == Format::bf16 ? decodeAt<Format::bf16>(data, index)
                                  : decodeAt<Format::fp16>(data, index);
}

/** The distance of a format's neighbouring values around a value, as nothing but its exponent decides it. */
inline double stepAt(Format format, double value) {
  const int fraction = format == Format::e4m3 ? 3 : format == Format::bf16 ? 7 : 10;
  const int least = format == Format::e4m3 ? -6 : format == Format::bf16 ? -126 : -14;
  uint64_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  int exponent = static_cast<int>(bits >> 52 & 0x7ff) - 1023;
  if (exponent < least) exponent = least;
  const uint64_t stepBits = static_cast<uint64_t>(exponent - fraction + 1023) << 52;
  double step;
  std::memcpy(&step, &stepBits, sizeof step);
  return step;
}

constexpr double largestE4m3 = 448;

/** Rounds to nearest even. E4m3 saturates; of the others no value comes near the largest. */
inline double roundTo(Format format, double value) {
  const double step = stepAt(format, value), magic = 6755399441055744.0; // 1.5 * 2^52: adding it rounds to an integer
  const double shifted = value / step + magic;
  const double rounded = (shifted - magic) * step;
  if (format != Format::e4m3) return rounded;
  return rounded > largestE4m3 ? largestE4m3 : rounded < -largestE4m3 ? -largestE4m3 : rounded;
}

// ---- Random data -------------------------------------------------------------------------------------------------------

__host__ __device__ inline uint64_t mixBits(uint64_t x) { // splitmix64
  x += 0x9e3779b97f4a7c15;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
  x = (x ^ x >> 27) * 0x94d049bb133111eb;
  return x ^ x >> 31;
}

// Mostly magnitudes in [1/4, 4), so that sums neither overflow nor are ruled by a few products; one code in eight from
// everything up to 4, so that zeros, subnormals and small exponents occur too.
template <Format format>
__device__ inline uint32_t randomCode(uint32_t bits) { // 16 random bits
  const uint32_t sign = bits >> 15, rest = bits & 0xfff;
  const bool wide = (bits >> 12 & 7) == 0;
  if constexpr (format == Format::e4m3) return sign << 7 | (wide ? rest % 0x48 : 0x28 + rest % 0x20);
  if constexpr (format == Format::bf16) {
    const uint32_t magnitude = wide ? (96 + (rest >> 7)) << 7 | (rest & 0x7f) : 125 * 128 + (rest & 0x1ff);
    return sign << 15 | (wide && rest % 16 == 0 ? 0 : magnitude);
  }
  return sign << 15 | (wide ? rest * 0x4400 >> 12 : (13 << 10) + rest);
}

template <Format format>
__global__ void fillRandom(void* data, size_t quads, uint64_t seed) { // four elements a thread
  const size_t stride = static_cast<size_t>(gridDim.x) * blockDim.x;
  for (size_t i = static_cast<size_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < quads; i += stride) {
    const uint64_t bits = mixBits(seed + i);
    uint64_t codes = 0;
    constexpr int width = format == Format::e4m3 ? 8 : 16;
    for (int j = 0; j < 4; ++j) {
      codes |= static_cast<uint64_t>(randomCode<format>(static_cast<uint32_t>(bits >> 16 * j & 0xffff))) << width * j;
    }
    if constexpr (format == Format::e4m3) static_cast<uint32_t*>(data)[i] = static_cast<uint32_t>(codes);
    else static_cast<uint64_t*>(data)[i] = codes;
  }
}

/** Positive, no powers of two, exponents from -span to span. */
static __global__ void fillScales(float* data, size_t count, int span, uint64_t seed) {
  const size_t stride = static_cast<size_t>(gridDim.x) * blockDim.x;
  for (size_t i = static_cast<size_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < count; i += stride) {
    const uint64_t bits = mixBits(seed + i);
    const uint32_t exponent = 127 - span + static_cast<uint32_t>(bits >> 32) % (2 * span); // with the fraction: up to span
    data[i] = floatOfBits(exponent << 23 | (static_cast<uint32_t>(bits) & 0x7fffff) | 1);
  }
}

inline unsigned blocksFor(size_t threads) {
  const size_t blocks = (threads + 255) / 256;
  return static_cast<unsigned>(blocks < 1 ? 1 : blocks > 4096 ? 4096 : blocks);
}

inline void randomElements(Format format, CUdeviceptr data, size_t count, uint64_t seed, CUstream stream) {
  if (count % 4 != 0) fail(1, "randomElements: %zu is no multiple of 4", count);
  void* target = reinterpret_cast<void*>(data);
  const unsigned blocks = blocksFor(count / 4);
  if (format == Format::e4m3) fillRandom<Format::e4m3><<<blocks, 256, 0, stream>>>(target, count / 4, seed);
  else if (format == Format::bf16) fillRandom<Format::bf16><<<blocks, 256, 0, stream>>>(target, count / 4, seed);
  else fillRandom<Format::fp16><<<blocks, 256, 0, stream>>>(target, count / 4, seed);
  checkLaunch("fillRandom");
}

inline void randomScales(CUdeviceptr data, size_t count, int span, uint64_t seed, CUstream stream) {
  fillScales<<<blocksFor(count), 256, 0, stream>>>(reinterpret_cast<float*>(data), count, span, seed);
  checkLaunch("fillScales");
}
