import { describe, expect, it } from 'vitest';
import { newClient } from './support/client.js';

describe('buffers', () => {
  it('hold zeros, then what was uploaded, until they are deleted', async () => {
    const client = newClient();
    const { status, headers, body } = await client.ask('POST', '/buffers', { byteLength: 5 });
    const url = `/buffers/${body['id']}`;
    expect({ status, location: headers['location'] }).toEqual({ status: 201, location: url });
    expect([...(await client.ask('GET', url)).bytes]).toEqual([0, 0, 0, 0, 0]);
    expect((await client.ask('PUT', url, Uint8Array.of(1, 2, 3, 4, 5))).status).toBe(204);
    expect([...(await client.ask('GET', url)).bytes]).toEqual([1, 2, 3, 4, 5]);
    expect((await client.ask('DELETE', url)).status).toBe(204);
    expect(await client.ask('GET', url)).toMatchObject({ status: 404, body: { code: 'no-such-buffer' } });
  });

  it.each([
    [{ byteLength: 101 }, 413, 'a buffer has 100 bytes at most, not 101'],
    [{ byteLength: 0 }, 400, 'byteLength must be >= 1'],
    [{ byteLength: '5' }, 400, 'byteLength must be integer'],
    [{ bytes: 5 }, 400, "the body must have required property 'byteLength'"],
  ])('refuse %j', async (given, status, message) => {
    const client = newClient({ maxBufferBytes: 100 });
    const answer = await client.ask('POST', '/buffers', given);
    expect(answer).toMatchObject({ status, body: { message } });
  });

  it('are limited in number and in bytes, and room comes back', async () => {
    const client = newClient({ maxBuffers: 2, maxDeviceBytes: 100 });
    const first = await client.ask('POST', '/buffers', { byteLength: 60 });
    expect((await client.ask('POST', '/buffers', { byteLength: 60 })).body).toEqual({
      code: 'out-of-device-memory',
      message: '40 of 100 bytes are left, and 60 were asked for',
    });
    await client.ask('POST', '/buffers', { byteLength: 40 });
    expect((await client.ask('POST', '/buffers', { byteLength: 1 })).body['code']).toBe('too-many-buffers');
    await client.ask('DELETE', `/buffers/${first.body['id']}`);
    expect((await client.ask('POST', '/buffers', { byteLength: 60 })).status).toBe(201);
  });

  it('say so when the device itself is out of memory, and go on', async () => {
    const client = newClient({ maxBufferBytes: 2 ** 30 });
    const answer = await client.ask('POST', '/buffers', { byteLength: 2 ** 29 });
    expect(answer).toMatchObject({ status: 507, body: { code: 'out-of-device-memory' } });
    expect((await client.ask('POST', '/buffers', { byteLength: 16 })).status).toBe(201);
  });

  it('take all their bytes, as bytes', async () => {
    const client = newClient({ maxBufferBytes: 100 });
    const { body } = await client.ask('POST', '/buffers', { byteLength: 8 });
    const url = `/buffers/${body['id']}`;
    expect((await client.ask('PUT', url, new Uint8Array(7))).body).toEqual({
      code: 'wrong-size',
      message: `buffer ${body['id']} has 8 bytes, and 7 came`,
    });
    expect((await client.ask('PUT', url, new Uint8Array(101))).body['code']).toBe('too-large');
    expect((await client.ask('PUT', url, [1, 2])).body['code']).toBe('unsupported-media-type');
  });
});
