import type { BatchedGemmOptions, Problem } from '@gemm-preflight/types';
import { afterEach } from 'vitest';
import { createService, type Service } from '../../src/app.js';
import { readKernels } from '../../src/kernels.js';
import { defaultSettings, type Settings } from '../../src/settings.js';
import { TestDevice } from './driver.js';

export const kernels = await readKernels();

/** Three experts, of which one has no token; sizes of one tile, so that a launch takes a millisecond. */
export const problem: Problem = {
  batchM: false,
  transposeMmaOutput: true,
  m: 128,
  n: 8,
  k: 128,
  tokensPerBatch: [3, 0, 5],
  dtypeElt: 'E4m3',
  dtypeC: 'Bfloat16',
};

/** An answer of the service. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Record<string, unknown>;
  readonly bytes: Uint8Array;
}

/** A service on a test device, and somebody who asks it. */
export class Client {
  readonly device: TestDevice;
  readonly service: Service;

  /** Why the device was lost, as the service told it. */
  readonly losses: string[] = [];

  constructor(settings: Partial<Settings> = {}) {
    this.device = new TestDevice(kernels);
    this.service = createService({ ...defaultSettings, ...settings }, this.device, kernels, {
      onLost: (why) => this.losses.push(why),
    });
  }

  async ask(method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, payload?: object): Promise<Answer> {
    const sent = payload instanceof Uint8Array ? Buffer.from(payload) : payload;
    const headers = payload instanceof Uint8Array ? { 'content-type': 'application/octet-stream' } : {};
    const answer = await this.service.app.inject({ method, url, headers, ...(sent && { payload: sent }) });
    const isJson = String(answer.headers['content-type']).startsWith('application/json');
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: isJson ? answer.json() : {},
      bytes: answer.rawPayload,
    };
  }

  /** A number of /metrics that has no labels, or with them. */
  async metric(name: string): Promise<number> {
    const text = Buffer.from((await this.ask('GET', '/metrics')).bytes).toString();
    const line = text.split('\n').find((one) => one.startsWith(`preflight_${name} `));
    return Number(line?.split(' ')[1]);
  }

  async upload(bytes: Uint8Array): Promise<string> {
    const { body } = await this.ask('POST', '/buffers', { byteLength: bytes.byteLength });
    await this.ask('PUT', `/buffers/${body['id']}`, bytes);
    return String(body['id']);
  }

  /** A launch of the problem, ready to be posted: weights of 1, and the t-th token all 2^t. */
  async prepareLaunch() {
    const { body } = await this.ask('POST', '/check', { problem });
    const { kernel, options } = body as { kernel: string; options: BatchedGemmOptions };
    const [rows = 0, columns = 0] = body['outputShape'] as number[];
    const buffers = {
      a: await this.upload(new Uint8Array(3 * 128 * 128).fill(e4m3One)),
      b: await this.upload(paddedTokens(rows, body['tokenOffsets'] as number[])),
      c: await this.upload(new Uint8Array(rows * columns * 2).fill(0xff)),
    };
    return { kernel, options, buffers };
  }

  /** The output, by row, each of which has one value in all columns. */
  async output(id: string): Promise<readonly number[]> {
    const { bytes } = await this.ask('GET', `/buffers/${id}`);
    const codes = new Uint16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    return Array.from({ length: codes.length / 128 }, (_, row) => {
      const values = new Set([...codes.subarray(row * 128, (row + 1) * 128)].map(bfloat16));
      return values.size === 1 ? ([...values][0] ?? Number.NaN) : Number.NaN;
    });
  }
}

/** What the launch of {@link Client.prepareLaunch} computes: 128 · 2^t for each token, and zeros in rows of padding. */
export const expectedOutput = [128, 256, 512, 0, 0, 0, 0, 0, 1024, 2048, 4096, 8192, 16384, 0, 0, 0];

const e4m3One = 0x38;

/** 2^t in E4m3: the exponent is in bits 3 to 6. */
function paddedTokens(rows: number, tokenOffsets: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(rows * 128);
  let token = 0;
  for (const [batch, count] of (problem.tokensPerBatch ?? []).entries()) {
    for (let i = 0; i < count; i++, token++) {
      const row = (tokenOffsets[batch] ?? 0) + i;
      bytes.fill(e4m3One + 8 * token, row * 128, (row + 1) * 128);
    }
  }
  return bytes;
}

function bfloat16(code: number): number {
  return new Float32Array(Uint32Array.of(code << 16).buffer)[0] ?? Number.NaN;
}

/** A client whose service is stopped after the test. */
export function newClient(settings?: Partial<Settings>): Client {
  const client = new Client(settings);
  clients.push(client);
  return client;
}

const clients: Client[] = [];

afterEach(async () => {
  for (const { service, device } of clients.splice(0)) {
    device.isSlow = false;
    await service.stop();
  }
});
