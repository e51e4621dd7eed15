// Reads a catalog of kernels: the JSON that build.mjs writes, one `"key": value` a line. Whatever else a line holds ends the
// program; this is no general JSON reader and does not pretend to be one.
#pragma once

#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "driver.cuh"

struct CatalogEntry {
  std::string functionName, ruleSet, paramsAbi, dtypeElt, dtypeC, cubinPath;
  bool batchM, transposeMmaOutput, blockScale, permuteFusion;
  int sharedMemSize, threadsPerCta, tileM, tileN, tileK, epilogueTileM, epilogueTileN, numStages;
  int clusterDimX, clusterDimZ, numSlicesForSplitK;

  int tokenTile() const { return batchM ? tileM : tileN; }
  int channelTile() const { return batchM ? tileN : tileM; }
  int elementBytes() const { return dtypeElt == "E4m3" ? 1 : 2; }
  int outputBytes() const { return dtypeC == "E4m3" ? 1 : 2; }
  bool hasOutputScales() const { return blockScale && dtypeC == "E4m3"; }
  bool hasDeviceTables() const { return paramsAbi == "trtllm-gen/2"; }
  /** Works off all tiles with whatever grid it gets. */
  bool isPersistent() const { return ruleSet.rfind("hopper-native@", 0) == 0; }
};

namespace catalog_detail {

using Fields = std::map<std::string, std::string>;

inline std::string trimmed(const std::string& line) {
  const size_t first = line.find_first_not_of(" \t\r"), last = line.find_last_not_of(" \t\r");
  return first == std::string::npos ? "" : line.substr(first, last - first + 1);
}

inline std::string text(const Fields& fields, const std::string& key, const char* fallback = nullptr) {
  const auto field = fields.find(key);
  if (field != fields.end()) return field->second;
  if (fallback != nullptr) return fallback;
  fail(2, "a kernel of the catalog lacks \"%s\"", key.c_str());
}

inline int number(const Fields& fields, const std::string& key, const char* fallback = nullptr) {
  const std::string value = text(fields, key, fallback);
  char* end = nullptr;
  const long result = std::strtol(value.c_str(), &end, 10);
  if (value.empty() || *end != '\0') fail(2, "\"%s\" of a kernel is %s, not a number", key.c_str(), value.c_str());
  return static_cast<int>(result);
}

inline bool flag(const Fields& fields, const std::string& key) {
  const std::string value = text(fields, key);
  if (value != "true" && value != "false") fail(2, "\"%s\" of a kernel is %s, neither true nor false", key.c_str(), value.c_str());
  return value == "true";
}

inline std::string oneOf(const Fields& fields, const std::string& key, std::initializer_list<const char*> known) {
  const std::string value = text(fields, key);
  for (const char* each : known) {
    if (value == each) return value;
  }
  fail(2, "\"%s\" of a kernel is %s, which this program does not know", key.c_str(), value.c_str());
}

inline CatalogEntry entryOf(const Fields& fields, const std::string& folder) {
  CatalogEntry entry;
  entry.functionName = text(fields, "functionName");
  entry.ruleSet = text(fields, "ruleSet");
  entry.paramsAbi = oneOf(fields, "paramsAbi", {"trtllm-gen/1", "trtllm-gen/2"});
  entry.dtypeElt = oneOf(fields, "dtypeElt", {"E4m3", "Bfloat16", "Fp16"});
  entry.dtypeC = oneOf(fields, "dtypeC", {"E4m3", "Bfloat16", "Fp16"});
  entry.cubinPath = folder + "/" + text(fields, "cubin");
  entry.batchM = oneOf(fields, "batchMode", {"batchM", "batchN"}) == "batchM";
  entry.transposeMmaOutput = flag(fields, "transposeMmaOutput");
  entry.blockScale = flag(fields, "blockScale");
  entry.permuteFusion = flag(fields, "permuteFusion");
  entry.sharedMemSize = number(fields, "sharedMemSize");
  entry.threadsPerCta = number(fields, "threadsPerCta");
  entry.tileM = number(fields, "tileM");
  entry.tileN = number(fields, "tileN");
  entry.tileK = number(fields, "tileK");
  entry.epilogueTileM = number(fields, "epilogueTileM");
  entry.epilogueTileN = number(fields, "epilogueTileN");
  entry.numStages = number(fields, "numStages");
  entry.numSlicesForSplitK = number(fields, "numSlicesForSplitK");
  entry.clusterDimX = number(fields, "clusterDimX", "1");
  entry.clusterDimZ = number(fields, "clusterDimZ", "1");

  const char* name = entry.functionName.c_str();
  if (number(fields, "paramsStructSize") != 17280) fail(2, "%s: paramsStructSize is not 17280", name);
  if (number(fields, "clusterDimY", "1") != 1) fail(2, "%s: clusterDimY is not 1", name);
  if (entry.transposeMmaOutput == entry.batchM) fail(2, "%s: batchN has its output transposed, batchM has not", name);
  if (flag(fields, "shuffledMatrixA") || flag(fields, "useFusedAct") || !flag(fields, "useTmaStore")) {
    fail(2, "%s: this program knows no shuffled A, no fused activation, no output without TMA", name);
  }
  if (entry.blockScale && entry.dtypeElt != "E4m3") fail(2, "%s: DeepSeek scales need E4m3 elements", name);
  for (int size : {entry.tileM, entry.tileN, entry.tileK, entry.epilogueTileM, entry.epilogueTileN, entry.numStages,
                   entry.threadsPerCta, entry.clusterDimX, entry.clusterDimZ, entry.numSlicesForSplitK}) {
    if (size <= 0) fail(2, "%s: a size is not positive", name);
  }
  return entry;
}

} // namespace catalog_detail

/** The entries of a catalog that have a cubin, in its order. */
inline std::vector<CatalogEntry> readCatalog(const std::string& path) {
  using namespace catalog_detail;
  std::ifstream file(path);
  if (!file) fail(2, "cannot read %s", path.c_str());
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash);

  std::vector<CatalogEntry> entries;
  Fields fields;
  enum { beforeCatalog, inCatalog, inKernels, inKernel, afterKernels, afterCatalog } place = beforeCatalog;
  std::string raw;
  for (int lineNumber = 1; std::getline(file, raw); ++lineNumber) {
    std::string line = trimmed(raw);
    if (line.empty()) continue;
    if (place == beforeCatalog && line == "{") { place = inCatalog; continue; }
    if (place == inCatalog && line == "\"kernels\": [") { place = inKernels; continue; }
    if (place == inKernels && line == "{") { place = inKernel; fields.clear(); continue; }
    if (place == inKernel && (line == "}" || line == "},")) {
      place = inKernels;
      if (fields.count("cubin")) entries.push_back(entryOf(fields, folder));
      continue;
    }
    if (place == inKernels && (line == "]" || line == "],")) { place = afterKernels; continue; }
    if (place == afterKernels && line == "}") { place = afterCatalog; continue; }

    if (!line.empty() && line.back() == ',') line.pop_back();
    const size_t colon = line.find("\": ");
    const bool isField = (place == inCatalog || place == inKernel || place == afterKernels) && line.size() > 4 &&
                         line[0] == '"' && colon != std::string::npos && colon + 3 < line.size();
    const std::string key = isField ? line.substr(1, colon - 1) : "";
    std::string value = isField ? line.substr(colon + 3) : "";
    const bool isText = value.size() >= 2 && value.front() == '"' && value.back() == '"';
    if (isText) value = value.substr(1, value.size() - 2);
    if (!isField || (!isText && value.find_first_of("[]{}\"") != std::string::npos)) {
      fail(2, "%s:%d: not one \"key\": value: %s", path.c_str(), lineNumber, raw.c_str());
    }
    if (place == inKernel && !fields.emplace(key, value).second) {
      fail(2, "%s:%d: a second \"%s\"", path.c_str(), lineNumber, key.c_str());
    }
  }
  if (place != afterCatalog) fail(2, "%s: ends too early", path.c_str());
  return entries;
}
