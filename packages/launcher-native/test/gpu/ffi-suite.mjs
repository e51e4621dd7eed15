// The FFI and the driver floors against a real GPU. Plain Node, no test runner:
//
//   npm run build
//   node test/gpu/ffi-suite.mjs test/gpu/ffi-kernels.sm90a.cubin [--emulator] [--fault]
//
// With another cubin than that of ffi-kernels.cu, the checks that launch are skipped. `--emulator` runs on the CPU, to try the
// suite itself. `--fault` adds a check that breaks its context on purpose; compute-sanitizer will report it.
// Many checks provoke API errors: give compute-sanitizer `--report-api-errors no`.
// To carry it elsewhere: npx esbuild test/gpu/ffi-suite.mjs --bundle --platform=node --format=esm --outfile=suite.mjs,
// with node_modules/koffi beside it.

import { readFileSync } from 'node:fs';
import * as launcher from '../../dist/index.js';
import { runSuite } from './ffi-checks/run.mjs';

const args = process.argv.slice(2);
const [path] = args.filter((arg) => !arg.startsWith('--'));
if (path === undefined) {
  console.error('usage: node ffi-suite.mjs CUBIN [--emulator] [--fault]');
  process.exit(2);
}
const failed = await runSuite({
  launcher,
  cubin: readFileSync(path),
  emulate: args.includes('--emulator'),
  fault: args.includes('--fault'),
});
process.exitCode = failed === 0 ? 0 : 1;
