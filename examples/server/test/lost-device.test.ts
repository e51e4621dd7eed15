import { ContextLostError } from '@gemm-preflight/launcher-native';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { deviceLostExitCode, endAfterLoss } from '../src/end-after-loss.js';
import { newClient, problem } from './support/client.js';

describe('a device that is lost', () => {
  it('shows in /healthz and /metrics at once, without a launch', async () => {
    const client = newClient();
    expect((await client.ask('GET', '/healthz')).body).toEqual({
      status: 'ok',
      device: 'test device',
      kind: 'emulator',
    });
    client.device.isLost = true;
    expect(await client.ask('GET', '/healthz')).toMatchObject({
      status: 503,
      body: { status: 'device-lost', reason: expect.stringMatching(/^CUDA_ERROR_ILLEGAL_ADDRESS/) },
    });
    expect(await client.metric('device_up')).toBe(0);
  });

  it('fails the launch that meets it, and all after it without asking the driver', async () => {
    const client = newClient();
    const launch = await client.prepareLaunch();
    client.device.isLost = true;
    const first = await client.ask('POST', '/launch', launch);
    expect(first).toMatchObject({ status: 503, body: { code: 'device-lost' } });
    expect(first.body['message']).toMatch(
      /^the device is lost until the service is restarted: CUDA_ERROR_ILLEGAL_ADDRESS/,
    );
    const { launches } = client.device;
    expect(await client.ask('POST', '/launch', launch)).toMatchObject({
      status: 503,
      body: { code: 'device-lost' },
    });
    expect(client.device.launches).toBe(launches);
    expect((await client.ask('POST', '/buffers', { byteLength: 16 })).body['code']).toBe('device-lost');
  });

  it('is not forgotten when the driver answers again: its memory is gone', async () => {
    const client = newClient();
    client.device.isLost = true;
    await client.ask('GET', '/healthz');
    client.device.isLost = false;
    expect((await client.ask('GET', '/healthz')).status).toBe(503);
  });

  it('still has its options checked', async () => {
    const client = newClient();
    client.device.isLost = true;
    expect((await client.ask('POST', '/check', { problem })).body['ok']).toBe(true);
  });
});

describe('a kernel that reads what is not its own', () => {
  it('loses the device: 503 with the reason, for itself and for all that come after', async () => {
    const client = newClient();
    const launch = await client.prepareLaunch();
    client.device.isIllegal = true;
    const first = await client.ask('POST', '/launch', launch);
    expect(first).toMatchObject({ status: 503, body: { code: 'device-lost' } });
    // The driver tells who waits for the launch; everybody else meets a ContextLostError.
    expect(() => client.device.context.allocate(16)).toThrow(ContextLostError);
    const why = expect.stringMatching(/^CUDA_ERROR_ILLEGAL_ADDRESS.*It came after the launch of /);
    expect(await client.ask('GET', '/healthz')).toMatchObject({
      status: 503,
      body: { status: 'device-lost', reason: why },
    });
    for (const [method, url, payload] of [
      ['POST', '/launch', launch],
      ['POST', '/buffers', { byteLength: 16 }],
      ['PUT', `/buffers/${launch.buffers.a}`, new Uint8Array(3 * 128 * 128)],
    ] as const) {
      expect(await client.ask(method, url, payload)).toMatchObject({
        status: 503,
        body: { code: 'device-lost' },
      });
    }
    expect(client.losses).toEqual([why]);
  });
});

describe('the end after that', () => {
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it.each([
    ['stops in order', () => Promise.resolve()],
    ['cannot be stopped', () => Promise.reject(new Error('nothing works any more'))],
  ])(
    'comes when health checks have seen why, with an exit code of its own: a service that %s',
    async (_, stop) => {
      vi.useFakeTimers();
      const log = vi.spyOn(console, 'error').mockImplementation(() => {});
      const exit = vi.fn();
      const stopped = vi.fn(stop);
      endAfterLoss(stopped, 5000, exit)('CUDA_ERROR_LAUNCH_FAILED (719)');
      expect(log.mock.calls).toEqual([
        [
          'preflight: the device is lost, so the service ends in 5000 ms, to be started anew: CUDA_ERROR_LAUNCH_FAILED (719)',
        ],
      ]);
      await vi.advanceTimersByTimeAsync(4999);
      expect(stopped).not.toHaveBeenCalled();
      await vi.advanceTimersByTimeAsync(1);
      expect(stopped).toHaveBeenCalledOnce();
      expect(exit.mock.calls).toEqual([[deviceLostExitCode]]);
    },
  );
});
