/**
 * Conversions between float32 and the narrow floating-point formats of tensor cores.
 *
 * Encoding rounds to nearest, ties to even. What is too large becomes the largest finite value in the 8-bit formats (CUDA's
 * `__NV_SATFINITE`, infinities included) and an infinity in the 16-bit ones (`cvt.rn`). Every NaN becomes the format's
 * canonical NaN, sign bit clear, as the GPU's conversions do.
 */

/** The formats by their dtype names. E4m3 is "e4m3fn": no infinities, NaN only where all bits but the sign are set. */
export type FloatFormatName = 'E4m3' | 'E5m2' | 'Bfloat16' | 'Fp16';

/** The array that holds codes of a format. */
export type CodeArray<F extends FloatFormatName> = F extends 'E4m3' | 'E5m2' ? Uint8Array : Uint16Array;

interface FloatFormat {
  readonly bits: 8 | 16;
  readonly mantissaBits: number;
  readonly exponentBias: number;
  /** Codes below have the sign bit clear. */
  readonly maxFiniteCode: number;
  /** What stands for a value that is too large. */
  readonly overflowCode: number;
  readonly infinityCode: number | undefined;
  readonly nanCode: number;
}

const formats: Readonly<Record<FloatFormatName, FloatFormat>> = {
  E4m3: {
    bits: 8,
    mantissaBits: 3,
    exponentBias: 7,
    maxFiniteCode: 0x7e,
    overflowCode: 0x7e,
    infinityCode: undefined,
    nanCode: 0x7f,
  },
  E5m2: {
    bits: 8,
    mantissaBits: 2,
    exponentBias: 15,
    maxFiniteCode: 0x7b,
    overflowCode: 0x7b,
    infinityCode: 0x7c,
    nanCode: 0x7f,
  },
  Bfloat16: {
    bits: 16,
    mantissaBits: 7,
    exponentBias: 127,
    maxFiniteCode: 0x7f7f,
    overflowCode: 0x7f80,
    infinityCode: 0x7f80,
    nanCode: 0x7fff,
  },
  Fp16: {
    bits: 16,
    mantissaBits: 10,
    exponentBias: 15,
    maxFiniteCode: 0x7bff,
    overflowCode: 0x7c00,
    infinityCode: 0x7c00,
    nanCode: 0x7fff,
  },
};

const float32MantissaBits = 23;
const float32Bias = 127;
const float32Infinity = 0x7f80_0000;

/** Largest finite value of a format: 448, 57344, about 3.39e38, 65504. */
export function maxFinite(name: FloatFormatName): number {
  return decodeCode(formats[name], formats[name].maxFiniteCode);
}

/** Rounds an integer's `drop` lowest bits away, to nearest, ties to even. `drop` is 1 … 24. */
function roundedShift(value: number, drop: number): number {
  return (value + (1 << (drop - 1)) - 1 + ((value >>> drop) & 1)) >>> drop;
}

/** The code of the float32 value with the given bits. */
function encodeBits(format: FloatFormat, float32Bits: number): number {
  const { bits, mantissaBits, exponentBias } = format;
  const magnitude = float32Bits & 0x7fff_ffff;
  if (magnitude > float32Infinity) return format.nanCode;

  // Exponent field and mantissa are one integer that grows with the value, so rounding may carry from one to the other.
  const drop = float32MantissaBits - mantissaBits;
  const rebias = float32Bias - exponentBias;
  const exponent = magnitude >>> float32MantissaBits;
  let code: number;
  if (exponent > rebias || rebias === 0) {
    code = roundedShift(magnitude, drop) - (rebias << mantissaBits);
  } else {
    // Subnormal in the target. With more than 24 bits to drop the value is below half of the smallest subnormal.
    const subnormalDrop = drop + rebias + 1 - exponent;
    code = subnormalDrop > 24 ? 0 : roundedShift((magnitude & 0x7f_ffff) | 0x80_0000, subnormalDrop);
  }
  if (code > format.maxFiniteCode) code = format.overflowCode;
  return ((float32Bits >>> 31) << (bits - 1)) | code;
}

/** The value of a code, exactly: every format here is a subset of float32. */
function decodeCode(format: FloatFormat, code: number): number {
  const { bits, mantissaBits, exponentBias } = format;
  const sign = code >>> (bits - 1) === 1 ? -1 : 1;
  const magnitude = code & ((1 << (bits - 1)) - 1);
  if (magnitude === format.infinityCode) return sign * Number.POSITIVE_INFINITY;
  if (magnitude > format.maxFiniteCode) return Number.NaN;
  const exponent = magnitude >>> mantissaBits;
  const mantissa = magnitude & ((1 << mantissaBits) - 1);
  const significand = exponent === 0 ? mantissa : mantissa | (1 << mantissaBits);
  return sign * significand * 2 ** (Math.max(exponent, 1) - exponentBias - mantissaBits);
}

const decodeTables = new Map<FloatFormatName, Float32Array>();

/** The values of all codes of a format, indexed by code: 256 or 65536 entries, made on first use. Do not write to it. */
export function decodeTable(name: FloatFormatName): Float32Array {
  let table = decodeTables.get(name);
  if (table === undefined) {
    const format = formats[name];
    table = Float32Array.from({ length: 2 ** format.bits }, (_, code) => decodeCode(format, code));
    decodeTables.set(name, table);
  }
  return table;
}

const scratchValue = new Float32Array(1);
const scratchBits = new Uint32Array(scratchValue.buffer);

/** The code of a value, which is rounded to float32 first. */
export function encode(name: FloatFormatName, value: number): number {
  scratchValue[0] = value;
  return encodeBits(formats[name], scratchBits[0] ?? 0);
}

/** The value of a code; bits above the format's width are ignored. */
export function decode(name: FloatFormatName, code: number): number {
  const format = formats[name];
  return decodeCode(format, code & (2 ** format.bits - 1));
}

function assertSameLength(from: number, to: number): void {
  if (from !== to)
    throw new RangeError(`${from} numbers do not fit an array of ${to}: lengths have to be equal`);
}

/**
 * Encodes a whole array.
 * @throws {RangeError} when the arrays differ in length.
 */
export function encodeInto<F extends FloatFormatName>(
  name: F,
  values: Float32Array,
  codes: CodeArray<F>,
): void {
  assertSameLength(values.length, codes.length);
  const format = formats[name];
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < bits.length; i++) codes[i] = encodeBits(format, bits[i] ?? 0);
}

/**
 * Decodes a whole array.
 * @throws {RangeError} when the arrays differ in length.
 */
export function decodeInto<F extends FloatFormatName>(
  name: F,
  codes: CodeArray<F>,
  values: Float32Array,
): void {
  assertSameLength(codes.length, values.length);
  const table = decodeTable(name);
  for (let i = 0; i < codes.length; i++) values[i] = table[codes[i] ?? 0] ?? 0;
}
