// The number types of .safetensors files, how each becomes float32, and float16 from float32.

interface NumberType {
  /** Bytes of one number. */
  readonly bytes: number;
  /** The numbers of an aligned buffer that holds nothing else. */
  read(buffer: ArrayBuffer): Float32Array;
}

/** Float32 from the bits of each number of 16, by a table of all of them. */
const halves = (value: (bits: number) => number) => {
  let table: Float32Array | undefined;
  return (buffer: ArrayBuffer) => {
    table ??= Float32Array.from({ length: 1 << 16 }, (_, bits) => value(bits));
    const out = new Float32Array(buffer.byteLength / 2);
    const bits = new Uint16Array(buffer);
    for (let i = 0; i < out.length; i++) out[i] = table[bits[i]];
    return out;
  };
};

/** IEEE binary16: a sign, 5 bits of exponent, 10 of fraction. */
function half(bits: number): number {
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent ? (1 + fraction / 1024) * 2 ** (exponent - 15) : fraction * 2 ** -24);
}

/** The upper half of a float32. */
const bfloat = (bits: number) => new Float32Array(Uint32Array.of(bits << 16).buffer)[0];

/** Every type that can be read, by its name in the file. Whole numbers above 2^24 are rounded. */
export const numberTypes: ReadonlyMap<string, NumberType> = new Map<string, NumberType>([
  ["F32", { bytes: 4, read: (b) => new Float32Array(b) }],
  ["F16", { bytes: 2, read: halves(half) }],
  ["BF16", { bytes: 2, read: halves(bfloat) }],
  ["F64", { bytes: 8, read: (b) => new Float32Array(new Float64Array(b)) }],
  ["I8", { bytes: 1, read: (b) => new Float32Array(new Int8Array(b)) }],
  ["I16", { bytes: 2, read: (b) => new Float32Array(new Int16Array(b)) }],
  ["I32", { bytes: 4, read: (b) => new Float32Array(new Int32Array(b)) }],
  ["I64", { bytes: 8, read: (b) => Float32Array.from(new BigInt64Array(b), Number) }],
  ["U8", { bytes: 1, read: (b) => new Float32Array(new Uint8Array(b)) }],
  ["U16", { bytes: 2, read: (b) => new Float32Array(new Uint16Array(b)) }],
  ["U32", { bytes: 4, read: (b) => new Float32Array(new Uint32Array(b)) }],
  ["U64", { bytes: 8, read: (b) => Float32Array.from(new BigUint64Array(b), Number) }],
  ["BOOL", { bytes: 1, read: (b) => Float32Array.from(new Uint8Array(b), (v) => (v ? 1 : 0)) }],
]);

const float = new Float32Array(1);
const bitsOf = new Uint32Array(float.buffer);

/** The whole number nearest to a number above 0; the even one of two that are equally near. */
function nearestEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return below + (rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? 1 : 0);
}

/**
 * The bits of the nearest IEEE binary16 number, ties to even; undefined for a finite number that would become infinite.
 */
function halfBits(value: number): number | undefined {
  float[0] = value;
  const sign = (bitsOf[0] >>> 16) & 0x8000;
  const size = bitsOf[0] & 0x7fffffff;
  if (size > 0x7f800000) return sign | 0x7e00;
  if (size === 0x7f800000) return sign | 0x7c00;
  if (Math.abs(float[0]) >= 65_520) return undefined;
  // Below 2^-14 the numbers are multiples of 2^-24.
  if (size < 0x38800000) return sign | nearestEven(Math.abs(float[0]) * 2 ** 24);
  return sign | ((size - 0x38000000 + 0xfff + ((size >>> 13) & 1)) >>> 13);
}

/** Numbers as float16, rounded to the nearest, ties to even. @throws if one is too large */
export function toHalves(data: Float32Array, name: string): Uint8Array {
  const out = new Uint16Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const bits = halfBits(data[i]);
    if (bits === undefined)
      throw new Error(
        `ops: safetensors: "${name}" does not fit F16 (got ${data[i]}, expected magnitudes up to 65504)`,
      );
    out[i] = bits;
  }
  return new Uint8Array(out.buffer);
}

/** Whole numbers as int8. @throws if one is none, or does not fit */
export function toSmallIntegers(data: Float32Array, name: string): Uint8Array {
  const out = Int8Array.from(data);
  const wrong = out.findIndex((value, i) => value !== data[i]);
  if (wrong >= 0)
    throw new Error(
      `ops: safetensors: "${name}" does not fit I8 (got ${data[wrong]}, expected whole numbers from -128 to 127)`,
    );
  return new Uint8Array(out.buffer);
}
