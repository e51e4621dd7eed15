import type { GoldenCase } from '../golden-cases.js';
import { type Answers, answer } from './answer.js';

/** What the test finds in the page: all of it done by the page's own script, for what a debugger calls escapes the policy. */
export interface PageApi {
  readonly inPage: Promise<Answers>;
  readonly inWorker: Promise<Answers>;
  /** Whether this page may evaluate text as code: no, if the policy is in force. */
  readonly mayEval: boolean;
  /** What the content security policy refused so far. */
  readonly refused: readonly string[];
}

const refused: string[] = [];
addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => {
  refused.push(`${effectiveDirective} ${blockedURI}`);
});

function mayEval(): boolean {
  try {
    return new Function('return true')();
  } catch {
    return false;
  }
}

async function inPage(): Promise<Answers> {
  const text = await (await fetch('/cases.jsonl')).text();
  const cases: readonly GoldenCase[] = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return answer(cases);
}

function inWorker(): Promise<Answers> {
  const worker = new Worker('/worker.js', { type: 'module' });
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(`the worker failed: ${message}`));
  });
}

const api: PageApi = { refused, mayEval: mayEval(), inPage: inPage(), inWorker: inWorker() };
Object.assign(globalThis, { preflight: api });
