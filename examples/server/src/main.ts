import { openDevice } from '@gemm-preflight/launcher-native';
import { createService } from './app.js';
import { endAfterLoss } from './end-after-loss.js';
import { readKernels } from './kernels.js';
import { readSettings, UsageError, usage } from './settings.js';

/** Starts the service, and stops it at the first SIGTERM or Ctrl-C; a second one ends the process at once. */
async function main(args: readonly string[]): Promise<void> {
  const settings = readSettings(args);
  if (settings === undefined) return console.log(usage());
  const kernels = await readKernels();
  const device = openDevice({ choice: settings.device, kernels });
  const { app, stop } = createService(settings, device, kernels, {
    log: true,
    onLost: (why) => endAfterLoss(stop, settings.lostMs)(why),
  });
  const address = await app.listen({ host: settings.host, port: settings.port });
  console.log(`serving on ${address} with ${device.description}`);

  const onSignal = () => {
    process.once('SIGTERM', () => process.exit(1));
    process.once('SIGINT', () => process.exit(1));
    setTimeout(() => {
      console.error(`preflight: work in flight did not end within ${settings.graceMs} ms`);
      process.exit(1);
    }, settings.graceMs).unref();
    stop().catch(fail);
  };
  process.once('SIGTERM', onSignal);
  process.once('SIGINT', onSignal);
}

function fail(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  console.error(`preflight: ${message}`);
  process.exit(error instanceof UsageError ? 2 : 1);
}

main(process.argv.slice(2)).catch(fail);
