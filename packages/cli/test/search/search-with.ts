import { soundExample } from '../support/configurations.js';
import { type Ran, run } from '../support/run-main.js';

/** Searches a space around a sound configuration. */
export function searchWith(space: object, ...argv: string[]): Promise<Ran> {
  return run(['search', '-', '--options', soundExample, ...argv], { stdin: JSON.stringify(space) });
}
