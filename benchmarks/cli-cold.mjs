// How long `preflight check` of one file takes as a process, beside a Node that does nothing. In turns, so that both see the same
// machine.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { print, summary } from './report.mjs';

const cwd = fileURLToPath(new URL('../', import.meta.url));
const commands = {
  check: ['packages/cli/bin/preflight.js', 'check', 'examples/check-b200-moe.json'],
  'node -e 0': ['-e', '0'],
};
const times = { check: [], 'node -e 0': [] };
for (let i = 0; i < 41; i++) {
  for (const [name, args] of Object.entries(commands)) {
    const start = performance.now();
    const { status } = spawnSync(process.execPath, args, { cwd });
    if (status !== 0) throw new Error(`node ${args.join(' ')} exited with ${status}`);
    times[name].push(performance.now() - start);
  }
}
const { median, ...spread } = summary(times.check);
print('cli-cold', median, 'ms', { ...spread, peer: { 'node -e 0': summary(times['node -e 0']).median } });
