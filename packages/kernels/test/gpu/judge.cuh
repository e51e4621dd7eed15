// Says whether an output is right. All errors are those of the value that the output stands for: code times scale.
//
//   rounding  what rounding the reference itself to the output's type loses
//   error     sqrt(max(0, ||out - ref||^2 - ||rounding||^2)) / ||ref||: what the kernel loses beyond rounding; at most 2e-3.
//             Once plainly, and once with each element divided by its typical size (the root of the sum of its products'
//             squares), because with scales from 2^-20 to 2^20 a few elements make the whole plain norm.
//   element   |out - ref| is at most half the distance of the type's neighbouring values around ref, plus 1% of the
//             element's typical size (0.2% with 16-bit inputs): a norm over many elements would hide one that is wrong.
//   scales    E4m3 output with DeepSeek scales: max|ref| / 448 over the row's 128 channels, give or take what that element may
//             be off; 1 where all are 0
//   padding   rows of +0, bit by bit, and scales of 1
//   guards    the bytes before and after the outputs have not changed
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <thread>
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
  void add(const Norm& other) {
    error += other.error;
    rounding += other.rounding;
    reference += other.reference;
  }
  double beyondRounding() const {
    const double beyond = error - rounding;
    if (std::isnan(beyond)) return NAN;
    return beyond <= 0 ? 0 : reference > 0 ? std::sqrt(beyond / reference) : INFINITY;
  }
};

/** What some rows come to. */
struct Part {
  Verdict verdict;
  Norm plain, weighted;
};

struct RowJudge {
  const CatalogEntry& entry;
  const Case& test;
  const Layout& layout;
  const ReferenceResult& expected;
  const uint8_t* output;
  const uint8_t* scales;

  float scaleAt(size_t row, size_t block) const {
    float value;
    std::memcpy(&value, scales + (block * layout.rows + row) * sizeof value, sizeof value);
    return value;
  }

  std::string paddingRow(size_t row) const {
    const size_t rowBytes = static_cast<size_t>(test.hidden) * entry.outputBytes();
    for (size_t i = 0; i < rowBytes; ++i) {
      if (output[row * rowBytes + i] == 0) continue;
      return formatted("padding row %zu, channel %zu is not +0", row, i / entry.outputBytes());
    }
    for (size_t block = 0; entry.hasOutputScales() && block < static_cast<size_t>(test.hidden) / 128; ++block) {
      const float scale = scaleAt(row, block);
      if (scale != 1) return formatted("scale %zu of padding row %zu is %g, not 1", block, row, scale);
    }
    return "";
  }

  /** 128 channels of one token. */
  std::string tokenBlock(size_t row, size_t block, Part& part) const {
    const Format format = formatOf(entry.dtypeC);
    const size_t hidden = static_cast<size_t>(test.hidden), first = row * hidden + block * 128;
    const double scaleC = test.nullScale ? 1 : test.scaleC, lossOfSums = entry.dtypeElt == "E4m3" ? 0.01 : 0.002;
    const int batch = layout.batchOfRow[row];
    double unit = 1; // what one of the output's codes is a multiple of
    if (entry.hasOutputScales()) {
      size_t place = first; // of the largest
      for (size_t i = first; i < first + 128; ++i) {
        if (std::abs(expected.sum[i]) > std::abs(expected.sum[place])) place = i;
      }
      const double largest = std::abs(expected.sum[place]), allowed = largest == 0 ? 0 : lossOfSums * expected.typical[place] / largest;
      const double want = largest == 0 ? 1 : largest / largestE4m3, got = scaleAt(row, block), off = std::abs(got - want) / want;
      if (!(off <= allowed)) {
        return formatted("scale %zu of row %zu (batch %d) is %g, not %g", block, row, batch, got, want);
      }
      part.verdict.worstScale = std::max(part.verdict.worstScale, off);
      unit = got;
    }
    const bool saturates = format == Format::e4m3 && !entry.hasOutputScales();
    for (size_t i = first; i < first + 128; ++i) {
      double want = expected.sum[i] * scaleC;
      if (saturates) want = std::min(std::max(want, -largestE4m3), largestE4m3);
      const double got = decode(format, output, i) * unit, typical = expected.typical[i] * scaleC;
      const double rounding = roundTo(format, want / unit) * unit - want;
      const double allowed = 0.5001 * stepAt(format, want / unit) * unit + lossOfSums * typical;
      const double excess = std::abs(got - want) / allowed;
      if (!(excess <= 1)) {
        return formatted("row %zu (batch %d), channel %zu is %g, not %g (allowed: %g off)", row, batch, i - row * hidden, got, want,
                         allowed);
      }
      part.verdict.worstElement = std::max(part.verdict.worstElement, excess);
      part.plain.add(got - want, rounding, want);
      if (typical > 0) part.weighted.add((got - want) / typical, rounding / typical, want / typical);
    }
    return "";
  }

  /** Up to the first row that is wrong. */
  Part rows(size_t first, size_t last) const {
    Part part;
    std::string& trouble = part.verdict.trouble;
    for (size_t row = first; row < last && trouble.empty(); ++row) {
      if (layout.batchOfRow[row] < 0) {
        trouble = paddingRow(row);
        continue;
      }
      const size_t blocks = static_cast<size_t>(test.hidden) / 128;
      for (size_t block = 0; block < blocks && trouble.empty(); ++block) trouble = tokenBlock(row, block, part);
    }
    return part;
  }

  /** All rows, on several threads; always with the same parts, so that the sums come out the same. */
  Part all() const {
    const size_t parts = 16, count = layout.batchOfRow.size();
    std::vector<Part> done(parts);
    std::vector<std::thread> threads;
    for (size_t i = 0; i < parts; ++i) {
      threads.emplace_back([this, i, parts, count, &done] { done[i] = rows(count * i / parts, count * (i + 1) / parts); });
    }
    for (std::thread& thread : threads) thread.join();
    Part whole;
    for (const Part& part : done) {
      if (whole.verdict.trouble.empty()) whole.verdict.trouble = part.verdict.trouble;
      whole.verdict.worstElement = std::max(whole.verdict.worstElement, part.verdict.worstElement);
      whole.verdict.worstScale = std::max(whole.verdict.worstScale, part.verdict.worstScale);
      whole.plain.add(part.plain);
      whole.weighted.add(part.weighted);
    }
    return whole;
  }
};

} // namespace judge_detail

/** Judges what the first run left; all work on the GPU must have ended. */
inline Verdict judge(const CatalogEntry& entry, const Case& test, const CaseData& data, const ReferenceResult& expected) {
  using namespace judge_detail;
  const Buffer &outputBuffer = data.operands.output, &scaleBuffer = data.operands.outputScales;
  const std::vector<uint8_t> allOutput = download(outputBuffer), allScales = download(scaleBuffer);
  Verdict verdict;
  if (!guardsHold(allOutput, outputBuffer.guard)) verdict.trouble = "wrote before or after C";
  else if (!guardsHold(allScales, scaleBuffer.guard)) verdict.trouble = "wrote before or after C's scales";
  if (!verdict.trouble.empty()) return verdict;

  const uint8_t* output = allOutput.data() + outputBuffer.guard;
  if (data.layout.ctas == 0) { // nothing to do, so nothing may have been written
    const auto isPoison = [](uint8_t byte) { return byte == poison; };
    if (!std::all_of(output, output + outputBuffer.bytes, isPoison)) verdict.trouble = "wrote to C, and there is no token";
    return verdict;
  }

  const RowJudge rows = {entry, test, data.layout, expected, output, allScales.data() + scaleBuffer.guard};
  const Part whole = rows.all();
  verdict = whole.verdict;
  verdict.error = whole.plain.beyondRounding();
  verdict.weightedError = whole.weighted.beyondRounding();
  if (!verdict.trouble.empty()) return verdict;
  if (!(verdict.error <= 2e-3)) verdict.trouble = formatted("relative error %.2e beyond rounding, above 2e-3", verdict.error);
  else if (!(verdict.weightedError <= 2e-3)) {
    verdict.trouble = formatted("weighted relative error %.2e beyond rounding, above 2e-3", verdict.weightedError);
  }
  return verdict;
}
