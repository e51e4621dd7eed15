#!/usr/bin/env bash
# Runs on the GPU host, in the folder that pack.sh made: the main job, the driver tests (also under compute-sanitizer where
# it is installed), a long run at full rate (PREFLIGHT_SOAK_SECONDS, default 60), and the kernels' own verification where nvcc is
# (PREFLIGHT_KERNELS: a part of the names of those that compute-sanitizer sees, default all).
# Usage: bash run.sh RESULTS_FOLDER [PART...]
# Writes one log a part, and exits with 1 if any part failed.
set -uo pipefail
results=$(realpath -m "${1:?usage: run.sh RESULTS_FOLDER [PART...]}")
only=("${@:2}")
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$results"
node=$(mktemp -d)/node
xz -dc "$here/node.xz" >"$node" && chmod +x "$node"
failed=0

part() { # part NAME COMMAND…: runs it, keeps what it prints, notes how it ended
  local name=$1
  shift
  if ((${#only[@]} > 0)) && [[ " ${only[*]} " != *" $name "* ]]; then return; fi
  echo "== $name"
  "$@" >"$results/$name.log" 2>&1
  local status=$?
  tail -n 12 "$results/$name.log"
  if ((status != 0)); then
    echo "-- $name failed with exit code $status"
    failed=1
  fi
}

{
  date -u +%Y-%m-%dT%H:%M:%SZ
  nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader
  "$node" --version
} >"$results/host.log"
cat "$results/host.log"

examples() { # the course, each part with its name above what it prints
  local file status=0
  for file in "$here"/dist/[0-9][0-9]-*.mjs; do
    echo "-- $(basename "$file" .mjs)"
    "$node" "$file" --device gpu || status=1
  done
  return $status
}

ffi=("$node" "$here/dist/ffi-suite.mjs" "$here/ffi-kernels.sm90a.cubin")
part main-job "$node" "$here/dist/preflight.mjs" run "$here/examples/qwen3-30b-a3b-moe.json" --device gpu
part main-job-json "$node" "$here/dist/preflight.mjs" run "$here/examples/qwen3-30b-a3b-moe.json" --device gpu --format json
part deepseek "$node" "$here/dist/preflight.mjs" run "$here/examples/deepseek-v3-moe-small.json" --device gpu
part bench "$node" "$here/dist/preflight.mjs" bench --save "$results/bench-saved.json"
part ffi-suite "${ffi[@]}"
part examples examples
part soak "$node" "$here/dist/soak.mjs" "$here/catalog/preflight-sm90a.json" --seconds "${PREFLIGHT_SOAK_SECONDS:-60}"
part serving "$node" "$here/dist/server-load.mjs" --service "$here/dist/server.mjs" --device gpu --results "$results"
if command -v compute-sanitizer >/dev/null; then
  # Many checks provoke errors of the API on purpose; what is looked for is what kernels and copies do to memory, and leaks.
  part ffi-suite-memcheck compute-sanitizer --tool memcheck --target-processes application-only --report-api-errors no --leak-check full --error-exitcode 3 "${ffi[@]}"
  part main-job-memcheck compute-sanitizer --tool memcheck --error-exitcode 3 "$node" "$here/dist/preflight.mjs" run "$here/examples/qwen3-30b-a3b-moe.json" --device gpu
fi
if command -v nvcc >/dev/null; then
  kernels=$here/kernels catalog=$here/catalog/preflight-sm90a.json
  part kernels-build sh -c "nvcc -O3 -std=c++17 -arch=sm_90 -o '$here/verify' '$kernels/packages/kernels/test/gpu/verify.cu' -ldl && nvcc -O3 -std=c++17 -arch=sm_90 -o '$here/bench' '$kernels/benchmarks/kernels/bench.cu' -ldl"
  peers=$kernels/benchmarks/kernels/peers.py
  part kernels-verify "$here/verify" "$catalog" --isolate
  part kernels-verify-1000 "$here/verify" "$catalog" --isolate --repeats 1000 --cases 3
  if command -v compute-sanitizer >/dev/null; then
    for tool in memcheck synccheck racecheck; do # the last takes some seconds a kernel
      part "kernels-$tool" compute-sanitizer --tool "$tool" --error-exitcode 3 "$here/verify" "$catalog" --sanitizer --only "${PREFLIGHT_KERNELS:-}"
    done
  fi
  for rest in 0 40; do # at full load, and with a break before each group of launches
    part "kernels-bench-rest-$rest" "$here/bench" "$catalog" --rest "$rest" --json "$results/kernels-bench-rest-$rest.jsonl"
    if command -v python3 >/dev/null; then part "kernels-peers-rest-$rest" python3 "$peers" --rest "$rest" --json "$results/kernels-peers-rest-$rest.jsonl"; fi
  done
fi
if command -v nvcc >/dev/null && command -v g++ >/dev/null; then
  bench=$here/launch
  cp "$bench/preflight-sm90a.json" "$bench/catalog.json"
  include=$(dirname "$(dirname "$(readlink -f "$(command -v nvcc)")")")/include
  library=$(ldconfig -p | awk '/libcuda\.so\.1/ { print $NF; exit }')
  part launch-build sh -c "nvcc -arch=sm_90a -cubin -o '$bench/empty.sm90a.cubin' '$bench/empty.cu' && g++ -std=c++20 -O3 -I '$include' '$bench/launch.cpp' -o '$bench/launch' '$library'"
  part launch-bench "$node" --expose-gc "$here/dist/launch.mjs" "$bench" --json
  if command -v python3 >/dev/null; then part launch-peers python3 "$bench/peers.py"; fi
fi
rm -f "$node"
exit $failed
