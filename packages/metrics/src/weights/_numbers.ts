// The number types that files store, and how their bytes become typed arrays.

/** Types of stored numbers, by numpy's names. */
export type NumberType =
  | "float16"
  | "bfloat16"
  | "float32"
  | "float64"
  | "int8"
  | "int16"
  | "int32"
  | "int64"
  | "uint8"
  | "uint16"
  | "uint32"
  | "uint64"
  | "bool";

/** A typed array of numbers, all but 64-bit integers. */
export type NumberArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array;

/** Bytes a number. */
export const WIDTH: Readonly<Record<NumberType, number>> = {
  float16: 2,
  bfloat16: 2,
  float32: 4,
  float64: 8,
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  uint8: 1,
  uint16: 2,
  uint32: 4,
  uint64: 8,
  bool: 1,
};

/**
 * Little-endian (or big-endian) bytes as numbers. 16-bit floats become float32; 64-bit integers become float64,
 * exact to 2^53; the others keep their type.
 *
 * @param bytes a whole number of numbers in a buffer of their own, which the result may keep and change
 */
export function decode(type: NumberType, bytes: Uint8Array<ArrayBuffer>, bigEndian = false): NumberArray {
  if (bigEndian) swap(bytes, WIDTH[type]);
  const { buffer } = bytes;
  switch (type) {
    case "float16":
      return fromHalf(new Uint16Array(buffer));
    case "bfloat16":
      return new Float32Array(Uint32Array.from(new Uint16Array(buffer), (bits) => bits << 16).buffer);
    case "float32":
      return new Float32Array(buffer);
    case "float64":
      return new Float64Array(buffer);
    case "int8":
      return new Int8Array(buffer);
    case "int16":
      return new Int16Array(buffer);
    case "int32":
      return new Int32Array(buffer);
    case "int64":
      return fromWords(new Uint32Array(buffer), new Int32Array(buffer));
    case "uint16":
      return new Uint16Array(buffer);
    case "uint32":
      return new Uint32Array(buffer);
    case "uint64":
      return fromWords(new Uint32Array(buffer), new Uint32Array(buffer));
    case "uint8":
    case "bool":
      return bytes;
  }
}

export const toFloat32 = (data: NumberArray): Float32Array =>
  data instanceof Float32Array ? data : Float32Array.from(data);

function swap(bytes: Uint8Array, width: number): void {
  for (let at = 0; at + width <= bytes.length; at += width) bytes.subarray(at, at + width).reverse();
}

/** 64-bit integers from their lower (even places) and upper (odd places) halves. */
function fromWords(low: Uint32Array, high: Int32Array | Uint32Array): Float64Array {
  const out = new Float64Array(low.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = high[2 * i + 1] * 2 ** 32 + low[2 * i];
  return out;
}

let halves: Float32Array | undefined;

function fromHalf(bits: Uint16Array): Float32Array {
  halves ??= Float32Array.from({ length: 1 << 16 }, (_, b) => halfValue(b));
  const out = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) out[i] = halves[bits[i]];
  return out;
}

/** The number that 16 bits of an IEEE 754 half stand for. */
function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent ? 2 ** (exponent - 25) * (1024 + fraction) : 2 ** -24 * fraction);
}

/**
 * Numbers of a strided view, row-major. The caller has checked that every index lies in `data`.
 * @param strides in elements, one for each axis of `shape`
 */
export function gather<T extends NumberArray>(
  data: T,
  shape: readonly number[],
  strides: readonly number[],
  offset: number,
): T {
  const size = shape.reduce((n, d) => n * d, 1);
  const out = new (data.constructor as new (length: number) => T)(size);
  const last = shape.length - 1;
  if (size === 0) return out;
  if (last < 0) {
    out[0] = data[offset];
    return out;
  }
  const index = new Array<number>(shape.length).fill(0);
  let from = offset;
  for (let to = 0; to < size; ) {
    for (let i = 0, at = from; i < shape[last]; i++, at += strides[last]) out[to++] = data[at];
    // The next row: count up the axes before the last.
    for (let axis = last - 1; axis >= 0; axis--) {
      from += strides[axis];
      if (++index[axis] < shape[axis]) break;
      from -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return out;
}
