import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { newClient } from './support/client.js';

describe('stopping', () => {
  it('finishes what runs and what waits, and refuses the rest', async () => {
    const client = newClient();
    const launch = await client.prepareLaunch();
    const c = await client.upload(new Uint8Array(16 * 128 * 2));
    client.device.isSlow = true;
    const running = client.ask('POST', '/launch', launch);
    await vi.waitFor(() => expect(client.device.launches).toBe(1));
    const waiting = client.ask('POST', '/launch', { ...launch, buffers: { ...launch.buffers, c } });
    await vi.waitFor(async () => expect(await client.metric('queued_launches')).toBe(1));
    const { context } = client.device;
    const stopped = client.service.stop();
    expect(await client.ask('POST', '/launch', launch)).toMatchObject({
      status: 503,
      body: { code: 'stopping' },
    });
    expect((await client.ask('GET', '/healthz')).body['status']).toBe('stopping');
    expect(context.isReleased).toBe(false);
    client.device.isSlow = false;
    expect((await running).status).toBe(200);
    expect((await waiting).status).toBe(200);
    await stopped;
    expect(context.isReleased).toBe(true);
  });

  it('waits for a launch whose request has been answered with 504', async () => {
    const client = newClient();
    const launch = await client.prepareLaunch();
    client.device.isSlow = true;
    expect((await client.ask('POST', '/launch', { ...launch, deadlineMs: 500 })).status).toBe(504);
    expect(client.device.launches).toBe(1);
    const stopped = client.service.stop();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(client.device.context.isReleased).toBe(false);
    client.device.isSlow = false;
    await stopped;
    expect(client.device.context.isReleased).toBe(true);
  });
});

describe('the process', () => {
  const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
  const start = (...args: string[]) =>
    spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const firstLine = async ({ stdout, stderr }: ChildProcess, from: 'stdout' | 'stderr' = 'stdout') => {
    const input = from === 'stdout' ? stdout : stderr;
    if (input === null) throw new Error('no output');
    const [line] = (await once(createInterface({ input }), 'line')) as [string];
    return line;
  };

  it('serves on loopback, and ends with 0 after SIGTERM', async () => {
    const child = start('--device', 'emulator', '--port', '0');
    const line = await firstLine(child);
    expect(line).toMatch(
      /^serving on http:\/\/127\.0\.0\.1:\d+ with emulator of h100 on the CPU \(as asked\)$/,
    );
    const address = line.split(' ')[2];
    expect((await fetch(`${address}/healthz`)).status).toBe(200);
    child.kill('SIGTERM');
    expect((await once(child, 'exit'))[0]).toBe(0);
  });

  it.each([
    [['--device', 'tpu'], 'preflight: --device is "tpu", which is none of auto, gpu, emulator'],
    [['--max-queued', '-1'], /^preflight: /],
    [['--port', 'x'], 'preflight: --port is "x"; it must be a whole number from 0 on'],
    [['--speed', '1'], /^preflight: Unknown option '--speed'/],
  ])('refuses %j in one line', async (args, line) => {
    const child = start(...args);
    const exit = once(child, 'exit');
    expect(await firstLine(child, 'stderr')).toMatch(line);
    expect((await exit)[0]).toBe(2);
  });
});
