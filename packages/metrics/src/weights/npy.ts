// numpy's .npy format: a header that names type, order and shape, then the numbers.
import { fail, quote, reading, show, sizeOf } from "./_format.js";
import { decode, gather, type NumberArray, type NumberType, WIDTH } from "./_numbers.js";

/** An array of any number type, row-major. */
export interface NpyArray {
  /** As in the file; [] for a single number. */
  readonly shape: readonly number[];
  /** The type in the file; `data` is of the same, but float32 for float16, float64 for 64-bit integers, bytes for bool. */
  readonly type: NumberType;
  /** As many numbers as `shape` says. */
  readonly data: NumberArray;
}

/** What the header of a .npy file says. */
export interface NpyHeader {
  readonly shape: readonly number[];
  readonly type: NumberType;
  readonly bigEndian: boolean;
  /** Whether the first axis varies fastest. */
  readonly fortran: boolean;
  /** Bytes of all numbers. */
  readonly bytes: number;
}

/**
 * Reads a .npy file.
 * @throws with what is wrong, where the file is damaged or holds Python objects, strings, records or complex numbers
 */
export function readNpy(bytes: Uint8Array): NpyArray {
  return reading("numpy file (.npy)", () => {
    let at = 0;
    return parseNpy(bytes.length, (length) => {
      at += length;
      if (at > bytes.length) fail(`it ends at byte ${bytes.length} (expected at least ${at}; truncated?)`);
      const out = new Uint8Array(length);
      out.set(bytes.subarray(at - length, at));
      return out;
    });
  });
}

/** Bytes [length] from where the last call ended, in a buffer of their own. */
export type ReadNext = (length: number) => Uint8Array<ArrayBuffer>;

/** An array of a file of `size` bytes. */
export function parseNpy(size: number, next: ReadNext): NpyArray {
  const header = parseNpyHeader(size, next);
  return toNpyArray(header, header.shape, next(header.bytes));
}

/** Numbers of `header`'s type as an array of `shape`: the whole, or, of an array in C order, some of its rows. */
export function toNpyArray(
  header: NpyHeader,
  shape: readonly number[],
  bytes: Uint8Array<ArrayBuffer>,
): NpyArray {
  const { type, bigEndian, fortran } = header;
  const data = decode(type, bytes, bigEndian);
  if (!fortran || shape.length < 2) return { shape, type, data };
  return { shape, type, data: gather(data, shape, fortranStrides(shape), 0) };
}

/** The strides of an array whose first axis varies fastest, in numbers. */
export const fortranStrides = (shape: readonly number[]): number[] =>
  shape.map((_, axis) => shape.slice(0, axis).reduce((n, d) => n * d, 1));

const MAGIC = "\x93NUMPY";
const HEADER_LIMIT = 1 << 16;

/** Reads as far as the numbers begin, and checks that the file is as long as they need. */
export function parseNpyHeader(size: number, next: ReadNext): NpyHeader {
  const start = next(8);
  if (String.fromCharCode(...start.subarray(0, 6)) !== MAGIC) fail("it does not begin as a .npy file");
  const version = start[6];
  if (version < 1 || version > 3) fail(`it is of version ${version} (expected 1 to 3)`);
  const wide = version > 1;
  const lengthBytes = new DataView(next(wide ? 4 : 2).buffer);
  const length = wide ? lengthBytes.getUint32(0, true) : lengthBytes.getUint16(0, true);
  if (length > HEADER_LIMIT)
    fail(`its header would be ${length} bytes long (expected at most ${HEADER_LIMIT})`);
  const fields = parseDict(new TextDecoder().decode(next(length)));

  const { type, bigEndian } = typeOf(fields.descr);
  if (fields.fortran_order !== "True" && fields.fortran_order !== "False")
    fail("its header has no fortran_order");
  const tuple = fields.shape.replaceAll(" ", "");
  if (!/^\((\d{1,16}(,\d{1,16})*,?)?\)$/.test(tuple)) fail("its header has no valid shape");
  const shape = (tuple.match(/\d+/g) ?? []).map(Number);
  const bytes = sizeOf(shape, "it") * WIDTH[type];
  const there = size - 8 - lengthBytes.byteLength - length;
  if (bytes !== there)
    fail(
      `it has ${there} bytes of numbers (expected ${bytes} for ${show(shape)} of ${type}${there < bytes ? "; truncated?" : ""})`,
    );
  return { shape, type, bigEndian, fortran: fields.fortran_order === "True", bytes };
}

/** The header is a Python dict of three entries; their values are returned as they are written. */
function parseDict(text: string): Record<"descr" | "fortran_order" | "shape", string> {
  const body = text.trim();
  const entry =
    /\s*'(descr|fortran_order|shape)'\s*:\s*('[^']*'|True|False|\([^()]*\)|\[.*\])\s*(?:,|(?=\}))\s*/y;
  const fields = { descr: "", fortran_order: "", shape: "" };
  let at = 1;
  while (body[0] === "{" && at < body.length - 1) {
    entry.lastIndex = at;
    const found = entry.exec(body);
    if (!found) break;
    fields[found[1] as keyof typeof fields] = found[2];
    at = entry.lastIndex;
  }
  if (body[0] !== "{" || at !== body.length - 1 || body.at(-1) !== "}")
    fail("its header is not the dict that numpy writes");
  return fields;
}

const TYPES: Readonly<Record<string, NumberType>> = {
  f2: "float16",
  f4: "float32",
  f8: "float64",
  i1: "int8",
  i2: "int16",
  i4: "int32",
  i8: "int64",
  u1: "uint8",
  u2: "uint16",
  u4: "uint32",
  u8: "uint64",
  b1: "bool",
};

function typeOf(descr: string): { type: NumberType; bigEndian: boolean } {
  const [, order, kind] = /^'([<>|=])?([a-zA-Z]\d*)'$/.exec(descr) ?? [];
  if (kind?.startsWith("O")) fail("it holds Python objects, which are pickles and are not read");
  const type = kind !== undefined && Object.hasOwn(TYPES, kind) ? TYPES[kind] : undefined;
  return type
    ? { type, bigEndian: order === ">" }
    : fail(`its numbers are of type ${quote(descr.replace(/^'|'$/g, ""))} (expected floats or integers)`);
}

const DESCR: Readonly<Record<string, string>> = {
  float32: "<f4",
  float64: "<f8",
  int8: "|i1",
  int16: "<i2",
  int32: "<i4",
  uint8: "|u1",
  uint16: "<u2",
  uint32: "<u4",
};

/** Types of number that are written, those of JavaScript's typed arrays. */
export type WrittenType = "float32" | "float64" | "int8" | "int16" | "int32" | "uint8" | "uint16" | "uint32";

/** "uint8" of a Uint8Array, and of Node's Buffer, which is one. */
export const typeOfArray = (data: NumberArray): WrittenType =>
  data[Symbol.toStringTag].replace("Array", "").replace("Clamped", "").toLowerCase() as WrittenType;

/** The bytes that come before the numbers, as numpy writes them: version 1, padded to a multiple of 64. */
export function npyHeader(type: WrittenType, shape: readonly number[]): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const dict = `{'descr': '${DESCR[type]}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const padding = " ".repeat(63 - ((10 + dict.length) % 64));
  const head = `${MAGIC}\x01\x00\x00\x00${dict}${padding}\n`;
  const out = Uint8Array.from(head, (c) => c.charCodeAt(0));
  new DataView(out.buffer).setUint16(8, head.length - 10, true);
  return out;
}
