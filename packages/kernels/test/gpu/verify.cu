// Runs every kernel of a catalog on a Hopper GPU and compares it with a double-precision reference.
//
//   nvcc -O3 -std=c++17 -arch=sm_90 -o /tmp/verify test/gpu/verify.cu -ldl
//   /tmp/verify catalog/preflight-sm90a.json [--only NAME] [--seed N] [--repeats N] [--cases N] [--sanitizer] [--isolate]
//
// No Preflight code: it checks the kernels before any launcher exists. Exit code 0: every case passed; 1: some failed, or
// none ran; 2: usage, or nothing to run on.
//
// A case is a kernel, the hidden size, k, and the tokens of each batch. For each:
//   - fresh random inputs; padding rows, and scales and tokens that nobody may read, are NaN; outputs are NaN before each run
//   - the first run's output is judged (judge.cuh says how)
//   - --repeats further runs (20) leave the same bits: with and without PDL; one by one and in bursts without a wait in
//     between; behind a kernel that lets them start early and writes their inputs late; persistent kernels with other grids
//     too, one cluster, three, and one CTA a multiprocessor
//   - the bytes before and after every buffer have not changed, and no input has
//
// --cases: only so many of a kernel's cases, spread over all of them.
// --isolate: a process for each kernel, so that one that hangs or faults does not take the others' results with it.
// --sanitizer: two small cases a kernel, two repeats, no guard bands (compute-sanitizer sees what lies outside a buffer).

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "judge.cuh"

struct Arguments {
  std::string catalog, only;
  uint64_t seed = std::random_device{}();
  int repeats = -1, cases = 0;
  bool sanitizer = false, isolate = false;
};

static Arguments parse(int argc, char** argv) {
  Arguments arguments;
  bool wrong = false;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const bool hasNext = i + 1 < argc;
    if (argument == "--sanitizer") arguments.sanitizer = true;
    else if (argument == "--isolate") arguments.isolate = true;
    else if (argument == "--only" && hasNext) arguments.only = argv[++i];
    else if (argument == "--seed" && hasNext) arguments.seed = std::strtoull(argv[++i], nullptr, 10);
    else if (argument == "--repeats" && hasNext) arguments.repeats = std::max(1, std::atoi(argv[++i]));
    else if (argument == "--cases" && hasNext) arguments.cases = std::max(1, std::atoi(argv[++i]));
    else if (arguments.catalog.empty() && argument[0] != '-') arguments.catalog = argument;
    else wrong = true;
  }
  if (wrong || arguments.catalog.empty()) {
    fail(2, "usage: verify CATALOG [--only NAME] [--seed N] [--repeats N] [--cases N] [--sanitizer] [--isolate]");
  }
  if (arguments.repeats < 0) arguments.repeats = arguments.sanitizer ? 2 : 20;
  return arguments;
}

// ---- The cases of a kernel ---------------------------------------------------------------------------------------------

static std::vector<int> randomTokens(int batches, int most, Random& random) {
  std::vector<int> tokens(static_cast<size_t>(batches));
  for (int& each : tokens) each = static_cast<int>(random() % (most + 1));
  tokens[static_cast<size_t>(batches) / 2] = 1; // never all empty
  return tokens;
}

/** Scales so that the output's type is used well: E4m3 sums of some size, every third case with many that saturate. */
static void chooseScales(const CatalogEntry& entry, Case& test, size_t index, Random& random) {
  if (entry.blockScale) {
    test.nullScale = true;
    test.scaleSpan = (index + index / 2) % 2 == 0 ? 2 : 20; // both with every kind of list
    return;
  }
  test.nullScale = index % 5 == 1;
  if (test.nullScale) return;
  const float uniform = std::uniform_real_distribution<float>(0.5f, 1)(random);
  test.scaleC = uniform / 16;
  if (entry.dtypeC == "E4m3") test.scaleC = uniform * (index % 3 == 0 ? 250.0f : 40.0f) / std::sqrt(static_cast<float>(test.k));
}

static std::vector<Case> casesOf(const CatalogEntry& entry, bool sanitizer, Random& random) {
  const int tile = entry.tokenTile(), stages = entry.numStages;
  const int hiddenUnit = std::max(128, entry.channelTile() * entry.clusterDimX), kUnit = entry.tileK * entry.numSlicesForSplitK;
  std::vector<Case> cases;
  const auto add = [&](int hiddenUnits, int kUnits, std::vector<int> tokens) {
    Case test;
    test.hidden = hiddenUnits * hiddenUnit;
    test.k = std::max(1, kUnits) * kUnit;
    test.tokens = std::move(tokens);
    chooseScales(entry, test, cases.size(), random);
    cases.push_back(std::move(test));
  };
  if (sanitizer) {
    add(1, stages + 1, {0, 1, tile + 1});
    add(3, 1, {tile - 1, 0, tile});
    return cases;
  }

  const std::vector<int> edges = {0, 1, tile - 1, tile, tile + 1, 37, 0, 0, 3 * tile, 0};
  const std::vector<std::vector<int>> others = {
      {1},
      randomTokens(tile <= 32 ? 24 : 8, 2 * tile, random),
      {tile, 2 * tile, 4 * tile},
      {17 * tile + tile / 2},
  };
  const int shapes[][2] = {
      {1, 1}, {2, 2}, {3, 3}, {1, stages - 1}, {5, stages}, {2, stages + 1}, {7, 2 * stages + 1}, {3, 2 * stages}, {1, 5},
      {4, 2048 / kUnit}, {2, 7168 / kUnit}, {2048 / hiddenUnit, 6},
  };
  size_t next = 0;
  for (const auto& [hiddenUnits, kUnits] : shapes) {
    add(hiddenUnits, kUnits, edges);
    add(hiddenUnits, kUnits, others[next++ % others.size()]);
  }
  add(2, 7168 / kUnit, {1});
  add(1, 2, randomTokens(maxBatches, 3, random));
  add(2, stages + 2, randomTokens(maxBatches / 2, tile <= 32 ? tile + 1 : 2, random));
  if (tile <= 16) add(1, 1, {tile * (maxCtas - 1) - 3, 0, 1}); // as many CTAs along the tokens as the tables hold
  if (entry.hasDeviceTables()) add(1, 2, {0, 0});
  return cases;
}

static std::vector<Run> runsOf(const CatalogEntry& entry, const Case& test, int ctas, int multiprocessors, int repeats) {
  const Grid usual = gridFor(entry, test.hidden, ctas, multiprocessors);
  const auto clusters = [&](unsigned count) {
    return entry.isPersistent() ? Grid{count * static_cast<unsigned>(entry.clusterDimX), 1, usual.z} : usual;
  };
  const Grid one = clusters(1), three = clusters(3), full = clusters(static_cast<unsigned>(multiprocessors / entry.clusterDimX));
  const Run first[] = {
      {usual, false, false, 1, "the first run"},
      {one, false, false, 1, "one cluster"},
      {three, true, false, 2, "three clusters, two launches with PDL"},
      {usual, true, true, 1, "PDL, inputs written late"},
      {usual, true, false, 8, "a burst of 8 with PDL"},
      {full, true, true, 1, "a grid of all multiprocessors, PDL, inputs written late"},
      {usual, false, false, 8, "a burst of 8 without PDL"},
      {one, true, true, 1, "one cluster, PDL, inputs written late"},
      {full, false, false, 1, "a grid of all multiprocessors"},
  };
  const Run further[] = {
      {usual, false, false, 1, "without PDL"},
      {usual, true, true, 1, "PDL, inputs written late"},
      {usual, false, false, 1, "without PDL"},
      {usual, true, false, 2, "two launches with PDL"},
  };
  std::vector<Run> runs;
  const size_t count = static_cast<size_t>(repeats) + 1;
  for (size_t i = 0; i < count; ++i) runs.push_back(i < std::size(first) ? first[i] : further[i % std::size(further)]);
  return runs;
}

// ---- Running them ------------------------------------------------------------------------------------------------------

static std::string describe(const CatalogEntry& entry, const Case& test, const Layout& layout) {
  char text[200], scale[40];
  if (entry.blockScale) std::snprintf(scale, sizeof scale, "2^-%d..2^%d", test.scaleSpan, test.scaleSpan);
  else if (test.nullScale) std::snprintf(scale, sizeof scale, "null");
  else std::snprintf(scale, sizeof scale, "%.6f", static_cast<double>(test.scaleC));
  std::snprintf(text, sizeof text, "hidden %4d  k %4d  %3zu batches  %5d tokens  %4d CTAs along them  scale %-11s", test.hidden,
                test.k, test.tokens.size(), layout.tokens, layout.ctas, scale);
  return text;
}

static std::string runAll(const LoadedKernel& kernel, const Case& test, CaseData& data, const Device& device,
                          const Arguments& arguments, Verdict& verdict) {
  const CatalogEntry& entry = *kernel.entry;
  const int timeoutSeconds = arguments.sanitizer ? 300 : 30;
  const std::vector<Run> runs = runsOf(entry, test, data.layout.ctas, device.multiprocessors, arguments.repeats);

  data.enqueue(kernel, runs[0]);
  synchronize(device.stream, timeoutSeconds);
  ReferenceResult expected;
  if (data.layout.ctas > 0) {
    expected = referenceOfAll(formatOf(entry.dtypeElt), referenceOperands(data.sizes, data.layout, data.operands), data.layout,
                              device.stream);
  }
  verdict = judge(entry, test, data, expected);
  if (!verdict.trouble.empty()) return verdict.trouble;

  data.keepOutputs();
  for (size_t i = 1; i < runs.size(); ++i) {
    data.enqueue(kernel, runs[i]);
    data.enqueueComparison(static_cast<int>(i));
    if (i % 50 == 0 || i + 1 == runs.size()) {
      synchronize(device.stream, timeoutSeconds);
      const int different = data.differentRun();
      if (different > 0) {
        return "run " + std::to_string(different) + " (" + runs[static_cast<size_t>(different)].what +
               "): other bits than the first run's";
      }
    }
  }
  if (!data.inputsAreUnchanged()) return "changed an input, or the bytes before or after one";
  return "";
}

static bool runCase(const LoadedKernel& kernel, const Case& test, const Device& device, const Arguments& arguments, Random& random) {
  static std::string work; // what currentWork points to
  CaseData data(*kernel.entry, test, arguments.sanitizer ? 0 : 4096, device.stream, random);
  const std::string description = describe(*kernel.entry, test, data.layout);
  work = kernel.entry->functionName + "  " + description;
  currentWork = work.c_str();

  Verdict verdict;
  const std::string trouble = runAll(kernel, test, data, device, arguments, verdict);
  std::printf("%-6s %s  error %.1e  weighted %.1e  worst element %.2f", trouble.empty() ? "ok" : "FAILED", description.c_str(),
              verdict.error, verdict.weightedError, verdict.worstElement);
  if (kernel.entry->hasOutputScales()) std::printf("  worst scale %.1e", verdict.worstScale);
  std::printf("  %s\n", trouble.c_str());
  std::fflush(stdout);
  return trouble.empty();
}

static void describeKernel(const LoadedKernel& kernel) {
  int registers, local, fixedShared, maxThreads;
  CHECK(cuFuncGetAttribute(&registers, CU_FUNC_ATTRIBUTE_NUM_REGS, kernel.function));
  CHECK(cuFuncGetAttribute(&local, CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES, kernel.function));
  CHECK(cuFuncGetAttribute(&fixedShared, CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES, kernel.function));
  CHECK(cuFuncGetAttribute(&maxThreads, CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK, kernel.function));
  std::printf("%s: %d registers, %d bytes local, %d + %d bytes shared, at most %d threads\n",
              kernel.entry->functionName.c_str(), registers, local, fixedShared, kernel.entry->sharedMemSize, maxThreads);
}

struct Counts {
  int passed = 0, failed = 0;
};

static Counts runEntry(const CatalogEntry& entry, size_t index, const Device& device, const Arguments& arguments) {
  Random random(mixBits(arguments.seed + index)); // the same data with --only as without
  const LoadedKernel kernel = loadKernel(entry);
  describeKernel(kernel);
  Counts counts;
  const std::vector<Case> cases = casesOf(entry, arguments.sanitizer, random);
  const size_t wanted = arguments.cases == 0 ? cases.size() : std::min(cases.size(), static_cast<size_t>(arguments.cases));
  for (size_t i = 0; i < wanted; ++i) {
    const Case& test = cases[i * cases.size() / wanted];
    ++(runCase(kernel, test, device, arguments, random) ? counts.passed : counts.failed);
  }
  CHECK(cuModuleUnload(kernel.module));
  return counts;
}

/** The same in a process of its own, before this one has opened the driver. One that ends early counts as a failure. */
static Counts runIsolated(const CatalogEntry& entry, size_t index, const Arguments& arguments) {
  int ends[2];
  if (pipe(ends) != 0) fail(1, "no pipe");
  std::fflush(stdout);
  const pid_t child = fork();
  if (child < 0) fail(1, "no process");
  if (child == 0) {
    close(ends[0]);
    const Counts counts = runEntry(entry, index, openDevice(), arguments);
    std::fflush(stdout);
    std::_Exit(write(ends[1], &counts, sizeof counts) == sizeof counts ? 0 : 1);
  }
  close(ends[1]);
  Counts counts;
  const bool isWhole = read(ends[0], &counts, sizeof counts) == sizeof counts;
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (isWhole) return counts;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 2) fail(2, "cannot run %s", entry.functionName.c_str());
  std::printf("FAILED %s: its process ended early\n", entry.functionName.c_str());
  return {0, 1};
}

int main(int argc, char** argv) {
  const Arguments arguments = parse(argc, argv);
  const std::vector<CatalogEntry> entries = readCatalog(arguments.catalog);
  Device device = {};
  if (!arguments.isolate) device = openDevice();
  std::printf("%s%sseed %llu, %d repeats\n", device.name, arguments.isolate ? "" : ", ",
              static_cast<unsigned long long>(arguments.seed), arguments.repeats);

  Counts total;
  for (size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].functionName.find(arguments.only) == std::string::npos) continue;
    const Counts counts = arguments.isolate ? runIsolated(entries[i], i, arguments) : runEntry(entries[i], i, device, arguments);
    total.passed += counts.passed;
    total.failed += counts.failed;
  }
  std::printf("%d passed, %d failed\n", total.passed, total.failed);
  if (total.passed + total.failed == 0) fail(1, "FAILED: no case ran");
  return total.failed == 0 ? 0 : 1;
}
