/** What ends the process with, so that whoever started it can tell a lost device from a fault of the service. */
export const deviceLostExitCode = 3;

/**
 * Ends the process some time after its device is lost: CUDA gives a process no way back, and another works at once. Until then
 * `/healthz` and launches say why, for who asks rather than watches processes.
 * @param stop - finishes what can be finished
 */
export function endAfterLoss(
  stop: () => Promise<void>,
  lostMs: number,
  exit: (code: number) => void = process.exit,
): (why: string) => void {
  return (why) => {
    console.error(
      `preflight: the device is lost, so the service ends in ${lostMs} ms, to be started anew: ${why}`,
    );
    const end = () => exit(deviceLostExitCode);
    // Also where stopping fails: what it releases is lost, too.
    setTimeout(() => stop().then(end, end), lostMs);
  };
}
