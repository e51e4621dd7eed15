import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Context, Driver } from '../../src/driver/index.js';
import { emulate, emulatedContext } from './emulated.js';

let collectGarbage: () => void;
beforeAll(() => {
  setFlagsFromString('--expose-gc');
  collectGarbage = runInNewContext('gc');
});

type Warning = Error & { readonly code?: string; readonly detail?: string };
let warnings: Warning[];
const listen = (warning: Warning) => warnings.push(warning);
beforeEach(() => {
  warnings = [];
  process.on('warning', listen);
});
afterEach(() => {
  process.off('warning', listen);
  delete process.env['PREFLIGHT_TRACE'];
});

/** What was warned about once garbage has been collected. */
async function warned(): Promise<Warning[]> {
  for (let i = 0; i < 20; i += 1) {
    collectGarbage();
    await sleep(2);
  }
  return warnings.filter(({ code }) => code === 'PREFLIGHT_UNRELEASED');
}

const makers: readonly [string, (context: Context) => unknown][] = [
  ['DeviceBuffer', (context) => context.allocate(16)],
  ['PinnedBuffer', (context) => context.allocatePinned(16)],
  ['DeviceBuffer', (context) => context.allocateAsync(16, { stream: context.createStream() })],
  ['Stream', (context) => context.createStream()],
  ['Event', (context) => context.createEvent()],
  ['MemoryPool', (context) => context.createMemoryPool()],
  ['Graph', (context) => context.createStream().capture(() => {})],
];

describe('an object that is forgotten', () => {
  it.each(makers)('is warned about by its name, once: %s', async (kind, make) => {
    using context = emulatedContext();
    (() => make(context))();
    const mine = (await warned()).filter(({ message }) => message.startsWith(kind));
    expect(mine.map(({ name }) => name)).toEqual(['UnreleasedWarning']);
    expect(mine[0]?.message).toMatch(/ was never released, and nobody can do so any more: /);
    expect(mine[0]?.detail).toBe(undefined);
  });

  it('is warned about with the place where it was made, with PREFLIGHT_TRACE=1', async () => {
    process.env['PREFLIGHT_TRACE'] = '1';
    using context = emulatedContext();
    (() => context.allocate(16))();
    expect((await warned())[0]?.detail).toMatch(
      /^DeviceBuffer 0x.* was made here:\n(.*\n)*.*unreleased\.test\.ts/,
    );
  });

  it('is not freed by the collector, but with its context', async () => {
    const driver = emulate();
    using observer = driver.device(0).retainPrimaryContext();
    const before = observer.memoryInfo().freeBytes;
    const context = driver.device(0).retainPrimaryContext();
    (() => context.allocate(4096))();
    expect((await warned()).length).toBe(1);
    expect(observer.memoryInfo().freeBytes).toBe(before - 4096);
    context.release();
    expect(observer.memoryInfo().freeBytes).toBe(before);
  });

  it('may be a context, with all that lives in it', async () => {
    const forget = (driver: Driver) => {
      driver.device(0).retainPrimaryContext();
    };
    forget(emulate());
    expect((await warned()).map(({ message }) => message.split(' was')[0])).toEqual([
      'The context of device 0',
    ]);
  });
});

describe('nothing is warned about', () => {
  it('that was released, itself or with its context', async () => {
    (() => {
      const context = emulatedContext();
      context.allocate(16).release();
      for (const [, make] of makers) make(context);
      context.release();
    })();
    expect(await warned()).toEqual([]);
  });

  it('that belongs to somebody else', async () => {
    using context = emulatedContext();
    (() => [context.adoptStream(0x7f00n), context.adoptBuffer(0x7f00n, 16), context.defaultMemoryPool])();
    expect(await warned()).toEqual([]);
  });
});
