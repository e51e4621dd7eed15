/** The exit codes of the command line. */
export const exitCodes = {
  /** Every configuration can run. */
  ok: 0,
  /** Some configuration cannot. */
  findings: 1,
  /** The question itself was wrong: an option, a file, its shape; or Preflight failed. */
  usage: 2,
  /** Ctrl-C ended the command, as shells report it: 128 + SIGINT. */
  interrupted: 130,
} as const;

/** Something that the user can put right. Printed as one line, `preflight: …`, without a stack trace. */
export class UserError extends Error {
  override readonly name = 'UserError';

  readonly exitCode: number;

  constructor(message: string, exitCode: number = exitCodes.usage) {
    super(message);
    this.exitCode = exitCode;
  }
}
