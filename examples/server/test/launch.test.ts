import { describe, expect, it } from 'vitest';
import { expectedOutput, newClient } from './support/client.js';

describe('POST /launch', () => {
  it('computes on buffers', async () => {
    const client = newClient();
    const launch = await client.prepareLaunch();
    const { status, body } = await client.ask('POST', '/launch', launch);
    expect({ status, ...body }).toMatchObject({ status: 200, ok: true, outputShape: [16, 128] });
    expect(await client.output(launch.buffers.c)).toEqual(expectedOutput);
  });

  it('prepares a kernel with the same options once, in whatever order they stand', async () => {
    const client = newClient();
    const launch = await client.prepareLaunch();
    const reversed = Object.fromEntries(Object.entries(launch.options).reverse());
    await client.ask('POST', '/launch', launch);
    await client.ask('POST', '/launch', { ...launch, options: reversed });
    expect(await client.metric('prepared_hits')).toBe(1);
    expect(await client.metric('prepared_misses')).toBe(1);
    expect(await client.metric('launches_total{end="done"}')).toBe(2);
    expect(await client.metric('requests_total{method="POST",route="/launch",status="200"}')).toBe(2);
  });

  it('refuses options with the rule that they break', async () => {
    const client = newClient();
    const launch = await client.prepareLaunch();
    const options = { ...launch.options, k: 100 };
    const { status, body } = await client.ask('POST', '/launch', { ...launch, options });
    expect(status).toBe(422);
    expect(body['code']).toBe('options-refused');
    expect(body['message']).toContain('k 100 is no multiple of tileK 128');
    expect(client.device.launches).toBe(0);
  });

  it.each([
    ['a kernel that it does not know', { kernel: 'gemm' }, 404, 'no-such-kernel'],
    ['a buffer that it does not know', { buffers: { a: 'x' } }, 404, 'no-such-buffer'],
    ['a missing buffer', { buffers: {} }, 422, 'buffer-unfit'],
    ['a field that it does not know', { stream: 1 }, 400, 'bad-request'],
    ['no whole time', { deadlineMs: 0.5 }, 400, 'bad-request'],
  ])('refuses %s', async (_, change, status, code) => {
    const client = newClient();
    const answer = await client.ask('POST', '/launch', { ...(await client.prepareLaunch()), ...change });
    expect(answer.status).toBe(status);
    expect(answer.body['code']).toBe(code);
    expect(answer.body['message']).toMatch(/^[^\n]+$/);
  });

  it('refuses a role that the launch does not have, and buffers that are too small', async () => {
    const client = newClient();
    const launch = await client.prepareLaunch();
    const { a, b, c } = launch.buffers;
    const odd = await client.ask('POST', '/launch', { ...launch, buffers: { a, b, c, routeMap: a } });
    expect(odd.body['message']).toBe('buffer routeMap is not used by this launch; it takes a, b, c, scaleC');
    const small = await client.upload(new Uint8Array(16));
    const short = await client.ask('POST', '/launch', { ...launch, buffers: { a, b: small, c } });
    expect(short.body['message']).toMatch(/^buffer b has 16 bytes; this launch needs 2048/);
    // Nothing was launched, so the output is what it was.
    expect((await client.ask('GET', `/buffers/${c}`)).status).toBe(200);
  });

  it('refuses one buffer for input and output', async () => {
    const client = newClient();
    const launch = await client.prepareLaunch();
    const { a, c } = launch.buffers;
    const answer = await client.ask('POST', '/launch', { ...launch, buffers: { a, b: c, c } });
    expect(answer).toMatchObject({ status: 409, body: { code: 'buffer-in-use' } });
  });

  it('refuses a launch that is too large', async () => {
    const client = newClient({ maxLaunchFlops: 1000 });
    const answer = await client.ask('POST', '/launch', await client.prepareLaunch());
    expect(answer).toMatchObject({ status: 413, body: { code: 'too-large' } });
  });
});
