import assert from 'node:assert/strict';
import {
  packedTensorMapCases,
  tensorMapCases,
  undocumentedTensorMapCases,
  validMap,
} from '../../driver/tensor-map-cases.mjs';
import { assertSameBytes, outcome, randomBytes } from './support.mjs';

/** Maps as launches have them: of bytes, of the output, and of block scales. */
const patchedMaps = [
  { dtype: 'UINT8', globalDim: [4096, 1024], globalStrides: [4096], boxDim: [128, 128] },
  {},
  { swizzle: '64B', boxDim: [32, 8] },
  {
    dtype: 'UINT8',
    globalDim: [256, 2, 64, 8],
    globalStrides: [256, 512, 32_768],
    boxDim: [256, 2, 8, 1],
    elementStrides: [1, 1, 1, 1],
    swizzle: 'NONE',
  },
];

/** Encodes the valid map with a change, at addresses within a real buffer, and says what became of it. */
function tryEncode({ launcher, context, mapBuffer }, change) {
  const { globalAddress = validMap.globalAddress } = change;
  const isAbsolute = globalAddress === 0n;
  const address = isAbsolute ? 0n : mapBuffer().address + (globalAddress - validMap.globalAddress);
  const map = { ...validMap, ...change, globalAddress: address };
  return outcome(launcher, () => context.encodeTensorMap(map, new Uint8Array(128)));
}

function check({ what, allowed, change }) {
  return {
    name: `a tensor map with ${what} is ${allowed ? 'accepted' : 'refused'}`,
    run: (env) => assert.equal(tryEncode(env, change), allowed ? 'accepted' : 'CUDA_ERROR_INVALID_VALUE'),
  };
}

/** A GPU need not have the packed types; where it refuses the plain one, its variants say nothing. */
function packedCheck({ what, allowed, change }) {
  const plain = packedTensorMapCases.find((other) => other.change.dtype === change.dtype);
  return {
    name: `a tensor map with ${what} is ${allowed ? 'accepted' : 'refused'}, if the GPU has the type`,
    run(env) {
      const [plainly, actual] = [tryEncode(env, plain.change), tryEncode(env, change)];
      if (plainly !== 'accepted') return env.note(`${change.dtype}: ${plainly} on this GPU (${what})`);
      return assert.equal(actual, allowed ? 'accepted' : 'CUDA_ERROR_INVALID_VALUE');
    },
  };
}

/** cuTensorMapEncodeTiled against the documentation, constraint by constraint. */
export const tensorMapChecks = [
  {
    name: 'an encoded tensor map is 128 bytes, not all zero, and the same every time',
    run({ context, mapBuffer }) {
      const encode = () => {
        const bytes = new Uint8Array(130);
        context.encodeTensorMap({ ...validMap, globalAddress: mapBuffer().address }, bytes.subarray(1, 129));
        return bytes;
      };
      const bytes = encode();
      assert.ok(bytes.subarray(1, 129).some((byte) => byte !== 0));
      assert.deepEqual([bytes[0], bytes[129]], [0, 0]);
      assert.deepEqual(encode(), bytes);
    },
  },
  {
    name: 'an address written into a tensor map is the one that the driver writes, wherever that is plain',
    run({ launcher, context, note }) {
      const { addressWordOf, patchAddress, tensorMapWords } = launcher.result.tensorMapAddress;
      context.makeCurrent();
      const word = addressWordOf(context.calls);
      if (word === undefined) return note('this driver does not keep a plain address in its tensor maps');
      note(`this driver keeps the address of a tensor map at byte ${4 * word}`);
      for (const change of patchedMaps) {
        const encoded = (globalAddress) => {
          const bytes = context.calls.allocateParams(128);
          context.encodeTensorMap({ ...validMap, ...change, globalAddress }, bytes);
          return bytes;
        };
        const patched = encoded(validMap.globalAddress);
        for (let i = 0; i < 200; i += 1) {
          const address = (new DataView(randomBytes(8).buffer).getBigUint64(0) >> 22n) * 32n;
          const words = new Uint32Array(patched.buffer, patched.byteOffset, tensorMapWords);
          assert.equal(patchAddress(words, word, address), address !== 0n);
          assertSameBytes(patched, encoded(address), `0x${address.toString(16)}`);
        }
      }
    },
  },
  {
    name: 'a tensor map whose address is replaced is the one that is encoded for it',
    run({ launcher, context, mapBuffer }) {
      const { address } = mapBuffer();
      const bytes = context.calls.allocateParams(128);
      context.encodeTensorMap({ ...validMap, globalAddress: address }, bytes);
      const replace = launcher.result.tensorMap.prepareReplaceAddress(context.calls, bytes);
      replace(address + 4096n);
      const anew = new Uint8Array(128);
      context.encodeTensorMap({ ...validMap, globalAddress: address + 4096n }, anew);
      assert.deepEqual(bytes, anew);
      assert.equal(
        outcome(launcher, () => replace(address + 8n)),
        'CUDA_ERROR_INVALID_VALUE',
      );
    },
  },
  ...tensorMapCases.filter(({ acceptedByDrivers }) => !acceptedByDrivers).map(check),
  ...packedTensorMapCases.map(packedCheck),
  {
    name: 'what the documentation leaves open, and what drivers allow beyond it, is noted',
    run(env) {
      const laxer = tensorMapCases.filter(({ acceptedByDrivers }) => acceptedByDrivers);
      for (const { what, change } of [...undocumentedTensorMapCases, ...laxer])
        env.note(`${what}: ${tryEncode(env, change)}`);
    },
  },
];
