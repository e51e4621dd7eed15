import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { type Client, expectedOutput, newClient } from './support/client.js';

/** Waits until a launch has begun on the device, which does not end it. */
async function untilLaunched(client: Client, launches: number): Promise<void> {
  await vi.waitFor(() => expect(client.device.launches).toBe(launches));
}

/** Some launches, each with an output of its own. */
async function launches(client: Client, count: number) {
  const first = await client.prepareLaunch();
  const all = [first];
  while (all.length < count) {
    const c = await client.upload(new Uint8Array(16 * 128 * 2));
    all.push({ ...first, buffers: { ...first.buffers, c } });
  }
  return all;
}

describe('the queue', () => {
  it('lets so many wait, and answers 503 with Retry-After to one more', async () => {
    const client = newClient({ maxQueued: 2 });
    const all = await launches(client, 4);
    client.device.isSlow = true;
    const accepted = all.slice(0, 3).map((launch) => client.ask('POST', '/launch', launch));
    await untilLaunched(client, 1);
    const refused = await client.ask('POST', '/launch', all[3]);
    expect(refused).toMatchObject({
      status: 503,
      headers: { 'retry-after': '1' },
      body: { code: 'queue-full' },
    });
    expect(refused.body['message']).toBe('2 launches wait already, which is the most');
    client.device.isSlow = false;
    expect((await Promise.all(accepted)).map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(client.device.launches).toBe(3);
    // What was refused has left its buffers alone, and can be asked for again.
    expect((await client.ask('POST', '/launch', all[3])).status).toBe(200);
  });

  it('serves checks and probes while launches wait', async () => {
    const client = newClient();
    const [launch] = await launches(client, 1);
    client.device.isSlow = true;
    const waiting = client.ask('POST', '/launch', launch);
    await untilLaunched(client, 1);
    expect((await client.ask('POST', '/check', { options: launch?.options })).body['ok']).toBe(true);
    expect((await client.ask('GET', '/healthz')).status).toBe(200);
    client.device.isSlow = false;
    await waiting;
  });
});

describe('the deadline', () => {
  it('is answered with 504 when the launch does not end, and its output is nobody’s until it is written anew', async () => {
    const client = newClient();
    const [launch] = await launches(client, 1);
    const { c = '' } = launch?.buffers ?? {};
    client.device.isSlow = true;
    const late = await client.ask('POST', '/launch', { ...launch, deadlineMs: 500 });
    expect(late).toMatchObject({ status: 504, body: { code: 'deadline' } });
    expect(late.body['message']).toBe('the launch did not end within 500 ms');
    // The device still writes.
    expect((await client.ask('GET', `/buffers/${c}`)).body['code']).toBe('buffer-in-use');
    expect((await client.ask('DELETE', `/buffers/${c}`)).status).toBe(409);
    client.device.isSlow = false;
    await vi.waitFor(async () =>
      expect((await client.ask('GET', `/buffers/${c}`)).body['code']).toBe('buffer-torn'),
    );
    expect((await client.ask('POST', '/launch', launch)).status).toBe(200);
    expect(await client.output(c)).toEqual(expectedOutput);
  });

  it('drops a launch that waits for longer, which then never begins', async () => {
    const client = newClient();
    const [first, second] = await launches(client, 2);
    client.device.isSlow = true;
    const running = client.ask('POST', '/launch', first);
    await untilLaunched(client, 1);
    const dropped = await client.ask('POST', '/launch', { ...second, deadlineMs: 20 });
    expect(dropped).toMatchObject({ status: 504, body: { code: 'deadline' } });
    expect(dropped.body['message']).toBe('the launch did not get its turn within 20 ms');
    client.device.isSlow = false;
    await running;
    await sleep(10);
    expect(client.device.launches).toBe(1);
    // Its output is as it was.
    expect((await client.ask('GET', `/buffers/${second?.buffers.c}`)).status).toBe(200);
  });

  it('is never longer than the service’s own', async () => {
    const client = newClient({ deadlineMs: 500 });
    const [launch] = await launches(client, 1);
    client.device.isSlow = true;
    const late = await client.ask('POST', '/launch', { ...launch, deadlineMs: 60_000 });
    expect(late.body['message']).toBe('the launch did not end within 500 ms');
  });
});
