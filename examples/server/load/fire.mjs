import autocannon from 'autocannon';

/** No run sends more, however fast the service is. */
const maxRequests = 1_000_000;

/**
 * Sends requests for some seconds, over so many connections with one request each at a time.
 * @returns what was answered, by kind, and the times of all answers
 */
export async function fire(url, { path, bodies, connections }, seconds) {
  const requests = bodies.map((body) => ({
    method: 'POST',
    path,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }));
  // Each connection begins with another body, so that connections do not ask for the same output.
  let next = 0;
  const result = await autocannon({
    url,
    connections,
    duration: seconds,
    maxOverallRequests: maxRequests,
    setupClient: (client) => client.setRequests([requests[next++ % requests.length]]),
  });
  const { statusCodeStats, latency } = result;
  const count = (status) => statusCodeStats[status]?.count ?? 0;
  const others = Object.keys(statusCodeStats).filter((status) => !['200', '503'].includes(status));
  return {
    'answered 200 per second': Math.round(count('200') / result.duration),
    'refused 503 per second': Math.round(count('503') / result.duration),
    other: others.reduce((sum, status) => sum + count(status), 0) + result.errors + result.timeouts,
    'mean ms': latency.mean,
    'p99 ms': latency.p99,
  };
}
