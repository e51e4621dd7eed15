import { createChecker } from '@gemm-preflight/checker-wasm';
import { hopperNative1 } from '@gemm-preflight/types';

const checker = await createChecker(undefined, [hopperNative1]);
const settings = { ruleSet: hopperNative1.name };
const { ok, diagnostics } = checker.check(JSON.parse(document.body.dataset.options), 'h100', settings);
document.title = ok ? 'it can run' : diagnostics[0].message;
