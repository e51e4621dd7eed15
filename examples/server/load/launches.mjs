/** Three experts, of which one has no token; one tile each. */
const problem = {
  batchM: false,
  transposeMmaOutput: true,
  m: 128,
  n: 8,
  k: 128,
  tokensPerBatch: [3, 0, 5],
  dtypeElt: 'E4m3',
  dtypeC: 'Bfloat16',
};

/** Uploads the operands of a small GEMM, and so many outputs. Returns a body for `POST /launch` for each, and its options. */
export async function prepareLaunches(url, count) {
  const { kernel, options, buffers } = await ask(url, 'POST', '/check', { problem });
  const create = async ({ bytes }) => (await ask(url, 'POST', '/buffers', { byteLength: bytes })).id;
  const [a, b, c] = ['a', 'b', 'c'].map((name) => buffers.find(({ buffer }) => buffer === name));
  const inputs = { a: await create(a), b: await create(b) };
  const launches = [];
  for (let i = 0; i < count; i++) {
    launches.push({ kernel, options, buffers: { ...inputs, c: await create(c) } });
  }
  return { launches, options };
}

async function ask(url, method, path, body) {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${url}${path}`, { method, headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}
