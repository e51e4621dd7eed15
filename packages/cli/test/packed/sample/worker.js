import { diagnose } from './diagnose.js';

postMessage(await diagnose());
