import {
  BufferError,
  CatalogError,
  CubinError,
  CudaError,
  DriverFunctionMissingError,
  DriverNotFoundError,
  KernelFaultError,
  RefusedError,
  UnsupportedDeviceError,
} from '@gemm-preflight/launcher-native';
import { exitCodes, UserError } from '../user-error.js';

/** What a launch can meet that is no fault of ours: its messages are made for users. */
const known = [
  BufferError,
  CatalogError,
  CubinError,
  CudaError,
  DriverFunctionMissingError,
  DriverNotFoundError,
  KernelFaultError,
  RefusedError,
  UnsupportedDeviceError,
] as const;

/** Does something with a device, and turns the errors that launches know into a line for the user. */
export async function explainLaunchErrors<Result>(action: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await action();
  } catch (error) {
    if (known.some((kind) => error instanceof kind)) {
      throw new UserError((error as Error).message, exitCodes.findings);
    }
    throw error;
  }
}
