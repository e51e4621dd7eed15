import { type BatchedGemmOptions, optionNames } from '@gemm-preflight/types';
import fc from 'fast-check';
import { optionsNearValid } from '../arbitraries.js';

// Values that no options should hold, and objects that are none.

/** What can stand in a list. */
const entry = fc.oneof(
  fc.integer({ min: -4, max: 300 }),
  fc.constantFrom(
    2 ** 31,
    -(2 ** 31),
    2 ** 31 - 1,
    2 ** 53,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    -0,
    1.5,
    '3',
  ),
  fc.constantFrom(null, undefined, true, 3n),
);

const nested = (depth: number) => {
  let value: unknown = [];
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { options: value };
  return value;
};

/** A value of any kind, sizes at and beyond their limits among them. */
export const anyValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withTypedArray: true,
    withNullPrototype: true,
  }),
  entry,
  fc.array(entry, { maxLength: 12 }),
  fc.double(),
  fc.constantFrom(1, 100_000).map((length) => new Array(length).fill(128)),
  fc.constant(0).map(() => new Array(2 ** 32 - 1)),
  fc.constantFrom(1000, 1_000_000).map((length) => 'x'.repeat(length)),
  fc.constant(0).map(() => nested(50_000)),
  fc.constant(Symbol('k')),
  fc.func(fc.integer()),
);

/** Names of options, and names that reach into an object's prototype. */
const anyName = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...optionNames) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'),
  },
  fc.string(),
);

function withOwn(base: object, members: readonly (readonly [string, PropertyDescriptor])[]): unknown {
  const options = { ...base };
  for (const [name, descriptor] of members) Object.defineProperty(options, name, descriptor);
  return options;
}

const plainMember = anyValue.map((value) => ({
  value,
  enumerable: true,
  configurable: true,
  writable: true,
}));

/** Getters: that throw, and that answer otherwise each time. */
const liveMember = fc.oneof(
  fc.anything().map((thrown) => ({
    get() {
      throw thrown;
    },
    enumerable: true,
    configurable: true,
  })),
  fc.array(anyValue, { minLength: 1, maxLength: 4 }).map((values) => {
    let reads = 0;
    return { get: () => values[reads++ % values.length], enumerable: true, configurable: true };
  }),
);

const members = (member: fc.Arbitrary<PropertyDescriptor>) =>
  fc.array(fc.tuple(anyName, member), { maxLength: 4 });

/** What answers the same whenever it is read, and need be no options. */
export const plainOptions: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 2, arbitrary: optionsNearValid },
  {
    weight: 6,
    arbitrary: fc.tuple(optionsNearValid, members(plainMember)).map(([base, own]) => withOwn(base, own)),
  },
  anyValue,
);

function revoked(target: object): unknown {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

/** A list whose iterator does not end. */
function endless(length: number): unknown {
  const list = new Array(length).fill(128);
  list[Symbol.iterator] = function* () {
    for (;;) yield 128;
  };
  return list;
}

function throwing(base: BatchedGemmOptions, trap: keyof ProxyHandler<object>): unknown {
  return new Proxy(base, {
    [trap]() {
      throw new Error(`no ${trap}`);
    },
  });
}

const trap = fc.constantFrom('get' as const, 'ownKeys' as const, 'has' as const, 'getPrototypeOf' as const);

/** What throws when it is read, or answers otherwise each time. Behind a call, for whoever prints a case reads it too. */
export const liveOptions: fc.Arbitrary<() => unknown> = fc.oneof(
  fc.tuple(optionsNearValid, members(liveMember)).map(
    ([base, own]) =>
      () =>
        withOwn(base, own),
  ),
  optionsNearValid.map((base) => () => new Proxy(base, {})),
  optionsNearValid.map((base) => () => Object.create(base)),
  fc.tuple(optionsNearValid, trap).map(
    ([base, trap]) =>
      () =>
        throwing(base, trap),
  ),
  optionsNearValid.map((base) => () => revoked(base)),
  optionsNearValid.map((base) => () => ({ ...base, batchedN: revoked([1]) })),
  fc.tuple(optionsNearValid, fc.nat(3)).map(([base, length]) => () => ({
    ...base,
    batchedN: endless(length),
  })),
);
