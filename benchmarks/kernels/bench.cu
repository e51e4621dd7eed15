// Times the kernels of a catalog on one Hopper GPU.
//
//   nvcc -O3 -std=c++17 -arch=sm_90 -o /tmp/bench benchmarks/kernels/bench.cu -ldl
//   /tmp/bench packages/kernels/catalog/preflight-sm90a.json [--json FILE] [--only PROBLEM] [--kernels NAME] [--groups N]
//              [--rest MS] [--pdl] [--all] [--seed N]
//
// Every problem is timed with every entry that can compute it. --only and --kernels take a part of a problem's or a kernel's
// name. An entry that needs more than three times the best one's time in the warm-up is not timed further, unless --all.
//
// How: random data; everything, outputs too, in as many copies as make 300 MB, and each launch takes the next copy, so that
// the 50 MB of L2 hold nothing of use; outputs are NaN before; CUDA events around a group of launches, after one launch that
// is not counted; the entries take turns, group by group, so that a clock that drops hits all of them. The time of a group is
// divided by its launches; the table has the median, least and largest of all groups. PDL is off, unless --pdl.
//
// Without a break the power limit sets the clock, and what is measured is a GPU at full load. With --rest the GPU idles that
// many milliseconds before each group, which then runs at the clock of a GPU that computes now and then.
//
// Afterwards some hundred elements are compared with dot products in double precision: a fast kernel that computes something
// else is "wrong". Exit code 0; 1: one was wrong, or nothing was timed; 2: usage, or nothing to run on.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "../../packages/kernels/test/gpu/reference.cuh"

struct Problem {
  const char* kind; // what the scales are, or the elements
  int experts, tokensEach, hidden, k;

  std::string name() const {
    return std::string(kind) + " " + std::to_string(experts) + "x" + std::to_string(tokensEach) + "," + std::to_string(hidden) +
           "," + std::to_string(k);
  }
  bool isBlockScaled() const { return std::string(kind) == "block-scaled"; }
  const char* dtypeElt() const { return std::string(kind) == "bfloat16" ? "Bfloat16" : "E4m3"; }
  int elementBytes() const { return std::string(kind) == "bfloat16" ? 2 : 1; }
  double operations() const { return 2.0 * experts * tokensEach * hidden * k; }
  /** What has to be read and written once: weights, activations, scales, output. */
  double bytes() const {
    const double tokens = static_cast<double>(experts) * tokensEach, n = hidden;
    const double scales = isBlockScaled() ? 4 * (experts * (n / 128) * (k / 128) + tokens * (k / 128)) : 0;
    return (experts * n * k + tokens * k) * elementBytes() + scales + tokens * n * 2;
  }
};

static const Problem problems[] = {
    {"block-scaled", 1, 4096, 4096, 7168}, {"block-scaled", 1, 8192, 7168, 2048}, {"block-scaled", 8, 1024, 4096, 7168},
    {"block-scaled", 8, 1024, 7168, 2048}, {"block-scaled", 32, 256, 4096, 7168}, {"block-scaled", 32, 256, 7168, 2048},
    {"block-scaled", 64, 128, 4096, 7168}, {"block-scaled", 64, 128, 7168, 2048}, {"block-scaled", 32, 8, 4096, 7168},
    {"block-scaled", 32, 64, 4096, 7168},  {"block-scaled", 256, 2, 4096, 7168},  {"per-tensor", 1, 4096, 4096, 7168},
    {"bfloat16", 1, 4096, 4096, 7168},
};

struct Arguments {
  std::string catalog, json, only, kernels;
  int groups = 15, restMilliseconds = 0;
  bool pdl = false, all = false;
  uint64_t seed = 1;
};

static Arguments parse(int argc, char** argv) {
  Arguments arguments;
  bool wrong = false;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const bool hasNext = i + 1 < argc;
    if (argument == "--pdl") arguments.pdl = true;
    else if (argument == "--all") arguments.all = true;
    else if (argument == "--json" && hasNext) arguments.json = argv[++i];
    else if (argument == "--only" && hasNext) arguments.only = argv[++i];
    else if (argument == "--kernels" && hasNext) arguments.kernels = argv[++i];
    else if (argument == "--groups" && hasNext) arguments.groups = std::max(1, std::atoi(argv[++i]));
    else if (argument == "--rest" && hasNext) arguments.restMilliseconds = std::max(0, std::atoi(argv[++i]));
    else if (argument == "--seed" && hasNext) arguments.seed = std::strtoull(argv[++i], nullptr, 10);
    else if (arguments.catalog.empty() && argument[0] != '-') arguments.catalog = argument;
    else wrong = true;
  }
  if (wrong || arguments.catalog.empty()) {
    fail(2, "usage: bench CATALOG [--json FILE] [--only PROBLEM] [--kernels NAME] [--groups N] [--rest MS] [--pdl] [--all] [--seed N]");
  }
  return arguments;
}

static double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

struct Timer {
  CUevent start, end;
  Timer() {
    CHECK(cuEventCreate(&start, CU_EVENT_DEFAULT));
    CHECK(cuEventCreate(&end, CU_EVENT_DEFAULT));
  }
  double microseconds() const {
    float milliseconds;
    CHECK(cuEventElapsedTime(&milliseconds, start, end));
    return milliseconds * 1000.0;
  }
};

/** Bytes read and written a second, device to device, in GB. */
static double copyBandwidth(CUstream stream) {
  const size_t bytes = size_t{2} << 30;
  Buffer from = allocate(bytes, 0, 0, stream), to = allocate(bytes, 0, 0, stream);
  randomElements(Format::bf16, from.address, bytes / 2, 7, stream);
  Timer timer;
  std::vector<double> microseconds;
  for (int i = 0; i < 13; ++i) {
    CHECK(cuEventRecord(timer.start, stream));
    CHECK(cuMemcpyDtoDAsync(to.address, from.address, bytes, stream));
    CHECK(cuEventRecord(timer.end, stream));
    synchronize(stream);
    if (i >= 3) microseconds.push_back(timer.microseconds());
  }
  release(from);
  release(to);
  return 2.0 * static_cast<double>(bytes) / median(microseconds) / 1000;
}

/** Weights of one copy; every entry reads the same. */
struct Weights {
  Buffer values, scales;
};

/** Tokens and output of one copy, in the layout that entries with the same token tile share. */
struct Tokens {
  Buffer activations, scales, output, routeMap, unusedActivations;
};

struct Variant {
  LoadedKernel kernel;
  std::vector<ParamsBlock> params; // of each copy
  std::vector<Operands> operands;  // of each copy; not owned
  Layout layout;
  Sizes sizes;
  Grid grid;
  size_t next = 0; // the copy that the next launch takes
  std::vector<double> microseconds;
  Timer timer;
  const char* verdict = "";
};

class Bench {
public:
  Bench(const Arguments& arguments, const Device& device, const Problem& problem)
      : arguments(arguments), device(device), problem(problem), stream(device.stream), random(arguments.seed) {
    copies = static_cast<size_t>(std::max(1.0, std::ceil(300e6 / problem.bytes())));
  }

  ~Bench() {
    for (Variant& variant : variants) CHECK(cuModuleUnload(variant.kernel.module));
    for (Buffer& buffer : owned) release(buffer);
  }

  void add(const CatalogEntry& entry) {
    const std::vector<int> tokensOfBatch(static_cast<size_t>(problem.experts), problem.tokensEach);
    Variant variant;
    variant.layout = layoutOf(tokensOfBatch, entry.tokenTile());
    if (variant.layout.ctas > maxCtas) return;
    variant.kernel = loadKernel(entry);
    variant.sizes = {problem.hidden, problem.k, problem.experts, entry.permuteFusion ? variant.layout.tokens : 0};
    variant.grid = gridFor(entry, problem.hidden, variant.layout.ctas, device.multiprocessors);
    variant.params.resize(copies);
    for (size_t copy = 0; copy < copies; ++copy) {
      const Weights& weights = weightsOf(copy);
      const Tokens& tokens = tokensOf(entry, variant.layout, copy);
      Operands operands;
      operands.weights = weights.values;
      operands.weightScales = weights.scales;
      operands.activations = tokens.activations;
      operands.activationScales = tokens.scales;
      operands.output = tokens.output;
      operands.routeMap = tokens.routeMap;
      operands.unusedActivations = tokens.unusedActivations;
      if (!problem.isBlockScaled()) operands.scaleC = scaleOf(0.03125f * 1.3f);
      if (entry.hasDeviceTables()) {
        operands.numNonExitingCtas = uploaded(std::vector<int>{variant.layout.ctas});
        operands.totalNumPaddedTokens = uploaded(std::vector<int>{variant.layout.rows});
        operands.ctaIdxXyToBatchIdx = uploaded(variant.layout.ctaIdxXyToBatchIdx);
        operands.ctaIdxXyToMnLimit = uploaded(variant.layout.ctaIdxXyToMnLimit);
      }
      packParams(variant.params[copy], entry, variant.sizes, variant.layout, operands);
      variant.operands.push_back(operands);
    }
    variants.push_back(std::move(variant));
  }

  /** Returns how many entries were timed. */
  int run(double copyGbps, FILE* json, int& wrong) {
    if (variants.empty()) {
      std::printf("\n%s: no entry takes it\n", problem.name().c_str());
      return 0;
    }
    warmUp();
    const double fastest = leastTime();
    for (Variant& variant : variants) variant.microseconds.clear();
    launches = fastest > 1000 ? 10 : 20;
    for (int group = 0; group < arguments.groups; ++group) {
      for (Variant& variant : variants) {
        rest();
        timeGroup(variant, launches);
      }
      finishRound();
    }
    for (Variant& variant : variants) spotCheck(variant);
    report(copyGbps, json, wrong);
    return static_cast<int>(variants.size());
  }

private:
  const Arguments& arguments;
  const Device& device;
  const Problem& problem;
  CUstream stream;
  std::mt19937_64 random;
  size_t copies;
  int launches = 0;
  std::vector<Buffer> owned;
  std::vector<Weights> weights;
  std::map<std::string, Tokens> tokens;
  std::vector<Variant> variants;
  Buffer scale;

  Buffer memory(size_t bytes, uint8_t pattern) {
    owned.push_back(allocate(bytes, 0, pattern, stream));
    return owned.back();
  }

  template <typename T>
  Buffer uploaded(const std::vector<T>& values) {
    const Buffer buffer = memory(values.size() * sizeof(T), 0);
    upload(buffer, values, stream);
    return buffer;
  }

  Buffer scaleOf(float value) {
    if (scale.address == 0) scale = uploaded(std::vector<float>{value});
    return scale;
  }

  const Weights& weightsOf(size_t copy) {
    while (weights.size() <= copy) {
      const size_t rows = static_cast<size_t>(problem.experts) * problem.hidden, elements = rows * problem.k;
      Weights made;
      made.values = memory(elements * problem.elementBytes(), 0);
      randomElements(formatOf(problem.dtypeElt()), made.values.address, elements, random(), stream);
      if (problem.isBlockScaled()) {
        const size_t scales = rows / 128 * (problem.k / 128);
        made.scales = memory(scales * sizeof(float), 0);
        randomScales(made.scales.address, scales, 2, random(), stream);
      }
      weights.push_back(made);
    }
    return weights[copy];
  }

  const Tokens& tokensOf(const CatalogEntry& entry, const Layout& layout, size_t copy) {
    const std::string key = std::to_string(layout.tile) + (entry.permuteFusion ? " routed " : " ") + std::to_string(copy);
    const auto known = tokens.find(key);
    if (known != tokens.end()) return known->second;

    Tokens made;
    const size_t rows = static_cast<size_t>(entry.permuteFusion ? layout.tokens : layout.rows), elements = rows * problem.k;
    made.activations = memory(elements * problem.elementBytes(), 0);
    randomElements(formatOf(problem.dtypeElt()), made.activations.address, elements, random(), stream);
    if (problem.isBlockScaled()) {
      made.scales = memory(rows * (problem.k / 128) * sizeof(float), 0);
      randomScales(made.scales.address, rows * (problem.k / 128), 2, random(), stream);
    }
    if (entry.permuteFusion) {
      std::vector<int> order(static_cast<size_t>(layout.tokens)), map;
      for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int>(i);
      std::shuffle(order.begin(), order.end(), random);
      size_t used = 0;
      for (int batch : layout.batchOfRow) map.push_back(batch < 0 ? -1 : order[used++]);
      made.routeMap = uploaded(map);
      made.unusedActivations = memory(static_cast<size_t>(layout.rows) * problem.k * problem.elementBytes(), 0xff);
    }
    made.output = memory(static_cast<size_t>(layout.rows) * problem.hidden * 2, 0xff); // NaN
    return tokens.emplace(key, made).first->second;
  }

  void launchNext(Variant& variant) {
    launch(variant.kernel, variant.params[variant.next], variant.grid, stream, arguments.pdl);
    variant.next = (variant.next + 1) % copies;
  }

  void timeGroup(Variant& variant, int count) {
    currentWork = variant.kernel.entry->functionName.c_str();
    launchNext(variant); // not counted: while it runs, the host gets ahead
    CHECK(cuEventRecord(variant.timer.start, stream));
    for (int i = 0; i < count; ++i) launchNext(variant);
    CHECK(cuEventRecord(variant.timer.end, stream));
    variant.microseconds.push_back(0); // known after the round
    launched.push_back({&variant, count});
  }

  void rest() const {
    if (arguments.restMilliseconds == 0) return;
    synchronize(stream);
    std::this_thread::sleep_for(std::chrono::milliseconds(arguments.restMilliseconds));
  }

  std::vector<std::pair<Variant*, int>> launched;

  void finishRound() {
    synchronize(stream);
    for (const auto& [variant, count] : launched) variant->microseconds.back() = variant->timer.microseconds() / count;
    launched.clear();
  }

  double leastTime() const {
    double least = INFINITY;
    for (const Variant& variant : variants) least = std::min(least, variant.microseconds.back());
    return least;
  }

  void warmUp() {
    for (int round = 0; round < 2; ++round) {
      for (Variant& variant : variants) {
        timeGroup(variant, 3);
        finishRound(); // one after the other: an error or a hang names its kernel
      }
    }
    if (arguments.all) return;
    const double least = leastTime();
    std::vector<Variant> kept;
    std::printf("\n");
    for (Variant& variant : variants) {
      const double time = variant.microseconds.back();
      if (time <= 3 * least) {
        kept.push_back(std::move(variant));
        continue;
      }
      std::printf("%-36s not timed: %s, %.0f us in the warm-up\n", problem.name().c_str(), shortName(variant).c_str(), time);
      CHECK(cuModuleUnload(variant.kernel.module));
    }
    variants = std::move(kept);
  }

  static std::string shortName(const Variant& variant) {
    std::string name = variant.kernel.entry->functionName;
    if (name.rfind("preflight_", 0) == 0) name = name.substr(10);
    const size_t suffix = name.rfind("_sm90a");
    return suffix == std::string::npos ? name : name.substr(0, suffix);
  }

  /** Some elements of what a launch of copy 0 leaves, against dot products in double precision. */
  void spotCheck(Variant& variant) {
    const CatalogEntry& entry = *variant.kernel.entry;
    const Layout& layout = variant.layout;
    const Operands& operands = variant.operands[0];
    currentWork = entry.functionName.c_str();
    // Launches of other entries wrote to the same output: it is poisoned and written once more, after as long a run as any.
    CHECK(cuMemsetD8Async(operands.output.address, 0xff, operands.output.bytes, stream));
    launch(variant.kernel, variant.params[0], variant.grid, stream, arguments.pdl);
    synchronize(stream);

    std::vector<Sample> samples;
    for (int i = 0; i < 512; ++i) {
      const Batch& batch = i == 0 ? layout.batches.front() : i == 1 ? layout.batches.back() : layout.batches[random() % layout.batches.size()];
      const int token = i == 0 ? 0 : i == 1 ? batch.tokens - 1 : static_cast<int>(random() % batch.tokens);
      const int channel = i == 0 ? 0 : i == 1 ? problem.hidden - 1 : static_cast<int>(random() % problem.hidden);
      samples.push_back({batch.firstRow + token, batch.index, channel});
    }
    const ReferenceResult expected = referenceOfSamples(
        formatOf(entry.dtypeElt), referenceOperands(variant.sizes, layout, operands), samples, stream);
    float scaleC = 1;
    if (operands.scaleC.address != 0) CHECK(cuMemcpyDtoH(&scaleC, operands.scaleC.address, sizeof scaleC));

    std::vector<uint16_t> output(operands.output.bytes / 2);
    CHECK(cuMemcpyDtoH(output.data(), operands.output.address, operands.output.bytes));
    variant.verdict = "ok";
    for (size_t i = 0; i < samples.size(); ++i) {
      const size_t index = static_cast<size_t>(samples[i].row) * problem.hidden + samples[i].channel;
      const double got = decode(formatOf(entry.dtypeC), output.data(), index), want = expected.sum[i] * scaleC;
      const double allowed = std::abs(want) / 256 + 0.02 * scaleC * expected.typical[i];
      if (std::abs(got - want) <= allowed) continue; // false for NaN
      variant.verdict = "wrong";
      std::printf("%s: row %d, channel %d is %g, not %g\n", shortName(variant).c_str(), samples[i].row, samples[i].channel, got, want);
      break;
    }
  }

  void report(double copyGbps, FILE* json, int& wrong) {
    std::printf("%-36s %9s %9s %9s %7s %6s %6s %-6s  %s\n", problem.name().c_str(), "median us", "least", "most", "TFLOPS", "GB/s",
                "copy", "check", "kernel");
    std::vector<const Variant*> order;
    for (const Variant& variant : variants) order.push_back(&variant);
    std::sort(order.begin(), order.end(),
              [](const Variant* a, const Variant* b) { return median(a->microseconds) < median(b->microseconds); });
    for (const Variant* variant : order) {
      const double us = median(variant->microseconds);
      const double least = *std::min_element(variant->microseconds.begin(), variant->microseconds.end());
      const double most = *std::max_element(variant->microseconds.begin(), variant->microseconds.end());
      const double tflops = problem.operations() / us / 1e6, gbps = problem.bytes() / us / 1e3;
      if (std::string(variant->verdict) != "ok") ++wrong;
      std::printf("%-36s %9.1f %9.1f %9.1f %7.0f %6.0f %5.0f%% %-6s  %s\n", "", us, least, most, tflops, gbps, 100 * gbps / copyGbps,
                  variant->verdict, shortName(*variant).c_str());
      if (json == nullptr) continue;
      std::fprintf(json,
                   "{\"problem\":\"%s\",\"scaling\":\"%s\",\"experts\":%d,\"tokensEach\":%d,\"n\":%d,\"k\":%d,\"kernel\":\"%s\","
                   "\"medianUs\":%.3f,\"minUs\":%.3f,\"maxUs\":%.3f,\"tflops\":%.1f,\"gbps\":%.1f,\"check\":\"%s\","
                   "\"copies\":%zu,\"groups\":%d,\"launchesPerGroup\":%d,\"restMs\":%d,\"pdl\":%s,\"grid\":[%u,%u,%u]}\n",
                   problem.name().c_str(), problem.kind, problem.experts, problem.tokensEach, problem.hidden, problem.k,
                   variant->kernel.entry->functionName.c_str(), us, least, most, tflops, gbps, variant->verdict, copies,
                   arguments.groups, launches, arguments.restMilliseconds, arguments.pdl ? "true" : "false", variant->grid.x, variant->grid.y,
                   variant->grid.z);
      std::fflush(json);
    }
    std::fflush(stdout);
  }
};

static bool fits(const CatalogEntry& entry, const Problem& problem) {
  return entry.dtypeElt == problem.dtypeElt() && entry.dtypeC == "Bfloat16" && entry.blockScale == problem.isBlockScaled() &&
         takes(entry, problem.hidden, problem.k);
}

int main(int argc, char** argv) {
  const Arguments arguments = parse(argc, argv);
  const std::vector<CatalogEntry> entries = readCatalog(arguments.catalog);
  const Device device = openDevice();
  FILE* json = nullptr;
  if (!arguments.json.empty() && (json = std::fopen(arguments.json.c_str(), "w")) == nullptr) {
    fail(2, "cannot write %s", arguments.json.c_str());
  }

  const double copyGbps = copyBandwidth(device.stream);
  std::printf("%s, %d multiprocessors, PDL %s, copy %.0f GB/s (read and written), seed %llu\n", device.name,
              device.multiprocessors, arguments.pdl ? "on" : "off", copyGbps, static_cast<unsigned long long>(arguments.seed));
  if (json != nullptr) std::fprintf(json, "{\"device\":\"%s\",\"copyGbps\":%.1f}\n", device.name, copyGbps);

  int timed = 0, wrong = 0;
  for (const Problem& problem : problems) {
    if (problem.name().find(arguments.only) == std::string::npos) continue;
    Bench bench(arguments, device, problem);
    for (const CatalogEntry& entry : entries) {
      if (fits(entry, problem) && entry.functionName.find(arguments.kernels) != std::string::npos) bench.add(entry);
    }
    timed += bench.run(copyGbps, json, wrong);
  }
  const double copyAfter = copyBandwidth(device.stream);
  std::printf("\n%d timed, %d wrong; copy afterwards %.0f GB/s\n", timed, wrong, copyAfter);
  if (json != nullptr) std::fclose(json);
  return timed > 0 && wrong == 0 ? 0 : 1;
}
