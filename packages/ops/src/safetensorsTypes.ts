// The number types of .safetensors files, and how each becomes float32.

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
