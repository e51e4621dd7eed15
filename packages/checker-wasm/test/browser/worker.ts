import type { GoldenCase } from '../golden-cases.js';
import { answer } from './answer.js';

const text = await (await fetch('/cases.jsonl')).text();
const cases: readonly GoldenCase[] = text
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));
postMessage(await answer(cases));
