// Imported for its effect: <preflight-check> is known afterwards.
import { definePreflightCheck } from './element.js';

export * from './index.js';

definePreflightCheck();
