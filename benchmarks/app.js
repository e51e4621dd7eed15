import { createChecker } from '@gemm-preflight/checker-wasm';

const checker = await createChecker();
const { ok, diagnostics } = checker.check(JSON.parse(document.body.dataset.options), 'b200');
document.title = ok ? 'it can run' : diagnostics[0].message;
