import { PlanError } from '@gemm-preflight/checker-wasm';
import {
  BufferError,
  CatalogError,
  CudaError,
  KernelFaultError,
  RefusedError,
} from '@gemm-preflight/launcher-native';
import { lossOf } from './device-health.js';

/** A request that is answered with an error: an HTTP status, a code for programs, and one line for people. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly status: number;
  readonly code: string;
  /** When it makes sense to ask again; undefined where it does not. */
  readonly retryAfterSeconds: number | undefined;

  constructor(status: number, code: string, message: string, retryAfterSeconds?: number) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** What Fastify adds to the errors that it throws itself. */
interface FastifyFault {
  readonly statusCode?: number;
  readonly code?: string;
}

/** What to answer for an error that a launcher, a plan or Fastify has thrown. */
export function toServiceError(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error;
  const loss = lossOf(error);
  if (loss !== undefined) return deviceLost(loss.message);
  if (error instanceof RefusedError) return new ServiceError(422, 'options-refused', error.message);
  if (error instanceof PlanError) return new ServiceError(422, 'not-plannable', error.message);
  if (error instanceof BufferError) return new ServiceError(422, 'buffer-unfit', error.message);
  if (error instanceof CudaError) return deviceError(error);
  if (error instanceof CatalogError || error instanceof KernelFaultError) {
    return new ServiceError(500, 'kernel-fault', error.message);
  }
  return fromFastify(error) ?? internalError();
}

/** Every launch and copy from here on fails; another process can use the device. */
export function deviceLost(why: string): ServiceError {
  return new ServiceError(503, 'device-lost', `the device is lost until the service is restarted: ${why}`);
}

function deviceError(error: CudaError): ServiceError {
  return error.name === 'CUDA_ERROR_OUT_OF_MEMORY'
    ? new ServiceError(507, 'out-of-device-memory', error.message)
    : new ServiceError(500, 'device-error', error.message);
}

const fastifyCodes: Readonly<Record<number, string>> = {
  400: 'bad-request',
  413: 'too-large',
  415: 'unsupported-media-type',
};

/** Malformed bodies and the like. */
function fromFastify(error: unknown): ServiceError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { statusCode = 500 } = error as FastifyFault;
  if (statusCode < 400 || statusCode >= 500) return undefined;
  const [line = ''] = error.message.split('\n');
  return new ServiceError(statusCode, fastifyCodes[statusCode] ?? 'bad-request', line);
}

/** What happened is in the log, and no business of the client's. */
function internalError(): ServiceError {
  return new ServiceError(500, 'internal', 'something went wrong in the service; its log says what');
}
