import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import koffi from 'koffi';

const compiler = process.env['CC'] ?? 'cc';

/** Whether the stand-in can be built here. */
export const canBuildStandIn =
  process.platform === 'linux' && spawnSync(compiler, ['--version']).status === 0;

/** Compiles the stand-in driver library and returns its path. `old` leaves out the functions of CUDA 12. */
export function buildStandIn({ old = false } = {}): string {
  const source = fileURLToPath(new URL('stand-in.c', import.meta.url));
  const library = join(mkdtempSync(join(tmpdir(), 'preflight-stand-in-')), 'libstandin.so');
  const options = old ? ['-DOLD_DRIVER'] : [];
  execFileSync(compiler, [
    '-std=c11',
    '-Wall',
    '-Werror',
    '-shared',
    '-fPIC',
    '-pthread',
    ...options,
    source,
    '-o',
    library,
  ]);
  return library;
}

/** The functions by which a test looks into the stand-in. */
export interface StandInControl {
  /** Lines "call arguments" since the last `clear`. */
  log(): string[];
  /** Forgets log, failure and launches. */
  clear(): void;
  /** Lets a call fail with a code from now on. */
  fail(call: string, code: number): void;
  /** How many parameter bytes the next launches keep. */
  expectParams(bytes: number): void;
  lastConfig(): Uint8Array;
  lastAttributes(count: number): Uint8Array;
  lastParams(bytes: number): Uint8Array;
  lastFunction(): bigint;
  lastExtra(): bigint;
  launches(): number;
}

/** Binds the inspection functions of a stand-in library: the same loaded library that the driver calls go to. */
export function controlStandIn(path: string): StandInControl {
  const library = koffi.load(path);
  const log = library.func('standin_log', 'str', []);
  const filled = (name: string, bytes: number): Uint8Array => {
    const out = new Uint8Array(bytes);
    library.func(name, 'void', ['void *'])(out);
    return out;
  };
  return {
    log: () => String(log()).trimEnd().split('\n'),
    clear: library.func('standin_clear', 'void', []),
    fail: library.func('standin_fail', 'void', ['str', 'int']),
    expectParams: library.func('standin_expect_params', 'void', ['size_t']),
    lastConfig: () => filled('standin_last_config', 56),
    lastAttributes: (count) => filled('standin_last_attributes', 72 * count),
    lastParams: (bytes) => filled('standin_last_params', bytes),
    lastFunction: () => BigInt(library.func('standin_last_function', 'uint64', [])()),
    lastExtra: () => BigInt(library.func('standin_last_extra', 'uint64', [])()),
    launches: library.func('standin_launches', 'int', []),
  };
}
