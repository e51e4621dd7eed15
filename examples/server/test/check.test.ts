import { describe, expect, it } from 'vitest';
import { kernels, newClient, problem } from './support/client.js';

describe('POST /check', () => {
  it('finds a kernel for a problem, and says what its launch needs', async () => {
    const { status, body } = await newClient().ask('POST', '/check', { problem });
    expect({ status, ...body }).toMatchObject({ status: 200, ok: true, outputShape: [16, 128] });
    expect(body['kernel']).toContain('Tile128x8x128');
    expect(body['buffers']).toMatchObject([
      { buffer: 'a', bytes: 3 * 128 * 128 },
      { buffer: 'b', bytes: 16 * 128 },
      { buffer: 'c', bytes: 16 * 128 * 2 },
      { buffer: 'scaleC', bytes: 4, optional: true },
    ]);
  });

  it('says of each kernel why it cannot run a problem', async () => {
    const { status, body } = await newClient().ask('POST', '/check', {
      problem: { ...problem, dtypeElt: 'E2m1' },
    });
    expect({ status, ok: body['ok'] }).toEqual({ status: 200, ok: false });
    expect(body['refused']).toHaveLength(kernels.length);
  });

  it('checks options as the checker does', async () => {
    const client = newClient();
    const { body } = await client.ask('POST', '/check', { problem });
    const options = { ...(body['options'] as object), k: 100, tileQ: 1 };
    const misspelt = await client.ask('POST', '/check', { options });
    expect(misspelt.body).toMatchObject({ ok: false, diagnostics: [{ rule: 'invalid-input' }] });
    const { tileQ: _, ...known } = options;
    const refused = await client.ask('POST', '/check', { options: known, target: 'b200' });
    expect(refused.body).toMatchObject({ ok: false, diagnostics: [{ rule: 'tile-k-divides-k-slice' }] });
  });

  it.each([
    [{}, 'the body needs either "options" or "problem"'],
    [{ problem, options: {} }, 'the body needs either "options" or "problem"'],
    [{ problem: { ...problem, tokens: [1] } }, 'problem has no field "tokens"'],
    [{ problem: { ...problem, m: '128' } }, 'problem.m must be integer'],
    [{ options: {}, target: 'h300' }, 'target must be one of'],
    [[], 'the body must be object'],
  ])('refuses %j in one line', async (given, message) => {
    const answer = await newClient().ask('POST', '/check', given);
    expect(answer).toMatchObject({ status: 400, body: { code: 'bad-request' } });
    expect(answer.body['message']).toContain(message);
    expect(answer.body['message']).not.toContain('\n');
  });

  it('refuses what is no JSON, is too large, or is not there', async () => {
    const { app } = newClient().service;
    const post = (payload: string) =>
      app.inject({ method: 'POST', url: '/check', headers: { 'content-type': 'application/json' }, payload });
    const malformed = await post('{"options": ');
    expect(malformed.statusCode).toBe(400);
    expect(malformed.json().code).toBe('bad-request');
    expect((await post(`"${'x'.repeat(2 ** 20)}"`)).json().code).toBe('too-large');
    expect((await app.inject('/chek')).json()).toEqual({
      code: 'no-such-route',
      message: 'there is no GET /chek',
    });
  });
});
