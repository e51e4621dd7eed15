// Says whether an output is right. All errors are those of the value that the output stands for: code times scale.
//
//   rounding  what rounding the reference itself to the output's type loses
//   error     sqrt(max(0, ||out - ref||^2 - ||rounding||^2)) / ||ref||: what the kernel loses beyond rounding; at most 2e-3.
//             Once plainly, and once with each element divided by its typical size (the root of the sum of its products'
//             squares), because with scales from 2^-20 to 2^20 a few elements make the whole plain norm.
//   element   |out - ref| is at most half the distance of the type's neighbouring values around ref, plus 1% of the
//             element's typical size (0.2% with 16-bit inputs): a norm over many elements would hide one that is wrong.
//   scales    E4m3 output with DeepSeek scales: within 1e-3 of max|ref| / 448 over the row's 128 channels; 1 where all are 0
//   padding   rows of +0, bit by bit, and scales of 1
//   guards    the bytes before and after the outputs have not changed
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "case.cuh"
#include "reference.cuh"

struct Verdict {
  std::string trouble; // empty: right
  double error = 0, weightedError = 0, worstElement = 0, worstScale = 0;
};

namespace judge_detail {

template <typename... Args>
std::string formatted(const char* format, Args... args) {
  char text[256];
  std::snprintf(text, sizeof text, format, args...);
  return text;
}

inline std::vector<uint8_t> download(const Buffer& buffer) {
  std::vector<uint8_t> bytes(buffer.allBytes());
  if (!bytes.empty()) CHECK(cuMemcpyDtoH(bytes.data(), buffer.base, bytes.size()));
  return bytes;
}

inline bool guardsHold(const std::vector<uint8_t>& bytes, size_t guard) {
  for (size_t i = 0; i < guard; ++i) {
    if (bytes[i] != outputGuard || bytes[bytes.size() - 1 - i] != outputGuard) return false;
  }
  return true;
}

/** Squares of errors, of what rounding alone loses, and of the reference. */
struct Norm {
  double error = 0, rounding = 0, reference = 0;
  void add(double e, double r, double x) {
    error += e * e;
    rounding += r * r;
    reference += x * x;
  }
  double beyondRounding() const {
    const double beyond = error - rounding;
    if (std::isnan(beyond)) return NAN;
    return beyond <= 0 ? 0 : reference > 0 ? std::sqrt(beyond / reference) : INFINITY;
  }
};

} // namespace judge_detail

/** Judges what the first run left; all work on the GPU must have ended. */
inline Verdict judge(const CatalogEntry& entry, const Case& test, const CaseData& data, const ReferenceResult& expected) {
  using namespace judge_detail;
  const Layout& layout = data.layout;
  const Buffer &outputBuffer = data.operands.output, &scaleBuffer = data.operands.outputScales;
  const std::vector<uint8_t> allOutput = download(outputBuffer), allScales = download(scaleBuffer);
  Verdict verdict;
  const auto wrong = [&verdict](std::string trouble) {
    verdict.trouble = std::move(trouble);
    return verdict;
  };
  if (!guardsHold(allOutput, outputBuffer.guard)) return wrong("wrote before or after C");
  if (!guardsHold(allScales, scaleBuffer.guard)) return wrong("wrote before or after C's scales");

  const uint8_t* output = allOutput.data() + outputBuffer.guard;
  if (layout.ctas == 0) { // nothing to do, so nothing may have been written
    for (size_t i = 0; i < outputBuffer.bytes; ++i) {
      if (output[i] != poison) return wrong("wrote to C, and there is no token");
    }
    return verdict;
  }

  const Format format = formatOf(entry.dtypeC);
  const bool hasScales = entry.hasOutputScales();
  const bool saturates = format == Format::e4m3 && !hasScales;
  const double scaleC = test.nullScale ? 1 : test.scaleC, lossOfSums = entry.dtypeElt == "E4m3" ? 0.01 : 0.002;
  const size_t hidden = static_cast<size_t>(test.hidden), rowBytes = hidden * entry.outputBytes();
  Norm plain, weighted;

  for (size_t row = 0; row < layout.batchOfRow.size(); ++row) {
    const auto scaleAt = [&](size_t block) {
      float value;
      std::memcpy(&value, allScales.data() + scaleBuffer.guard + (block * layout.rows + row) * sizeof value, sizeof value);
      return value;
    };
    if (layout.batchOfRow[row] < 0) {
      for (size_t i = 0; i < rowBytes; ++i) {
        if (output[row * rowBytes + i] == 0) continue;
        return wrong(formatted("padding row %zu, channel %zu is not +0", row, i / entry.outputBytes()));
      }
      for (size_t block = 0; hasScales && block < hidden / 128; ++block) {
        if (scaleAt(block) != 1) return wrong(formatted("scale %zu of padding row %zu is %g, not 1", block, row, scaleAt(block)));
      }
      continue;
    }

    for (size_t block = 0; block < hidden / 128; ++block) {
      const size_t first = row * hidden + block * 128;
      double unit = 1; // what one of the output's codes is a multiple of
      if (hasScales) {
        double largest = 0;
        for (size_t i = first; i < first + 128; ++i) largest = std::max(largest, std::abs(expected.sum[i] * scaleC));
        const double want = largest == 0 ? 1 : largest / largestE4m3, got = scaleAt(block);
        const double off = std::abs(got - want) / want;
        if (!(off <= (largest == 0 ? 0 : 1e-3))) {
          return wrong(formatted("scale %zu of row %zu (batch %d) is %g, not %g", block, row, layout.batchOfRow[row], got, want));
        }
        verdict.worstScale = std::max(verdict.worstScale, off);
        unit = got;
      }
      for (size_t i = first; i < first + 128; ++i) {
        double want = expected.sum[i] * scaleC;
        if (saturates) want = std::min(std::max(want, -largestE4m3), largestE4m3);
        const double got = decode(format, output, i) * unit, typical = expected.typical[i] * scaleC;
        const double rounding = roundTo(format, want / unit) * unit - want;
        const double allowed = 0.5001 * stepAt(format, want / unit) * unit + lossOfSums * typical;
        const double excess = std::abs(got - want) / allowed;
        if (!(excess <= 1)) {
          return wrong(formatted("row %zu (batch %d), channel %zu is %g, not %g (allowed: %g off)", row, layout.batchOfRow[row],
                                 i - row * hidden, got, want, allowed));
        }
        verdict.worstElement = std::max(verdict.worstElement, excess);
        plain.add(got - want, rounding, want);
        if (typical > 0) weighted.add((got - want) / typical, rounding / typical, want / typical);
      }
    }
  }
  verdict.error = plain.beyondRounding();
  verdict.weightedError = weighted.beyondRounding();
  if (!(verdict.error <= 2e-3)) return wrong(formatted("relative error %.2e beyond rounding, above 2e-3", verdict.error));
  if (!(verdict.weightedError <= 2e-3)) {
    return wrong(formatted("weighted relative error %.2e beyond rounding, above 2e-3", verdict.weightedError));
  }
  return verdict;
}
