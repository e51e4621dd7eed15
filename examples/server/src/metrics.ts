import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Services } from './services.js';

/** What the service counts, in a registry of its own, so that several can live in one process. */
export interface Metrics {
  readonly registry: Registry;
  readonly requests: Counter<'method' | 'route' | 'status'>;
  readonly requestSeconds: Histogram<'route'>;
  /** Launches by how they ended. */
  readonly launches: Counter<'end'>;
  readonly queuedSeconds: Histogram;
  readonly launchSeconds: Histogram;
}

/** From 0.1 ms to 10 s: a launch on a GPU takes microseconds, one on the emulator up to seconds. */
const buckets = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10];

/** Creates the metrics of a service; its state is read when somebody asks. */
export function createMetrics(services: Services): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  registerState(registry, services);
  return {
    registry,
    requests: new Counter({
      name: 'preflight_requests_total',
      help: 'Requests answered.',
      labelNames: ['method', 'route', 'status'],
      registers,
    }),
    requestSeconds: new Histogram({
      name: 'preflight_request_seconds',
      help: 'From a request to its answer.',
      labelNames: ['route'],
      buckets,
      registers,
    }),
    launches: new Counter({
      name: 'preflight_launches_total',
      help: 'Launches by how they ended: done, late (after the deadline), failed, dropped (never begun).',
      labelNames: ['end'],
      registers,
    }),
    queuedSeconds: new Histogram({
      name: 'preflight_launch_queued_seconds',
      help: 'From a request to the launch.',
      buckets,
      registers,
    }),
    launchSeconds: new Histogram({
      name: 'preflight_launch_seconds',
      help: 'From a launch to its end on the device, as seen by the service.',
      buckets,
      registers,
    }),
  };
}

function registerState(registry: Registry, { queue, buffers, prepared, health }: Services): void {
  const gauges: readonly (readonly [name: string, help: string, read: () => number])[] = [
    ['queued_launches', 'Launches that wait.', () => queue.queued],
    ['running_launches', 'Launches on the device.', () => queue.running],
    ['buffers', 'Buffers of clients.', () => buffers.count],
    ['buffer_bytes', 'Bytes of all buffers together.', () => buffers.bytes],
    ['prepared_hits', 'Launches that found themselves prepared.', () => prepared.counts.hits],
    ['prepared_misses', 'Launches that had to be prepared.', () => prepared.counts.misses],
    ['device_up', '1 while the device can be used, else 0.', () => (health.probe() === undefined ? 1 : 0)],
  ];
  for (const [name, help, read] of gauges) {
    new Gauge({
      name: `preflight_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  }
}
