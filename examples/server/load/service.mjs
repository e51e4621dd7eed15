import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Starts the service on a free port of 127.0.0.1. Returns its address, its device, and what stops it. */
export async function startService(file, args) {
  const child = spawn(process.execPath, [file, ...args, '--host', '127.0.0.1', '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the service ended with exit code ${code}`);
  });
  ended.catch(() => {});
  const [line] = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), ended]);
  const url = line.split(' ')[2];
  const { device, kind } = await (await fetch(`${url}/healthz`)).json();
  const stop = async () => {
    child.kill('SIGTERM');
    await ended.catch(() => {});
  };
  return { url, device, kind, stop };
}
