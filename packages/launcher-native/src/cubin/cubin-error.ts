/** A file is not a cubin that this package can read. The message is one line and says what is wrong, and where. */
export class CubinError extends Error {
  override readonly name = 'CubinError';
}
