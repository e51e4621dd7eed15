import { describe, expect, it } from 'vitest';
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
