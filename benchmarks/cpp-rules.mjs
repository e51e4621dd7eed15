// The C++ peer of checkMany, built where there is a C++ compiler.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { summary } from './report.mjs';

/** Builds the peer; undefined where that is not possible. */
export function cppRules() {
  const folder = mkdtempSync(join(tmpdir(), 'preflight-rules-'));
  const binary = join(folder, 'rules');
  const source = fileURLToPath(new URL('peers/rules.cpp', import.meta.url));
  const { status } = spawnSync('c++', ['-std=c++20', '-O3', source, '-o', binary], { stdio: 'ignore' });
  if (status !== 0) return undefined;
  return {
    /** Packed configurations as a file, and how often so many of them are checked. */
    rate({ records, count }, { throws, runs }) {
      const file = join(folder, 'records');
      writeFileSync(file, new Uint8Array(records.buffer, records.byteOffset, records.byteLength));
      const answers = spawnSync(binary, [file, count, throws ? 1 : 0], { input: '\n'.repeat(runs) });
      const [first, ...times] = answers.stdout.toString().trim().split('\n');
      const perSecond = times.map((line) => (count / Number(line.split(' ')[0])) * 1000);
      return { valid: Number(first?.split(' ')[1]), rate: summary(perSecond).median };
    },
  };
}
