import { parseArgs } from 'node:util';
import { type DeviceChoice, deviceChoices } from '@gemm-preflight/launcher-native';

/** The numbers that bound the service, with what they mean and their defaults. */
const limits = {
  port: { default: 3000, help: 'TCP port; 0 takes a free one' },
  maxQueued: { default: 64, help: 'launches that may wait; one more is answered 503' },
  streams: { default: 1, help: 'launches that may run at once' },
  deadlineMs: { default: 5000, help: 'time for a launch from its request on; then the answer is 504' },
  graceMs: { default: 10_000, help: 'time for work in flight after SIGTERM' },
  lostMs: { default: 5000, help: 'time to say so once the device is lost; then the process ends' },
  maxBuffers: { default: 1024, help: 'buffers at once' },
  maxBufferBytes: { default: 64 * 2 ** 20, help: 'bytes of one buffer' },
  maxDeviceBytes: { default: 2 ** 30, help: 'bytes of all buffers together' },
  maxLaunchFlops: { default: 2 ** 40, help: 'arithmetic of one launch, 2·m·n·k over all batches' },
  maxPrepared: { default: 256, help: 'prepared launches that are kept' },
} as const;

/** A number of {@link Settings}. */
export type LimitName = keyof typeof limits;

/** How the service is run. */
export interface Settings extends Readonly<Record<LimitName, number>> {
  readonly device: DeviceChoice;
  /** The address to listen at. */
  readonly host: string;
}

const limitNames = Object.keys(limits) as readonly LimitName[];

/** What holds where nothing is said. */
export const defaultSettings: Settings = {
  device: 'auto',
  host: '127.0.0.1',
  ...(Object.fromEntries(limitNames.map((name) => [name, limits[name].default])) as Record<
    LimitName,
    number
  >),
};

/** The command line is wrong. One line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * Reads the command line.
 * @returns undefined where help was asked for
 * @throws {UsageError}
 */
export function readSettings(args: readonly string[]): Settings | undefined {
  const { help, device, host, ...rest } = parse(args);
  if (help === true) return undefined;
  const given = Object.fromEntries(
    limitNames.flatMap((name) => {
      const text = rest[optionName(name)];
      return typeof text === 'string' ? [[name, readNumber(name, text)]] : [];
    }),
  );
  return {
    ...defaultSettings,
    ...given,
    ...(typeof host === 'string' && { host }),
    ...(typeof device === 'string' && { device: readDevice(device) }),
  };
}

/** The command line, explained. */
export function usage(): string {
  const lines = [
    ['--device DEVICE', `${deviceChoices.join(', ')}; default ${defaultSettings.device}`],
    ['--host ADDRESS', `where to listen; default ${defaultSettings.host}`],
    ...limitNames.map((name) => [
      `--${optionName(name)} N`,
      `${limits[name].help}; default ${limits[name].default}`,
    ]),
  ];
  return [
    'usage: npm start -w examples/server -- [OPTION]…',
    '',
    ...lines.map(([a = '', b]) => `  ${a.padEnd(24)}${b}`),
  ].join('\n');
}

function parse(args: readonly string[]): Record<string, string | boolean | undefined> {
  const text = { type: 'string' } as const;
  const numbers = Object.fromEntries(limitNames.map((name) => [optionName(name), text]));
  const options = { help: { type: 'boolean' } as const, device: text, host: text, ...numbers };
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** `maxQueued` is `--max-queued`. */
function optionName(name: LimitName): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function readNumber(name: LimitName, text: string): number {
  const value = Number(text);
  const least = name === 'port' || name === 'maxQueued' ? 0 : 1;
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
  throw new UsageError(`--${optionName(name)} is "${text}"; it must be a whole number from ${least} on`);
}

function readDevice(text: string): DeviceChoice {
  const found = deviceChoices.find((choice) => choice === text);
  if (found !== undefined) return found;
  throw new UsageError(`--device is "${text}", which is none of ${deviceChoices.join(', ')}`);
}
